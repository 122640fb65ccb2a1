"""What becomes of a firing: nothing, or an alert and its deliveries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from services.alerts.domain.alert import (
    Alert,
    RunFacts,
    alert_id,
    fired,
    happened,
    speak_as,
    told,
)
from services.alerts.domain.artifact import ArtifactFacts
from services.alerts.domain.channel import Channel
from services.alerts.domain.condition import Scripted
from services.alerts.domain.delivery import deliveries_for
from services.alerts.domain.memory import DEAF_FOR, Memory, Voice
from services.alerts.domain.rule import Rule
from services.alerts.domain.track import Firing
from services.alerts.ports import Alerts, Channels, Findings, Maintenances, Runs
from shared.contracts.alerts import ALERT_FIRED, AlertFired
from shared.kit.clock import iso
from shared.messaging.bus import announcement

FIRED = "alert.fired"


class Judge:
    """Asks, for what fires, what has to be known of its run. Writes nothing down itself."""

    def __init__(
        self,
        runs: Runs,
        channels: Channels,
        alerts: Alerts,
        maintenance: Maintenances,
        public_url: str,
    ) -> None:
        self._runs = runs
        self._channels = channels
        self._alerts = alerts
        self._maintenance = maintenance
        self._public_url = public_url

    async def hear(
        self,
        rule: Rule,
        memory: Memory,
        firing: Firing,
        run_id: str,
        own_id: str,
        now: datetime,
        found: Findings,
    ) -> None:
        """Put the alert among the findings if it is to be heard."""
        voice = memory.voice(rule, firing, now)
        if voice is Voice.QUIET:
            if memory.is_deaf(now):  # it must begin again when the rule listens again
                memory.forget_holding(firing.metric)
            return
        run = await self._runs.facts(run_id)
        if run is None or not rule.covers(run.entity, run.project_id):
            return  # moved away: its new place is nothing that the rule may tell of
        if await self._alerts.quiet(rule.id, run_id, now):
            return
        if rule.filters and not await self._runs.matches(run, rule.filters):
            if firing.metric is not None:  # points come by the thousand; states do not
                memory.deaf_until = now + DEAF_FOR
                memory.forget_holding(firing.metric)
            return
        memory.spoke(firing, voice, now)
        alert = fired(rule, run, firing, own_id, now, flapping=voice is Voice.NOTICE)
        await self._tell_as(rule, alert, found)

    async def hear_artifact(
        self, rule: Rule, facts: ArtifactFacts, now: datetime, found: Findings
    ) -> None:
        """The same for what happened to an artifact; a filter of runs is about its own.

        Each event is told, for each is another: only `cooldown_s` leaves some of them out.
        """
        if rule.snoozed_until is not None and rule.snoozed_until > now:
            return
        run = await self._runs.facts(facts.run_id) if facts.run_id else None
        alert = happened(rule, facts, run, facts.at)
        since = max(facts.at - timedelta(seconds=rule.cooldown_s), rule.updated_at)
        if await self._alerts.quiet(rule.id, alert.run_id, now, alert.artifact) or (
            rule.cooldown_s
            and await self._alerts.fired_since(rule.id, alert.run_id, since, alert.artifact)
        ):
            return
        if rule.filters and (run is None or not await self._runs.matches(run, rule.filters)):
            return
        await self._tell_as(rule, alert, found)

    async def hear_script(
        self,
        rules: Iterable[Rule],
        memories: dict[str, Memory],
        said: Firing,
        run: RunFacts,
        own_id: str,
        now: datetime,
    ) -> Findings:
        """What a script says is an alert even if no rule is to be heard."""
        found = Findings()
        for rule in rules:
            if isinstance(rule.when, Scripted) and rule.when.hears(said.severity or ""):
                memory = memories.get(rule.id)
                if memory is None or memory.revision != rule.revision:
                    memory = memories[rule.id] = Memory(rule.id, rule.revision)
                each = alert_id(rule.id, own_id)
                await self.hear(rule, memory, said, run.id, each, now, found)
        if not found.alerts:
            await self.tell(fired(None, run, said, own_id, now), {}, found)
        return found

    async def _tell_as(self, rule: Rule, alert: Alert, found: Findings) -> None:
        speak_as(alert, rule, self._public_url)
        await self.tell(alert, await self._channels.load(rule.notify), found, rule.payload)

    async def tell(
        self,
        alert: Alert,
        channels: Mapping[str, Channel],
        found: Findings,
        payload: str | None = None,
    ) -> None:
        """The alert, its deliveries, and the news of it for those who look right now."""
        planned = await self._maintenance.at(alert.entity, alert.project, alert.fired_at)
        if planned is not None:
            alert.quiet_because = (
                f"maintenance: {planned.reason}" if planned.reason else "maintenance"
            )
            channels = {}
        facts = json.dumps(told(alert, self._public_url, iso(alert.fired_at)))
        alert.notified = [channel.name for channel in channels.values()]
        found.alerts.append(alert)
        for channel in channels.values():
            if channel.health.disabled_at is None:
                found.deliveries += deliveries_for(
                    channel, alert.id, FIRED, facts, alert.fired_at, payload=payload
                )
        found.news.append(
            announcement(
                ALERT_FIRED,
                AlertFired(
                    alert_id=alert.id,
                    entity=alert.entity,
                    project=alert.project,
                    project_id=alert.project_id,
                    run_id=alert.run_id,
                    severity=alert.severity,
                    title=alert.title,
                    at=alert.fired_at,
                ),
            )
        )

    async def facts(self, run_id: str) -> RunFacts | None:
        """What is known of a run; None for a deleted one."""
        return await self._runs.facts(run_id)
