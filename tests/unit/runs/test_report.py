"""Reports: taken apart into texts and charts, put together again, and what a link shows of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.runs.domain.report import Block, Chart, blocks_of, draws, named_runs, with_blocks
from services.runs.domain.share import Share, checked_choice, checked_end
from shared.errors import Invalid

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LOSS = Chart(("loss", "val/loss"), title="Both", x="_runtime", logarithmic=True, smoothing=0.4)
WRITTEN = [
    Block("markdown", text="# Hello\n\n<b>"),
    Block("charts", charts=(LOSS, Chart(("lr",))), runs=("r1", "r2")),
    Block("charts", charts=(Chart(("lr",)),)),
]


def spec(*blocks: Any) -> str:
    return json.dumps({"version": 5, "blocks": list(blocks), "width": "fluid"})


def grid(config: dict[str, Any], view: str = "Run History Line Plot", **sets: Any) -> Any:
    panels = [{"viewType": view, "config": config, "layout": {}}]
    runs = {"name": "Run set", "selections": {"root": 0, "bounds": [], "tree": ["r1"]}} | sets
    return {
        "type": "panel-grid",
        "metadata": {"panelBankSectionConfig": {"panels": panels}, "runSets": [runs]},
    }


class TestTakingApart:
    def test_what_was_written_is_read_back(self) -> None:
        assert blocks_of(with_blocks("", WRITTEN, "team", "demo")) == WRITTEN

    def test_texts_of_other_programs_are_one_text(self) -> None:
        found = blocks_of(
            spec(
                {"type": "heading", "level": 2, "children": [{"text": "Why"}]},
                {
                    "type": "paragraph",
                    "children": [
                        {"text": "a*b "},
                        {"text": "bold", "bold": True},
                        {"type": "link", "url": "https://x.org", "children": [{"text": "there"}]},
                    ],
                },
                {
                    "type": "list",
                    "ordered": True,
                    "children": [
                        {"type": "list-item", "children": [{"type": "paragraph", "children": [
                            {"text": "one"}]}]},
                    ],
                },
                {"type": "code-block", "language": "python", "children": [
                    {"type": "code-line", "children": [{"text": "x = *y"}]}]},
                {"type": "horizontal-rule"},
            )
        )  # fmt: skip
        assert [block.kind for block in found] == ["markdown"]
        assert found[0].text == (
            "## Why\n\na\\*b **bold**[there](https://x.org)\n\n1. one\n\n"
            "```python\nx = *y\n```\n\n---"
        )

    def test_charts_that_say_more_than_we_know_stay_as_they_are(self) -> None:
        for odd in (
            grid({"metrics": ["loss"], "groupBy": "seed"}),
            grid({"metrics": ["loss"]}, filters={"op": "OR"}),
        ):
            [block] = blocks_of(spec(odd))
            assert (block.kind, block.charts[0].metrics, block.kept) == ("charts", ("loss",), 0)
            after = json.loads(with_blocks(spec(odd), [block], "team", "demo"))
            assert after["blocks"] == [odd]
        [other] = blocks_of(spec(grid({"metrics": ["loss"]}, view="Bar Chart")))
        assert (other.kind, other.text, other.kept) == ("other", "panel-grid", 0)

    @pytest.mark.parametrize(
        "text", ["", "{", "[]", "null", '{"blocks": 3}', '{"blocks": []}', '{"blocks": null}']
    )
    def test_what_is_no_report_is_an_empty_one(self, text: str) -> None:
        assert blocks_of(text) == []

    @pytest.mark.parametrize("odd", [None, 3, "x", [], {}, {"type": 3}, {"type": "gallery"}])
    def test_whatever_else_there_is_is_kept(self, odd: Any) -> None:
        [block] = blocks_of(spec(odd))
        assert (block.kind, block.kept) == ("other", 0)
        after = json.loads(with_blocks(spec(odd), [WRITTEN[0], block], "team", "demo"))
        assert (after["blocks"][1], after["width"]) == (odd, "fluid")

    @pytest.mark.parametrize(
        "hostile",
        [
            {"type": "heading", "level": "9", "children": "no"},
            {"type": "list", "children": [{"children": [None, {"text": 3}]}]},
            {"type": "code-block", "language": None, "children": [{"children": {}}]},
            {"type": "panel-grid", "metadata": {"runSets": {}, "panelBankSectionConfig": []}},
            grid({"metrics": "loss", "smoothingWeight": "much"}),
        ],
    )
    def test_what_is_malformed_breaks_nothing(self, hostile: Any) -> None:
        blocks_of(spec(hostile))

    @pytest.mark.parametrize(
        "block",
        [
            Block("charts"),
            Block("charts", charts=(Chart(()),)),
            Block("charts", charts=(LOSS,) * 21),
            Block("charts", charts=(LOSS,), runs=tuple(map(str, range(51)))),
            Block("other", text="gallery"),
            Block("other", text="gallery", kept=7),
        ],
    )
    def test_what_cannot_be_written_is_refused(self, block: Block) -> None:
        with pytest.raises(Invalid) as refused:
            with_blocks("", [block], "team", "demo")
        assert refused.value.field == "blocks"


class TestWhatALinkShowsOfIt:
    def test_lines_of_runs_that_it_names(self) -> None:
        assert named_runs(WRITTEN) == ["r1", "r2"]
        assert draws(WRITTEN, "r1", ["loss", "val/loss"], "_runtime")
        assert draws(WRITTEN, "r2", ["lr"], "_step")

    def test_no_other_run_metric_or_axis(self) -> None:
        for run, keys, x in (
            ("r3", ["lr"], "_step"),  # as one of the newest, which a link does not show
            ("r1", ["lr"], "_runtime"),
            ("r1", ["loss", "lr"], "_step"),
            ("r1", ["secret"], "_step"),
        ):
            assert not draws(WRITTEN, run, keys, x), (run, keys, x)


class TestShares:
    def test_they_show_runs_or_a_report(self) -> None:
        assert checked_choice(["a", "b", "a"], None) == ["a", "b"]
        assert checked_choice([], "report") == []
        for runs, report in (([], None), (["a"], "report"), ([str(n) for n in range(21)], None)):
            with pytest.raises(Invalid):
                checked_choice(runs, report)

    def test_they_end(self) -> None:
        assert checked_end(None, NOON) == NOON + timedelta(days=30)
        for days in (-1, 0, 367):
            with pytest.raises(Invalid):
                checked_end(NOON + timedelta(days=days), NOON)

    def test_they_count_until_they_end_or_are_revoked(self) -> None:
        share = Share("s", "d", "p", ("r",), None, False, "ada", NOON, NOON + timedelta(days=1))
        assert share.counts(NOON)
        assert not share.counts(NOON + timedelta(days=1))
        share.revoked_at = NOON
        assert not share.counts(NOON)
