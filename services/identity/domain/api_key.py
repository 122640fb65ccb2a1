"""An API key: who it is for, what it is narrowed to, and until when it counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from shared.errors import Conflict, Invalid

SERVICE_KEY_LIFE = timedelta(days=365)
MAX_LIVE_KEYS = 100


class Scope(StrEnum):
    """What a key may be narrowed to."""

    FULL = "full"
    READ = "read"
    WRITE_RUNS = "write_runs"


@dataclass(slots=True)
class ApiKey:
    """Everything about a key but the key itself, of which only a digest is kept."""

    id: str
    principal_id: str
    digest: str
    hint: str
    name: str
    scope: Scope
    created_at: datetime
    created_by: str | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    ci: dict[str, str] = field(default_factory=dict)
    """What the CI job said about itself that this key was made for."""

    def counts_at(self, moment: datetime) -> bool:
        """Whether it is neither revoked nor past its day."""
        if self.revoked_at is not None:
            return False
        return self.expires_at is None or moment < self.expires_at

    def give_way(self, at: datetime) -> None:
        """Count until then and no longer: a rotated key overlaps with the new one for a while."""
        if self.expires_at is None or at < self.expires_at:
            self.expires_at = at

    def revoke(self, at: datetime) -> None:
        """For good."""
        if self.revoked_at is not None:
            raise Conflict("This key was revoked already.")
        self.revoked_at = at


def check_scope(scope: str) -> Scope:
    """The scope of that name."""
    try:
        return Scope(scope)
    except ValueError:
        known = ", ".join(Scope)
        raise Invalid(f"A key's scope is one of {known}.", field="scope") from None


def check_name(name: str) -> str:
    """A key's name is free text that fits on a line."""
    name = " ".join(name.split())
    if len(name) > 200:
        raise Invalid("A key's name has at most 200 characters.", field="name")
    return name or "key"


def check_room(keys: Sequence[ApiKey], at: datetime) -> None:
    """Conflict when somebody has too many keys that count."""
    if sum(key.counts_at(at) and not key.ci for key in keys) >= MAX_LIVE_KEYS:
        raise Conflict(f"An account has at most {MAX_LIVE_KEYS} keys; revoke one first.")


def expiry(wanted: datetime | None, at: datetime, *, of_service: bool) -> datetime | None:
    """A key cannot be born dead; a service account's ends after a year unless told otherwise."""
    if wanted is not None and wanted <= at:
        raise Invalid("expires_at must lie in the future.", field="expires_at")
    if wanted is None and of_service:
        return at + SERVICE_KEY_LIFE
    return wanted


def renewed_expiry(old: ApiKey, at: datetime) -> datetime | None:
    """As long a life as the old key was given."""
    return None if old.expires_at is None else at + (old.expires_at - old.created_at)
