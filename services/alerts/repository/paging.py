"""Pages of a collection, newest first, that stay right while documents are added."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.errors import Invalid
from shared.kit.mongo import USER_READ_MS, Collection, Document


async def page_of(
    collection: Collection, where: Mapping[str, Any], by: str, limit: int, after: str | None
) -> tuple[list[Document], str | None]:
    """Documents in the order of a date, and the cursor of the next page."""
    terms: list[Mapping[str, Any]] = [where]
    if after:
        at, last = _read(after)
        terms.append({"$or": [{by: {"$lt": at}}, {by: at, "_id": {"$lt": last}}]})
    cursor = collection.find({"$and": terms}, max_time_ms=USER_READ_MS)
    found = await cursor.sort([(by, -1), ("_id", -1)]).limit(limit + 1).to_list(limit + 1)
    if len(found) <= limit:
        return found, None
    return found[:limit], _written(found[limit - 1][by], found[limit - 1]["_id"])


def _written(at: datetime, last: str) -> str:
    return base64.urlsafe_b64encode(f"{at.isoformat()} {last}".encode()).decode()


def _read(cursor: str) -> tuple[datetime, str]:
    try:
        at, _, last = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        return datetime.fromisoformat(at), last
    except (binascii.Error, UnicodeError, ValueError) as error:
        raise Invalid("cursor: not one that this server gave out.", field="cursor") from error
