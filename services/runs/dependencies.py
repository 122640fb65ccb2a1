"""What a handler may ask for, by type."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

from services.runs import artifact_ports, ports, report_ports, retention_ports, sweep_ports
from shared.kit.clock import Clock
from shared.messaging.providing import Provided
from shared.messaging.replaying import Replays

ProjectStore = Annotated[ports.Projects, Provided("projects")]
RunStore = Annotated[ports.Runs, Provided("runs")]
PlaceStore = Annotated[ports.Places, Provided("places")]
FileStore = Annotated[ports.Files, Provided("files")]
MoveStore = Annotated[ports.Moves, Provided("moves")]
TheCarrier = Annotated[ports.Carrier, Provided("carrier")]
TheEntities = Annotated[ports.Entities, Provided("entities")]
TheAudit = Annotated[ports.Audit, Provided("audit")]
HistoryStore = Annotated[ports.Histories, Provided("histories")]
SweepStore = Annotated[sweep_ports.Sweeps, Provided("sweeps")]
TheSearcher = Annotated[sweep_ports.Searcher, Provided("searcher")]
ReadConfig = Annotated[sweep_ports.ConfigReader, Provided("read_config")]
CommentStore = Annotated[report_ports.Comments, Provided("comments")]
ShareStore = Annotated[report_ports.Shares, Provided("shares")]
TagStore = Annotated[ports.Tags, Provided("tags")]
ViewStore = Annotated[ports.Views, Provided("views")]
FileQuota = Annotated[ports.FilesUsed, Provided("file_quota")]
TheBranches = Annotated[ports.Branches, Provided("branches")]
Writing = Annotated[ports.Settled, Provided("writing")]
TheClock = Annotated[Clock, Provided("clock")]
PatternGate = Annotated[Callable[[str], bool], Provided("accept_pattern")]
CrashedAfter = Annotated[timedelta, Provided("crashed_after")]
Canary = Annotated[ports.Canary, Provided("canary")]
TheShelves = Annotated[artifact_ports.Shelves, Provided("shelves")]
RetentionStore = Annotated[retention_ports.Retentions, Provided("retention")]
TheRetaining = Annotated[retention_ports.Retaining, Provided("retaining")]
TheHolds = Annotated[retention_ports.Holds, Provided("retention")]
TheReplays = Annotated[Replays, Provided("replays")]
