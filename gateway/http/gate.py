"""`/api/v1/projects/.../gate`: whether runs hold up against a baseline."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.dependencies import AskAsAnybody
from shared.contracts.alerts import JUDGE_RUNS, GateMetric, GateReport, JudgeRuns, RunName

router = APIRouter(tags=["gate"])


class GateBody(BaseModel):
    """`baseline` is a run's name, `best`, `tag:NAME`, or a filter's JSON as text.

    Several `runs` are taken for the seeds of one experiment.
    """

    model_config = ConfigDict(extra="forbid")

    runs: Annotated[list[RunName], Field(min_length=1, max_length=50)]
    baseline: Annotated[str, Field(min_length=1, max_length=4096)]
    metrics: Annotated[list[GateMetric], Field(min_length=1, max_length=20)]
    last: Annotated[int, Field(ge=3, le=200)] = 10
    stale_after_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 30 * 86_400


@router.post("/projects/{entity}/{project}/gate", response_model=GateReport)
async def judge_runs(entity: str, project: str, body: GateBody, ask: AskAsAnybody) -> Response:
    """Compare metrics of runs with a baseline's; nothing is kept of it."""
    question = JudgeRuns(entity=entity, project=project, **body.model_dump())
    report = await ask(JUDGE_RUNS, question, patience=30.0)
    return Response(report.model_dump_json(), media_type="application/json")
