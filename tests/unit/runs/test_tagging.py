"""Tags for many runs: what may be asked, and what it comes to."""

from __future__ import annotations

import pytest

from services.runs.domain.tagging import Retagging
from shared.errors import Invalid


@pytest.mark.parametrize(
    ("add", "remove", "field"),
    [
        ([], [], "add"),
        (["a"], ["b", "a"], "remove"),
        ([""], [], "tags"),
        ([], ["x" * 65], "tags"),
    ],
    ids=["nothing", "both ways", "no text", "too long"],
)
def test_what_cannot_be_meant_is_refused(add: list[str], remove: list[str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        Retagging.of(add, remove)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("tags", "changes"),
    [
        (["old"], Retagging(("new",), ("old",))),
        (["new", "old"], Retagging((), ("old",))),
        ([], Retagging(("new",), ())),
        (["new", "other"], None),
    ],
)
def test_only_what_is_new_to_a_run_changes_it(tags: list[str], changes: Retagging | None) -> None:
    assert Retagging.of(["new"], ["old"]).changes(tags) == changes
