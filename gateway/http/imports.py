"""`runs:import` and `:seal`: a run that was logged elsewhere, with its id, times and author.

Between the two come its lines, by file_stream, and its files, as with any run.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import ConfigDict

from gateway.dependencies import AskAs
from gateway.http.forms import Moment
from shared.contracts.runs import (
    IMPORT_RUN,
    SEAL_RUN,
    ForeignRun,
    ImportedRun,
    ImportRun,
    RunPath,
    SealRun,
    SentLines,
)

router = APIRouter(tags=["imports"])


class ImportBody(ForeignRun):
    """A run as it was where it was logged; `source` is its address there."""

    model_config = ConfigDict(extra="forbid")

    created_at: Moment
    ended_at: Moment


class SealBody(SentLines):
    """Everything has been sent."""

    model_config = ConfigDict(extra="forbid")


@router.post("/projects/{entity}/{project}/runs:import")
async def import_run(entity: str, project: str, body: ImportBody, ask: AskAs) -> dict[str, Any]:
    """Make room for the run, or find how far an import of it has come. Managers only."""
    question = ImportRun(entity=entity, project=project, **body.model_dump())
    return _shown(await ask(IMPORT_RUN, question))


@router.post("/runs/{entity}/{project}/{run}:seal")
async def seal_run(
    entity: str, project: str, run: str, body: SealBody, ask: AskAs
) -> dict[str, Any]:
    """Everything has been sent; 503 as long as some of it is not written down yet."""
    path = RunPath(entity=entity, project=project, run=run)
    return _shown(await ask(SEAL_RUN, SealRun(path=path, **body.model_dump())))


def _shown(found: ImportedRun) -> dict[str, Any]:
    run = found.run
    return {
        "name": run.name,
        "state": run.state,
        "username": run.username,
        "created_at": run.created_at,
        "history_lines": run.history_lines,
        "events_lines": run.events_lines,
        "log_lines": run.log_lines,
        "sealed": found.sealed,
    }
