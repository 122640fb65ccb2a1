"""How identity's things look from outside."""

from __future__ import annotations

from collections.abc import Mapping

from services.identity.domain.api_key import ApiKey
from services.identity.domain.user import User
from shared.contracts.identity import ApiKeyView, TeamRole, UserView


def of_user(user: User, roles: Mapping[str, str]) -> UserView:
    """An account with its teams, in the order of their names."""
    return UserView(
        id=user.id,
        username=user.username,
        name=user.name,
        email=user.email,
        kind=user.kind.value,
        admin=user.admin,
        default_entity=user.default_entity,
        teams=[TeamRole(name=team, role=role) for team, role in sorted(roles.items())],
        created_at=user.created_at,
        deleted_at=user.deleted_at,
    )


def of_key(key: ApiKey, secret: str | None = None) -> ApiKeyView:
    """A key; with its secret only in the answer that creates it."""
    return ApiKeyView(
        id=key.id,
        name=key.name,
        hint=key.hint,
        key=secret,
        scope=key.scope.value,
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
    )
