"""`/api/v1/projects/…/live`: runs of a project as they change, in one stream."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from gateway.dependencies import AskAsAnybody, Asker
from gateway.http.live import ALIVE_S, Event, Poller, Watch, answer, live_of
from gateway.http.projects import shown_run, strict
from shared.contracts.runs import GET_PROJECT, LIST_RUNS, GetProject, ListRuns, RunPage, RunView

router = APIRouter(tags=["projects"])

AT_ONCE = 200
MOST_LISTED, MOST_PAGES = 1_000, 20
OVERLAP = timedelta(seconds=5)
"""Changes are dated before they are written, and by clocks that differ a little."""
KEPT_FOR_S = 60.0
KEPT_BYTES = 32 * 1024 * 1024
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@router.get("/projects/{entity}/{project}/live")
async def follow_project(
    entity: str, project: str, ask: AskAsAnybody, request: Request
) -> StreamingResponse:
    """Server-sent events: `run` with each run that was born or has changed since, `deleted` with
    the id and the name of one that went into the trash, `gone` when you may no longer look.
    """
    found = await ask(GET_PROJECT, GetProject(entity=entity, project=project))
    watch = Watch(request, ask, time.monotonic(), time.monotonic())
    live_of(request).must_have_room(watch)
    return answer(_events(watch, entity, project, read_only=found.read_only))


@dataclass(frozen=True, slots=True)
class _Change:
    """`body` is the JSON of a run without whether its reader may change it; none of a deleted."""

    number: int
    at: float
    run_id: str
    name: str
    body: bytes | None

    def event(self, *, read_only: bool) -> Event:
        if self.body is None:
            return "deleted", {"id": self.run_id, "name": self.name}
        end = b',"read_only":true}' if read_only else b',"read_only":false}'
        return "run", orjson.Fragment(self.body[:-1] + end)


class ProjectPoller(Poller):
    """What has changed lately, each run once, as it is by now."""

    def __init__(self, entity: str, project: str) -> None:
        super().__init__()
        self._place = (entity, project)
        self._begun = datetime.now(UTC) - OVERLAP
        self._mark: datetime | None = None
        self._told: dict[str, datetime] = {}
        self._changes: OrderedDict[str, _Change] = OrderedDict()
        self._bytes = self._last = self._lost = 0

    async def look(self, ask: Asker) -> bool:
        """Whether any run has changed."""
        mark, known = self._mark, self._told
        if mark is None:
            # By the clocks of those who date the changes: ours may be ahead of them.
            newest = await self._ask(ask, order="-updated_at", limit=1)
            mark = newest.items[0].updated_at if newest.items else _LONG_AGO
        deleted = await self._changed(ask, mark - OVERLAP, trash=True)
        found = [*await self._changed(ask, mark - OVERLAP, trash=False), *deleted]
        fresh = [run for run in found if known.get(run.id) != run.updated_at]
        if self._mark is None:
            fresh = [run for run in fresh if run.updated_at > self._begun]
        runs = [*await self._whole(ask, fresh), *[run for run in fresh if run.deleted_at]]
        bodies = await asyncio.to_thread(lambda: [_body(run) for run in runs])
        for run, body in zip(runs, bodies, strict=True):
            self._keep(run, body)
        told = known | {run.id: run.updated_at for run in [*found, *runs]}
        self._mark = max([mark, *told.values()])
        since = self._mark - 2 * OVERLAP
        self._told = {run_id: at for run_id, at in told.items() if at > since}
        self._forget()
        return bool(runs)

    def begin(self) -> int:
        """Where a reader begins who has just read what there is: a moment before."""
        since = time.monotonic() - OVERLAP.total_seconds()
        earlier = [change.number for change in self._changes.values() if change.at < since]
        return max([self._lost, *earlier])

    def after(self, number: int) -> list[_Change] | None:
        """Oldest first; None for who was away for too long to be told everything."""
        if number < self._lost:
            return None
        found: list[_Change] = []
        for change in reversed(self._changes.values()):
            if change.number <= number:
                break
            found.insert(0, change)
        return found

    def _keep(self, run: RunView, body: bytes | None) -> None:
        """In place of what was said of the run before, which nobody has to hear any more."""
        self._drop(run.id)
        self._last += 1
        self._changes[run.id] = _Change(self._last, time.monotonic(), run.id, run.name, body)
        self._bytes += len(body or b"")

    def _drop(self, run_id: str) -> int:
        change = self._changes.pop(run_id, None)
        if change is None:
            return 0
        self._bytes -= len(change.body or b"")
        return change.number

    def _forget(self) -> None:
        before = time.monotonic() - KEPT_FOR_S
        while self._changes:
            oldest = next(iter(self._changes.values()))
            if oldest.at > before and self._bytes <= KEPT_BYTES:
                return
            self._lost = self._drop(oldest.run_id)

    async def _changed(self, ask: Asker, since: datetime, *, trash: bool) -> list[RunView]:
        """Oldest first and without their texts: most of them were told at the last look."""
        filters = {"updatedAt": {"$gt": since.isoformat()}}
        found: list[RunView] = []
        cursor = None
        for _ in range(MOST_PAGES):
            page = await self._ask(
                ask, filters, order="+updated_at", limit=MOST_LISTED, trash=trash, cursor=cursor
            )
            found += page.items
            cursor = page.next
            if cursor is None:
                break
        return found

    async def _whole(self, ask: Asker, runs: Sequence[RunView]) -> list[RunView]:
        """Those that are not deleted, with their texts, as they are by now."""
        names = [run.name for run in runs if run.deleted_at is None]
        found: list[RunView] = []
        for at in range(0, len(names), AT_ONCE):
            filters = {"name": {"$in": names[at : at + AT_ONCE]}}
            texts = ["config", "summary"]
            page = await self._ask(ask, filters, order="+updated_at", limit=AT_ONCE, fields=texts)
            found += page.items
        return found

    async def _ask(self, ask: Asker, filters: dict[str, Any] | None = None, **more: Any) -> RunPage:
        entity, project = self._place
        text = orjson.dumps(filters).decode() if filters else None
        return await ask(LIST_RUNS, ListRuns(entity=entity, project=project, filters=text, **more))


def _body(run: RunView) -> bytes | None:
    if run.deleted_at is not None:
        return None
    shown = shown_run(run)
    del shown["read_only"]
    return orjson.dumps(strict(shown))


async def _events(
    watch: Watch, entity: str, project: str, *, read_only: bool
) -> AsyncIterator[Event | None]:
    async def check(ask: Asker) -> None:
        nonlocal read_only
        found = await ask(GET_PROJECT, GetProject(entity=entity, project=project))
        read_only = found.read_only

    thing = ("project", entity, project)
    with live_of(watch.request).following(
        watch, thing, lambda: ProjectPoller(entity, project)
    ) as poller:
        number, told_at = poller.begin(), time.monotonic()
        yield None
        while await watch.goes_on() and await watch.still_may(check):
            version, changes = poller.version, poller.after(number)
            if changes is None:
                return
            for change in changes:
                number = change.number
                yield change.event(read_only=read_only)
            if time.monotonic() - told_at > ALIVE_S:
                told_at = time.monotonic()
                yield None
            await poller.news(version)
    if watch.refusal is not None:
        yield "gone", {"reason": watch.refusal.message}
