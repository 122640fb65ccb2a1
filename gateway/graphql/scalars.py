"""The SDK's scalars (wire-protocol, appendix B.1)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from ariadne import ScalarType
from graphql import GraphQLError

from shared.kit.clock import iso

json_string = ScalarType("JSONString")
json_value = ScalarType("JSON")
int64 = ScalarType("Int64")
date_time = ScalarType("DateTime")
duration = ScalarType("Duration")

_DIGITS = re.compile(r"-?[0-9]{1,19}")


@json_string.serializer
def serialize_json_string(value: Any) -> Any:
    """Text that holds JSON, passed as it is kept."""
    return value


@json_string.value_parser
def parse_json_string(value: Any) -> str:
    """Must come as a string."""
    if not isinstance(value, str):
        raise GraphQLError("JSONString must be a string that holds JSON.")
    return value


@json_value.serializer
def serialize_json(value: Any) -> Any:
    """Any value; an orjson.Fragment is JSON text that goes out untouched."""
    return value


@int64.serializer
def serialize_int64(value: Any) -> int:
    """A JSON number, however large."""
    return int(value)


@int64.value_parser
def parse_int64(value: Any) -> int:
    """An integer; a float without a fraction and decimal digits in a string are one too.

    The fault is a GraphQLError, which is the client's; any other would count as ours.
    """
    digits = isinstance(value, str) and _DIGITS.fullmatch(value)
    if digits or (isinstance(value, float) and value.is_integer()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise GraphQLError("Int64 must be an integer of at most 64 bits.")
    return value


@date_time.serializer
def serialize_date_time(value: Any) -> Any:
    """ISO 8601 in UTC."""
    return iso(value) if isinstance(value, datetime) else value


@duration.value_parser
def parse_duration(value: Any) -> int:
    """Whole milliseconds."""
    return parse_int64(value)


SCALARS = (json_string, json_value, int64, date_time, duration)
