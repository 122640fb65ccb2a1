"""The secrets of one data dir: made once, one private file each, never on a command line."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from shared.embedded.failures import CannotStart
from shared.embedded.private_file import write_private

KEYS = ("key_pepper", "url_signing_key", "session_key", "encryption_key")
"""32 random bytes each, in hexadecimal."""

DATABASES = {
    "identity": "cordee_identity",
    "runs": "cordee_runs",
    "alerts": "cordee_alerts",
}
"""Each service with a database, and the only one that it may touch."""

MONGO_KEYFILE = "mongo_keyfile"
MONGO_ROOT = "mongo_root_password"


class Secrets:
    """The folder of secrets."""

    def __init__(self, folder: Path) -> None:
        """`folder` exists and is private."""
        self._folder = folder

    def ensure(self, nats_users: tuple[str, ...], *, fresh: bool) -> None:
        """Make what is missing at a first start; later, what is missing was lost.

        A new pepper would silently turn every API key into a wrong one, and a new encryption
        key every stored webhook secret into noise; so nothing is made twice.
        """
        made: dict[str, Callable[[], str]] = dict.fromkeys(KEYS, _random_hex)
        made[MONGO_ROOT] = _random_hex
        made[MONGO_KEYFILE] = lambda: secrets.token_hex(378)
        made |= {_password_name(service): _random_hex for service in DATABASES}
        made |= {_nkey_name(user): _nkey_seed for user in nats_users}
        lost = [name for name in made if not self.path(name).exists()]
        if lost and not fresh:
            raise CannotStart(
                f"{', '.join(lost)} missing from {self._folder}: restore the folder from your "
                "backup. New secrets would make the keys and secrets in the database useless."
            )
        for name in lost:
            self.write(name, made[name]() + "\n")

    def path(self, name: str) -> Path:
        """The file of one secret."""
        return self._folder / name

    def read(self, name: str) -> str:
        """One secret."""
        return self.path(name).read_text(encoding="utf-8").strip()

    def write(self, name: str, text: str) -> Path:
        """Keep one secret; the file it is in."""
        write_private(self.path(name), text)
        return self.path(name)

    def mongo_password(self, service: str) -> str:
        """With which a service signs in to its database."""
        return self.read(_password_name(service))

    def nkey_file(self, user: str) -> Path:
        """Where the seed of a NATS user stands."""
        return self.path(_nkey_name(user))

    def nkey_public(self, user: str) -> str:
        """What the server knows of a NATS user."""
        import nkeys  # slow to import, and only the embedded server needs it

        pair = nkeys.from_seed(self.read(_nkey_name(user)).encode())
        public: bytes = pair.public_key
        return public.decode()


def _password_name(service: str) -> str:
    return f"mongo_password_{service}"


def _nkey_name(user: str) -> str:
    return f"nats_{user}.nkey"


def _random_hex() -> str:
    return secrets.token_hex(32)


def _nkey_seed() -> str:
    import nkeys  # as above

    seed: bytes = nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER)
    return seed.decode()
