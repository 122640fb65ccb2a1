"""A browser that is signed in: fourteen days from its last visit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.identity.domain.limit import network_of

LIFE = timedelta(days=14)
_NOTED_EVERY = timedelta(hours=1)


@dataclass(slots=True)
class Session:
    """Known by the digest of its cookie."""

    id: str
    user_id: str
    digest: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str | None = None
    network: str | None = None
    agent: str | None = None

    def see(self, at: datetime) -> bool:
        """Slide on; whether that is worth writing down, which it is once an hour."""
        if at - self.seen_at < _NOTED_EVERY:
            return False
        self.seen_at = at
        self.expires_at = at + LIFE
        return True


def begun(
    session_id: str,
    user_id: str,
    digest: str,
    at: datetime,
    *,
    address: str | None,
    agent: str | None,
) -> Session:
    """A session that starts now."""
    return Session(
        id=session_id,
        user_id=user_id,
        digest=digest,
        created_at=at,
        seen_at=at,
        expires_at=at + LIFE,
        address=address,
        network=network_of(address),
        agent=agent[:300] if agent else None,
    )
