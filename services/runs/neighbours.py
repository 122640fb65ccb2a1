"""What runs asks of identity: what an entity is, and to write down what was done."""

from __future__ import annotations

from typing import Any

from services.runs.ports import EntityFacts
from shared.contracts.identity import (
    GET_ENTITY,
    RECORD_AUDIT,
    Caller,
    GetEntity,
    RecordAudit,
)
from shared.messaging.bus import Bus


class IdentityNeighbour:
    """The ports `Entities` and `Audit`, by Calls."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def describe(self, name: str) -> EntityFacts:
        """Raises NotFound."""
        view = await self._bus.call(GET_ENTITY, GetEntity(name=name))
        privacy = view.privacy
        return EntityFacts(
            personal=view.kind == "user",
            only_private=bool(privacy and privacy.future_projects_private),
        )

    async def record(
        self,
        caller: Any,
        entity: str,
        action: str,
        target: str,
        *,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
    ) -> None:
        """Before the deed: nothing is done that is not written down."""
        if not isinstance(caller, Caller):
            raise TypeError("Only a Caller can be written down.")
        await self._bus.call(
            RECORD_AUDIT,
            RecordAudit(team=entity, action=action, object=target, before=before, after=after),
            caller=caller,
        )
