"""`/api/v1/reports`: Markdown with charts, and what people say of it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field

from gateway.dependencies import AskAs, AskAsAnybody
from gateway.http.forms import Cursor, Form, Limit, Moment, Page, Shown
from shared.contracts.runs import (
    ADD_COMMENT,
    DELETE_COMMENT,
    DELETE_VIEW,
    GET_REPORT,
    LIST_COMMENTS,
    LIST_REPORTS,
    SAVE_REPORT,
    UNDELETE_VIEW,
    AddComment,
    DeleteComment,
    DeleteView,
    GetReport,
    ListComments,
    ListReports,
    ReportBlock,
    SaveReport,
    UndeleteView,
)

router = APIRouter(tags=["reports"])


class ChartForm(Form):
    """One line for each metric and run."""

    title: str = Field(default="", max_length=200)
    metrics: list[str] = Field(min_length=1, max_length=16)
    x: str = Field(default="_step", max_length=500)
    logarithmic: bool = False
    smoothing: float = Field(default=0.0, ge=0, lt=1)


class BlockForm(Form):
    """A "markdown" one has a text, a "charts" one charts and runs (null: the newest ten).

    `kept` puts one back as it came; it is told with those that are not taken apart.
    """

    kind: Literal["markdown", "charts", "other"]
    text: str = ""
    charts: list[ChartForm] = Field(default_factory=list)
    runs: list[str] | None = None
    kept: int | None = None


class NewReport(Form):
    """Its title is all that it needs."""

    title: str
    description: str = ""
    blocks: list[BlockForm] = Field(default_factory=list)


class ReportChange(Form):
    """What is absent stays. Blocks go with `unchanged_since`, the `updated_at` that they are of."""

    title: str | None = None
    description: str | None = None
    blocks: list[BlockForm] | None = None
    unchanged_since: Moment | None = None


class ReportCard(Shown):
    """A report in a list."""

    id: str
    entity: str
    project: str
    title: str
    description: str
    username: str
    created_at: Moment
    updated_at: Moment
    read_only: bool


class Report(ReportCard):
    """With what is in it."""

    may_comment: bool
    may_share: bool
    blocks: list[ReportBlock]


class Reports(Page[ReportCard]):
    """`writable` tells whether you may add one."""

    writable: bool


class NewComment(Form):
    """What is to be said."""

    text: str


class Comment(Shown):
    """`own` is one that you may take back."""

    id: str
    username: str
    text: str
    created_at: Moment
    own: bool


@router.get("/projects/{entity}/{project}/reports")
async def list_reports(
    entity: str, project: str, ask: AskAsAnybody, limit: Limit = 50, cursor: Cursor = None
) -> Reports:
    """Reports of a project, newest first."""
    question = ListReports(entity=entity, project=project, limit=limit, cursor=cursor)
    found = await ask(LIST_REPORTS, question)
    items = [ReportCard.model_validate(item) for item in found.items]
    return Reports(items=items, next=found.next, writable=found.writable)


@router.post("/projects/{entity}/{project}/reports", status_code=201)
async def create_report(entity: str, project: str, body: NewReport, ask: AskAs) -> Report:
    """A new one; `wandb.Api().reports` lists it, too."""
    question = SaveReport(entity=entity, project=project, **body.model_dump())
    return Report.model_validate(await ask(SAVE_REPORT, question))


@router.get("/reports/{report_id}")
async def get_report(report_id: str, ask: AskAsAnybody) -> Report:
    """One report."""
    return Report.model_validate(await ask(GET_REPORT, GetReport(id=report_id)))


@router.patch("/reports/{report_id}")
async def change_report(report_id: str, body: ReportChange, ask: AskAs) -> Report:
    """409 where somebody else changed it meanwhile."""
    question = SaveReport(id=report_id, **body.model_dump())
    return Report.model_validate(await ask(SAVE_REPORT, question))


@router.delete("/reports/{report_id}", status_code=204)
async def delete_report(report_id: str, ask: AskAs) -> Response:
    """Into the trash, from where `:undelete` brings it back for seven days."""
    await ask(GET_REPORT, GetReport(id=report_id))
    await ask(DELETE_VIEW, DeleteView(id=report_id))
    return Response(status_code=204)


@router.post("/reports/{report_id}:undelete")
async def undelete_report(report_id: str, ask: AskAs) -> Report:
    """Out of the trash; 410 once the seven days are over."""
    await ask(UNDELETE_VIEW, UndeleteView(id=report_id))
    return Report.model_validate(await ask(GET_REPORT, GetReport(id=report_id)))


@router.get("/reports/{report_id}/comments")
async def list_comments(
    report_id: str,
    ask: AskAsAnybody,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    cursor: Cursor = None,
) -> Page[Comment]:
    """Oldest first."""
    question = ListComments(report_id=report_id, limit=limit, cursor=cursor)
    found = await ask(LIST_COMMENTS, question)
    return Page(items=[Comment.model_validate(item) for item in found.items], next=found.next)


@router.post("/reports/{report_id}/comments", status_code=201)
async def add_comment(report_id: str, body: NewComment, ask: AskAs) -> Comment:
    """By whoever belongs to the project."""
    question = AddComment(report_id=report_id, text=body.text)
    return Comment.model_validate(await ask(ADD_COMMENT, question))


@router.delete("/reports/{report_id}/comments/{comment_id}", status_code=204)
async def delete_comment(report_id: str, comment_id: str, ask: AskAs) -> Response:
    """One's own; admins of the project any."""
    await ask(DELETE_COMMENT, DeleteComment(report_id=report_id, id=comment_id))
    return Response(status_code=204)
