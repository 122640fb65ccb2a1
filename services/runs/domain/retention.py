"""How long runs are kept, and what is kept whatever their age."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta

from shared.errors import Invalid

FEWEST_ROWS, MOST_ROWS = 100, 100_000
LONGEST = 36_500


@dataclass(frozen=True, slots=True)
class Retention:
    """Days after a run was last logged to or edited; None says nothing about it.

    `thin_days` is until a history is cut down to `thin_rows`, `runs_days` until the run goes into
    the trash, from where it can be brought back for seven days more.
    """

    runs_days: int | None = None
    console_days: int | None = None
    thin_days: int | None = None
    thin_rows: int | None = None

    def over(self, team: Retention) -> Retention:
        """The project's word where it has one, else the team's."""
        own = {f.name: getattr(self, f.name) for f in fields(self)}
        return replace(team, **{name: value for name, value in own.items() if value is not None})

    def before(self, days: int | None, now: datetime) -> datetime | None:
        """Runs that were last touched before this moment are due."""
        return None if days is None else now - timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold: nothing of the project, or of all of the team, is thrown away for good."""

    reason: str
    by: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Keeping:
    """What a team or a project says, and what holds in it."""

    own: Retention = field(default_factory=Retention)
    effective: Retention = field(default_factory=Retention)
    own_hold: Hold | None = None
    hold: Hold | None = None


@dataclass(slots=True)
class Outcome:
    """What was done, or would be; the first names of each."""

    runs: list[str] = field(default_factory=list)
    consoles: list[str] = field(default_factory=list)
    histories: list[str] = field(default_factory=list)
    held: bool = False


def checked(wanted: Retention) -> Retention:
    """Raises Invalid naming the field."""
    for name in ("runs_days", "console_days", "thin_days"):
        days = getattr(wanted, name)
        if days is not None and not 1 <= days <= LONGEST:
            raise Invalid(f"{name}: must be from 1 to {LONGEST} days.", field=name)
    rows = wanted.thin_rows
    if rows is not None and not FEWEST_ROWS <= rows <= MOST_ROWS:
        raise Invalid(f"thin_rows: must be from {FEWEST_ROWS} to {MOST_ROWS}.", field="thin_rows")
    if wanted.thin_days is not None and rows is None:
        raise Invalid("thin_rows: goes with thin_days.", field="thin_rows")
    return wanted
