"""Tables that come in pages are as if they had come at once."""

from __future__ import annotations

import asyncio
import io
import math
from collections.abc import AsyncIterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gateway.http.tables import parquet

VALUES: dict[str, list[Any]] = {
    "whole": [0, 1, 2, 3],
    "fractions": [0, 1, 2.5, math.inf],
    "large": [0, 1, 2.5, 2**60],
    "huge": [0, 1, 2, 10**30],
    "late": [None, None, None, 7],
    "never": [None, None, None, None],
    "texts": ["a", "b", None, "c"],
    "texts and numbers": ["a", "b", 3, None],
    "truths": [True, None, False, True],
    "truths and numbers": [True, None, 0, 1],
    "lists": [[1], None, [2, 3], []],
    "images": [{"_type": "image", "width": 1}, None, None, {"_type": "image", "width": 2}],
    "lists of anything": [[1], ["a"], [2.5], []],
    "growing": [{"a": 1}, {"a": 2.5, "b": "x"}, {}, {"c": [1]}],
    "images and numbers": [{"_type": "image", "width": 1}, None, 2, 3],
}


async def _table(pages: list[list[dict[str, Any]]]) -> pa.Table:
    async def coming() -> AsyncIterator[list[dict[str, Any]]]:
        for page in pages:
            yield page

    answer: Any = await parquet(list(VALUES), coming(), name="r1.parquet")
    data = b"".join([some async for some in answer.body_iterator])
    assert len(data) == int(answer.headers["content-length"])
    return pq.read_table(io.BytesIO(data))


def table(*sizes: int) -> pa.Table:
    rows = [dict(zip(VALUES, row, strict=True)) for row in zip(*VALUES.values(), strict=True)]
    pages = []
    for size in sizes:
        pages.append(rows[:size])
        rows = rows[size:]
    return asyncio.run(_table(pages))


@pytest.mark.parametrize("sizes", [(2, 2), (1, 1, 1, 1), (1, 0, 3), (3, 1)], ids=str)
def test_pages_make_no_difference(sizes: tuple[int, ...]) -> None:
    assert table(*sizes) == table(4)


def test_columns_have_the_type_that_their_values_share() -> None:
    types = {field.name: field.type for field in table(1, 3).schema}
    assert types["whole"] == pa.int64()
    assert types["fractions"] == pa.float64()
    assert types["late"] == pa.int64()
    assert types["truths"] == pa.bool_()
    assert types["lists"] == pa.list_(pa.int64())
    assert pa.types.is_struct(types["images"])
    told = table(1, 3)["images and numbers"].to_pylist()
    assert told == ['{"_type": "image", "width": 1}', None, "2", "3"]


def test_a_table_without_rows_has_its_columns() -> None:
    assert table(0).column_names == list(VALUES)
    assert table().num_rows == 0
