"""Blocks answer filters and orders as the plain reading of the same runs does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.runs.domain.block import Block, Place, answerable, fields_of, in_order
from services.runs.domain.filters import Every, Field, Node, parse, parse_field
from services.runs.domain.run import Run
from services.runs.patterns import accepted
from services.runs.ports import Order
from services.runs.repository import documents
from services.runs.repository.columns import IDS, Gathered, opened, token_of
from tests.contract.runs.plain_reading import holds
from tests.contract.runs.plain_reading import in_order as plainly_in_order
from tests.contract.runs.test_queries import filters, orders, projects


def block_of(runs: list[Run], fields: set[Field]) -> Block:
    """As it is written down and read again."""
    gathered = Gathered()
    for run in sorted(runs, key=lambda run: run.id):
        gathered.add(documents.to_document(run))
    kept = {document["_id"]: opened(document["z"]) for document in gathered.packed("b")}
    columns = {field: kept[f"b/{token_of(field)}"] for field in fields if _name(field) in kept}
    return Block("b", kept[f"b/{IDS}"].values, columns)


def _name(field: Field) -> str:
    return f"b/{token_of(field)}"


def paged(block: Block, where: Node, order: Order, size: int) -> list[str]:
    """Ids of all places, page by page."""
    found: list[str] = []
    after: Place | None = None
    while True:
        places = block.first(where, order.field, size, descending=order.descending, after=after)
        page = in_order(places, size, descending=order.descending)
        found += [place.run_id for place in page]
        if len(page) < size:
            return found
        after = page[-1]


@pytest.mark.parametrize("examples", [250, pytest.param(5_000, marks=pytest.mark.drill)])
def test_pages_hold_every_run_that_matches_once_and_in_order(examples: int) -> None:
    @settings(max_examples=examples)
    @given(projects(), filters, orders, st.integers(1, 3))
    def check(runs: list[Run], document: dict[str, Any], order: Order, size: int) -> None:
        where = parse(json.dumps(document), accepted)
        if not answerable(where, order.field):
            return
        block = block_of(runs, {order.field, *fields_of(where)})
        expected = plainly_in_order([run for run in runs if holds(where, run)], order)
        assert paged(block, where, order, size) == [run.id for run in expected]

    check()


@pytest.mark.parametrize(
    "document",
    [
        {"config.lr": {"$regex": "a"}},
        {"tags": "main"},
        {"$or": [{"state": "failed"}, {"$not": {"duration": {"$gt": 1}}}]},
    ],
)
def test_what_blocks_do_not_know_is_not_asked_of_them(document: dict[str, Any]) -> None:
    assert not answerable(parse(json.dumps(document), accepted), Field("summary", "loss"))


@pytest.mark.parametrize("name", ["createdAt", "tags", "notes", "keys_info.keys.loss"])
def test_nor_orders_that_they_do_not_have(name: str) -> None:
    assert not answerable(Every(()), parse_field(name))
