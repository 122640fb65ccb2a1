"""`/api/v1/runs/…/table`: a table that a run logged, a page of it at a time."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from gateway.dependencies import AskAsAnybody, Asker, TheBlobs, TheSigner
from gateway.http.projects import plain
from gateway.http.run_data import shown_file
from gateway.http.table_rows import LoggedTable, Wanted, conditions_of, media_paths, table_of
from shared.contracts.runs import (
    GET_ARTIFACT,
    LIST_ARTIFACT_FILES,
    LIST_FILES,
    ArtifactFileView,
    GetArtifact,
    ListArtifactFiles,
    ListFiles,
    RunPath,
)
from shared.errors import Invalid, NotFound, TooLarge
from shared.kit.blobs import Blobs

router = APIRouter(tags=["run data"])

MOST_BYTES = 64 * 1024 * 1024
KEPT_BYTES = 64 * 1024 * 1024
"""Of tables that were read lately, by the size of their files: paging reads no file anew."""
PREFIX = "media/table/"
ARTIFACT = "wandb-client-artifact://"


@router.get("/runs/{entity}/{project}/{run}/table")
async def read_table(
    entity: str,
    project: str,
    run: str,
    ask: AskAsAnybody,
    signer: TheSigner,
    blobs: TheBlobs,
    file: str,
    artifact: str | None = None,
    find: str = "",
    filters: str | None = None,
    order: str | None = None,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> Response:
    """Rows of a logged table. `file` is the path that its value in the history has, `artifact` its
    `artifact_path`: there, and only there, are all of its rows and the pictures in its cells, to
    which `files` has links.

    `find` is a text that some cell contains; `filters` is `[["column", "gt", 3], …]` with eq, ne,
    gt, gte, lt, lte and contains, all of which hold; `order` is `+column` or `-column`. `matching`
    is how many rows there are, `total` how many without conditions.
    """
    if order and order[0] not in "+-":
        raise Invalid("order: must be +column or -column.", field="order")
    wanted = Wanted(find, conditions_of(filters), order or None, offset, limit)
    if not file.startswith(PREFIX) or not file.endswith(".table.json"):
        raise Invalid(f"file: must be {PREFIX}….table.json.", field="file")
    path = RunPath(entity=entity, project=project, run=run)
    found = await ask(LIST_FILES, ListFiles(path=path, names=[file], limit=1))
    if not found.items or found.items[0].updated_at is None:
        raise NotFound("This run has no such table.")
    whole = await _whole(artifact, ask) if artifact else None
    table = await _KEPT.table(blobs, whole.blob if whole else found.items[0].blob)
    page = await asyncio.to_thread(table.page, wanted)
    names = media_paths(page["rows"])
    files: list[ArtifactFileView] = []
    if whole and names:
        pictures = ListArtifactFiles(artifact_id=whole.artifact_id, names=names, limit=len(names))
        files = (await ask(LIST_ARTIFACT_FILES, pictures)).items
    return plain(page | {"files": [shown_file(one, signer) for one in files if one.ref is None]})


async def _whole(link: str, ask: Asker) -> ArtifactFileView | None:
    """The table's file in its artifact; None as long as there is none."""
    client_id, _, name = link.removeprefix(ARTIFACT).partition("/")
    if not link.startswith(ARTIFACT) or not client_id or not name.endswith(".table.json"):
        raise Invalid(f"artifact: must be {ARTIFACT}….table.json.", field="artifact")
    try:
        found = await ask(GET_ARTIFACT, GetArtifact(client_id=client_id))
        listed = ListArtifactFiles(artifact_id=found.id, names=[name], limit=1)
        files = (await ask(LIST_ARTIFACT_FILES, listed)).items
    except NotFound:
        return None  # it is committed a little later than the history tells of it, or was deleted
    return next((file for file in files if file.ref is None), None)


class _Kept:
    """Tables by blob and version; what a caller may see was decided before."""

    def __init__(self) -> None:
        self._tables: OrderedDict[tuple[str, str], tuple[int, LoggedTable]] = OrderedDict()

    async def table(self, blobs: Blobs, blob: str) -> LoggedTable:
        size, tag = await blobs.stamp(blob)
        known = self._tables.get((blob, tag))
        if known is not None:
            self._tables.move_to_end((blob, tag))
            return known[1]
        if size > MOST_BYTES:
            raise TooLarge(
                f"file: a table of more than {MOST_BYTES} bytes; download it.", field="file"
            )
        data = await blobs.get(blob)
        table = await asyncio.to_thread(_read, data)
        self._tables[(blob, tag)] = (size, table)
        while sum(kept for kept, _ in self._tables.values()) > KEPT_BYTES:
            self._tables.popitem(last=False)
        return table


_KEPT = _Kept()


def _read(data: bytes) -> LoggedTable:
    try:
        document: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Invalid("file: the table is no JSON.", field="file") from error
    return table_of(document)
