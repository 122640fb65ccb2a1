"""The audit log: a team's, one's own, the instance's; in pages, or whole as NDJSON or CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from gateway.dependencies import AskAs, Asker
from gateway.http.forms import Cursor, Moment, Page, Shown
from shared.contracts.identity import (
    LIST_AUDIT,
    VERIFY_AUDIT,
    AuditEntry,
    AuditPage,
    ListAudit,
    VerifyAudit,
)

router = APIRouter(tags=["audit"])

Format = Literal["ndjson", "csv"]
TYPES: dict[Format, str] = {"ndjson": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}
AT_ONCE = 1000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Filters:
    """What narrows the log; `action` may end in `.*`."""

    actor: Annotated[str | None, Query(max_length=300)] = None
    action: Annotated[str | None, Query(max_length=100)] = None
    since: Annotated[Moment | None, Query()] = None
    until: Annotated[Moment | None, Query()] = None


class Entry(Shown):
    """One thing done. `hash` chains it to the one before."""

    id: str
    number: int
    at: Moment
    team: str
    actor: str
    on_behalf_of: str | None
    key_id: str | None
    address: str | None
    agent: str | None
    action: str
    object: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    hash: str


class Flaw(Shown):
    """The first place where the log is not what was written; `id` where there is an entry."""

    team: str
    day: str
    number: int
    id: str | None
    reason: str


class Verdict(Shown):
    """`entries` is how many were sound before the first flaw."""

    ok: bool
    entries: int
    flaw: Flaw | None


Filtered = Annotated[Filters, Depends()]
AuditLimit = Annotated[int, Query(ge=1, le=AT_ONCE)]


@router.get("/teams/{team}/audit")
async def list_team_audit(
    team: str, ask: AskAs, filters: Filtered, limit: AuditLimit = 100, cursor: Cursor = None
) -> Page[Entry]:
    """What was done in a team, the latest first. Team admins only."""
    return _shown(await _page(ask, team, filters, limit, cursor))


@router.get("/users/me/audit")
async def list_own_audit(
    ask: AskAs, filters: Filtered, limit: AuditLimit = 100, cursor: Cursor = None
) -> Page[Entry]:
    """What was done to one's own account and in one's own space, the latest first."""
    return _shown(await _page(ask, ask.caller.username, filters, limit, cursor))


@router.get("/audit")
async def list_instance_audit(
    ask: AskAs, filters: Filtered, limit: AuditLimit = 100, cursor: Cursor = None
) -> Page[Entry]:
    """What was done to the instance, the latest first. Instance administrators only."""
    return _shown(await _page(ask, "", filters, limit, cursor))


@router.get("/audit/verification")
async def verify_audit(
    ask: AskAs, team: Annotated[str | None, Query(max_length=300)] = None
) -> Verdict:
    """Whether the log is whole: every hash recomputed, of one team's log or of all there are.

    Of a team for its admins, of everything for instance administrators.
    """
    return Verdict.model_validate(await ask(VERIFY_AUDIT, VerifyAudit(team=team)))


@router.get("/teams/{team}/audit/export")
async def export_team_audit(
    team: str, ask: AskAs, filters: Filtered, format: Format = "ndjson"
) -> StreamingResponse:
    """The whole log of a team. Team admins only."""
    return await _export(ask, team, filters, format)


@router.get("/audit/export")
async def export_instance_audit(
    ask: AskAs, filters: Filtered, format: Format = "ndjson"
) -> StreamingResponse:
    """The whole log of the instance. Instance administrators only."""
    return await _export(ask, "", filters, format)


async def _page(
    ask: Asker, team: str, filters: Filters, limit: int, cursor: str | None
) -> AuditPage:
    wanted = ListAudit(
        team=team,
        actor=filters.actor,
        action=filters.action,
        since=filters.since,
        until=filters.until,
        limit=limit,
        cursor=cursor,
    )
    return await ask(LIST_AUDIT, wanted)


def _shown(page: AuditPage) -> Page[Entry]:
    return Page(items=[Entry.model_validate(entry) for entry in page.items], next=page.next)


async def _export(ask: Asker, team: str, filters: Filters, form: Format) -> StreamingResponse:
    """The first page is asked for before the answer begins, so that a refusal is one."""
    first = await _page(ask, team, filters, AT_ONCE, None)
    name = quote(f"audit-{team or 'instance'}.{form}", safe="")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    lines = _csv if form == "csv" else _ndjson
    pieces = (lines(page) async for page in _pages(ask, team, filters, first))
    return StreamingResponse(_headed(form, pieces), headers=headers, media_type=TYPES[form])


async def _pages(
    ask: Asker, team: str, filters: Filters, page: AuditPage
) -> AsyncIterator[AuditPage]:
    yield page
    while page.next is not None:
        page = await _page(ask, team, filters, AT_ONCE, page.next)
        yield page


async def _headed(form: Format, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if form == "csv":
        yield ",".join(Entry.model_fields).encode() + b"\r\n"
    async for piece in pieces:
        yield piece


def _ndjson(page: AuditPage) -> bytes:
    return b"".join(orjson.dumps(_plain(entry)) + b"\n" for entry in page.items)


def _csv(page: AuditPage) -> bytes:
    text = io.StringIO()
    table = csv.writer(text)
    table.writerows([_cell(value) for value in _plain(entry).values()] for entry in page.items)
    return text.getvalue().encode()


def _plain(entry: AuditEntry) -> dict[str, Any]:
    return Entry.model_validate(entry).model_dump(mode="json")


def _cell(value: Any) -> str:
    """Text for a table; what a spreadsheet would run as a formula becomes text first."""
    text = "" if value is None else json.dumps(value) if isinstance(value, dict) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
