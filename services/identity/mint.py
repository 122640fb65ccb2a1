"""Secrets, their digests and seals, under a pepper that never reaches the database."""

from __future__ import annotations

import base64
import secrets

from cryptography.fernet import Fernet

from shared import credentials


class PepperedMint:
    """One pepper for everything; losing it voids every key, session and link."""

    def __init__(self, pepper: bytes) -> None:
        self._pepper = pepper
        sealing = bytes.fromhex(credentials.digest("seal of letters", pepper))
        self._fernet = Fernet(base64.urlsafe_b64encode(sealing))

    def digest(self, secret: str) -> str:
        """The only form in which a key or token is kept."""
        return credentials.digest(secret, self._pepper)

    def token(self) -> tuple[str, str]:
        """A fresh token of 32 random bytes, safe in a URL, and its digest."""
        token = secrets.token_urlsafe(32)
        return token, self.digest(token)

    def seal(self, text: str) -> str:
        """Encrypted and signed."""
        return self._fernet.encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """The reverse."""
        return self._fernet.decrypt(sealed.encode()).decode()
