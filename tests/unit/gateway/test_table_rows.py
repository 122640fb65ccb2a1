"""Rows of logged tables: found, ordered, cut into pages."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.http.table_rows import Wanted, conditions_of, table_of
from shared.errors import Invalid

NAN = float("nan")
PICTURE = {"_type": "image-file", "path": "media/images/a.png"}
ROWS: list[list[Any]] = [
    ["cat", 0.5, PICTURE],
    ["Dog", NAN, None],
    ["cow", 2, None],
    ["ant", "many"],
]
TABLE = table_of({"columns": ["name", "score", "picture"], "data": ROWS})


def names(
    find: str = "", filters: str | None = None, order: str | None = None, **page: int
) -> list[str]:
    where = {"offset": 0, "limit": 10, **page}
    found = TABLE.page(Wanted(find, conditions_of(filters), order, **where))
    return [row[0] for row in found["rows"]]


class TestRows:
    def test_numbers_come_before_texts_and_what_has_no_order_last(self) -> None:
        assert names(order="+score") == ["cat", "cow", "ant", "Dog"]
        assert names(order="-score") == ["ant", "cow", "cat", "Dog"]
        assert names(order="-picture") == ["cat", "Dog", "cow", "ant"]

    def test_a_text_is_found_in_any_cell_whatever_its_case(self) -> None:
        assert names("dOG") == ["Dog"]
        assert names("a.png") == ["cat"]
        assert names("many") == ["ant"]

    @pytest.mark.parametrize(
        ("filters", "expected"),
        [
            ('[["score", "gt", 1]]', ["cow"]),
            ('[["score", "lte", 0.5]]', ["cat"]),
            ('[["score", "gt", "a"]]', ["ant"]),
            ('[["name", "eq", "cow"]]', ["cow"]),
            ('[["name", "contains", "A"], ["score", "ne", 0.5]]', ["ant"]),
            ('[["score", "gte", 0], ["score", "lt", 2]]', ["cat"]),
        ],
    )
    def test_all_conditions_hold(self, filters: str, expected: list[str]) -> None:
        assert names(filters=filters) == expected

    def test_a_page_knows_its_rows_places_and_how_many_there_are(self) -> None:
        found = TABLE.page(Wanted("", conditions_of('[["name", "contains", "c"]]'), None, 1, 1))
        assert (found["rows"], found["numbers"]) == ([ROWS[2]], [2])
        assert (found["matching"], found["total"]) == (2, 4)


class TestRefusals:
    @pytest.mark.parametrize(
        "filters",
        ["{", "3", '[["score"]]', '[["score", "like", 1]]', '[["score", "eq", [1]]]', "[" * 9999],
    )
    def test_conditions_that_are_none(self, filters: str) -> None:
        with pytest.raises(Invalid, match="filters"):
            conditions_of(filters)

    def test_a_column_that_is_not_there_is_named(self) -> None:
        with pytest.raises(Invalid, match=r"order.*'age'"):
            names(order="+age")
        with pytest.raises(Invalid, match=r"filters.*'age'"):
            names(filters='[["age", "eq", 1]]')

    @pytest.mark.parametrize(
        "document", [[], {}, {"columns": [], "data": 3}, {"columns": [1], "data": [1]}]
    )
    def test_what_is_no_table(self, document: Any) -> None:
        with pytest.raises(Invalid, match="file"):
            table_of(document)
