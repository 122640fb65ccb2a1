"""A CI provider whose jobs may act as a service account without a stored key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from shared.errors import Invalid, Unauthenticated

KEY_LIFE = timedelta(hours=1)
_MAX_LENGTH = 500
_CLAIMS: Mapping[str, tuple[str, ...]] = {
    "actor": ("actor", "user_login", "user_email", "preferred_username"),
    "commit": ("sha", "commit_sha", "commit"),
    "pull_request": ("pull_request", "merge_request_iid"),
    "repository": ("repository", "project_path"),
    "ref": ("ref",),
    "workflow": ("workflow", "pipeline_source"),
    "job": ("run_id", "job_id"),
}
"""What we call a fact, and what GitHub, GitLab and others call it in their tokens."""
_PULL_REQUEST = re.compile(r"refs/pull/(\d+)/")


@dataclass(slots=True)
class Provider:
    """Tokens of this issuer and audience whose subject fits the pattern count."""

    id: str
    team: str
    user_id: str
    username: str
    issuer: str
    audience: str
    subject: str
    created_at: datetime
    created_by: str

    def fits(self, claims: Mapping[str, Any]) -> bool:
        """Whether a verified token of the issuer is one of those that are meant."""
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        subject = claims.get("sub")
        return (
            self.audience in audiences
            and isinstance(subject, str)
            and len(subject) <= _MAX_LENGTH
            and matches(self.subject, subject)
        )

    @property
    def exactness(self) -> int:
        """How much of the subject is said outright."""
        return len(self.subject.replace("*", ""))


def check(issuer: str, audience: str, subject: str) -> tuple[str, str, str]:
    """The three as they are kept; Invalid says which is wrong."""
    for field, text in (("issuer", issuer), ("audience", audience), ("subject", subject)):
        if not text.strip() or len(text) > _MAX_LENGTH:
            raise Invalid(f"{field} has 1 to {_MAX_LENGTH} characters.", field=field)
    parts = urlsplit(issuer)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
        raise Invalid("The issuer is a URL such as https://token.example.com.", field="issuer")
    if len(subject.replace("*", "").strip(":/")) < 3:
        raise Invalid("A subject pattern must say more than '*'.", field="subject")
    return issuer.rstrip("/"), audience, subject


def chosen(providers: Iterable[Provider], claims: Mapping[str, Any]) -> Provider:
    """The provider with the most exact pattern; the oldest of several such."""
    fitting = [provider for provider in providers if provider.fits(claims)]
    if not fitting:
        raise Unauthenticated("No service account is registered for this token.")
    return max(fitting, key=lambda provider: (provider.exactness, -provider.created_at.timestamp()))


def facts(claims: Mapping[str, Any]) -> dict[str, str]:
    """What the token tells about the job, under our own names."""
    found = {}
    for ours, theirs in _CLAIMS.items():
        value = next((claims[name] for name in theirs if claims.get(name)), None)
        if isinstance(value, (str, int)):
            found[ours] = str(value)[:_MAX_LENGTH]
    number = _PULL_REQUEST.match(found.get("ref", ""))
    if number and "pull_request" not in found:
        found["pull_request"] = number.group(1)
    return found


def matches(pattern: str, text: str) -> bool:
    """Whether the text fits: `**` is any text, `*` any text without ':' and '/'.

    Follows all ways through the pattern at once, so no pattern can make it slow.
    """
    pieces = [piece for piece in re.split(r"(\*\*|\*|.)", pattern, flags=re.DOTALL) if piece]
    places = _past_stars(pieces, {0})
    for sign in text:
        ahead = set()
        for place in places:
            piece = pieces[place] if place < len(pieces) else ""
            if piece == "**" or (piece == "*" and sign not in ":/"):
                ahead.add(place)
            elif piece == sign:
                ahead.add(place + 1)
        places = _past_stars(pieces, ahead)
    return len(pieces) in places


def _past_stars(pieces: list[str], places: set[int]) -> set[int]:
    """The places that are reached without reading a sign, since a star may stand for nothing."""
    found = set()
    for place in places:
        found.add(place)
        while place < len(pieces) and pieces[place] in ("*", "**"):
            place += 1
            found.add(place)
    return found
