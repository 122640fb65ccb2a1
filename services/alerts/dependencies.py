"""What a handler may ask for, by type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from services.alerts import ports
from services.alerts.domain.tickets import Tickets
from shared.kit.clock import Clock
from shared.messaging.providing import Provided
from shared.messaging.replaying import Replays

RuleStore = Annotated[ports.Rules, Provided("rules")]
ChannelStore = Annotated[ports.Channels, Provided("channels")]
AlertStore = Annotated[ports.Alerts, Provided("alerts")]
DeliveryStore = Annotated[ports.Deliveries, Provided("deliveries")]
ScriptedStore = Annotated[ports.Scripted, Provided("scripted")]
TheRuns = Annotated[ports.Runs, Provided("runs")]
TheAudit = Annotated[ports.Audit, Provided("audit")]
TheRulebook = Annotated[ports.Rulebook, Provided("rulebook")]
TheTeller = Annotated[ports.Teller, Provided("teller")]
PatternGate = Annotated[Callable[[str], bool], Provided("accept_pattern")]
TheTickets = Annotated[Tickets, Provided("tickets")]
TheCharts = Annotated[ports.Charts, Provided("charts")]
TheMaintenance = Annotated[ports.Maintenances, Provided("maintenance")]
WakeUp = Annotated[Callable[[], None], Provided("wake_up")]
TheClock = Annotated[Clock, Provided("clock")]
Canary = Annotated[ports.Canary, Provided("canary")]
TheReplays = Annotated[Replays, Provided("replays")]
