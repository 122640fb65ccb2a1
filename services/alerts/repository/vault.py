"""Secrets of channels, sealed with a key that is kept outside of the database."""

from __future__ import annotations

import base64
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.errors import Unavailable

_NONCE = 12


class Vault:
    """AES-256-GCM; the key's id stands in front, so that a lost key is told from a broken text."""

    def __init__(self, key: str) -> None:
        """`key` is any text of 32 or more random characters."""
        material = hashlib.sha256(b"cordee alerts\0" + key.encode()).digest()
        self._cipher = AESGCM(material)
        self.key_id = hashlib.sha256(material).hexdigest()[:8]

    def seal(self, text: str, about: str) -> str:
        """Readable only with the key, and only where it belongs."""
        nonce = os.urandom(_NONCE)
        sealed = self._cipher.encrypt(nonce, text.encode(), about.encode())
        return f"{self.key_id}.{base64.b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, about: str) -> str:
        """The reverse."""
        key_id, _, text = sealed.partition(".")
        if key_id != self.key_id:
            raise Unavailable(f"A secret was sealed with the key {key_id}, which is not here.")
        raw = base64.b64decode(text)
        try:
            return self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], about.encode()).decode()
        except InvalidTag as error:
            raise Unavailable("A sealed secret was changed.") from error
