"""The audit log as a chain: every entry carries the hash of the one before, over days too.

Editing, removing or reordering entries breaks a hash; cutting off the end leaves fewer than the
day's head counts; a head that was made up lacks the seal, whose key is not in the database.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Facts = dict[str, Any]
Seal = Callable[[str], str]
_BEGINNING = "0" * 64


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done, by whom, on whose behalf, with which key, from where."""

    at: datetime
    team: str
    actor: str
    action: str
    object: str
    on_behalf_of: str | None = None
    key_id: str | None = None
    address: str | None = None
    agent: str | None = None
    before: Facts | None = None
    after: Facts | None = None

    @property
    def day(self) -> str:
        """The day in UTC, whose chain it belongs to."""
        return self.at.astimezone(UTC).date().isoformat()


@dataclass(frozen=True, slots=True)
class Entry:
    """A deed in its place: `number` counts from 1 within team and day."""

    id: str
    number: int
    deed: Deed
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """How far a team's day has come. `opens_with` is the last hash of the team's day before."""

    team: str
    day: str
    count: int
    opens_with: str
    last_hash: str
    seal: str = ""

    def sealed(self, seal: Seal) -> Head:
        """The same with the seal that proves that we wrote it."""
        return Head(
            self.team, self.day, self.count, self.opens_with, self.last_hash, seal(self._text())
        )

    def is_ours(self, seal: Seal) -> bool:
        """Whether the seal fits."""
        return seal(self._text()) == self.seal

    def _text(self) -> str:
        return canonical(["head", self.team, self.day, self.count, self.opens_with, self.last_hash])


@dataclass(frozen=True, slots=True)
class Flaw:
    """The first place where the log is not what was written."""

    team: str
    day: str
    number: int
    id: str | None
    reason: str


def canonical(value: Any) -> str:
    """One text for one value, whatever the order of its keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def hash_of(previous: str, entry_id: str, number: int, deed: Deed) -> str:
    """SHA-256 over the hash before and everything that the entry says."""
    said = {name: getattr(deed, name) for name in Deed.__dataclass_fields__ if name != "at"} | {
        "at": deed.at.astimezone(UTC).isoformat(),
        "id": entry_id,
        "number": number,
    }
    return hashlib.sha256((previous + canonical(said)).encode()).hexdigest()


def appended(deed: Deed, entry_id: str, latest: Head | None, seal: Seal) -> tuple[Entry, Head]:
    """The entry that follows a team's latest head, and the head after it."""
    opens_with = latest.last_hash if latest else _BEGINNING
    day, count, previous = deed.day, 0, opens_with
    if latest is not None and latest.day >= day:  # clocks of two processes may disagree at midnight
        day, count, opens_with = latest.day, latest.count, latest.opens_with
        previous = latest.last_hash
    entry = Entry(entry_id, count + 1, deed, hash_of(previous, entry_id, count + 1, deed))
    return entry, Head(deed.team, day, count + 1, opens_with, entry.hash).sealed(seal)


class Verification:
    """Reads one team's log in order and stops at the first flaw."""

    def __init__(self, team: str, seal: Seal) -> None:
        self.sound = 0
        self._team = team
        self._seal = seal
        self._last_hash = _BEGINNING
        self._number = 0

    def begin_day(self, head: Head) -> Flaw | None:
        """Days follow one another, and each head is ours."""
        self._number = 0
        if not head.is_ours(self._seal):
            return self._flaw(head.day, None, "the day's head was changed")
        if head.opens_with != self._last_hash:
            return self._flaw(head.day, None, "what came before this day is missing or was changed")
        return None

    def read(self, day: str, entry: Entry) -> Flaw | None:
        """Entries follow one another, and each says what was written."""
        self._number += 1
        if entry.number != self._number:
            return self._flaw(day, entry.id, "an entry before this one is missing or out of order")
        if hash_of(self._last_hash, entry.id, entry.number, entry.deed) != entry.hash:
            return self._flaw(day, entry.id, "the entry was changed or is out of place")
        self._last_hash = entry.hash
        self.sound += 1
        return None

    def end_day(self, head: Head) -> Flaw | None:
        """As many as the head counts, up to the hash that it names."""
        if self._number < head.count:
            self._number += 1
            return self._flaw(head.day, None, "entries from this one on were cut off")
        if self._last_hash != head.last_hash:
            return self._flaw(head.day, None, "the day does not end as its head says")
        return None

    def _flaw(self, day: str, entry_id: str | None, reason: str) -> Flaw:
        return Flaw(self._team, day, self._number, entry_id, reason)
