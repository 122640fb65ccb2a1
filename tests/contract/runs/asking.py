"""Asking the store of runs as the handlers do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from services.runs.domain.filters import parse
from services.runs.domain.run import Run
from services.runs.patterns import accepted
from services.runs.ports import RunQuery
from shared.kit.ids import new_id
from tests.contract.runs.world import NOON, Asked, a_run


def born(asked: Asked, runs: Sequence[Run]) -> str:
    """They are in a project of their own, and a deleted one with them."""
    project = new_id()

    async def insert() -> None:
        for run in runs:
            run.project_id = project
            await asked.kept.born(run)
        await asked.kept.born(a_run("gone", project, deleted_at=NOON))

    asked.do(insert())
    return project


def page_of(asked: Asked, query: RunQuery) -> tuple[Sequence[Run], Sequence[str]]:
    return asked.do(asked.kept.runs.query(query))


def count(asked: Asked, project: str, filters: Any) -> int:
    return asked.do(asked.kept.runs.count(project, parse(json.dumps(filters), accepted)))


def reached(asked: Asked, query: RunQuery, size: int) -> list[str]:
    """Names of all runs, page by page."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        page, cursors = page_of(
            asked, RunQuery(query.project_id, query.where, query.order, size, cursor)
        )
        found += [run.name for run in page]
        if len(page) < size:
            return found
        cursor = cursors[-1]
