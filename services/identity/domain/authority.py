"""Who may do what to accounts, keys and teams; the table of projects is `shared.permissions`."""

from __future__ import annotations

from typing import Protocol

from shared.errors import Forbidden, Unauthenticated


class Asker(Protocol):
    """The part of a caller that decides anything here."""

    @property
    def principal_id(self) -> str | None: ...
    @property
    def username(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def admin(self) -> bool: ...
    @property
    def elevated(self) -> bool: ...
    @property
    def scope(self) -> str: ...


def known(who: Asker) -> str:
    """The id of whoever asks; Unauthenticated if we do not know them."""
    if who.principal_id is None:
        raise Unauthenticated("Sign in, or send an API key.")
    return who.principal_id


def reader(who: Asker) -> str:
    """The id of whoever asks with a key that may read."""
    found = known(who)
    if who.scope == "write_runs":
        raise Forbidden("This key may only write runs.")
    return found


def person(who: Asker) -> str:
    """The id of a person who asks with full rights: what every change here needs."""
    found = known(who)
    if who.kind != "user":
        raise Forbidden("A service account may not do this; it takes a person.")
    if who.scope != "full":
        raise Forbidden(f"This key is narrowed to {who.scope!r}; it takes a full one.")
    return found


def instance_admin(who: Asker) -> str:
    """The id of an instance administrator."""
    found = person(who)
    if not who.admin:
        raise Forbidden("Only an administrator of this instance may do this.")
    return found
