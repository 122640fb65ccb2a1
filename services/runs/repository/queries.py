"""A filter's typed tree and an order, said in MongoDB's words."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import bson
from bson.codec_options import CodecOptions
from bson.int64 import Int64

from services.runs.domain.filters import Compare, Every, Field, Node, Not, Some
from services.runs.ports import RunQuery
from shared.errors import Invalid

_ARRAYS = {"config": "config_pairs", "summary": "summary_pairs"}
_NEVER: dict[str, Any] = {"_id": {"$exists": False}}
_SORTED = (str, int, Int64, float, bool, datetime, type(None))
"""What runs are ordered by; nothing else in a cursor is let near the database."""
_IN_UTC: CodecOptions[dict[str, Any]] = CodecOptions(tz_aware=True)
_SIMPLE = {"eq": "$eq", "gt": "$gt", "gte": "$gte", "lt": "$lt", "lte": "$lte", "in": "$in"}


def where(node: Node) -> dict[str, Any]:
    """The condition; the tenant's own stands outside of it, never merged with it."""
    if isinstance(node, Every):
        return {"$and": [where(term) for term in node.terms]} if node.terms else {}
    if isinstance(node, Some):
        return {"$or": [where(term) for term in node.terms]} if node.terms else _NEVER
    if isinstance(node, Not):
        return {"$nor": [where(node.term)]}
    return _compare(node)


def _compare(term: Compare) -> dict[str, Any]:
    if term.op in ("ne", "nin"):
        positive = Compare(term.field, "eq" if term.op == "ne" else "in", term.value)
        return {"$nor": [_compare(positive)]}
    if term.field.area == "keys":
        return {"summary_pairs": {"$elemMatch": {"k": term.field.path}}}
    if term.field.area in _ARRAYS:
        return _in_pairs(term)
    if term.field.path == "duration":
        return _duration(term)
    return {term.field.path: _condition(term)}


def _in_pairs(term: Compare) -> dict[str, Any]:
    array = _ARRAYS[term.field.area]
    named = {"k": term.field.path}
    if term.op == "exists":
        found = {array: {"$elemMatch": named}}
        return found if term.value else {"$nor": [found]}
    holds: dict[str, Any] = {array: {"$elemMatch": {**named, "v": _condition(term)}}}
    choices = term.value if isinstance(term.value, tuple) else (term.value,)
    if term.op in ("eq", "in") and None in choices:
        return {"$or": [holds, {"$nor": [{array: {"$elemMatch": named}}]}]}
    return holds


def _condition(term: Compare) -> dict[str, Any]:
    if term.op == "exists":
        return {"$ne": None} if term.value else {"$eq": None}
    if term.op == "regex":
        return {"$regex": term.value}
    value = list(term.value) if isinstance(term.value, tuple) else term.value
    return {_SIMPLE[term.op]: value}


def _duration(term: Compare) -> dict[str, Any]:
    seconds = {"$divide": [{"$subtract": ["$heartbeat_at", "$created_at"]}, 1000]}
    value = term.value
    number = isinstance(value, int | float) and not isinstance(value, bool) and value == value
    if term.op not in _SIMPLE or not number:
        raise Invalid("filters: duration compares with one number of seconds.", field="filters")
    return {"$expr": {_SIMPLE[term.op]: [seconds, {"$literal": value}]}}


def base(project_id: str, deleted_since: datetime | None = None) -> dict[str, Any]:
    """The tenant's own condition: the runs of one project that are there, or in its trash."""
    if deleted_since is not None:
        return {"project_id": project_id, "deleted_at": {"$gt": deleted_since}}
    return {"project_id": project_id, "live": True}


def natural(query: RunQuery) -> dict[str, Any] | None:
    """The condition of a page by time of birth, which an index serves; None for other orders."""
    if query.order.field != Field("run", "created_at"):
        return None
    terms = [base(query.project_id, query.deleted_since), where(query.where)]
    if query.cursor:
        _, born, run_id = opened_cursor(query.cursor)
        if not isinstance(born, datetime):
            raise _foreign()
        beyond = "$lt" if query.order.descending else "$gt"
        terms += [
            {"created_at": {f"{beyond}e": born}},
            {"$or": [{"created_at": {beyond: born}}, {"_id": {beyond: run_id}}]},
        ]
    return {"$and": terms}


def pipeline(query: RunQuery, besides: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The page's ids and sort keys: match, derive the key, continue after the cursor, cut.

    Runs without the ordering value come last, whichever way the order goes. Only the key of a run
    is carried through the sort: the documents are large. `besides` are blocks to leave out.
    """
    way = -1 if query.order.descending else 1
    mine = base(query.project_id, query.deleted_since)
    stages: list[dict[str, Any]] = [
        {"$match": {**mine, "block": {"$nin": list(besides)}} if besides else mine},
        {"$match": where(query.where)},
        {"$project": {"_sort": _sort_key(query.order.field)}},
        {"$set": {"_last": {"$cond": [{"$eq": ["$_sort", None]}, 1, 0]}}},
    ]
    if query.cursor:
        stages.append({"$match": _after(query.cursor, way)})
    return [
        *stages,
        {"$sort": {"_last": 1, "_sort": way, "_id": way}},
        {"$limit": query.limit},
    ]


def _sort_key(field: Field) -> dict[str, Any] | str:
    if field.area not in _ARRAYS:
        if field.path == "duration":
            return {"$subtract": ["$heartbeat_at", "$created_at"]}
        if field.path == "tags":
            return {"$ifNull": [{"$first": "$tags"}, None]}
        return {"$ifNull": [f"${field.path}", None]}
    array = _ARRAYS[field.area]
    at = {"$indexOfArray": [f"${array}.k", {"$literal": field.path}]}
    pair = {"$arrayElemAt": [f"${array}", "$$at"]}
    value = {"$ifNull": [{"$getField": {"field": "v", "input": pair}}, None]}
    return {"$let": {"vars": {"at": at}, "in": {"$cond": [{"$gte": ["$$at", 0]}, value, None]}}}


def _after(cursor: str, way: int) -> dict[str, Any]:
    last, sort, run_id = opened_cursor(cursor)
    beyond = "$gt" if way == 1 else "$lt"
    same = {"$and": [{"_last": last}, {"_sort": sort}, {"_id": {beyond: run_id}}]}
    terms: list[dict[str, Any]] = [same, {"_last": {"$gt": last}}]
    if last == 0:
        compared = {"$expr": {beyond: ["$_sort", {"$literal": sort}]}}
        terms.append({"$and": [{"_last": 0}, compared]})
    return {"$or": terms}


def opened_cursor(text: str) -> tuple[int, Any, str]:
    """Whether the last run had no value, the value, its id. Raises Invalid for a foreign one."""
    try:
        last, sort, run_id = bson.decode(base64.urlsafe_b64decode(text), _IN_UTC)["c"]
    except (binascii.Error, bson.errors.BSONError, KeyError, TypeError, ValueError) as error:
        raise _foreign() from error
    if not (isinstance(run_id, str) and last in (0, 1) and type(sort) in _SORTED):
        raise _foreign()
    return last, int(sort) if isinstance(sort, Int64) else sort, run_id


def _foreign() -> Invalid:
    return Invalid("cursor: not one that this server gave out.", field="cursor")


def cursor_of(document: Mapping[str, Any]) -> str:
    """Where a page that ends with this run goes on."""
    text = bson.encode({"c": [document["_last"], document.get("_sort"), document["_id"]]})
    return base64.urlsafe_b64encode(text).decode()
