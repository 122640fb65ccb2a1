"""What an import says of a run: how and when it ended, and whose it was."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from services.runs.domain.run import ENDED, State
from shared.errors import Invalid

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Author:
    """Whose the run is here, and what is to be said about that."""

    username: str
    note: str | None = None


def author_of(logged_by: str | None, importer: str, team: Collection[str], source: str) -> Author:
    """The same person, if the team has somebody of that name; else whoever imports it."""
    if logged_by is None:
        return Author(importer, f"Imported from {source}.")
    if logged_by in team:
        return Author(logged_by)
    return Author(importer, f"Logged by {logged_by} at {source}; imported by {importer}.")


def ended_state(text: str) -> State:
    """A run that still runs is not imported: it would be half of one."""
    for state in ENDED:
        if state == text:
            return state
    raise Invalid(
        f"state: {text!r} is no state in which a run has ended; import it once it is one of "
        f"{', '.join(sorted(ENDED))}.",
        field="state",
    )


def checked_times(created_at: datetime, ended_at: datetime, now: datetime) -> None:
    """With a zone, in order, and neither before there were computers to log on nor to come."""
    for field, moment in (("created_at", created_at), ("ended_at", ended_at)):
        if moment.tzinfo is None:
            raise Invalid(f"{field}: needs a time zone.", field=field)
        if not EARLIEST <= moment <= now:
            raise Invalid(f"{field}: {moment.isoformat()} is not in the past.", field=field)
    if ended_at < created_at:
        raise Invalid("ended_at: is before created_at.", field="ended_at")
