"""A share link: what it shows, to whoever has it, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.errors import Invalid

USUAL = timedelta(days=30)
LONGEST = timedelta(days=366)
MOST_RUNS = 20


@dataclass(slots=True)
class Share:
    """Known by the digest of its token. It shows `runs` by id, or the report `report_id`.

    `anonymous` leaves out names of people, teams, projects and machines.
    """

    id: str
    digest: str
    project_id: str
    runs: tuple[str, ...]
    report_id: str | None
    anonymous: bool
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    @property
    def kind(self) -> str:
        """What it shows, in one word."""
        if self.report_id is not None:
            return "report"
        return "run" if len(self.runs) == 1 else "comparison"

    def counts(self, at: datetime) -> bool:
        """Whether it opens anything."""
        return self.revoked_at is None and at < self.expires_at


def checked_choice(runs: Sequence[str], report_id: str | None) -> list[str]:
    """Names of 1 to 20 runs, or none and a report; never both, never a whole project."""
    wanted = list(dict.fromkeys(runs))
    if (report_id is None) != bool(wanted):
        raise Invalid("runs: a link shows either runs or one report.", field="runs")
    if len(wanted) > MOST_RUNS:
        raise Invalid(f"runs: a link shows at most {MOST_RUNS}.", field="runs")
    return wanted


def checked_end(expires_at: datetime | None, at: datetime) -> datetime:
    """When it ends: every link does."""
    if expires_at is None:
        return at + USUAL
    if not at < expires_at <= at + LONGEST:
        raise Invalid(
            f"expires_at: must be within the next {LONGEST.days} days.", field="expires_at"
        )
    return expires_at
