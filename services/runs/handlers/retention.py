"""Retention and legal hold: said by those who manage, and written down before it is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from faststream.nats import NatsRouter

from services.runs.dependencies import (
    ProjectStore,
    RetentionStore,
    TheAudit,
    TheClock,
    TheRetaining,
)
from services.runs.domain.project import Project
from services.runs.domain.retention import Hold, Keeping, Retention, checked
from services.runs.handlers.finding import find_project
from services.runs.ports import Projects
from services.runs.retention_ports import Retentions
from shared.contracts.identity import Caller
from shared.contracts.runs import (
    APPLY_RETENTION,
    GET_RETENTION,
    SET_HOLD,
    SET_RETENTION,
    ApplyRetention,
    GetRetention,
    HoldView,
    RetentionOutcome,
    RetentionRule,
    RetentionView,
    SetHold,
    SetRetention,
)
from shared.errors import Forbidden, NotFound
from shared.messaging.answering import TheCaller, serve
from shared.permissions import Action, Role, Visibility, may, role_in

router = NatsRouter()


@dataclass(frozen=True, slots=True)
class _Everything:
    """All projects of an entity, as a place to have rights in."""

    entity: str
    visibility: str = Visibility.TEAM
    members: dict[str, str] = field(default_factory=dict)
    teams: dict[str, str] = field(default_factory=dict)


@serve(router, GET_RETENTION)
async def get_retention(
    ask: GetRetention, caller: TheCaller, projects: ProjectStore, retention: RetentionStore
) -> RetentionView:
    """What is said, and what holds."""
    project = await _managed(projects, caller, ask.entity, ask.project)
    return await _told(ask.entity, project, retention)


@serve(router, SET_RETENTION)
async def set_retention(
    ask: SetRetention,
    caller: TheCaller,
    projects: ProjectStore,
    retention: RetentionStore,
    audit: TheAudit,
) -> RetentionView:
    """From now on; it is done within the hour."""
    project = await _managed(projects, caller, ask.entity, ask.project)
    wanted = checked(Retention(**ask.rule.model_dump()))
    id_ = project.id if project else None
    before = await retention.keeping(ask.entity, id_)
    await audit.record(
        caller,
        ask.entity,
        "retention.set",
        _place(ask.entity, project),
        before=RetentionRule.model_validate(before.own).model_dump(),
        after=ask.rule.model_dump(),
    )
    await retention.set_retention(ask.entity, id_, wanted)
    return await _told(ask.entity, project, retention)


@serve(router, SET_HOLD)
async def set_hold(
    ask: SetHold,
    caller: TheCaller,
    projects: ProjectStore,
    retention: RetentionStore,
    audit: TheAudit,
    clock: TheClock,
) -> RetentionView:
    """A hold begins or ends; what is in the trash stays there while it lasts."""
    project = await _managed(projects, caller, ask.entity, ask.project)
    hold = Hold(ask.reason, caller.username, clock()) if ask.reason else None
    after: dict[str, Any] = {"reason": ask.reason}
    await audit.record(
        caller, ask.entity, "retention.hold", _place(ask.entity, project), after=after
    )
    await retention.set_hold(ask.entity, project.id if project else None, hold)
    return await _told(ask.entity, project, retention)


@serve(router, APPLY_RETENTION)
async def apply_retention(
    ask: ApplyRetention,
    caller: TheCaller,
    projects: ProjectStore,
    retaining: TheRetaining,
    audit: TheAudit,
) -> RetentionOutcome:
    """To a project, now."""
    project = await find_project(projects, caller, ask.entity, ask.project, Action.MANAGE)
    if not ask.dry_run:
        await audit.record(caller, ask.entity, "retention.apply", _place(ask.entity, project))
    done = await retaining.apply(project, dry_run=ask.dry_run)
    return RetentionOutcome.model_validate(done)


async def _managed(
    projects: Projects, caller: Caller, entity: str, project: str | None
) -> Project | None:
    if project is not None:
        return await find_project(projects, caller, entity, project, Action.MANAGE)
    where = _Everything(entity)
    if not may(caller, Action.MANAGE, where):
        if role_in(caller, where) in (Role.SIGNED_IN, Role.ANONYMOUS):
            raise NotFound(f"entity {entity} not found")
        raise Forbidden(f"permission denied: you may not manage {entity}.")
    return None


async def _told(entity: str, project: Project | None, retention: Retentions) -> RetentionView:
    return _view(await retention.keeping(entity, project.id if project else None))


def _view(found: Keeping) -> RetentionView:
    return RetentionView(
        own=RetentionRule.model_validate(found.own),
        effective=RetentionRule.model_validate(found.effective),
        own_hold=HoldView.model_validate(found.own_hold) if found.own_hold else None,
        hold=HoldView.model_validate(found.hold) if found.hold else None,
    )


def _place(entity: str, project: Project | None) -> str:
    return f"{entity}/{project.name}" if project else entity
