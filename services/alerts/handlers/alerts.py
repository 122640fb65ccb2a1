"""Alerts: what has fired, what was made of it, and what scripts say themselves."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

from faststream.nats import NatsRouter

from services.alerts.dependencies import (
    AlertStore,
    RuleStore,
    ScriptedStore,
    TheCharts,
    TheClock,
    TheRulebook,
    TheRuns,
    TheTeller,
    TheTickets,
    WakeUp,
)
from services.alerts.domain.alert import told
from services.alerts.domain.memory import Memory
from services.alerts.domain.tickets import CHART
from services.alerts.domain.track import Firing
from services.alerts.handlers.rules import require_edit
from services.alerts.handlers.views import alert_view
from services.alerts.ports import Findings
from shared.contracts.alerts import (
    DRAW_CHART,
    HANDLE_ALERT,
    LIST_ALERTS,
    RAISE_SCRIPTED,
    AlertPage,
    AlertView,
    Chart,
    DrawChart,
    HandleAlert,
    ListAlerts,
    Raised,
    RaiseScripted,
)
from shared.errors import NotFound
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve

router = NatsRouter()


@serve(router, LIST_ALERTS)
async def list_alerts(
    ask: ListAlerts, caller: TheCaller, alerts: AlertStore, runs: TheRuns
) -> AlertPage:
    """For whoever may read the project, newest first."""
    project = await runs.project(caller, ask.entity, ask.project)
    where: dict[str, Any] = {"project_id": project.id}
    where |= {
        name: value
        for name, value in ask.model_dump(include={"run", "rule_id", "state"}).items()
        if value is not None
    }
    page, cursor = await alerts.page(where, ask.limit, ask.cursor)
    return AlertPage(items=[alert_view(alert, project) for alert in page], next=cursor)


@serve(router, HANDLE_ALERT)
async def handle_alert(
    ask: HandleAlert, caller: TheCaller, alerts: AlertStore, runs: TheRuns, clock: TheClock
) -> AlertView:
    """By whoever may change what is in the project, which its run may have gone to since."""
    alert = await alerts.get(ask.id)
    try:
        project = await runs.project_of(caller, alert.project_id)
    except NotFound:
        raise NotFound("No such alert.") from None
    require_edit(project)
    until = clock() + timedelta(seconds=ask.snooze_s) if ask.snooze_s is not None else None
    alert.handle(caller.username, ask.state, until)
    await alerts.save(alert)
    return alert_view(alert, project)


@serve(router, DRAW_CHART)
async def draw_chart(
    ask: DrawChart, alerts: AlertStore, tickets: TheTickets, charts: TheCharts
) -> Chart:
    """For whoever has the link: a chat's own servers fetch it for their users."""
    [own_id] = tickets.read(CHART, ask.ticket)
    png = await charts.of(told(await alerts.get(own_id), "", ""))
    if png is None:
        raise NotFound("There is nothing to draw.")
    return Chart(png=base64.b64encode(png).decode())


@serve(router, RAISE_SCRIPTED)
async def raise_scripted(
    ask: RaiseScripted,
    caller: TheCaller,
    scripted: ScriptedStore,
    rules: RuleStore,
    rulebook: TheRulebook,
    runs: TheRuns,
    teller: TheTeller,
    clock: TheClock,
    wake_up: WakeUp,
) -> Raised:
    """It is in the inbox even if no rule asks for it; rules say whom else to tell."""
    run_id = await runs.may_log(caller, ask.entity, ask.project, ask.run)
    run = await runs.facts(run_id)
    if run is None:
        raise NotFound(f"run {ask.entity}/{ask.project}/{ask.run} not found")
    await rulebook.note(run.project_id, run.entity)
    known = (await rules.of_projects([run.project_id]))[run.project_id]
    said = Firing(ask.text, title=ask.title, severity=ask.severity)
    at, own_id = clock(), new_id()

    async def hear(memories: dict[str, Memory]) -> Findings:
        return await teller.hear_script(known, memories, said, run, own_id, at)

    until = at + timedelta(milliseconds=min(ask.wait_ms, 86_400_000))
    raised = await scripted.raise_once(run.id, ask.title, until, at, hear)
    wake_up()
    return Raised(raised=raised)
