"""What alerts asks of runs and identity, by Calls."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from typing import Any

from services.alerts.domain.alert import RunFacts
from services.alerts.domain.baseline import Sample, Wanted, of_one
from services.alerts.domain.channel import mailbox
from services.alerts.domain.track import Point
from services.alerts.ports import Preference, ProjectFacts
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
    LIST_PROJECTS,
    LIST_RUNS,
    OPEN_STREAM,
    READ_KEYS,
    READ_POINTS,
    CountRuns,
    GetProject,
    GetRun,
    ListProjects,
    ListRuns,
    OpenStream,
    ReadKeys,
    ReadPoints,
    RunPath,
    RunView,
)
from shared.dialect import decode_row, decode_value, dig
from shared.errors import Invalid, NotFound
from shared.kit import logs
from shared.messaging.bus import Bus

log = logs.get(__name__)

OURSELVES = Caller(
    principal_id="alerts", kind="user", username="cordee-alerts", admin=True, elevated=True
)
"""Rules were allowed when they were made; what they watch is read on nobody's behalf."""

_MOST_POINTS = 10_000
_CURVE = 1_000
_PREFERENCES_KEPT_S = 60.0
_CONTACTS_AT_ONCE = 1_000


class RunsNeighbour:
    """The port `Runs`, by Calls."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def project(self, caller: Any, entity: str, name: str) -> ProjectFacts:
        """As the caller may see it; NotFound for hidden and absent."""
        ask = GetProject(entity=entity, project=name)
        view = await self._bus.call(GET_PROJECT, ask, caller=caller)
        return ProjectFacts(view.id, view.entity, view.name, may_edit=not view.read_only)

    async def project_of(self, caller: Any, project_id: str) -> ProjectFacts:
        """The same by its id, under the names that it has now."""
        view = await self._bus.call(GET_PROJECT, GetProject(id=project_id), caller=caller)
        return ProjectFacts(view.id, view.entity, view.name, may_edit=not view.read_only)

    async def projects(self, entity: str) -> list[ProjectFacts]:
        """All of an entity, on nobody's behalf."""
        found: list[ProjectFacts] = []
        cursor: str | None = None
        while True:
            ask = ListProjects(entity=entity, limit=1_000, cursor=cursor)
            page = await self._bus.call(LIST_PROJECTS, ask, caller=OURSELVES)
            found += [ProjectFacts(one.id, one.entity, one.name, True) for one in page.items]
            cursor = page.next
            if cursor is None:
                return found

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
        """Invalid for a filter outside the SDK's language.

        A team's rule is of no one project: its filter is read before that is found to be absent.
        """
        ask = CountRuns(entity=project.entity, project=project.name, filters=filters)
        try:
            await self._bus.call(COUNT_RUNS, ask, caller=caller)
        except NotFound:
            if project.name:
                raise

    async def matches(self, run: RunFacts, filters: str) -> bool:
        """Whether the run matches a filter now; its owner is asked, who knows the language."""
        try:
            both = of_one(run.name, filters)
            ask = CountRuns(entity=run.entity, project=run.project, filters=both)
            return (await self._bus.call(COUNT_RUNS, ask, caller=OURSELVES)).count > 0
        except (Invalid, NotFound) as error:  # one bad filter must not hold up all others
            log.warning("a filter cannot be asked", filters=filters, error=error.message)
            return False

    async def summary_value(self, run: RunFacts, metric: str) -> float | None:
        """Its last value in the summary; None if it has none that is a number."""
        ask = GetRun(path=RunPath(id=run.id), fields=["summary"])
        return _number(await self._bus.call(GET_RUN, ask, caller=OURSELVES), metric)

    async def samples(
        self, caller: Any, place: tuple[str, str], wanted: Wanted, metrics: Sequence[str]
    ) -> list[Sample]:
        """Runs with their last values; `caller` None asks on nobody's behalf, as rules do."""
        ask = ListRuns(
            entity=place[0],
            project=place[1],
            filters=wanted.filters,
            order=wanted.order,
            limit=wanted.limit,
            fields=["summary"],
        )
        page = await self._bus.call(LIST_RUNS, ask, caller=caller or OURSELVES, patience=20.0)
        return [_sample(item, metrics) for item in page.items]

    async def named(
        self, caller: Any, place: tuple[str, str], name: str, metrics: Sequence[str]
    ) -> Sample | None:
        """One run by its id, else the newest by the name that is shown."""
        path = RunPath(entity=place[0], project=place[1], run=name)
        try:
            ask = GetRun(path=path, fields=["summary"])
            return _sample(await self._bus.call(GET_RUN, ask, caller=caller or OURSELVES), metrics)
        except NotFound:
            wanted = Wanted(json.dumps({"display_name": name}), "-created_at", 1)
            return next(iter(await self.samples(caller, place, wanted, metrics)), None)

    async def curve(
        self, caller: Any, run_id: str, metric: str, until: int | None = None
    ) -> list[Point]:
        """One metric of a run up to and with a step, thinned to a thousand points."""
        return await self._points(caller or OURSELVES, run_id, metric, _CURVE, until)

    async def page(
        self, caller: Any, place: tuple[str, str], wanted: Wanted, after: str | None
    ) -> tuple[list[Sample], str | None]:
        """Runs without their values, as the caller may see them, and the next page's cursor."""
        ask = ListRuns(
            entity=place[0],
            project=place[1],
            filters=wanted.filters,
            order=wanted.order,
            limit=wanted.limit,
            cursor=after,
        )
        page = await self._bus.call(LIST_RUNS, ask, caller=caller, patience=20.0)
        return [_sample(item, ()) for item in page.items], page.next

    async def metrics(self, caller: Any, run_id: str) -> list[str]:
        """The names of all that a run has logged."""
        ask = ReadKeys(path=RunPath(id=run_id))
        answer = await self._bus.call(READ_KEYS, ask, caller=caller, patience=20.0)
        keys: Any = decode_row(answer.text).get("keys") or {}
        return list(keys)

    async def points(self, caller: Any, run_id: str, metric: str) -> list[Point]:
        """All of one metric, thinned when there are very many."""
        return await self._points(caller, run_id, metric, _MOST_POINTS)

    async def _points(
        self, caller: Any, run_id: str, metric: str, most: int, until: int | None = None
    ) -> list[Point]:
        ask = ReadPoints(
            path=RunPath(id=run_id),
            keys=["_step", "_timestamp", metric],
            max_step=until + 1 if until is not None else None,
            samples=most,
        )
        answer = await self._bus.call(READ_POINTS, ask, caller=caller, patience=20.0)
        rows = decode_value(answer.text)
        found = []
        for row in rows if isinstance(rows, list) else []:
            step, value = row.get("_step"), _as_float(row.get(metric))
            if isinstance(step, int) and value is not None:
                found.append(Point(metric, value, step, _as_float(row.get("_timestamp")) or 0.0))
        return found


class IdentityNeighbour:
    """The ports `Audit` and `Contacts`, by Calls."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._known: dict[str, tuple[float, dict[str, Preference]]] = {}

    async def record(self, caller: Any, team: str, action: str, target: str) -> None:
        """Before the deed: nothing is done that is not written down."""
        ask = RecordAudit(team=team, action=action, object=target)
        await self._bus.call(RECORD_AUDIT, ask, caller=caller)

    async def preference(self, team: str, address: str) -> Preference:
        """That of the team's member with this address, or everybody's where there is none.

        Raises what identity says: who wants no mails is not sent one because nobody answered.
        """
        until, known = self._known.get(team, (0.0, {}))
        if until < time.monotonic():
            known = await self._preferences(team)
            self._known[team] = (time.monotonic() + _PREFERENCES_KEPT_S, known)
        return known.get(mailbox(address), Preference())

    async def _preferences(self, team: str) -> dict[str, Preference]:
        try:
            view = await self._bus.call(GET_TEAM, GetTeam(name=team), caller=OURSELVES)
            names = [member.username for member in view.members]
        except NotFound:
            names = [team]  # somebody's own space has their name
        found: dict[str, Preference] = {}
        for page in range(0, len(names), _CONTACTS_AT_ONCE):
            ask = GetContacts(usernames=names[page : page + _CONTACTS_AT_ONCE])
            for contact in (await self._bus.call(GET_CONTACTS, ask, caller=OURSELVES)).items:
                wants_alerts = contact.notifications.get("alerts", True)
                found[mailbox(contact.email)] = Preference(contact.language, wants_alerts)
        return found


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


def _sample(view: RunView, metrics: Sequence[str]) -> Sample:
    found = {metric: _number(view, metric) for metric in metrics}
    return Sample(
        id=view.id,
        name=view.name,
        display_name=view.display_name,
        state=view.state,
        at=view.created_at,
        group=view.group,
        step=view.last_step,
        values={metric: value for metric, value in found.items() if value is not None},
    )


def _number(view: RunView, metric: str) -> float | None:
    value = dig(decode_row(view.summary or "{}"), metric)
    if isinstance(value, str):
        value = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}.get(value)
    return _as_float(value)


def _as_float(value: object) -> float | None:
    """None for what is no number; an integer may be larger than any float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
