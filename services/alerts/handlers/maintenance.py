"""Maintenance: plan it, see it, end it."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.alerts.dependencies import TheClock, TheMaintenance, TheRuns
from services.alerts.domain.access import require_member
from services.alerts.domain.maintenance import Maintenance, checked
from services.alerts.handlers.rules import place_of, require_edit
from shared.contracts._kinds import Nothing
from shared.contracts.alerts import (
    END_MAINTENANCE,
    LIST_MAINTENANCE,
    PLAN_MAINTENANCE,
    EndMaintenance,
    ListMaintenance,
    Maintenances,
    MaintenanceView,
    PlanMaintenance,
)
from shared.errors import NotFound
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve

router = NatsRouter()


@serve(router, PLAN_MAINTENANCE)
async def plan_maintenance(
    ask: PlanMaintenance,
    caller: TheCaller,
    maintenance: TheMaintenance,
    runs: TheRuns,
    clock: TheClock,
) -> MaintenanceView:
    """By whoever may change rules there."""
    require_edit(await place_of(runs, caller, ask.entity, ask.project))
    checked(ask.starts_at, ask.ends_at, clock())
    planned = Maintenance(id=new_id(), created_by=caller.username, **ask.model_dump())
    await maintenance.add(planned)
    return MaintenanceView.model_validate(planned)


@serve(router, LIST_MAINTENANCE)
async def list_maintenance(
    ask: ListMaintenance, caller: TheCaller, maintenance: TheMaintenance, clock: TheClock
) -> Maintenances:
    """For members of the team."""
    found = await maintenance.of_team(require_member(caller, ask.entity), clock())
    return Maintenances(items=[MaintenanceView.model_validate(one) for one in found])


@serve(router, END_MAINTENANCE)
async def end_maintenance(
    ask: EndMaintenance, caller: TheCaller, maintenance: TheMaintenance, runs: TheRuns
) -> Nothing:
    """Hidden and absent look the same."""
    planned = await maintenance.get(ask.id)
    try:
        place = await place_of(runs, caller, planned.entity, planned.project)
    except NotFound:
        raise NotFound("No such maintenance.") from None
    require_edit(place)
    await maintenance.remove(planned.id)
    return Nothing()
