"""What a handler may ask for, by type."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

from faststream import Context

from services.runs import ports
from shared.kit.clock import Clock

ProjectStore = Annotated[ports.Projects, Context("projects", cast=False)]
RunStore = Annotated[ports.Runs, Context("runs", cast=False)]
FileStore = Annotated[ports.Files, Context("files", cast=False)]
MoveStore = Annotated[ports.Moves, Context("moves", cast=False)]
TheCarrier = Annotated[ports.Carrier, Context("carrier", cast=False)]
TheEntities = Annotated[ports.Entities, Context("entities", cast=False)]
TheAudit = Annotated[ports.Audit, Context("audit", cast=False)]
HistoryStore = Annotated[ports.Histories, Context("histories", cast=False)]
Writing = Annotated[ports.Settled, Context("writing", cast=False)]
TheClock = Annotated[Clock, Context("clock", cast=False)]
PatternGate = Annotated[Callable[[str], bool], Context("accept_pattern", cast=False)]
CrashedAfter = Annotated[timedelta, Context("crashed_after", cast=False)]
Canary = Annotated[ports.Canary, Context("canary", cast=False)]
