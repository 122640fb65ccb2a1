"""What retention needs from outside."""

from __future__ import annotations

from typing import Any, Protocol

from services.runs.domain.project import Project
from services.runs.domain.retention import Hold, Keeping, Outcome, Retention


class Retentions(Protocol):
    """What teams and projects say of how long things are kept."""

    async def keeping(self, entity: str, project_id: str | None) -> Keeping:
        """Of a project; or of the whole entity, where none is named."""

    async def set_retention(
        self, entity: str, project_id: str | None, retention: Retention
    ) -> None:
        """All of it."""

    async def set_hold(self, entity: str, project_id: str | None, hold: Hold | None) -> None:
        """From now on; or no longer."""


class Retaining(Protocol):
    """Does what retention says."""

    async def apply(self, project: Project, *, dry_run: bool) -> Outcome:
        """To one project, now."""


class Holds(Protocol):
    """Whether something may be thrown away for good."""

    async def must_not_hold(self, project: Any) -> None:
        """Raises Conflict where a legal hold forbids it."""
