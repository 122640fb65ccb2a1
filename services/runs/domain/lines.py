"""Which line of a file comes from which piece: pieces overlap, repeat, and leave holes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Spanning(Protocol):
    """Anything that holds `count` consecutive lines, the first of which has index `first`."""

    @property
    def first(self) -> int: ...

    @property
    def count(self) -> int: ...


S = TypeVar("S", bound=Spanning)


@dataclass(frozen=True, slots=True)
class Span:
    """Consecutive lines."""

    first: int
    count: int

    @property
    def end(self) -> int:
        """The index just past the last line."""
        return self.first + self.count


@dataclass(frozen=True, slots=True)
class Cut(Generic[S]):
    """The part of `source` to use: `take` lines after leaving out `skip`, beginning at `first`."""

    source: S
    skip: int
    take: int
    first: int


@dataclass(frozen=True, slots=True)
class Write:
    """Console lines as they arrived, to be put at `first` over whatever stands there."""

    first: int
    lines: Sequence[str]


def splice(spans: Iterable[S], start: int = 0) -> Iterator[Cut[S]]:
    """Cut the spans so that each line at or after `start` comes exactly once and in order.

    A line that several spans hold is taken from the one that begins first. A hole is stepped
    over, never waited for: the lines behind it were acknowledged and must stay readable.
    """
    end = start
    for span in sorted(spans, key=_leftmost_longest):
        stop = span.first + span.count
        if stop <= end or span.count <= 0:
            continue
        first = max(span.first, end)
        yield Cut(source=span, skip=first - span.first, take=stop - first, first=first)
        end = stop


def contiguous_end(spans: Iterable[Spanning], start: int) -> int:
    """The first line at or after `start` that no span holds."""
    end = start
    for cut in splice(spans, start):
        if cut.first > end:
            break
        end = cut.first + cut.take
    return end


def joined(spans: Iterable[Spanning]) -> list[Span]:
    """The fewest spans that hold the same lines."""
    found: list[Span] = []
    for cut in splice(spans):
        if found and found[-1].end == cut.first:
            found[-1] = Span(found[-1].first, found[-1].count + cut.take)
        else:
            found.append(Span(cut.first, cut.take))
    return found


def overlay(writes: Iterable[Write], start: int = 0, stop: int | None = None) -> list[str | None]:
    """The lines from `start` up to `stop` after all writes, in the order of their arrival.

    A later write wins line by line and never shortens the file, as a progress bar redraws itself.
    Lines that nobody wrote are None. Ask for a window of a file whose offsets you do not trust:
    without `stop` the answer reaches as far as the furthest write.
    """
    writes = [write for write in writes if write.lines]
    furthest = max((write.first + len(write.lines) for write in writes), default=start)
    stop = furthest if stop is None else min(stop, furthest)
    page: list[str | None] = [None] * max(0, stop - start)
    for write in writes:
        first = max(write.first, start)
        shown = write.lines[first - write.first : max(0, stop - write.first)]
        page[first - start : first - start + len(shown)] = shown
    return page


def _leftmost_longest(span: Spanning) -> tuple[int, int]:
    return span.first, -span.count
