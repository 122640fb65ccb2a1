"""Histories of runs. Rows and points are passed through as the texts they are."""

from __future__ import annotations

import json
from typing import Any

import orjson
from ariadne import ObjectType

from gateway.graphql.context import Info, context_of
from gateway.graphql.pages import number_of
from gateway.http.live_runs import ALIVE
from shared.contracts.runs import (
    READ_HISTORY,
    READ_KEYS,
    READ_LOG,
    READ_POINTS,
    READ_TAILS,
    LogPage,
    ReadHistory,
    ReadKeys,
    ReadLog,
    ReadPoints,
    ReadTails,
    RunPath,
    RunView,
)
from shared.dialect import decode_row, strict
from shared.errors import Invalid

run = ObjectType("Run")

SLOW = 25.0
DEFAULT_SAMPLES = 500


def path_of(found: RunView) -> RunPath:
    """A run that was found needs no finding again."""
    return RunPath(id=found.id)


@run.field("history")
async def resolve_history(
    found: RunView,
    info: Info,
    samples: int | None = None,
    minStep: int | None = None,
    maxStep: int | None = None,
) -> list[str]:
    """With steps an exact page, without them rows spread over the run (wire-protocol §5.1)."""
    ask = ReadHistory(
        path=path_of(found),
        min_step=minStep,
        max_step=maxStep,
        samples=DEFAULT_SAMPLES if samples is None else samples,
    )
    return (await context_of(info).ask(READ_HISTORY, ask, patience=SLOW)).lines


@run.field("events")
async def resolve_events(found: RunView, info: Info, samples: int | None = None) -> list[str]:
    ask = ReadHistory(path=path_of(found), stream="events", samples=samples or DEFAULT_SAMPLES)
    return (await context_of(info).ask(READ_HISTORY, ask, patience=SLOW)).lines


@run.field("sampledHistory")
async def resolve_sampled(found: RunView, info: Info, specs: list[str]) -> list[orjson.Fragment]:
    """One JSON array of rows per spec, each row with all of the spec's keys."""
    return [await _points(found, info, spec) for spec in specs]


async def _points(found: RunView, info: Info, text: str) -> orjson.Fragment:
    spec = decode_row(text)
    if not spec:  # what an agent of a sweep asks, who wants no rows at all
        return orjson.Fragment("[]")
    keys, samples = spec.get("keys"), spec.get("samples", DEFAULT_SAMPLES)
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise Invalid("specs: keys must be a list of metric names.", field="specs.keys")
    if not isinstance(samples, int) or samples < 0:
        raise Invalid("specs: samples must be a number of rows.", field="specs.samples")
    first, last = _step(spec, "minStep"), _step(spec, "maxStep")
    ask = ReadPoints(
        path=path_of(found),
        keys=keys,
        min_step=first,
        max_step=None if last is None else last + 1,  # inclusive on the wire (§5.2)
        samples=samples,
    )
    answer = await context_of(info).ask(READ_POINTS, ask, patience=SLOW)
    return _plain(answer.text)


def _step(spec: dict[str, Any], name: str) -> int | None:
    value = spec.get(name)
    if value is not None and not isinstance(value, int):
        raise Invalid(f"specs: {name} must be an integer.", field=f"specs.{name}")
    return value


@run.field("historyKeys")
async def resolve_keys(found: RunView, info: Info) -> orjson.Fragment:
    answer = await context_of(info).ask(READ_KEYS, ReadKeys(path=path_of(found)), patience=SLOW)
    return _plain(answer.text)


def _plain(text: str) -> orjson.Fragment:
    """Strict JSON, because the SDK reads what is nested, unlike lines, with a strict parser."""
    if "NaN" in text or "Infinity" in text:  # in a key it only costs time
        text = json.dumps(strict(json.loads(text)))
    return orjson.Fragment(text)


@run.field("parquetHistory")
async def resolve_parquet(found: RunView, info: Info, liveKeys: list[str]) -> dict[str, Any]:
    """Everything is read live, which the lowest live step says (wire-protocol §5.2), unless the
    client asked for exports: what a scan makes of those is not quite what was logged.
    """
    if not found.history_lines:
        return {"parquetUrls": [], "liveData": []}
    context = context_of(info)
    if context.exports is not None and found.state not in ALIVE:
        blob = await context.exports.of(found, context.ask)
        url = context.signer.url("GET", found.id, f"{found.name}.parquet", blob)
        return {"parquetUrls": [url], "liveData": []}
    ask = ReadPoints(path=path_of(found), keys=["_step"], samples=2)
    first = orjson.loads((await context.ask(READ_POINTS, ask, patience=SLOW)).text)
    return {"parquetUrls": [], "liveData": first[:1]}


@run.field("historyTail")
async def resolve_history_tail(found: RunView, info: Info) -> str:
    tails = await context_of(info).ask(READ_TAILS, ReadTails(path=path_of(found)))
    return json.dumps(tails.history)


@run.field("eventsTail")
async def resolve_events_tail(found: RunView, info: Info) -> str:
    tails = await context_of(info).ask(READ_TAILS, ReadTails(path=path_of(found)))
    return json.dumps(tails.events)


@run.field("logLines")
async def resolve_log_lines(
    found: RunView,
    info: Info,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    useImprovedPagination: bool | None = None,
) -> dict[str, Any]:
    """The cursor is the number of the last line."""
    line = number_of(after, "after") if after else None
    ask = ReadLog(path=path_of(found), first=first, after=line, last=last)
    return _log_connection(await context_of(info).ask(READ_LOG, ask))


def _log_connection(page: LogPage) -> dict[str, Any]:
    end = page.items[-1].number if page.items else None
    more = end is not None and end + 1 < page.total
    return {
        "edges": [{"node": line} for line in page.items],
        "pageInfo": {"endCursor": str(end) if more else None, "hasNextPage": more},
    }


BINDABLES = (run,)
