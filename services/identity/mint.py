"""Secrets and their digests, under a pepper that never reaches the database."""

from __future__ import annotations

import secrets

from shared import credentials


class PepperedMint:
    """Digests with one pepper; losing it voids every key, session and link."""

    def __init__(self, pepper: bytes) -> None:
        self._pepper = pepper

    def digest(self, secret: str) -> str:
        """The only form in which a key or token is kept."""
        return credentials.digest(secret, self._pepper)

    def token(self) -> tuple[str, str]:
        """A fresh token of 32 random bytes, safe in a URL, and its digest."""
        token = secrets.token_urlsafe(32)
        return token, self.digest(token)
