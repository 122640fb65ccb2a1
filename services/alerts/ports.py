"""What the alerts service needs from outside."""

from __future__ import annotations

from typing import Protocol


class Canary(Protocol):
    """Writes something durable, to know that writing works."""

    async def write(self) -> None:
        """Raises the driver's fault when it does not."""
