"""A filter's typed tree and an order, said in MongoDB's words."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import bson
from bson.int64 import Int64

from services.runs.domain.filters import Compare, Every, Field, Node, Not, Some
from services.runs.ports import Order, RunQuery
from shared.errors import Invalid

_ARRAYS = {"config": "config_pairs", "summary": "summary_pairs"}
_NEVER: dict[str, Any] = {"_id": {"$exists": False}}
_SORTED = (str, int, Int64, float, bool, datetime, type(None))
"""What runs are ordered by; nothing else in a cursor is let near the database."""
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


def pipeline(query: RunQuery, hidden: Mapping[str, int]) -> list[dict[str, Any]]:
    """Match, derive the sort key, continue after the cursor, cut the page.

    Runs without the ordering value come last, whichever way the order goes.
    """
    way = -1 if query.order.descending else 1
    stages: list[dict[str, Any]] = [
        {"$match": {"project_id": query.project_id, "deleted_at": None}},
        {"$match": where(query.where)},
        {"$set": {"_sort": _sort_key(query.order.field)}},
        {"$set": {"_last": {"$cond": [{"$eq": ["$_sort", None]}, 1, 0]}}},
    ]
    if query.cursor:
        stages.append({"$match": _after(query.cursor, way)})
    return [
        *stages,
        {"$sort": {"_last": 1, "_sort": way, "_id": way}},
        {"$limit": query.limit},
        {"$project": dict(hidden)},
    ]


def _sort_key(field: Field) -> dict[str, Any] | str:
    if field.area not in _ARRAYS:
        if field.path == "duration":
            return {"$subtract": ["$heartbeat_at", "$created_at"]}
        if field.path == "tags":
            return {"$ifNull": [{"$first": "$tags"}, None]}
        return {"$ifNull": [f"${field.path}", None]}
    found = {
        "$first": {
            "$filter": {
                "input": {"$ifNull": [f"${_ARRAYS[field.area]}", []]},
                "cond": {"$eq": ["$$this.k", {"$literal": field.path}]},
            }
        }
    }
    return {"$ifNull": [{"$let": {"vars": {"pair": found}, "in": "$$pair.v"}}, None]}


def _after(cursor: str, way: int) -> dict[str, Any]:
    try:
        last, sort, run_id = bson.decode(base64.urlsafe_b64decode(cursor))["c"]
    except (binascii.Error, bson.errors.BSONError, KeyError, TypeError, ValueError) as error:
        raise Invalid("cursor: not one that this server gave out.", field="cursor") from error
    if not (isinstance(run_id, str) and last in (0, 1) and type(sort) in _SORTED):
        raise Invalid("cursor: not one that this server gave out.", field="cursor")
    beyond = "$gt" if way == 1 else "$lt"
    same = {"$and": [{"_last": last}, {"_sort": sort}, {"_id": {beyond: run_id}}]}
    terms: list[dict[str, Any]] = [same, {"_last": {"$gt": last}}]
    if last == 0:
        compared = {"$expr": {beyond: ["$_sort", {"$literal": sort}]}}
        terms.append({"$and": [{"_last": 0}, compared]})
    return {"$or": terms}


def cursor_of(document: Mapping[str, Any]) -> str:
    """Where a page that ends with this run goes on."""
    text = bson.encode({"c": [document["_last"], document.get("_sort"), document["_id"]]})
    return base64.urlsafe_b64encode(text).decode()


def by(order: Order) -> bool:
    """Whether the order is the natural one, newest first or last, which an index serves."""
    return order.field == Field("run", "created_at")
