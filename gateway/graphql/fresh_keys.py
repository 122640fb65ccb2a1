"""Keys of new service accounts, kept for the moment until the SDK asks for them.

`Team.create_service_account` throws the answer of its mutation away, loads the team once more and
takes the key from the last member (wire-protocol §6.5). So a key is held for whoever made it, in
this process alone, for a minute and one reading.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

KEPT_S = 60.0


@dataclass(frozen=True, slots=True)
class FreshKey:
    """The key of one account, not to be shown in any log."""

    account_id: str
    api_key: str

    def __repr__(self) -> str:
        return f"FreshKey({self.account_id})"


class FreshKeys:
    """By who made it and for which team; the latest one only."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], FreshKey] = {}

    def put(self, maker_id: str, team: str, fresh: FreshKey) -> None:
        """Hold it."""
        place = (maker_id, team)
        self._kept[place] = fresh
        asyncio.get_running_loop().call_later(KEPT_S, self._drop, place, fresh)

    def take(self, maker_id: str, team: str) -> FreshKey | None:
        """Hand it over, and hold it no longer."""
        return self._kept.pop((maker_id, team), None)

    def _drop(self, place: tuple[str, str], fresh: FreshKey) -> None:
        if self._kept.get(place) is fresh:
            del self._kept[place]
