"""Alerts: what has fired, what was made of it, and what scripts say themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from faststream.nats import NatsRouter

from services.alerts.dependencies import (
    AlertStore,
    ChannelStore,
    RuleStore,
    ScriptedStore,
    TheClock,
    TheRuns,
    TheTeller,
    WakeUp,
)
from services.alerts.domain.alert import Alert, alert_id
from services.alerts.domain.condition import Scripted
from services.alerts.handlers.rules import editable
from services.alerts.handlers.views import alert_view
from services.alerts.ports import Findings
from shared.contracts.alerts import (
    HANDLE_ALERT,
    LIST_ALERTS,
    RAISE_SCRIPTED,
    AlertPage,
    AlertView,
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
    return AlertPage(items=[alert_view(alert) for alert in page], next=cursor)


@serve(router, HANDLE_ALERT)
async def handle_alert(
    ask: HandleAlert, caller: TheCaller, alerts: AlertStore, runs: TheRuns, clock: TheClock
) -> AlertView:
    """By whoever may change what is in the project."""
    alert = await alerts.get(ask.id)
    try:
        await editable(runs, caller, alert.entity, alert.project)
    except NotFound:
        raise NotFound("No such alert.") from None
    until = clock() + timedelta(seconds=ask.snooze_s) if ask.snooze_s is not None else None
    alert.handle(caller.username, ask.state, until)
    await alerts.save(alert)
    return alert_view(alert)


@serve(router, RAISE_SCRIPTED)
async def raise_scripted(
    ask: RaiseScripted,
    caller: TheCaller,
    scripted: ScriptedStore,
    rules: RuleStore,
    channels: ChannelStore,
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
    at = clock()
    asking = [
        rule
        for rule in await rules.of_project(run.project_id)
        if rule.enabled
        and isinstance(rule.when, Scripted)
        and rule.when.hears(ask.severity)
        and (rule.snoozed_until is None or rule.snoozed_until <= at)
        and (not rule.filters or await runs.matches(run, rule.filters))
    ]
    alert = Alert(
        id=new_id(),
        project_id=run.project_id,
        entity=run.entity,
        project=run.project,
        run_id=run.id,
        run=run.name,
        run_name=run.display_name,
        username=run.username,
        rule_id=asking[0].id if asking else None,
        rule=asking[0].name if asking else None,
        kind="alert",
        severity=ask.severity,
        title=ask.title,
        text=ask.text,
        run_state=run.state,
        fired_at=at,
    )
    found = Findings()
    named = await channels.load(list({each for rule in asking for each in rule.notify}))
    await teller.tell(alert, named, found)
    until = at + timedelta(milliseconds=min(ask.wait_ms, 86_400_000))
    raised = await scripted.raise_once(alert_id("said", run.id, ask.title), until, at, found)
    wake_up()
    return Raised(raised=raised)
