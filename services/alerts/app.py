"""Assembly of the alerts service: the only file here that knows all rooms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from faststream import FastStream

from services.alerts import handlers, patterns
from services.alerts.delivering.dispatcher import Dispatcher
from services.alerts.domain.rule import Rule
from services.alerts.domain.tickets import CHART, Tickets
from services.alerts.engine import Engine
from services.alerts.evaluating import artifact_news
from services.alerts.evaluating.comparing import Comparer
from services.alerts.evaluating.evaluator import Evaluator
from services.alerts.evaluating.judge import Judge
from services.alerts.evaluating.listening import PointListener
from services.alerts.evaluating.rulebook import RememberedRules
from services.alerts.handlers.views import watch_changed
from services.alerts.neighbours import IdentityNeighbour, RunsNeighbour
from services.alerts.notifiers.charts import RunCharts
from services.alerts.notifiers.mail import MailSender, NoMail
from services.alerts.notifiers.webhook import WebhookSender
from services.alerts.ports import Sender
from services.alerts.repository.alerts import MongoAlerts
from services.alerts.repository.channels import MongoChannels
from services.alerts.repository.deliveries import MongoDeliveries
from services.alerts.repository.leadership import MongoLeadership
from services.alerts.repository.maintenance import MongoMaintenance
from services.alerts.repository.rules import MongoRules
from services.alerts.repository.scripted import MongoScripted
from services.alerts.repository.vault import Vault
from services.alerts.repository.windows import MongoWindows
from services.alerts.settings import AlertsSettings
from shared.contracts.identity import TEAM_DELETED, TeamDeleted
from shared.contracts.runs import (
    POINTS_LOGGED,
    RUN_STATE_CHANGED,
    RUNS_MOVED,
    PointsLogged,
    RunsMoved,
)
from shared.kit import clock, mongo, schema
from shared.kit.canary import MongoCanary
from shared.kit.egress import GuardedTransport
from shared.kit.ids import new_id
from shared.kit.outbox import Outbox
from shared.kit.settings import refuse, settings_or_exit
from shared.kit.smtp import MailServer
from shared.messaging.broker import Service
from shared.messaging.bus import Bus
from shared.messaging.consuming import Listener
from shared.messaging.replaying import Replays


def build(settings: AlertsSettings) -> Service:
    """The service with its handlers, not yet connected; what AsyncAPI is printed from."""
    service = Service("alerts", settings)
    for router in handlers.ROUTERS:
        service.broker.include_router(router)
    return service


def specification() -> FastStream:
    """For `faststream docs gen --factory services.alerts.app:specification`."""
    return build(AlertsSettings()).app


async def run(settings: AlertsSettings, key: str) -> None:
    """Serve until told to stop. `key` seals the secrets of channels."""
    service = build(settings)
    client = httpx.AsyncClient(transport=GuardedTransport(settings.egress_allow, plain=True))

    async def assemble(bus: Bus) -> None:
        await _assemble(service, settings, key, bus, client)

    service.at_end(client.aclose)
    await service.run(assemble)


async def _assemble(
    service: Service, settings: AlertsSettings, key: str, bus: Bus, client: httpx.AsyncClient
) -> None:
    mongo_client = mongo.connect(settings.mongo_url.get_secret_value(), "alerts")
    database = mongo_client[settings.mongo_database]
    outbox = Outbox(database)
    leadership = MongoLeadership(database, new_id())
    rules = MongoRules(mongo_client, database, outbox)
    channels = MongoChannels(mongo_client, database, Vault(key))
    alerts, deliveries = MongoAlerts(database), MongoDeliveries(database)
    windows = MongoWindows(mongo_client, database, outbox, leadership)
    scripted = MongoScripted(mongo_client, database, outbox, windows)
    maintenance = MongoMaintenance(database)
    await schema.bring_up(database)
    for store in (rules, channels, alerts, deliveries, windows, scripted, maintenance):
        await store.prepare()
    runs, identity = RunsNeighbour(bus), IdentityNeighbour(bus)

    async def announce_watch(project_id: str, known: Sequence[Rule]) -> None:
        await rules.announce([watch_changed(project_id, known)])

    charts, tickets = RunCharts(runs), Tickets(key)
    rulebook = RememberedRules(rules, announce_watch)
    judge = Judge(runs, channels, alerts, maintenance, settings.public_url)
    dispatcher = Dispatcher(
        deliveries, channels, _senders(settings, identity, client, charts, tickets), clock.now
    )
    evaluator = Evaluator(rulebook, windows, judge, Comparer(runs), clock.now, dispatcher.wake)

    async def on_moved(event: RunsMoved) -> None:
        await alerts.follow(event.run_ids, event.to_project_id)
        await evaluator.follow(event.run_ids, event.to_project_id)

    async def on_team_deleted(event: TeamDeleted) -> None:
        await rules.forget_entity(event.team)
        await channels.forget_team(event.team)

    async def points_again(told: PointsLogged) -> None:
        await evaluator.take_points([told])

    listeners: tuple[Listener[Any], ...] = (
        Listener("alerts", RUN_STATE_CHANGED, evaluator.take_state),
        Listener("alerts", RUNS_MOVED, on_moved),
        Listener("alerts", TEAM_DELETED, on_team_deleted),
        *artifact_news.listeners(evaluator.take_artifact),
    )
    replays = Replays(listeners)
    replays.add(POINTS_LOGGED, points_again)
    points = PointListener(bus, evaluator, windows.mark)
    engine = Engine(
        leadership,
        [
            points.run,
            evaluator.comparisons.run,
            dispatcher.run,
            *(lambda one=one: one.listen(bus) for one in listeners),
        ],
    )
    service.provide(
        rules=rules,
        channels=channels,
        alerts=alerts,
        deliveries=deliveries,
        scripted=scripted,
        runs=runs,
        audit=identity,
        rulebook=rulebook,
        teller=judge,
        wake_up=dispatcher.wake,
        charts=charts,
        maintenance=maintenance,
        tickets=tickets,
        accept_pattern=patterns.accepted,
        clock=clock.now,
        replays=replays,
        canary=MongoCanary(database),
    )
    service.in_background(engine.run)
    service.in_background(lambda: outbox.relay(bus.announce))
    service.at_end(leadership.leave)


def _senders(
    settings: AlertsSettings,
    identity: IdentityNeighbour,
    client: httpx.AsyncClient,
    charts: RunCharts,
    tickets: Tickets,
) -> dict[str, Sender]:
    public_url = settings.public_url.rstrip("/")

    def chart_url(facts: Mapping[str, Any]) -> str | None:
        if not facts.get("metric") or not facts.get("run_id"):
            return None
        return f"{public_url}/api/v1/charts/{tickets.write(CHART, facts['alert_id'])}.png"

    webhook = WebhookSender(client, clock.now, chart_url)
    mail: Sender = NoMail(clock.now)
    if settings.smtp_url is not None:
        url = settings.smtp_url.get_secret_value()
        server = MailServer(url, settings.mail_from or "cordee@localhost")
        mail = MailSender(server, identity, charts, tickets, public_url, clock.now)
    return {"webhook": webhook, "slack": webhook, "email": mail}


def main() -> None:
    """`python -m services.alerts.app`: without a key for the secrets there is no start."""
    import uvloop

    settings = settings_or_exit(AlertsSettings, "alerts")
    if settings.encryption_key is None or len(settings.encryption_key.get_secret_value()) < 32:
        refuse("alerts", "encryption_key", "32 or more characters of randomness")
    uvloop.run(run(settings, settings.encryption_key.get_secret_value()))


if __name__ == "__main__":
    main()
