"""Share links: one run, one comparison or one report, shown to whoever has the link."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from shared.contracts._identity_people import Caller
from shared.contracts._kinds import Call, Message, Nothing
from shared.contracts._runs_reports import ReportBlock

ShareKind = Literal["run", "comparison", "report"]


class ShareView(Message):
    """A link as those see it who may make and revoke links; its token is not kept anywhere."""

    id: str
    kind: ShareKind
    entity: str
    project: str
    runs: list[str]
    """Names of the runs."""
    report_id: str | None = None
    anonymous: bool
    created_by: str
    created_at: datetime
    expires_at: datetime


class CreateShare(Message):
    """Of one run, of 2 to 20, or of one report; exactly one of the two is given.

    `digest` is that of the token: who makes it hands the token out and forgets it. `anonymous`
    leaves out names of people, teams, projects and machines.
    """

    entity: str
    project: str
    digest: str
    runs: list[str] = Field(default_factory=list)
    report_id: str | None = None
    anonymous: bool = False
    expires_at: datetime | None = None


class ListShares(Message):
    """The links of a project that count, newest first; only those that show a run or a report."""

    entity: str
    project: str
    run: str | None = None
    report_id: str | None = None


class Shares(Message):
    """`allowed` is the team's switch: while it is off no link counts."""

    items: list[ShareView]
    allowed: bool


class RevokeShare(Message):
    """It no longer counts, within a second."""

    id: str


class ResolveShare(Message):
    """Whom the bearer of a link's token is taken for; Unauthenticated where it does not count."""

    digest: str


class GetShared(Message):
    """What the caller's own link shows."""


class SharedRun(Message):
    """A run that a link shows, as legends name it; visitors name it by `id`."""

    id: str
    display_name: str
    state: str


class SharedReport(Message):
    """Blocks name runs by id; what could not be taken apart is left out."""

    title: str
    description: str
    blocks: list[ReportBlock]
    updated_at: datetime


class SharedView(Message):
    """What a visitor finds; who shared it, and where it lies, are told unless it is anonymous."""

    kind: ShareKind
    anonymous: bool
    expires_at: datetime
    shared_by: str | None = None
    entity: str | None = None
    project: str | None = None
    runs: list[SharedRun]
    report: SharedReport | None = None


CREATE_SHARE = Call("runs.share.create", CreateShare, ShareView)
LIST_SHARES = Call("runs.share.list", ListShares, Shares)
REVOKE_SHARE = Call("runs.share.revoke", RevokeShare, Nothing)
RESOLVE_SHARE = Call("runs.share.resolve", ResolveShare, Caller)
GET_SHARED = Call("runs.share.show", GetShared, SharedView)
