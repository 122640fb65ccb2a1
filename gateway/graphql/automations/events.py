"""The SDK's events and their filters ⇄ what a rule waits for (wire-protocol §9.2).

Not every rule can be said in the SDK's words; one that cannot has no event here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from shared.contracts.alerts import (
    ArtifactWhen,
    ChangeWhen,
    RuleView,
    StateWhen,
    ThresholdWhen,
    When,
    ZscoreWhen,
)
from shared.dialect import decode_row
from shared.errors import Invalid

ARTIFACT_EVENTS: Mapping[str, str] = {
    "CREATE_ARTIFACT": "created",
    "LINK_MODEL": "linked",
    "UNLINK_ARTIFACT": "unlinked",
    "ADD_ARTIFACT_ALIAS": "alias_added",
    "ADD_ARTIFACT_TAG": "tag_added",
    "REMOVE_ARTIFACT_TAG": "tag_removed",
    "ADD_COLLECTION_TAG": "collection_tag_added",
    "REMOVE_COLLECTION_TAG": "collection_tag_removed",
}
_SAID_OF_ARTIFACTS = {ours: theirs for theirs, ours in ARTIFACT_EVENTS.items()}
_STATES: Mapping[str, tuple[str, ...]] = {
    "RUNNING": ("started",),
    "FINISHED": ("finished",),
    "FAILED": ("failed", "crashed", "killed"),
}
_AGGREGATIONS = {"AVERAGE": "avg", "MAX": "max", "MIN": "min", None: "last"}
_SAID_OF_AGGREGATIONS = {ours: theirs for theirs, ours in _AGGREGATIONS.items()}
_SIGNS = {"<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}
_ANY_RUN = '{"$and": []}'
_ANY_ARTIFACT = '{"$or": [{"$and": []}]}'


@dataclass(frozen=True, slots=True)
class Happening:
    """An event in both worlds' common terms: what is waited for, and in which runs."""

    when: When
    filters: str | None = None


def understood(event: str, text: str, collection_id: str | None) -> Happening:
    """What the SDK asks for; Invalid for what it cannot ask for here."""
    said: Any = decode_row(text)
    try:
        if event in ARTIFACT_EVENTS:
            when = ArtifactWhen(
                kind="artifact",
                events=[ARTIFACT_EVENTS[event]],
                collection_id=collection_id,
                filters=text,
            )
            return Happening(when)
        if event == "RUN_STATE":
            return Happening(_state(said), _run_filter(said))
        if event in _METRICS:
            return Happening(_METRICS[event](said["run_metric_filter"]), _run_filter(said))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Invalid(f"eventFilter: {place}: {first['msg']}", field="eventFilter") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise Invalid(f"eventFilter: lacks {error}.", field="eventFilter") from error
    raise Invalid(f"triggeringEventType: {event} is not supported.", field="triggeringEventType")


def said_of(rule: RuleView) -> tuple[str, str] | None:
    """Event type and filter text of a rule; None where the SDK has no words for it."""
    when = rule.when
    if isinstance(when, ArtifactWhen):
        if len(when.events) > 1 or when.collection != "*" or when.type != "*":
            return None
        text = when.filters or _ANY_ARTIFACT
        return _SAID_OF_ARTIFACTS[when.events[0]], json.dumps({"filter": text})
    run_filter = rule.filters or _ANY_RUN
    if isinstance(when, StateWhen):
        wanted = set(when.states)
        states = sorted(theirs for theirs, ours in _STATES.items() if wanted & set(ours))
        if not wanted <= {ours for each in states for ours in _STATES[each]}:
            return None
        body = {"run_filter": run_filter, "run_state_filter": {"states": states}}
        return "RUN_STATE", json.dumps(body)
    metric = _metric_of(when)
    if metric is None:
        return None
    event, inner = metric
    whole = {"run_filter": run_filter, "run_metric_filter": inner, "metric_filter": None}
    return event, json.dumps(whole)


def _state(said: Mapping[str, Any]) -> StateWhen:
    wanted = said["run_state_filter"]["states"]
    states = [ours for theirs in wanted for ours in _STATES[theirs]]
    return StateWhen.model_validate({"kind": "state", "states": states})


def _run_filter(said: Mapping[str, Any]) -> str | None:
    text = said.get("run_filter")
    return text if text and decode_row(text) != decode_row(_ANY_RUN) else None


def _threshold(said: Mapping[str, Any]) -> When:
    found = said["threshold_filter"]
    return ThresholdWhen.model_validate(
        {
            "kind": "threshold",
            "metric": found["name"],
            "op": found["cmp_op"],
            "value": found["threshold"],
            "window": found.get("window_size") or 1,
            "agg": _AGGREGATIONS[found.get("agg_op")],
        }
    )


def _change(said: Mapping[str, Any]) -> When:
    found = said["change_filter"]
    return ChangeWhen.model_validate(
        {
            "kind": "change",
            "metric": found["name"],
            "amount": found["change_amount"],
            "relative": found["change_type"] == "RELATIVE",
            "direction": found["change_dir"].lower(),
            "window": found.get("current_window_size") or 1,
            "prior_window": found.get("prior_window_size") or 1,
            "agg": _AGGREGATIONS[found.get("agg_op")],
        }
    )


def _zscore(said: Mapping[str, Any]) -> When:
    found = said["zscore_filter"]
    return ZscoreWhen.model_validate(
        {
            "kind": "zscore",
            "metric": found["name"],
            "threshold": found["threshold"],
            "last": found["window_size"],
            "direction": found["change_dir"].lower(),
        }
    )


_METRICS: Mapping[str, Callable[[Mapping[str, Any]], When]] = {
    "RUN_METRIC": _threshold,
    "RUN_METRIC_CHANGE": _change,
    "RUN_METRIC_ZSCORE": _zscore,
}


def _metric_of(when: When) -> tuple[str, dict[str, Any]] | None:
    if isinstance(when, ThresholdWhen):
        sign = "$" + when.op if when.op.isalpha() else _SIGNS.get(when.op, when.op)
        inner = {
            "name": when.metric,
            "agg_op": _SAID_OF_AGGREGATIONS[when.agg],
            "window_size": when.window,
            "cmp_op": sign,
            "threshold": when.value,
        }
        return "RUN_METRIC", {"threshold_filter": inner}
    if isinstance(when, ChangeWhen):
        inner = {
            "name": when.metric,
            "agg_op": _SAID_OF_AGGREGATIONS[when.agg],
            "current_window_size": when.window,
            "prior_window_size": when.prior_window,
            "change_type": "RELATIVE" if when.relative else "ABSOLUTE",
            "change_dir": when.direction.upper(),
            "change_amount": when.amount,
        }
        return "RUN_METRIC_CHANGE", {"change_filter": inner}
    if isinstance(when, ZscoreWhen) and when.filters is None:
        inner = {
            "name": when.metric,
            "window_size": when.last,
            "threshold": when.threshold,
            "change_dir": when.direction.upper(),
        }
        return "RUN_METRIC_ZSCORE", {"zscore_filter": inner}
    return None
