"""Rate limits through the library `limits`, counted in MongoDB so that all processes share them."""

from __future__ import annotations

import time

from limits import RateLimitItemPerSecond
from limits.aio.storage import MongoDBStorage
from limits.aio.strategies import MovingWindowRateLimiter

from services.identity.domain.limit import Limit
from services.identity.ports import Mint
from shared.errors import RateLimited

_PATIENCE_MS = 5_000


class MongoLimits:
    """Keeps `ports.Limits`; what is counted is stored as a digest."""

    def __init__(self, url: str, database: str, mint: Mint) -> None:
        self._storage = MongoDBStorage(
            f"async+{url}",
            database_name=database,
            counter_collection_name="limit_counters",
            window_collection_name="limit_windows",
            serverSelectionTimeoutMS=_PATIENCE_MS,
            timeoutMS=_PATIENCE_MS,
        )
        self._limiter = MovingWindowRateLimiter(self._storage)
        self._mint = mint

    async def hit(self, limit: Limit, *about: str) -> None:
        """Count it; raises RateLimited when it was too often, and says when to come back."""
        item = RateLimitItemPerSecond(limit.times, limit.seconds, namespace=limit.name)
        key = self._mint.digest("\n".join(about))
        if not await self._limiter.hit(item, key):
            reset_at, _ = await self._limiter.get_window_stats(item, key)
            raise RateLimited(limit.message, retry_after=max(1.0, reset_at - time.time()))

    def close(self) -> None:
        """Let the connections go."""
        self._storage.storage.close()
