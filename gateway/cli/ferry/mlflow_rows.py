"""What MLflow keeps of a run, in the words of a run here: metrics become rows, params a config."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gateway.cli.ferry.cargo import File, Run, Skipped
from shared.dialect import encode_row

_STATES = {"FINISHED": "finished", "FAILED": "failed", "KILLED": "killed"}
_NUMBERED = ("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED")
"""A tracking folder writes the number, from one on."""


@dataclass(frozen=True, slots=True)
class Point:
    """One value of one metric. Times are milliseconds."""

    key: str
    value: float
    at: int
    step: int


@dataclass(frozen=True, slots=True)
class Logged:
    """A run in MLflow's own words; `points` is asked only when they are wanted."""

    id: str
    name: str
    status: str
    user: str | None
    start: int
    end: int | None
    params: Mapping[str, str]
    tags: Mapping[str, str]
    points: Callable[[], Iterable[Point]]
    files: Callable[[], Iterable[File]] = field(default=tuple)


def status_of(number: int) -> str:
    """The word for the number in a tracking folder."""
    return _NUMBERED[number - 1] if 0 < number <= len(_NUMBERED) else str(number)


def run_of(logged: Logged, source: str) -> Run | Skipped:
    """A run whose id is MLflow's. Params and tags are its config; both are texts there."""
    if logged.status not in _STATES:
        return Skipped(logged.id, f"is {logged.status}; import it again once it has ended")
    tags = {key: text for key, text in logged.tags.items() if not key.startswith("mlflow.")}
    config: dict[str, object] = {key: {"value": text} for key, text in logged.params.items()}
    if tags:
        config["mlflow.tags"] = {"value": tags}
    rows = list(rows_of(logged.points(), logged.start))
    born = _moment(logged.start)
    return Run(
        name=logged.id,
        source=source,
        state=_STATES[logged.status],
        created_at=born,
        ended_at=max(born, _moment(logged.end or logged.start)),
        username=logged.user or None,
        exit_code=0 if logged.status == "FINISHED" else 1,
        display_name=logged.name or None,
        notes=logged.tags.get("mlflow.note.content"),
        config=json.dumps(config),
        summary=_summary(rows),
        group=logged.tags.get("mlflow.parentRunId"),
        commit=logged.tags.get("mlflow.source.git.commit"),
        repo=logged.tags.get("mlflow.source.git.repoURL"),
        program=logged.tags.get("mlflow.source.name"),
        lines=len(rows),
        history=lambda: map(encode_row, rows),
        files=logged.files,
    )


def rows_of(points: Iterable[Point], start: int) -> Iterator[dict[str, object]]:
    """A row per step. A metric that was logged again at a step goes into another row of it.

    Steps before zero, which MLflow allows, are counted from the first; `mlflow/step` has them.
    """
    ordered = sorted(points, key=lambda point: (point.step, point.at))
    below = min((point.step for point in ordered), default=0)
    steps: dict[int, list[dict[str, object]]] = defaultdict(list)
    for point in ordered:
        rows = steps[point.step]
        row: dict[str, object] | None = next((one for one in rows if point.key not in one), None)
        if row is None:
            row = {"_step": point.step - min(below, 0)}
            rows.append(row)
            if below < 0:
                row["mlflow/step"] = point.step
        row[point.key] = point.value
        row["_timestamp"], row["_runtime"] = point.at / 1_000, (point.at - start) / 1_000
    for rows in steps.values():
        yield from rows


def _summary(rows: Iterable[Mapping[str, object]]) -> str:
    last: dict[str, object] = {}
    for row in rows:
        last.update(row)
    return encode_row(last)


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1_000, UTC)
