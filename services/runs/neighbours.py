"""What runs asks of identity: what an entity is, and to write down what was done."""

from __future__ import annotations

from typing import Any

from services.runs.ports import EntityFacts
from shared.contracts.identity import (
    GET_ENTITY,
    GET_TEAM,
    RECORD_AUDIT,
    Caller,
    GetEntity,
    GetTeam,
    RecordAudit,
)
from shared.errors import NotFound
from shared.messaging.bus import Bus
from shared.permissions import Role


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
            kind=view.kind,
            organization=view.organization,
            links_allowed=privacy is None or privacy.public_links_allowed,
        )

    async def people(self, name: str, caller: Caller) -> dict[str, str]:
        """Roles by user name, as far as the caller may see them; empty where they may not."""
        view = await self._bus.call(GET_ENTITY, GetEntity(name=name))
        if view.kind == "user":
            return {name: Role.OWNER}
        try:
            team = await self._bus.call(GET_TEAM, GetTeam(name=name), caller=caller)
        except NotFound:
            return {}
        return {member.username: member.role for member in team.members}

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
