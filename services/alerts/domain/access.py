"""Who may do what to a team's channels; the table of projects is runs' to read."""

from __future__ import annotations

from shared.errors import Forbidden, NotFound
from shared.permissions import Who

_ADMINS = ("admin", "owner")


def require_member(who: Who, team: str) -> str:
    """The team, if the caller is in it; else it looks absent."""
    elevated = who.admin and who.elevated
    if who.principal_id is None or (team not in who.roles and not elevated):
        raise NotFound(f"team {team} not found")
    if who.scope == "write_runs":
        raise Forbidden("permission denied: this key may only write runs.")
    return team


def require_admin(who: Who, team: str) -> str:
    """The team, if the caller is its admin, or it is the caller's own space."""
    require_member(who, team)
    if not (who.admin and who.elevated) and who.roles.get(team) not in _ADMINS:
        raise Forbidden(f"permission denied: only admins of {team} may do this.")
    if who.scope != "full":
        raise Forbidden(f"permission denied: this key is narrowed to {who.scope!r}.")
    return team
