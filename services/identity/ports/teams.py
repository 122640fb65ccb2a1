"""Where teams are kept, and what belongs to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from services.identity.domain.invitation import Invitation
from services.identity.domain.membership import Membership
from services.identity.domain.organization import Organization
from services.identity.domain.provider import Provider
from services.identity.domain.team import Team


class Teams(Protocol):
    """Teams with their members."""

    async def named(self, name: str) -> Team:
        """Raises NotFound."""

    async def add(self, team: Team) -> None:
        """Keep a new one, whose name was taken before."""

    async def save(self, team: Team) -> None:
        """Keep what was changed."""

    async def memberships(self, principal_id: str) -> list[Membership]:
        """What somebody is in which team."""

    async def of(self, principal_id: str) -> list[Team]:
        """The teams that somebody is in, in the order of their names."""

    async def under(self, organization: str) -> list[Team]:
        """The teams of an organization."""

    async def page(self, after: str | None, limit: int) -> list[Team]:
        """All teams, in the order of their names in small letters, which `after` is one of."""

    async def recommended(self) -> list[Team]:
        """Teams that show themselves to colleagues."""


class Invitations(Protocol):
    """Invitations, answered or not."""

    async def get(self, invitation_id: str) -> Invitation:
        """Raises NotFound."""

    async def by_digest(self, digest: str) -> Invitation:
        """By the latest token's digest. Raises NotFound."""

    async def add(self, invitation: Invitation) -> None:
        """Raises Conflict if one to the same team waits for them already."""

    async def save(self, invitation: Invitation) -> None:
        """Keep what was changed."""

    async def open_of(self, team: str) -> list[Invitation]:
        """Not yet answered, the latest first; may have expired."""

    async def open_for(self, invitees: Sequence[str], moment: datetime) -> list[Invitation]:
        """Not yet answered nor expired, the latest first."""


class Organizations(Protocol):
    """Roofs over teams."""

    async def named(self, name: str) -> Organization:
        """Raises NotFound."""

    async def add(self, organization: Organization) -> None:
        """Keep a new one, whose name was taken before."""

    async def save(self, organization: Organization) -> None:
        """Keep what was changed."""

    async def of(self, principal_id: str) -> list[Organization]:
        """Those that somebody belongs to."""

    async def all(self) -> list[Organization]:
        """In the order of their names."""


class Providers(Protocol):
    """CI providers whose tokens count."""

    async def get(self, provider_id: str) -> Provider:
        """Raises NotFound."""

    async def add(self, provider: Provider) -> None:
        """Raises Conflict if issuer, audience and pattern are registered already."""

    async def of(self, team: str) -> list[Provider]:
        """Those of a team, oldest first."""

    async def from_issuer(self, issuer: str) -> list[Provider]:
        """Those whose tokens come from there."""

    async def remove(self, provider: Provider) -> None:
        """Its tokens no longer count."""

    async def remove_of(self, user_id: str) -> None:
        """All of a service account that goes."""
