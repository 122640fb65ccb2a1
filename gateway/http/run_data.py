"""`/api/v1/runs/…`: what a run logged, for charts, consoles and lists of files."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from gateway.dependencies import AskAsAnybody, Asker, TheSigner
from gateway.http.frames import FRAMED
from gateway.http.projects import plain
from gateway.signing import Signer
from shared.contracts._kinds import Count
from shared.contracts.runs import (
    COUNT_RUNS,
    LIST_FILES,
    READ_CURVES,
    READ_HISTORY,
    READ_KEYS,
    READ_LOG,
    ArtifactFileView,
    CountRuns,
    FileView,
    ListFiles,
    LogPage,
    ReadCurves,
    ReadHistory,
    ReadKeys,
    ReadLog,
    RunCount,
    RunPath,
)
from shared.dialect import decode_row
from shared.errors import Invalid

router = APIRouter(tags=["run data"])

SLOW = 25.0
RUN = "/runs/{entity}/{project}/{run}"


@router.get("/projects/{entity}/{project}/run-count")
async def count_runs(
    entity: str, project: str, ask: AskAsAnybody, filters: str | None = None
) -> RunCount:
    """How many runs match; the filter is the same as for listing them."""
    return await ask(COUNT_RUNS, CountRuns(entity=entity, project=project, filters=filters))


@router.get(RUN + "/keys")
async def list_keys(entity: str, project: str, run: str, ask: AskAsAnybody) -> Response:
    """Which metrics a run has, with counts, types and last values."""
    return await keys_of(RunPath(entity=entity, project=project, run=run), ask)


async def keys_of(path: RunPath, ask: Asker) -> Response:
    """The answer for one run."""
    found = await ask(READ_KEYS, ReadKeys(path=path), patience=SLOW)
    return plain(json.loads(found.text))


@router.get(RUN + "/curves")
async def get_curves(
    entity: str,
    project: str,
    run: str,
    ask: AskAsAnybody,
    key: Annotated[list[str], Query(min_length=1, max_length=64)],
    x: str = "_step",
    low: float | None = None,
    high: float | None = None,
    points: Annotated[int, Query(ge=2, le=20_000)] = 1000,
) -> Response:
    """Numeric metrics over `x`; of long ones the lowest and highest of every stretch.

    `null` in `y` is no finite number; `odd` says by index which it is.
    """
    path = RunPath(entity=entity, project=project, run=run)
    return await curves_of(path, ask, key, x, low, high, points)


async def curves_of(
    path: RunPath,
    ask: Asker,
    keys: list[str],
    x: str,
    low: float | None,
    high: float | None,
    points: int,
) -> Response:
    """The answer for one run."""
    question = ReadCurves(path=path, keys=keys, x=x, low=low, high=high, points=points)
    found = await ask(READ_CURVES, question, patience=SLOW)
    return Response(f'{{"x":{json.dumps(x)},"curves":{found.text}}}', media_type="application/json")


@router.get(RUN + "/system")
async def get_system(
    entity: str,
    project: str,
    run: str,
    ask: AskAsAnybody,
    samples: Annotated[int, Query(ge=1, le=10_000)] = 500,
) -> Response:
    """System metrics, as rows spread over the run."""
    path = RunPath(entity=entity, project=project, run=run)
    question = ReadHistory(path=path, stream="events", samples=samples)
    found = await ask(READ_HISTORY, question, patience=SLOW)
    return plain({"items": [decode_row(line) for line in found.lines], "next": None})


@router.get(RUN + "/console")
async def get_console(
    entity: str,
    project: str,
    run: str,
    ask: AskAsAnybody,
    after: Count | None = None,
    last: Annotated[int | None, Query(ge=1, le=10_000)] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> LogPage:
    """Console lines: the `last` of them, or `limit` from the one after `after`."""
    if after is not None and last is not None:
        raise Invalid("last: goes without after.", field="last")
    path = RunPath(entity=entity, project=project, run=run)
    return await ask(READ_LOG, ReadLog(path=path, after=after, last=last, first=limit))


@router.get(RUN + "/files")
async def list_files(
    entity: str,
    project: str,
    run: str,
    ask: AskAsAnybody,
    signer: TheSigner,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    cursor: str | None = None,
    name: Annotated[list[str] | None, Query(max_length=200)] = None,
) -> dict[str, Any]:
    """Stored files by name; each `url` is good for an hour and needs no further credentials.

    With `name`, given as often as needed, only those. A file of HTML has a `frame` besides: the
    address of a page that shows it and can reach nothing else.
    """
    path = RunPath(entity=entity, project=project, run=run)
    question = ListFiles(path=path, names=name or [], limit=limit, cursor=cursor)
    page = await ask(LIST_FILES, question)
    items = [shown_file(item, signer) for item in page.items if item.updated_at is not None]
    return {"items": items, "next": page.next, "total": page.total}


def shown_file(file: FileView | ArtifactFileView, signer: Signer) -> dict[str, Any]:
    """A stored file, with its links."""
    framed = file.name.endswith(FRAMED)
    return {
        "name": file.name,
        "size": file.size,
        "md5": file.md5,
        "mimetype": file.mimetype,
        "updated_at": _iso(file.updated_at),
        "url": signer.url("GET", file.run_id, file.name, file.blob),
        "frame": signer.frame_url(file.run_id, file.name, file.blob) if framed else None,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
