"""The audit log: who did what, on whose behalf, with which key, when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from shared.contracts._kinds import Call, Message, Nothing


class RecordAudit(Message):
    """Said by a service after it did something; who did it is the caller.

    `team` is the entity that it happened in, or empty for the instance. `before` and `after` are
    small JSON objects without secrets.
    """

    team: str
    action: str = Field(pattern=r"^[a-z_]+(\.[a-z_]+)+$")
    object: str = Field(max_length=2000)
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


class AuditEntry(Message):
    """One thing done. `number` counts within team and day; `hash` chains to the one before."""

    id: str
    number: int
    at: datetime
    team: str
    actor: str
    on_behalf_of: str | None = None
    key_id: str | None = None
    address: str | None = None
    agent: str | None = None
    action: str
    object: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    hash: str


class ListAudit(Message):
    """For a team's admins; without a team the instance's own log, for its administrators.

    `action` may end in `.*`.
    """

    team: str = ""
    actor: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = Field(default=100, ge=1, le=1000)
    cursor: str | None = None


class AuditPage(Message):
    """The newest first."""

    items: list[AuditEntry]
    next: str | None = None


class VerifyAudit(Message):
    """Recompute every hash; of one team, or of everything as an instance administrator."""

    team: str | None = None


class AuditFlaw(Message):
    """The first place where the log is not what was written; `id` where there is an entry."""

    team: str
    day: str
    number: int
    id: str | None
    reason: str


class AuditVerdict(Message):
    """`entries` is how many were sound before the first flaw."""

    ok: bool
    entries: int
    flaw: AuditFlaw | None = None


RECORD_AUDIT = Call("identity.audit.record", RecordAudit, Nothing)
LIST_AUDIT = Call("identity.audit.list", ListAudit, AuditPage)
VERIFY_AUDIT = Call("identity.audit.verify", VerifyAudit, AuditVerdict)
