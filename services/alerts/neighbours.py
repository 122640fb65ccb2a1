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
    RECORD_AUDIT,
    Caller,
    GetContacts,
    GetTeam,
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
from shared.dialect import decode_row, decode_value, dig
from shared.errors import CordeeError, NotFound
from shared.messaging.bus import Bus

OURSELVES = Caller(
    principal_id="alerts", kind="user", username="cordee-alerts", admin=True, elevated=True
)
"""Rules were allowed when they were made; what they watch is read on nobody's behalf."""

_MOST_POINTS = 10_000
_LANGUAGES_KEPT_S = 60.0


class RunsNeighbour:
    """The port `Runs`, by Calls."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def project(self, caller: Any, entity: str, name: str) -> ProjectFacts:
        """As the caller may see it; NotFound for hidden and absent."""
        ask = GetProject(entity=entity, project=name)
        view = await self._bus.call(GET_PROJECT, ask, caller=caller)
        return ProjectFacts(view.id, view.entity, view.name, may_edit=not view.read_only)

    async def may_log(self, caller: Any, entity: str, project: str, run: str) -> str:
        """The run's id, if the caller may log to it."""
        ask = OpenStream(entity=entity, project=project, run=run)
        return (await self._bus.call(OPEN_STREAM, ask, caller=caller)).run_id

    async def facts(self, run_id: str) -> RunFacts | None:
        """None for a deleted run."""
        ask = GetRun(path=RunPath(id=run_id))
        try:
            return _facts(await self._bus.call(GET_RUN, ask, caller=OURSELVES))
        except NotFound:
            return None

    async def check_filters(self, caller: Any, project: ProjectFacts, filters: str) -> None:
        """Invalid for a filter outside the SDK's language."""
        ask = CountRuns(entity=project.entity, project=project.name, filters=filters)
        await self._bus.call(COUNT_RUNS, ask, caller=caller)

    async def matches(self, run: RunFacts, filters: str) -> bool:
        """Whether the run matches a filter now; its owner is asked, who knows the language."""
        both = {"$and": [{"name": run.name}, decode_row(filters)]}
        ask = CountRuns(entity=run.entity, project=run.project, filters=json.dumps(both))
        return (await self._bus.call(COUNT_RUNS, ask, caller=OURSELVES)).count > 0

    async def summary_value(self, run: RunFacts, metric: str) -> float | None:
        """Its last value in the summary; None if it has none that is a number."""
        ask = GetRun(path=RunPath(id=run.id), fields=["summary"])
        return _number(await self._bus.call(GET_RUN, ask, caller=OURSELVES), metric)

    async def finished_values(
        self, run: RunFacts, metric: str, filters: str | None, last: int
    ) -> list[float]:
        """The same of the last finished runs of its project, itself left out."""
        terms: list[Any] = [{"state": "finished"}, {"name": {"$ne": run.name}}]
        if filters:
            terms.append(decode_row(filters))
        ask = ListRuns(
            entity=run.entity,
            project=run.project,
            filters=json.dumps({"$and": terms}),
            order="-created_at",
            limit=last,
            fields=["summary"],
        )
        page = await self._bus.call(LIST_RUNS, ask, caller=OURSELVES, patience=20.0)
        found = [_number(item, metric) for item in page.items]
        return [value for value in found if value is not None]

    async def last_runs(
        self, caller: Any, project: ProjectFacts, filters: str | None, count: int
    ) -> list[RunFacts]:
        """Newest first, as the caller may see them."""
        ask = ListRuns(entity=project.entity, project=project.name, filters=filters, limit=count)
        page = await self._bus.call(LIST_RUNS, ask, caller=caller, patience=20.0)
        return [_facts(item) for item in page.items]

    async def points(self, caller: Any, run: RunFacts, metric: str) -> Sequence[Point]:
        """All of one metric, thinned when there are very many."""
        ask = ReadPoints(
            path=RunPath(id=run.id), keys=["_step", "_timestamp", metric], samples=_MOST_POINTS
        )
        answer = await self._bus.call(READ_POINTS, ask, caller=caller, patience=20.0)
        rows = decode_value(answer.text)
        found = []
        for row in rows if isinstance(rows, list) else []:
            step, at, value = row.get("_step"), row.get("_timestamp"), row.get(metric)
            if isinstance(step, int) and isinstance(value, int | float):
                found.append(Point(metric, float(value), step, float(at or 0.0)))
        return found


class IdentityNeighbour:
    """The ports `Audit` and `Contacts`, by Calls."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._known: dict[str, tuple[float, dict[str, str]]] = {}

    async def record(self, caller: Any, team: str, action: str, target: str) -> None:
        """Before the deed: nothing is done that is not written down."""
        ask = RecordAudit(team=team, action=action, object=target)
        await self._bus.call(RECORD_AUDIT, ask, caller=caller)

    async def language(self, team: str, address: str) -> str:
        """That of the team's member with this address; `en` where there is none."""
        until, languages = self._known.get(team, (0.0, {}))
        if until < time.monotonic():
            try:
                languages = await self._languages(team)
            except CordeeError:
                languages = {}  # a mail in English today is better than one in French tomorrow
            self._known[team] = (time.monotonic() + _LANGUAGES_KEPT_S, languages)
        return languages.get(address.lower(), "en")

    async def _languages(self, team: str) -> dict[str, str]:
        try:
            view = await self._bus.call(GET_TEAM, GetTeam(name=team), caller=OURSELVES)
            names = [member.username for member in view.members]
        except NotFound:
            names = [team]  # somebody's own space has their name
        ask = GetContacts(usernames=names[:1000])
        found = await self._bus.call(GET_CONTACTS, ask, caller=OURSELVES)
        return {contact.email.lower(): contact.language for contact in found.items}


def _facts(view: RunView) -> RunFacts:
    return RunFacts(
        id=view.id,
        name=view.name,
        display_name=view.display_name,
        entity=view.entity,
        project=view.project,
        project_id=view.project_id,
        state=view.state,
        username=view.username,
    )


def _number(view: RunView, metric: str) -> float | None:
    value = dig(decode_row(view.summary or "{}"), metric)
    if isinstance(value, str):
        value = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}.get(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)
