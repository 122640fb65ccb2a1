"""A channel: where a team is told, and how well that has gone lately."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from shared.errors import Invalid

BREAKS_AFTER = 10
PROBE_EVERY = timedelta(minutes=5)
DISABLED_AFTER = timedelta(hours=120)
OLD_SECRET_COUNTS = timedelta(days=1)
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "content-type"})
_MAILBOX = re.compile(r"[^\s@<>(),;:\"\\\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


@dataclass(slots=True)
class Health:
    """Failures in a row. Ten open the breaker: one try each five minutes, until one succeeds."""

    failures: int = 0
    failing_since: datetime | None = None
    probe_at: datetime | None = None
    disabled_at: datetime | None = None
    reason: str | None = None

    @property
    def broken(self) -> bool:
        """Whether the breaker is open."""
        return self.failures >= BREAKS_AFTER

    def succeeded(self) -> None:
        """All is well again."""
        self.failures, self.failing_since, self.probe_at = 0, None, None

    def failed(self, at: datetime) -> None:
        """Once more; after five days of nothing else the channel is disabled."""
        self.failures += 1
        self.failing_since = self.failing_since or at
        if self.broken:
            self.probe_at = at + PROBE_EVERY
        if at - self.failing_since >= DISABLED_AFTER:
            self.disable(at, "Every delivery has failed for five days.")

    def disable(self, at: datetime, reason: str) -> None:
        """Nothing is sent until somebody brings it back."""
        self.disabled_at, self.reason = at, reason

    def revive(self) -> None:
        """Somebody brought it back."""
        self.succeeded()
        self.disabled_at = self.reason = None

    @property
    def counting(self) -> bool:
        """Whether anything is sent."""
        return self.disabled_at is None


@dataclass(slots=True)
class Channel:
    """`secrets` are the one that counts and, for a day after a change, the one before it.

    `sealed`: URL, headers and secrets are kept, but under a key that is not here any more.
    """

    id: str
    team: str
    name: str
    kind: str
    created_by: str
    created_at: datetime
    url: str | None = None
    to: list[str] = field(default_factory=list)
    template: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    profile: str = "standard"
    secrets: list[str] = field(default_factory=list)
    old_secret_until: datetime | None = None
    unsubscribed: list[str] = field(default_factory=list)
    health: Health = field(default_factory=Health)
    sealed: bool = False

    @property
    def recipients(self) -> list[str]:
        """Who is written to: those of `to` who have not said that they want no more."""
        return [address for address in self.to if not self.was_left_by(address)]

    def was_left_by(self, address: str) -> bool:
        """Whether somebody has said so, in whatever case their address is written."""
        return mailbox(address) in map(mailbox, self.unsubscribed)

    def writes_to(self, address: str) -> bool:
        """Whether it is one of the recipients."""
        return mailbox(address) in map(mailbox, self.recipients)

    def leave(self, address: str) -> None:
        """Somebody wants no more mails from here, nor any once they are written to again."""
        if not self.was_left_by(address):
            self.unsubscribed.append(mailbox(address))

    def come_back(self, address: str) -> None:
        """Only they themselves can: an administrator cannot write to them again."""
        self.unsubscribed = [one for one in self.unsubscribed if mailbox(one) != mailbox(address)]

    def rotate(self, secret: str, at: datetime) -> None:
        """A new secret; the old one signs too until the receiver can have followed."""
        self.secrets = [secret, *self.secrets[:1]]
        self.old_secret_until = at + OLD_SECRET_COUNTS

    def counting_secrets(self, at: datetime) -> Sequence[str]:
        """Those that sign now."""
        both = self.old_secret_until is not None and self.old_secret_until > at
        return self.secrets if both else self.secrets[:1]

    def shown_url(self) -> str | None:
        """The URL without what in it may be a secret."""
        if self.url is None:
            return None
        parts = urlsplit(self.url)
        path = "/…" if self.kind == "slack" else parts.path
        return f"{parts.scheme}://{parts.hostname}{_port(parts.port)}{path}"


def checked_url(url: str | None) -> str:
    """An absolute http or https URL without user name; where it leads is judged when it is used."""
    wrong = Invalid(
        "url: an absolute http or https URL without user name, of at most 2048 characters.",
        field="url",
    )
    if url is None or len(url) > 2048 or re.search(r"[\s\x00-\x1f\x7f\\]", url):
        raise wrong
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        raise wrong from None
    if not usable or "@" in parts.netloc:
        raise wrong
    return url


def mailbox(address: str) -> str:
    """The same for every way of writing one address: providers heed no case."""
    return address.casefold()


def checked_mailboxes(to: Sequence[str]) -> list[str]:
    """At least one plain address each of which is one, each mailbox once."""
    if not to:
        raise Invalid("to: at least one e-mail address.", field="to")
    for address in to:
        user, sign, host = address.rpartition("@")
        # The e-mail package decodes `=?…?=`, in which anything can hide.
        fits = (
            sign and "=?" not in address and _MAILBOX.fullmatch(user) and _MAILBOX.fullmatch(host)
        )
        if not fits or len(address) > 254 or not address.isascii():
            raise Invalid(f"to: {address!r} is no e-mail address.", field="to")
    first: dict[str, str] = {}
    for address in to:
        first.setdefault(mailbox(address), address)
    return list(first.values())


def checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers that a request may have besides ours."""
    for name, value in headers.items():
        ours = name.lower() in _OURS or name.lower().startswith("webhook-")
        if ours or not _HEADER.fullmatch(name):
            raise Invalid(f"headers: {name!r} cannot be set.", field="headers")
        if len(value) > 4096 or not value.isascii() or not value.isprintable():
            raise Invalid(f"headers: {name} has a value that cannot be sent.", field="headers")
    return dict(headers)


def _port(port: int | None) -> str:
    return f":{port}" if port else ""
