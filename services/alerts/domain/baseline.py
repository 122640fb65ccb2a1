"""A baseline: the runs that others are measured against, and how they are asked for."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.dialect import decode_row
from shared.errors import Invalid

LAST = 10
_MOST_OF_A_RELEASE = 50
NAMED = ("run", "tag", "best")
"""Kinds that name certain runs; one of them is enough, and their age is worth telling."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """`run` one pinned run; `tag` the last run with a tag; `best`; `runs` the last that match.

    `filters` is the SDK's filter text, and narrows `best` and `runs`.
    """

    kind: str = "runs"
    run: str | None = None
    tag: str | None = None
    filters: str | None = None
    last: int = LAST

    @property
    def named(self) -> bool:
        """Whether certain runs are meant, not whichever came last."""
        return self.kind in NAMED


@dataclass(frozen=True, slots=True)
class Sample:
    """What a comparison needs of a run. `values` are the last ones of its summary."""

    id: str
    name: str
    display_name: str
    state: str
    at: datetime
    group: str | None = None
    step: int = -1
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question for runs: a filter in the SDK's language, an order, and how many."""

    filters: str
    order: str
    limit: int


def baseline_of(text: str, last: int = LAST) -> Baseline:
    """As it is said in one line: `best`, `tag:NAME`, a filter's JSON, or the name of a run."""
    text = text.strip()
    if text == "best":
        return Baseline("best", last=last)
    if text.startswith("tag:") and len(text) > len("tag:"):
        return Baseline("tag", tag=text.removeprefix("tag:"), last=last)
    if text.startswith("{"):
        try:
            decode_row(text)
        except Invalid as error:
            raise Invalid(f"baseline: {error.message}", field="baseline") from error
        return Baseline("runs", filters=text, last=last)
    if not text or text.startswith("tag:"):
        raise Invalid(
            'baseline: a run\'s name, "best", "tag:NAME", or a filter such as {"tags": "main"}.',
            field="baseline",
        )
    return Baseline("run", run=text.rstrip("/").rpartition("/")[2], last=last)


def wanted(
    baseline: Baseline,
    metric: str,
    *,
    higher_is_better: bool,
    but_not: Sequence[str],
    drift: bool = True,
) -> Wanted:
    """Which runs to ask for; a pinned one is asked for by its name.

    Those that never logged a number for the metric are left out. Without `drift` no more are asked
    for than the baseline itself has.
    """
    has_value = {f"summary_metrics.{metric}": {"$gte": -math.inf}}
    terms: list[Mapping[str, Any]] = [{"name": {"$nin": list(but_not)}}, has_value]
    terms.append({"state": "finished"})
    if baseline.filters and baseline.filters.strip():
        terms.append(decode_row(baseline.filters))
    if baseline.kind == "tag":
        terms.append({"tags": baseline.tag})
        return Wanted(_written(terms), "-created_at", _MOST_OF_A_RELEASE)
    if baseline.kind == "best":
        sign = "-" if higher_is_better else "+"
        return Wanted(_written(terms), f"{sign}summary_metrics.{metric}", 1)
    most = drift_window(baseline.last) if drift else baseline.last
    return Wanted(_written(terms), "-created_at", most)


def of_one(name: str, filters: str) -> str:
    """A filter, narrowed to one run: whether that one matches."""
    return _written([{"name": name}, decode_row(filters.strip() or "{}")])


def before(asked: Wanted, at: datetime) -> Wanted:
    """The same among runs that were created before: as it would have been asked then."""
    earlier = {"created_at": {"$lt": at.isoformat()}}
    return Wanted(_written([decode_row(asked.filters), earlier]), asked.order, asked.limit)


def since(filters: str | None, at: datetime | None, limit: int) -> Wanted:
    """The runs that match and were created at or after a moment, the newest first."""
    terms: list[Mapping[str, Any]] = [decode_row(filters)] if filters else []
    if at is not None:
        terms.append({"created_at": {"$gte": at.isoformat()}})
    return Wanted(_written(terms), "-created_at", limit)


def drift_window(last: int) -> int:
    """How many runs are looked at for a slow drift; the first `last` of them are the step's."""
    return 3 * last


def meant(baseline: Baseline, found: Sequence[Sample]) -> Sequence[Sample]:
    """Those of the found runs that are the baseline, the newest first.

    The last tagged run brings along the others of its group: one release, several seeds.
    """
    if baseline.kind == "runs":
        return found[: baseline.last]
    if baseline.kind != "tag" or not found:
        return found
    newest = found[0]
    if newest.group is None:
        return found[:1]
    return [sample for sample in found if sample.group == newest.group]


def _written(terms: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"$and": list(terms)})
