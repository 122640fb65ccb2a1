"""Reports: views of the type "runs", taken apart into texts and charts, and comments on them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from shared.contracts._kinds import Call, Message, Nothing


class ReportChart(Message):
    """Some metrics over `x`, one line for each of them and each run of its block."""

    title: str = ""
    metrics: list[str]
    x: str = "_step"
    logarithmic: bool = False
    smoothing: float = Field(default=0.0, ge=0, lt=1)


class ReportBlock(Message):
    """A part of a report: `text` of a "markdown" one, `charts` and names of `runs` of "charts".

    Without names the charts are of the newest runs. What this service cannot take apart comes as
    "other" (its `text` says what it is), or as charts that stay as they are; `kept` is its place
    in the text, by which it is put back when a report is saved.
    """

    kind: Literal["markdown", "charts", "other"]
    text: str = ""
    charts: list[ReportChart] = Field(default_factory=list)
    runs: list[str] | None = None
    kept: int | None = None


class ReportView(Message):
    """A report as the caller may see it; `blocks` are not told in lists."""

    id: str
    entity: str
    project: str
    title: str
    description: str
    username: str
    created_at: datetime
    updated_at: datetime
    read_only: bool
    may_comment: bool
    may_share: bool
    blocks: list[ReportBlock] = Field(default_factory=list)


class SaveReport(Message):
    """Write one in a project, or with an `id` change what is given of it.

    Conflict where somebody else changed it after `unchanged_since`, which blocks are saved with.
    """

    id: str | None = None
    entity: str | None = None
    project: str | None = None
    title: str | None = None
    description: str | None = None
    blocks: list[ReportBlock] | None = None
    unchanged_since: datetime | None = None


class GetReport(Message):
    """By id; hidden and absent are the same NotFound."""

    id: str


class ListReports(Message):
    """Of a project, newest first."""

    entity: str
    project: str
    limit: int = 50
    cursor: str | None = None


class ReportPage(Message):
    """`next` goes into the following question; `writable` tells whether the caller may add one."""

    items: list[ReportView]
    next: str | None = None
    writable: bool


class CommentView(Message):
    """What somebody said of a report. `own` is for whoever may take it back."""

    id: str
    username: str
    text: str
    created_at: datetime
    own: bool


class AddComment(Message):
    """Said by the caller."""

    report_id: str
    text: str


class ListComments(Message):
    """Of a report, oldest first."""

    report_id: str
    limit: int = 100
    cursor: str | None = None


class CommentPage(Message):
    """`next` goes into the following question."""

    items: list[CommentView]
    next: str | None = None


class DeleteComment(Message):
    """One's own, or as an admin of the project anybody's. For good."""

    report_id: str
    id: str


SAVE_REPORT = Call("runs.report.save", SaveReport, ReportView)
GET_REPORT = Call("runs.report.get", GetReport, ReportView)
LIST_REPORTS = Call("runs.report.list", ListReports, ReportPage)
ADD_COMMENT = Call("runs.comment.add", AddComment, CommentView)
LIST_COMMENTS = Call("runs.comment.list", ListComments, CommentPage)
DELETE_COMMENT = Call("runs.comment.delete", DeleteComment, Nothing)
