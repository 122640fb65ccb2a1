"""Maintenance: a time in which alerts are kept and nobody is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.errors import Invalid

LONGEST = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Without a `project` it is of all the team's."""

    id: str
    entity: str
    project: str | None
    starts_at: datetime
    ends_at: datetime
    reason: str
    created_by: str


def checked(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Invalid for a time that nothing happens in, and for one without an end."""
    for field, moment in (("starts_at", starts_at), ("ends_at", ends_at)):
        if moment.tzinfo is None:
            raise Invalid(f"{field}: in which time zone? Write 2026-01-31T12:00:00Z.", field=field)
    if ends_at <= starts_at or ends_at <= now:
        raise Invalid("ends_at: must be after starts_at, and still to come.", field="ends_at")
    if ends_at - starts_at > LONGEST:
        raise Invalid(f"ends_at: at most {LONGEST.days} days after starts_at.", field="ends_at")
