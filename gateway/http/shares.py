"""`/api/v1/…/shares`: links that show a run, a comparison or a report to whoever has them."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import Field

from gateway.dependencies import AskAs, TheAuthenticator, TheBrowsers
from gateway.http.forms import Form, Moment, Page, Shown
from shared.contracts.runs import (
    CREATE_SHARE,
    LIST_SHARES,
    REVOKE_SHARE,
    CreateShare,
    ListShares,
    RevokeShare,
)

router = APIRouter(tags=["share links"])


class NewShare(Form):
    """Names of 1 to 20 runs, or a report. Without `expires_at` it ends in thirty days.

    An anonymous link leaves out names of people, team, project and machine.
    """

    runs: list[str] = Field(default_factory=list, max_length=20)
    report: str | None = None
    anonymous: bool = False
    expires_at: Moment | None = None


class Share(Shown):
    """A link that counts; its token is not kept."""

    id: str
    kind: str
    entity: str
    project: str
    runs: list[str]
    report_id: str | None
    anonymous: bool
    created_by: str
    created_at: Moment
    expires_at: Moment


class MadeShare(Share):
    """The only time that its address is told."""

    token: str
    url: str


class ShareList(Page[Share]):
    """`allowed` is the team's switch: while it is off no link counts."""

    allowed: bool


@router.post("/projects/{entity}/{project}/shares", status_code=201)
async def create_share(
    entity: str,
    project: str,
    body: NewShare,
    ask: AskAs,
    authenticator: TheAuthenticator,
    browsers: TheBrowsers,
) -> MadeShare:
    """Make a link, if the team allows links."""
    token, digest = authenticator.new_link()
    question = CreateShare(
        entity=entity,
        project=project,
        digest=digest,
        runs=body.runs,
        report_id=body.report,
        anonymous=body.anonymous,
        expires_at=body.expires_at,
    )
    made = Share.model_validate(await ask(CREATE_SHARE, question))
    return MadeShare(**made.model_dump(), token=token, url=browsers.page(f"/share/{token}"))


@router.get("/projects/{entity}/{project}/shares")
async def list_shares(
    entity: str, project: str, ask: AskAs, run: str | None = None, report: str | None = None
) -> ShareList:
    """Links that count; of one run or report, or of the whole project."""
    question = ListShares(entity=entity, project=project, run=run, report_id=report)
    found = await ask(LIST_SHARES, question)
    items = [Share.model_validate(item) for item in found.items]
    return ShareList(items=items, allowed=found.allowed)


@router.delete("/shares/{share_id}", status_code=204)
async def revoke_share(share_id: str, ask: AskAs) -> Response:
    """It no longer counts, within a second."""
    await ask(REVOKE_SHARE, RevokeShare(id=share_id))
    return Response(status_code=204)
