"""What reports and share links need from outside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from services.runs.domain.comment import Comment
from services.runs.domain.share import Share


class Comments(Protocol):
    """What people said of reports."""

    async def add(self, comment: Comment) -> None:
        """A new one."""

    async def get(self, comment_id: str) -> Comment:
        """Raises NotFound."""

    async def list(
        self, view_id: str, limit: int, after: str | None
    ) -> tuple[Sequence[Comment], str | None]:
        """Oldest first, with the cursor of the next page."""

    async def delete(self, comment_id: str) -> None:
        """For good; absent is fine."""


class Shares(Protocol):
    """Every share link, by id or by the digest of its token."""

    async def create(self, share: Share) -> None:
        """A new one."""

    async def get(self, share_id: str) -> Share:
        """Raises NotFound."""

    async def find(self, digest: str) -> Share | None:
        """None where there is none."""

    async def list(
        self, project_id: str, at: datetime, *, run_id: str | None, report_id: str | None
    ) -> Sequence[Share]:
        """Those that still count, newest first."""

    async def revoke(self, share_id: str, at: datetime) -> None:
        """From now on it does not count."""
