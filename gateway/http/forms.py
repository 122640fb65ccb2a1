"""What bodies have in common: unknown fields are refused, times are UTC, lists have one form."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

import orjson
from fastapi import Query
from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer

from shared.errors import Invalid
from shared.kit.clock import iso

Item = TypeVar("Item")


class Form(BaseModel):
    """A request's body; a field that we do not know is an error, not a wish ignored."""

    model_config = ConfigDict(extra="forbid")


class Shown(BaseModel):
    """An answer's body, read off what a service told; fields that are not named stay inside."""

    model_config = ConfigDict(from_attributes=True)


class Page(BaseModel, Generic[Item]):
    """A list; `next` is the cursor of the rest, null at the end."""

    items: list[Item]
    next: str | None = None


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is before the first or after the last year that there is") from error


Moment = Annotated[
    datetime,
    AfterValidator(_in_utc),
    PlainSerializer(iso, return_type=str, when_used="json"),
]
"""A time in UTC; one that names no zone is taken as such."""

Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=500)]


def json_text(value: Any, field: str) -> str:
    """Free JSON as text; Invalid where it goes deeper, or has larger numbers, than can be kept."""
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError as error:
        raise Invalid(f"{field}: {error}", field=field) from error
