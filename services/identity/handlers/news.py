"""What identity announces when somebody's keys or rights change."""

from __future__ import annotations

from services.identity.domain.api_key import ApiKey
from shared.contracts.identity import (
    KEY_REVOKED,
    PRINCIPAL_CHANGED,
    KeyRevoked,
    PrincipalChanged,
)
from shared.kit.outbox import Announcement
from shared.messaging.bus import announcement


def key_revoked(key: ApiKey) -> Announcement:
    """The gateways forget the key at once instead of within a second."""
    return announcement(
        KEY_REVOKED,
        KeyRevoked(key_id=key.id, digest=key.digest, principal_id=key.principal_id),
    )


def principal_changed(principal_id: str) -> Announcement:
    """Whoever remembers this caller's rights asks again."""
    return announcement(PRINCIPAL_CHANGED, PrincipalChanged(principal_id=principal_id))
