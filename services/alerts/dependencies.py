"""What a handler may ask for, by type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from faststream import Context

from services.alerts import ports
from shared.kit.clock import Clock

RuleStore = Annotated[ports.Rules, Context("rules", cast=False)]
ChannelStore = Annotated[ports.Channels, Context("channels", cast=False)]
AlertStore = Annotated[ports.Alerts, Context("alerts", cast=False)]
DeliveryStore = Annotated[ports.Deliveries, Context("deliveries", cast=False)]
ScriptedStore = Annotated[ports.Scripted, Context("scripted", cast=False)]
TheRuns = Annotated[ports.Runs, Context("runs", cast=False)]
TheAudit = Annotated[ports.Audit, Context("audit", cast=False)]
TheRulebook = Annotated[ports.Rulebook, Context("rulebook", cast=False)]
TheTeller = Annotated[ports.Teller, Context("teller", cast=False)]
WakeUp = Annotated[Callable[[], None], Context("wake_up", cast=False)]
TheClock = Annotated[Clock, Context("clock", cast=False)]
Canary = Annotated[ports.Canary, Context("canary", cast=False)]
