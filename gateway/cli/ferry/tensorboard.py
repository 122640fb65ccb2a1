"""A folder of TensorBoard's: every folder below it that holds event files is a run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from gateway.cli.ferry.cargo import Project, Run, Skipped, Trouble
from gateway.cli.ferry.mlflow_store import project_name
from gateway.cli.ferry.tensorboard_events import Seen, read
from shared.dialect import encode_row

_EVENTS = "*tfevents*"


class TensorboardFolder:
    """One project; the id of a run is made of its folder's path below this one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._homes = sorted({path.parent for path in self._folder.rglob(_EVENTS)})
        if not self._homes:
            raise Trouble(f"{folder}: no event files of TensorBoard are in it")

    def projects(self) -> Iterator[Project]:
        """The one."""
        name = project_name(self._folder.name)
        yield Project(name, count=len(self._homes), runs=self._runs)

    def _runs(self) -> Iterator[Run | Skipped]:
        for home in self._homes:
            yield self._run(home)

    def _run(self, home: Path) -> Run | Skipped:
        shown = home.relative_to(self._folder).as_posix()
        shown = self._folder.name if shown == "." else shown
        try:
            seen = [one for path in sorted(home.glob(_EVENTS)) for one in read(path)]
        except (OSError, Trouble) as fault:
            return Skipped(shown, f"cannot be read: {fault}")
        if not seen:
            return Skipped(shown, "has no numbers and no texts")
        first, last = min(one.at for one in seen), max(one.at for one in seen)
        rows = list(_rows(seen, first))
        summary: dict[str, object] = {}
        for row in rows:
            summary.update(row)
        return Run(
            name=hashlib.sha256(shown.encode()).hexdigest()[:12],
            source=f"tensorboard:{self._folder.name}/{shown}",
            state="finished",
            created_at=datetime.fromtimestamp(first, UTC),
            ended_at=datetime.fromtimestamp(last, UTC),
            display_name=shown,
            summary=encode_row(summary),
            lines=len(rows),
            history=partial(map, encode_row, rows),
        )


def _rows(seen: list[Seen], start: float) -> Iterator[dict[str, object]]:
    """A row per step, oldest values first: of a tag seen twice at a step, the later one counts."""
    rows: dict[int, dict[str, object]] = {}
    for one in sorted(seen, key=lambda one: (one.step, one.at)):
        row = rows.setdefault(one.step, {"_step": max(0, one.step)})
        row[one.tag] = one.value
        row["_timestamp"], row["_runtime"] = one.at, one.at - start
    yield from rows.values()
