"""What alerts asks of runs and identity, by Calls."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from typing import Any

from services.alerts.domain.alert import RunFacts
from services.alerts.domain.track import Point
from services.alerts.ports import ProjectFacts
from shared.contracts.identity import (
    GET_CONTACTS,
    GET_TEAM,
    LIST_USERS,
    RECORD_AUDIT,
    Caller,
    GetContacts,
    RecordAudit,
)
from shared.contracts.runs import (
    COUNT_RUNS,
    GET_PROJECT,
    GET_RUN,
    LIST_RUNS,
    OPEN_STREAM,
    READ_POINTS,
    CountRuns,
    GetProject,
    GetRun,
    ListRuns,
    OpenStream,
    ReadPoints,
    RunPath,
    RunView,
)
from shared.dialect import MISSING, decode_row, decode_value, dig
from shared.errors import NotFound
from shared.messaging.bus import Bus
