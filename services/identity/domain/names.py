"""Names of users and teams: one space, short, safe in a URL, never changed, never used again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from shared.errors import Invalid

MAX_LENGTH = 128
_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")

_PAGES = """
about account accounts alerts api app apps artifacts artifactsv2 assets audit auth authorize
blobs callback confirm-email console dashboard docs download downloads explore favicon files forgot
graphql healthz help home hooks invitation invitations invite invites is-alive join legal link links
live login logout me metrics models new oauth oidc openapi organization organizations orgs password
privacy profile project projects ready readyz register registries registry reports reset
robots runs schema search service services session sessions settings share shared signin
signout signup sso static status storage sweeps team teams terms token upload uploads user
username users v1 v2 viewer webhooks welcome well-known ws www
"""
PAGES = frozenset(_PAGES.split())
"""Names that would stand where a page of ours stands."""

_MISLEADING = """
admin administrator all anonymous cordee default error none null public root security support
system undefined wandb
"""
MISLEADING = frozenset(_MISLEADING.split())
"""Names that would pass for somebody else; only the operator may give one to a first account."""

RESERVED = PAGES | MISLEADING


def key_of(name: str) -> str:
    """What makes two names the same: Alice and alice cannot both exist."""
    return name.lower()


def check(name: str, *, field: str = "name", by_operator: bool = False) -> str:
    """The name itself if it may be taken; Invalid says what is wrong with it."""
    if not _NAME.fullmatch(name):
        raise Invalid(
            f"A name has 1 to {MAX_LENGTH} letters A-Z and a-z, digits, '_' or '-'.", field=field
        )
    if key_of(name) in (PAGES if by_operator else RESERVED):
        raise Invalid(f"The name {name!r} is reserved; choose another.", field=field)
    if not any(sign.isalnum() for sign in name):
        raise Invalid("A name needs at least one letter or digit.", field=field)
    return name


def derived_from(text: str, fallback: str = "user") -> Iterator[str]:
    """Names to try for somebody who chose none: from their e-mail or title, then numbered."""
    plain = unicodedata.normalize("NFKD", text.partition("@")[0])
    stem = re.sub(r"[^a-z0-9_-]+", "-", plain.encode("ascii", "ignore").decode().lower())
    stem = stem.strip("-_")[: MAX_LENGTH - 8] or fallback
    if stem not in RESERVED:
        yield stem
    for number in range(2, 100_000):
        yield f"{stem}-{number}"
