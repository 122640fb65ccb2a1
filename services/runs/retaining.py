"""Doing what retention says: old runs into the trash, consoles gone, histories cut down."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from services.runs.domain.project import Project
from services.runs.domain.retention import Outcome, Retention
from services.runs.domain.run import Run
from services.runs.histories.branching import FRAME_LINES, frame_of_rows
from services.runs.histories.reader import HistoryReader
from services.runs.ports import Projects
from services.runs.repository.retention import MongoRetention
from services.runs.repository.runs import MongoRuns
from shared.errors import NotFound
from shared.kit import logs
from shared.kit.blobs import Blobs
from shared.kit.clock import Clock
from shared.kit.outbox import Announcement

log = logs.get(__name__)

_EVERY_S = 3600.0
_BATCH = 200
_MOST_NAMED = 100

TellGone = Callable[[Run, Project, datetime], Sequence[Announcement]]


class RetentionKeeper:
    """One of possibly several; what two do at once is done once."""

    def __init__(
        self,
        retention: MongoRetention,
        runs: MongoRuns,
        projects: Projects,
        histories: HistoryReader,
        blobs: Blobs,
        tell: TellGone,
        clock: Clock,
    ) -> None:
        self._retention = retention
        self._runs = runs
        self._projects = projects
        self._histories = histories
        self._blobs = blobs
        self._tell = tell
        self._clock = clock

    async def work(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(_EVERY_S * random.uniform(0.5, 1.0))  # noqa: S311
            try:
                await self.look()
            except Exception as error:  # it would end the process, for everybody
                log.warning("retention is retried", error=repr(error))

    async def look(self) -> None:
        """Once, through every project that something was said for."""
        async for project_id in self._retention.concerned():
            try:
                project = await self._projects.get(project_id)
            except NotFound:
                continue
            done = await self.apply(project, dry_run=False)
            if done.runs or done.consoles or done.histories:
                log.info(
                    "retention",
                    project=f"{project.entity}/{project.name}",
                    runs=len(done.runs),
                    consoles=len(done.consoles),
                    histories=len(done.histories),
                )

    async def apply(self, project: Project, *, dry_run: bool) -> Outcome:
        """To one project, now. A dry run names what would go and touches nothing."""
        now, done = self._clock(), Outcome()
        keeping = await self._retention.keeping(project.entity, project.id)
        if keeping.hold is not None:
            done.held = True
            return done
        rule = keeping.effective
        await self._each(
            project,
            rule.before(rule.runs_days, now),
            done.runs,
            None if dry_run else lambda run: self._delete(run, project, now),
        )
        await self._each(
            project,
            rule.before(rule.console_days, now),
            done.consoles,
            None if dry_run else self._drop_console,
            **{"lines.log": {"$gt": 0}},
        )
        if rule.thin_rows is not None:
            await self._each(
                project,
                rule.before(rule.thin_days, now),
                done.histories,
                None if dry_run else lambda run: self._thin(run, rule),
                **{"lines.history": {"$gt": rule.thin_rows}},
            )
        return done

    async def _each(
        self,
        project: Project,
        before: datetime | None,
        named: list[str],
        deed: Callable[[Run], Awaitable[None]] | None,
        **more: object,
    ) -> None:
        """Those that are due, a batch at a time; what was done is due no more."""
        if before is None:
            return
        if deed is None:
            found = await self._retention.due(project.id, before, _MOST_NAMED, **more)
            named += [run.name for run in found]
            return
        seen: set[str] = set()
        while True:
            found = await self._retention.due(project.id, before, _BATCH, **more)
            fresh = [run for run in found if run.id not in seen]
            if not fresh:
                return
            for run in fresh:
                seen.add(run.id)
                await deed(run)
                named.append(run.name)

    async def _delete(self, run: Run, project: Project, now: datetime) -> None:
        run.delete(now)
        fields = dict.fromkeys(("deleted_at", "updated_at"))
        await self._runs.change(run, fields, self._tell(run, project, now))

    async def _drop_console(self, run: Run) -> None:
        for blob in await self._retention.console_blobs(run):
            await self._blobs.delete(blob)
        await self._retention.drop_console(run)

    async def _thin(self, run: Run, rule: Retention) -> None:
        """Rows spread over the run, its first and its last among them; the summary stays."""
        rows = await self._histories.spread(run, "history", rule.thin_rows or 0)
        frames = [
            await asyncio.to_thread(
                frame_of_rows, rows[at : at + FRAME_LINES], run.id, run.generation, at
            )
            for at in range(0, len(rows), FRAME_LINES)
        ]
        for blob in await self._retention.thin(run, frames) or ():
            await self._blobs.delete(blob)
