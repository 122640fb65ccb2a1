"""What a client logs, and all the ways in which it can arrive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import strategies as st

from gateway.ingest.envelope import EVENTS, HISTORY, LOG, Envelope, FileChunk

VALUES = (
    *("0", "1", "-7", "0.5", "-0.0", "0.001", "1e+16", "123456.75", "NaN", "Infinity", "-Infinity"),
    *(
        "null",
        "true",
        '"text"',
        '"é😀\\n"',
        "[]",
        "{}",
        '[1,{"a":null}]',
        str(2**70),
        str(2**53 + 1),
    ),
)
"""As Cordée itself writes them, so that a line reads the same from a frame and from a segment."""

Consecutive = tuple[str, int, tuple[str, ...]]
"""File, first line, lines."""


@dataclass(frozen=True)
class Logged:
    """What a client has to say, and the slices in which it says it."""

    history: tuple[str, ...]
    events: tuple[str, ...]
    console: tuple[Consecutive, ...]
    cuts: tuple[tuple[str, int, int], ...]

    def slice(self, file: str, first: int, stop: int) -> Consecutive:
        lines = self.history if file == HISTORY else self.events
        return file, first, lines[first:stop]

    def once(self) -> list[Envelope]:
        """Each slice once and in order, each console write once and in order."""
        said = [self.slice(*cut) for cut in self.cuts]
        return [request(one) for one in (*said, *self.console)] + [Envelope(complete=True)]

    def shown(self) -> list[str | None]:
        """The console after every rewrite."""
        found: dict[int, str] = {}
        for _, first, lines in self.console:
            found |= dict(enumerate(lines, start=first))
        return [found.get(number) for number in range(max(found, default=-1) + 1)]


@dataclass(frozen=True)
class Arrival:
    """The same, as a bad network and a restarted writer let it through.

    `batches` are ranges of requests that are applied together: they overlap where a writer that
    crashed begins again. After those in `compacted` the run is compacted.
    """

    logged: Logged
    requests: tuple[Envelope, ...]
    batches: tuple[tuple[int, int], ...]
    compacted: frozenset[int] = field(default_factory=frozenset)


def request(*said: Consecutive, complete: bool = False) -> Envelope:
    files = {file: FileChunk(list(lines), first) for file, first, lines in said}
    return Envelope(files, complete=complete or None, exitcode=0 if complete else None)


@st.composite
def logged(draw: st.DrawFn) -> Logged:
    values = st.sampled_from(VALUES)
    history, step = [], 0
    for _ in range(draw(st.integers(0, 14))):
        last = draw(st.sampled_from(["", ',"late":', ',"late":']))
        members = f'"_step":{step},"loss":{draw(values)},"a.b":{draw(values)}'
        history.append("{" + members + (last + draw(values) if last else "") + "}")
        step += draw(st.sampled_from([1, 1, 1, 5]))
    events = [f'{{"system.cpu":{draw(values)}}}' for _ in range(draw(st.integers(0, 5)))]
    cuts = [
        (file, first, stop)
        for file, lines in ((HISTORY, history), (EVENTS, events))
        for first, stop in slices(draw, len(lines))
    ]
    return Logged(tuple(history), tuple(events), tuple(writes(draw)), tuple(cuts))


def slices(draw: st.DrawFn, count: int) -> Sequence[tuple[int, int]]:
    inner = draw(st.sets(st.integers(1, count - 1), max_size=4)) if count > 1 else set()
    return [*pairwise(sorted({0, count, *inner}))]


def writes(draw: st.DrawFn) -> list[Consecutive]:
    """Lines are added, or redrawn in place, as progress bars and spinners do."""
    found: list[Consecutive] = []
    length = 0
    for _ in range(draw(st.integers(0, 5))):
        first = draw(st.integers(max(0, length - 2), length))
        lines = tuple(
            draw(st.lists(st.sampled_from(["|", "/", "\r 5%", ""]), min_size=1, max_size=3))
        )
        found.append((LOG, first, lines))
        length = max(length, first + len(lines))
    return found


@st.composite
def arrivals(draw: st.DrawFn) -> Arrival:
    said = draw(logged())
    requests: list[Envelope] = [Envelope(complete=True, exitcode=0)]
    for cut in said.cuts:
        for _ in range(draw(st.sampled_from([1, 2, 3, 3]))):
            requests.append(request(said.slice(*stretched(draw, said, *cut))))
    requests = draw(st.permutations(requests))
    # A client never has two requests under way, so console writes keep their order; but it may
    # send one again that it does not know to have arrived.
    at = 0
    for write in said.console:
        at = draw(st.integers(at, len(requests)))
        for _ in range(draw(st.sampled_from([1, 1, 2, 3]))):
            requests.insert(at, request(write))
            at += 1
    batches = tuple(ranges(draw, len(requests)))
    compacted = draw(st.sets(st.integers(0, len(batches) - 1), max_size=3))
    return Arrival(said, tuple(requests), batches, frozenset(compacted))


def stretched(
    draw: st.DrawFn, said: Logged, file: str, first: int, stop: int
) -> tuple[str, int, int]:
    """As it is, or longer, or overlapping what is before it."""
    length = len(said.history if file == HISTORY else said.events)
    before, after = draw(st.sampled_from([(0, 0), (0, 0), (0, 3), (2, 0), (2, 3)]))
    return file, max(0, first - before), min(length, stop + after)


def ranges(draw: st.DrawFn, count: int) -> list[tuple[int, int]]:
    """Together they cover all; one may begin before the last one's end, never behind it."""
    found: list[tuple[int, int]] = []
    end = 0
    while end < count:
        start = max(0, end - draw(st.sampled_from([0, 0, 1, 4])))
        end = min(count, end + draw(st.integers(1, 8)))
        found.append((start, end))
    return found
