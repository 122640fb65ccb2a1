"""Lines sent twice, too late, or out of order still make one file."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.runs.domain.lines import Span, Write, contiguous_end, joined, overlay, splice


@st.composite
def deliveries(draw: st.DrawFn) -> list[Span]:
    """What a client with a bad connection gets through: retries, longer ones, overlaps, gaps."""
    sent: list[Span] = []
    at = 0
    for _ in range(draw(st.integers(0, 12))):
        at += draw(st.sampled_from([0, 0, 0, 1, 7]))
        chunk = Span(at, draw(st.integers(1, 9)))
        sent.append(chunk)
        match draw(st.sampled_from(["once", "again", "longer", "overlap"])):
            case "again":
                sent.append(chunk)
            case "longer":
                sent.append(Span(chunk.first, chunk.count + draw(st.integers(1, 5))))
            case "overlap":
                sent.append(Span(max(0, at - draw(st.integers(1, 5))), draw(st.integers(0, 9))))
        at = sent[-1].end if draw(st.booleans()) else chunk.end
    return draw(st.permutations(sent))


def held(spans: list[Span]) -> set[int]:
    return {line for span in spans for line in range(span.first, span.end)}


class TestSplice:
    @settings(max_examples=600, deadline=None)
    @given(spans=deliveries(), start=st.integers(0, 10))
    def test_every_line_comes_once_in_order_from_its_leftmost_longest_piece(
        self, spans: list[Span], start: int
    ) -> None:
        told = [
            (cut.first + offset, cut.source, cut.skip + offset)
            for cut in splice(spans, start)
            for offset in range(cut.take)
        ]
        assert [line for line, _, _ in told] == sorted(n for n in held(spans) if n >= start)
        for line, source, within in told:
            assert source.first + within == line < source.end

    def test_a_line_that_two_pieces_hold_is_taken_from_the_one_that_begins_first(self) -> None:
        early, late = Span(0, 5), Span(3, 5)
        cuts = [(cut.source, cut.skip, cut.take, cut.first) for cut in splice([late, early])]
        assert cuts == [(early, 0, 5, 0), (late, 2, 3, 5)]

    def test_a_longer_retry_is_used_whole(self) -> None:
        short, long = Span(0, 2), Span(0, 4)
        assert [(cut.source, cut.take) for cut in splice([short, long])] == [(long, 4)]

    def test_lines_behind_a_hole_stay_readable(self) -> None:
        assert [cut.first for cut in splice([Span(9, 1), Span(0, 2)])] == [0, 9]

    def test_what_arrives_again_after_compaction_is_left_out(self) -> None:
        cuts = [(cut.skip, cut.take) for cut in splice([Span(0, 10), Span(8, 4)], start=10)]
        assert cuts == [(2, 2)]

    def test_the_order_of_arrival_does_not_matter(self) -> None:
        spans = [Span(4, 4), Span(0, 6), Span(0, 2)]
        assert list(splice(spans)) == list(splice(reversed(spans)))


class TestContiguousEnd:
    @settings(max_examples=500, deadline=None)
    @given(spans=deliveries(), start=st.integers(0, 20))
    def test_it_is_the_first_missing_line(self, spans: list[Span], start: int) -> None:
        lines = held(spans)
        missing = start
        while missing in lines:
            missing += 1
        assert contiguous_end(spans, start) == missing

    def test_nothing_held_means_the_start_itself(self) -> None:
        assert contiguous_end([], 7) == 7


writes = st.lists(
    st.builds(
        Write, st.integers(0, 20), st.lists(st.text("abc", max_size=2), max_size=6).map(tuple)
    ),
    max_size=12,
)


class TestOverlay:
    @settings(max_examples=500, deadline=None)
    @given(
        writes=writes,
        start=st.integers(0, 30),
        stop=st.none() | st.integers(0, 30),
    )
    def test_each_line_is_the_last_one_written_there(
        self, writes: list[Write], start: int, stop: int | None
    ) -> None:
        console: dict[int, str] = {}
        for write in writes:
            console.update(enumerate(write.lines, write.first))
        whole = [console.get(number) for number in range(max(console, default=-1) + 1)]
        assert overlay(writes, start, stop) == whole[start:stop]

    def test_a_progress_bar_redraws_its_line(self) -> None:
        bar = [Write(0, ["epoch 1", "10 %"]), Write(1, ["20 %"]), Write(1, ["30 %", "done"])]
        assert overlay(bar) == ["epoch 1", "30 %", "done"]

    def test_a_line_that_never_came_is_none(self) -> None:
        assert overlay([Write(2, ["late"])]) == [None, None, "late"]

    def test_a_window_of_a_far_offset_costs_only_the_window(self) -> None:
        assert overlay([Write(10**15, ["far"])], 10**15 - 1, 10**15 + 5) == [None, "far"]


class TestJoined:
    @pytest.mark.parametrize(
        ("spans", "found"),
        [
            ([], []),
            ([(0, 3)], [(0, 3)]),
            ([(0, 3), (3, 2)], [(0, 5)]),
            ([(3, 2), (0, 3)], [(0, 5)]),
            ([(0, 3), (3, 2), (5, 1)], [(0, 6)]),
            ([(0, 3), (1, 4), (2, 1)], [(0, 5)]),
            ([(0, 3), (4, 2)], [(0, 3), (4, 2)]),
            ([(0, 3), (4, 2), (6, 1), (9, 1)], [(0, 3), (4, 3), (9, 1)]),
            ([(1, 1), (5, 1), (6, 2), (8, 1)], [(1, 1), (5, 4)]),
        ],
    )
    def test_the_fewest_spans_hold_the_same_lines(
        self, spans: list[tuple[int, int]], found: list[tuple[int, int]]
    ) -> None:
        assert joined([Span(*one) for one in spans]) == [Span(*one) for one in found]


def test_a_span_that_ends_with_another_gives_nothing_more() -> None:
    assert len([*splice([Span(0, 5), Span(2, 3)])]) == 1


def test_a_span_of_nothing_gives_nothing() -> None:
    assert [*splice([Span(0, 2), Span(9, 0)])] == [*splice([Span(0, 2)])]
