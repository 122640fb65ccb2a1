"""The chain of the audit log: whatever is done to it shows."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain import audit
from services.identity.domain.audit import Deed, Entry, Flaw, Head, Verification
from tests.unit.identity.builders import NOON


def seal(text: str) -> str:
    return hashlib.sha256(b"a key" + text.encode()).hexdigest()


Log = list[tuple[Head, list[Entry]]]


def written(*counts: int) -> Log:
    """So many entries on so many days."""
    log: Log = []
    head = None
    for day, count in enumerate(counts):
        entries = []
        for number in range(count):
            deed = Deed(
                NOON + timedelta(days=day),
                "acme",
                "alice",
                "run.move",
                f"r{number}",
                after={"n": number, "é": None},
            )
            entry, head = audit.appended(deed, f"{day}-{number}", head, seal)
            entries.append(entry)
        if head is not None:
            log.append((head, entries))
    return log


def flaw_of(log: Log) -> Flaw | None:
    verification = Verification("acme", seal)
    for head, entries in log:
        flaw = verification.begin_day(head)
        for entry in entries:
            flaw = flaw or verification.read(head.day, entry)
        flaw = flaw or verification.end_day(head)
        if flaw is not None:
            return flaw
    return None


def test_what_was_written_is_sound() -> None:
    assert flaw_of(written(3, 1, 4)) is None


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "mallory"},
        {"object": "r9"},
        {"on_behalf_of": "bob"},
        {"at": NOON + timedelta(seconds=1)},
        {"after": None},
        {"before": {}},
        {"team": "other"},
        {"key_id": "k"},
        {"address": "192.0.2.1"},
        {"agent": "x"},
        {"action": "run.copy"},
    ],
)
def test_every_part_of_an_entry_counts(change: dict[str, object]) -> None:
    log = written(3)
    entries = log[0][1]
    entries[1] = replace(entries[1], deed=replace(entries[1].deed, **change))  # type: ignore[arg-type]
    flaw = flaw_of(log)
    assert flaw is not None
    assert flaw.number == 2


def test_a_day_that_is_missing_shows() -> None:
    log = written(2, 2, 2)
    flaw = flaw_of([log[0], log[2]])
    assert flaw is not None
    assert flaw.day == "2026-05-06"


def test_a_chain_that_was_made_anew_lacks_the_seal() -> None:
    honest = written(3)
    forged = [entry.deed for entry in honest[0][1]]
    forged[1] = replace(forged[1], actor="mallory")
    head, entries = None, []
    for number, deed in enumerate(forged):
        entry, head = audit.appended(deed, f"0-{number}", head, lambda text: "no key")
        entries.append(entry)
    assert head is not None
    assert flaw_of([(head, entries)]) is not None


def test_clocks_that_disagree_at_midnight_make_one_chain() -> None:
    late = Deed(NOON + timedelta(days=1), "acme", "a", "run.move", "x")
    early = replace(late, at=NOON)
    first, head = audit.appended(late, "1", None, seal)
    second, head = audit.appended(early, "2", head, seal)
    assert (head.day, head.count) == ("2026-05-05", 2)
    assert flaw_of([(head, [first, second])]) is None


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.data())
def test_whatever_is_removed_repeated_or_swapped_shows(
    counts: list[int], data: st.DataObject
) -> None:
    log = written(*counts)
    entries = log[data.draw(st.integers(0, len(log) - 1))][1]
    at = data.draw(st.integers(0, len(entries) - 1))
    how = data.draw(st.sampled_from(["remove", "repeat", "swap"]))
    if how == "remove":
        del entries[at]
    elif how == "repeat":
        entries.insert(at, entries[at])
    elif len(entries) > 1:
        other = (at + 1) % len(entries)
        entries[at], entries[other] = entries[other], entries[at]
    else:
        return
    assert flaw_of(log) is not None
