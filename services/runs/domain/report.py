"""A report's text, taken apart into texts and charts, and put together again.

The form is that of W&B's reports (version 5), so that their packages read what is written here
and the other way round. What is not taken apart stays in the text as it came.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.runs.domain.report_texts import markdown_of
from shared.errors import Invalid

KIND = "runs"
"""What views that are reports are called."""
MOST_BLOCKS, MOST_CHARTS, MOST_METRICS, MOST_RUNS = 200, 20, 16, 50
MOST_NAMED = 100
"""Runs of one report that a share link shows."""
_LINES = "Run History Line Plot"
_PLAIN_CHART = {"metrics", "xAxis", "chartTitle", "yLogScale", "smoothingWeight"}
_PLAIN_SET = {"id", "name", "enabled", "project", "selections"}


@dataclass(frozen=True, slots=True)
class Chart:
    """Some metrics over `x`."""

    metrics: tuple[str, ...]
    title: str = ""
    x: str = "_step"
    logarithmic: bool = False
    smoothing: float = 0.0


@dataclass(frozen=True, slots=True)
class Block:
    """`kind` is markdown, charts or other; `kept` the place of what must stay as it came."""

    kind: str
    text: str = ""
    charts: tuple[Chart, ...] = ()
    runs: tuple[str, ...] | None = None
    """Names; None stands for the newest of the project."""
    kept: int | None = None


def blocks_of(spec: str) -> list[Block]:
    """Texts that follow one another are one."""
    found: list[Block] = []
    for place, raw in enumerate(_raw_blocks(_read(spec))):
        block = _block(raw, place)
        mergeable = raw.get("type") != "markdown-block" if isinstance(raw, Mapping) else False
        if block.kind == "markdown" and mergeable and found and found[-1].kind == "markdown":
            block = Block("markdown", text=f"{found.pop().text}\n\n{block.text}")
        if block.kind != "markdown" or block.text.strip():
            found.append(block)
    return found


def with_blocks(spec: str, blocks: Sequence[Block], entity: str, project: str) -> str:
    """The text with other blocks; whatever else it holds stays."""
    if len(blocks) > MOST_BLOCKS:
        raise _wrong(f"at most {MOST_BLOCKS} in one report")
    before = _read(spec)
    kept = _raw_blocks(before)
    place = {"name": project, "entityName": entity}
    after = {
        "version": 5,
        "panelSettings": {},
        "width": "readable",
        "authors": [],
        "discussionThreads": [],
        **before,
        "blocks": [_written(block, kept, place) for block in blocks],
    }
    return json.dumps(after)


def named_runs(blocks: Sequence[Block]) -> list[str]:
    """Names of all runs that charts draw, in their order."""
    names = dict.fromkeys(run for block in blocks for run in block.runs or ())
    return list(names)[:MOST_NAMED]


def draws(blocks: Sequence[Block], run: str, keys: Sequence[str], x: str) -> bool:
    """Whether charts of the report draw all these metrics of a run that they name."""
    drawn = {
        metric
        for block in blocks
        if run in (block.runs or ())
        for chart in block.charts
        if chart.x == x
        for metric in chart.metrics
    }
    return set(keys) <= drawn


def _read(spec: str) -> dict[str, Any]:
    try:
        found = json.loads(spec) if spec else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _raw_blocks(spec: Mapping[str, Any]) -> list[Any]:
    found = spec.get("blocks")
    return found if isinstance(found, list) else []


def _block(raw: Any, place: int) -> Block:
    kind = raw.get("type") if isinstance(raw, Mapping) else None
    if kind == "panel-grid":
        return _grid(raw, place)
    text = markdown_of(raw)
    if text is not None:
        return Block("markdown", text=text)
    return Block("other", text=str(kind or "?"), kept=place)


def _grid(raw: Mapping[str, Any], place: int) -> Block:
    metadata = _mapping(raw.get("metadata"))
    bank = _mapping(metadata.get("panelBankSectionConfig"))
    panels = [_mapping(panel) for panel in _list(bank.get("panels"))]
    charts = tuple(chart for panel in panels if (chart := _chart(panel)) is not None)
    sets = [_mapping(one) for one in _list(metadata.get("runSets"))]
    whole = len(charts) == len(panels) and all(_is_plain(panel) for panel in panels)
    whole = whole and len(sets) == 1 and set(sets[0]) <= _PLAIN_SET
    if not charts:
        return Block("other", text="panel-grid", kept=place)
    runs = _runs(sets[0]) if sets else None
    return Block("charts", charts=charts, runs=runs, kept=None if whole else place)


def _runs(one: Mapping[str, Any]) -> tuple[str, ...] | None:
    chosen = _mapping(one.get("selections"))
    if chosen.get("root", 1) != 0:
        return None
    return tuple(name for name in _list(chosen.get("tree")) if isinstance(name, str))


def _chart(panel: Mapping[str, Any]) -> Chart | None:
    config = _mapping(panel.get("config"))
    metrics = tuple(one for one in _list(config.get("metrics")) if isinstance(one, str))
    if panel.get("viewType") != _LINES or not metrics:
        return None
    x, title, weight = config.get("xAxis"), config.get("chartTitle"), config.get("smoothingWeight")
    number = weight if isinstance(weight, int | float) and 0 <= weight < 1 else 0.0
    return Chart(
        metrics=metrics,
        title=title if isinstance(title, str) else "",
        x=x if isinstance(x, str) and x else "_step",
        logarithmic=config.get("yLogScale") is True,
        smoothing=float(number),
    )


def _is_plain(panel: Mapping[str, Any]) -> bool:
    given = {key for key, value in _mapping(panel.get("config")).items() if value is not None}
    return given <= _PLAIN_CHART


def _written(block: Block, kept: Sequence[Any], place: Mapping[str, str]) -> Any:
    if block.kept is not None:
        if not 0 <= block.kept < len(kept):
            raise _wrong(f"there is no block {block.kept} to keep")
        return kept[block.kept]
    if block.kind == "markdown":
        return {"type": "markdown-block", "children": [{"text": ""}], "content": block.text}
    if block.kind != "charts":
        raise _wrong("only markdown and charts are new")
    _check(block)
    return {
        "type": "panel-grid",
        "children": [{"text": ""}],
        "metadata": {
            "openViz": True,
            "runSets": [
                {
                    "id": "runs",
                    "name": "Run set",
                    "enabled": True,
                    "project": dict(place),
                    "selections": {
                        "root": 1 if block.runs is None else 0,
                        "bounds": [],
                        "tree": list(block.runs or ()),
                    },
                }
            ],
            "panelBankSectionConfig": {
                "name": "Report Panels",
                "isOpen": True,
                "type": "grid",
                "panels": [*_panels(block.charts)],
            },
        },
    }


def _check(block: Block) -> None:
    if not 0 < len(block.charts) <= MOST_CHARTS:
        raise _wrong(f"1 to {MOST_CHARTS} charts in one of charts")
    if len(block.runs or ()) > MOST_RUNS:
        raise _wrong(f"at most {MOST_RUNS} runs in one of charts")
    for chart in block.charts:
        if not 0 < len(chart.metrics) <= MOST_METRICS:
            raise _wrong(f"a chart draws 1 to {MOST_METRICS} metrics")


def _panels(charts: Sequence[Chart]) -> Iterator[dict[str, Any]]:
    for number, chart in enumerate(charts):
        config: dict[str, Any] = {"metrics": list(chart.metrics), "xAxis": chart.x}
        if chart.title:
            config["chartTitle"] = chart.title
        if chart.logarithmic:
            config["yLogScale"] = True
        if chart.smoothing:
            config["smoothingWeight"] = chart.smoothing
        across = {"x": number % 2 * 12, "y": number // 2 * 6, "w": 12, "h": 6}
        yield {"viewType": _LINES, "config": config, "layout": across}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _wrong(what: str) -> Invalid:
    return Invalid(f"blocks: {what}.", field="blocks")
