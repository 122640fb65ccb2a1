"""What is announced of parts, and what completes them."""

from __future__ import annotations

import pytest

from services.runs.domain import parts as rules
from shared.errors import Invalid, TooLarge

A, B = "a" * 32, "b" * 32


class TestAnnounced:
    def test_parts_count_from_one_in_order(self) -> None:
        assert rules.announced([(1, A), (2, B)]) == (A, B)
        assert rules.announced([]) == ()

    @pytest.mark.parametrize(
        ("parts", "why"),
        [
            ([(2, A)], "part 1 is missing"),
            ([(1, A), (3, B)], "part 2 is missing"),
            ([(1, A), (1, B)], "part 2 is missing"),
            ([(1, A.upper())], "part 1 needs"),
            ([(1, A + "\n")], "part 1 needs"),
        ],
    )
    def test_anything_else_is_refused(self, parts: list[tuple[int, str]], why: str) -> None:
        with pytest.raises(Invalid, match=why):
            rules.announced(parts)

    def test_too_many(self) -> None:
        with pytest.raises(TooLarge):
            rules.announced([(n, A) for n in range(1, rules.MOST_PARTS + 2)])


class TestCompleted:
    def test_each_once_by_its_etag(self) -> None:
        rules.check_completed([(1, A), (2, f'"{B}"')], (A, B))
        rules.check_completed([(1, A.upper())], (A,))

    @pytest.mark.parametrize(
        ("parts", "why"),
        [
            ([], "part 1 is missing"),
            ([(1, A)], "part 2 is missing"),
            ([(2, B), (1, A)], "part 1 comes after part 2"),
            ([(1, A), (1, A), (2, B)], "part 1 is there twice"),
            ([(0, A), (1, A), (2, B)], "part 0 was not announced"),
            ([(1, A), (2, A)], "part 2 has another ETag"),
        ],
    )
    def test_anything_else_is_refused(self, parts: list[tuple[int, str]], why: str) -> None:
        with pytest.raises(Invalid, match=why):
            rules.check_completed(parts, (A, B))
