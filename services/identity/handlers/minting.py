"""New keys, with the secret text that is told once."""

from __future__ import annotations

from services.identity.domain.api_key import ApiKey, Scope
from services.identity.domain.user import User
from services.identity.ports import Mint
from shared import credentials
from shared.errors import Invalid
from shared.kit import clock
from shared.kit.ids import new_id


def key(secret: str, user: User, mint: Mint, *, created_by: str) -> ApiKey:
    """A key with full rights and without an end, unless more is said about it."""
    return ApiKey(
        id=new_id(),
        principal_id=user.id,
        digest=mint.digest(secret),
        hint=credentials.hint(secret),
        name="key",
        scope=Scope.FULL,
        created_at=clock.now(),
        created_by=created_by,
    )


def secret_of(brought: str | None) -> str:
    """The key that somebody brings along, or a fresh one."""
    if brought is None:
        return credentials.new_api_key()
    if not credentials.is_strong(brought):
        raise Invalid(
            "A key has 40 or more characters of A-Z, a-z, 0-9, '_' and '-' (after the first '-').",
            field="api_key",
        )
    return brought
