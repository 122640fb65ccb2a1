"""What becomes of a firing: nothing, or an alert and its deliveries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from services.alerts.domain.alert import Alert, RunFacts, fired, told
from services.alerts.domain.channel import Channel
from services.alerts.domain.delivery import deliveries_for
from services.alerts.domain.memory import DEAF_FOR, Memory, Voice
from services.alerts.domain.rule import Rule
from services.alerts.domain.track import Firing
from services.alerts.ports import Alerts, Channels, Findings, Runs
from shared.contracts.alerts import ALERT_FIRED, AlertFired
from shared.kit.clock import iso
from shared.messaging.bus import announcement

FIRED = "alert.fired"


class Judge:
    """Asks, for what fires, what has to be known of its run. Writes nothing down itself."""

    def __init__(self, runs: Runs, channels: Channels, alerts: Alerts, public_url: str) -> None:
        self._runs = runs
        self._channels = channels
        self._alerts = alerts
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
            return
        run = await self._runs.facts(run_id)
        if run is None or await self._alerts.quiet(rule.id, run_id, now):
            return
        if rule.filters and not await self._runs.matches(run, rule.filters):
            if firing.metric is not None:  # points come by the thousand; states do not
                memory.deaf_until = now + DEAF_FOR
                memory.forget_holding(firing.metric)
            return
        memory.spoke(firing, voice, now)
        alert = fired(rule, run, firing, own_id, now, flapping=voice is Voice.NOTICE)
        await self.tell(alert, await self._channels.load(rule.notify), found)

    async def tell(self, alert: Alert, channels: Mapping[str, Channel], found: Findings) -> None:
        """The alert, its deliveries, and the news of it for those who look right now."""
        facts = json.dumps(told(alert, self._public_url, iso(alert.fired_at)))
        alert.notified = [channel.name for channel in channels.values()]
        found.alerts.append(alert)
        for channel in channels.values():
            if channel.health.disabled_at is None:
                found.deliveries += deliveries_for(channel, alert.id, FIRED, facts, alert.fired_at)
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
