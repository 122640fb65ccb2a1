"""How often one principal may ask: a budget that fills evenly, kept in this process's memory.

Of each principal one number is kept: when its budget will be whole again. So a request costs a
look into a dict and an addition, and whoever has not asked for a while need not be remembered.
Each gateway counts for itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from shared.errors import RateLimited

BURST_S = 10.0
"""A budget that was left alone holds what fills in so many seconds."""
_KEPT = 10_000
_ONE_MORE_PER = 256 * 1024
"""Bytes of a body: larger requests count for as many as it holds pieces."""

Headers = list[tuple[bytes, bytes]]


class Rates:
    """One instance per process; `per_second` of zero means that nobody is limited."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._cost = 1 / per_second if per_second else 0.0
        self._clock = clock
        self._whole_at: dict[str, float] = {}

    def take(self, principal: str | None, size: int = 0) -> float:
        """Count a request with a body of `size`; the seconds until the budget is whole again.

        Raises RateLimited, and counts nothing, where too little is left. Nobody in particular
        (no `principal`) is not counted: addresses may stand for many.
        """
        if not self._cost or principal is None:
            return 0.0
        now = self._clock()
        missing = max(self._whole_at.get(principal, now) - now, 0.0)
        if missing >= BURST_S:
            raise RateLimited(
                "You ask too often; wait a little.",
                retry_after=missing - BURST_S + self._cost,
            )
        missing += self._cost * (1 + size // _ONE_MORE_PER)
        if principal not in self._whole_at and len(self._whole_at) >= _KEPT:
            self._forget(now)
        self._whole_at[principal] = now + missing
        return missing

    def headers(self, missing: float) -> Headers:
        """What is left, as the SDK's file_stream reads it: it then asks `left / reset` a second."""
        if not self._cost:
            return []
        left = max(BURST_S - missing, 0.0) / self._cost
        return [
            (b"ratelimit-remaining", b"%d" % left),
            (b"ratelimit-reset", b"%d" % max(1.0, missing)),
        ]

    def _forget(self, now: float) -> None:
        """Those whose budget is whole, and where all have asked just now, everybody."""
        kept = {name: at for name, at in self._whole_at.items() if at > now}
        self._whole_at = kept if len(kept) < _KEPT else {}
