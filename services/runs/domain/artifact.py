"""Artifacts: versions, the collections that they are in, and what may be said of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from shared.errors import Conflict, Invalid
from shared.lifetimes import LONGEST_LIFE_S

LATEST = "latest"
SEQUENCE, PORTFOLIO = "sequence", "portfolio"
INHERIT, NEVER = -1, -2
LONGEST_NAME = 128
LONGEST_TAG = 256
MOST_ALIASES = 1_000
MOST_METADATA_KEYS = 100
MOST_METADATA = 4 * 1024**2
_NAME_FORBIDDEN = re.compile(r"[/:\\\x00-\x1f\x7f]")
_VERSION = re.compile(r"v(0|[1-9]\d{0,8})$")
_TAG = re.compile(r"^[-\w]+( +[-\w]+)*$")
_DIGEST = re.compile(r"^[0-9a-f]{32}$")


class State(StrEnum):
    """Where a version is in its life (wire-protocol §7.4)."""

    PENDING = "PENDING"
    COMMITTED = "COMMITTED"
    DELETED = "DELETED"


@dataclass(slots=True)
class Collection:
    """Versions under one name: a sequence of them, or a portfolio of links to others'.

    `next_index` is what the next version gets; it never goes back, so no `vN` is used twice.
    """

    id: str
    project_id: str
    name: str
    type: str
    kind: str
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    tags: list[str] = field(default_factory=list)
    client_ids: list[str] = field(default_factory=list)
    next_index: int = 0
    deleted: bool = False


@dataclass(slots=True)
class Artifact:
    """A version. `store` names the team in whose part of the blob store its bytes are.

    `wanted` are the aliases that it takes when it is committed. `ttl` is in seconds: None
    inherits, zero never expires.
    """

    id: str
    store: str
    project_id: str
    collection_id: str
    type: str
    state: State
    digest: str
    created_at: datetime
    updated_at: datetime
    version_index: int | None = None
    size: int = 0
    file_count: int = 0
    description: str | None = None
    metadata: str | None = None
    tags: list[str] = field(default_factory=list)
    ttl: int | None = None
    history_step: int | None = None
    client_ids: list[str] = field(default_factory=list)
    distributed_id: str | None = None
    run_id: str | None = None
    run_name: str | None = None
    created_by: str | None = None
    wanted: list[str] = field(default_factory=list)
    manifest: str | None = None
    committed_at: datetime | None = None
    copied_from: str | None = None
    copied_ids: list[str] = field(default_factory=list)
    """What clients called the version that this one is a copy of: rows of a copied run say so."""

    def expires_at(self, default_ttl: int | None) -> datetime | None:
        """When its time to live ends; None if it does not."""
        seconds = default_ttl if self.ttl is None else self.ttl
        if not seconds or self.committed_at is None:
            return None
        return self.committed_at + timedelta(seconds=seconds)

    def limit_life(self, seconds: int) -> None:
        """The SDK's number: -1 inherits, -2 (or zero) never, else so many seconds from birth."""
        if seconds == INHERIT:
            self.ttl = None
        elif seconds in (NEVER, 0):
            self.ttl = 0
        elif 0 < seconds <= LONGEST_LIFE_S:
            self.ttl = seconds
        else:
            raise Invalid("ttlDurationSeconds: -1, -2, or up to 100 years.", field="ttl")


@dataclass(slots=True)
class Membership:
    """A version's place in a collection; aliases are the place's, not the version's."""

    id: str
    collection_id: str
    artifact_id: str
    project_id: str
    version_index: int
    created_at: datetime
    aliases: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Policy:
    """What the people of a project decided about its artifacts."""

    protected: frozenset[str] = frozenset()
    default_ttl: int | None = None
    types: frozenset[str] = frozenset()
    """Which types may be linked there; empty allows every one."""

    def admit(self, type_name: str) -> None:
        """Raises Conflict for a type that the project does not take."""
        if self.types and type_name not in self.types:
            known = ", ".join(sorted(self.types))
            raise Conflict(f"only artifacts of these types can be linked there: {known}.")


def guarded(
    places: Iterable[Membership], homes: Mapping[str, str], policies: Mapping[str, Policy]
) -> list[tuple[str, str]]:
    """What keeps versions where they are: each protected alias, after the project it counts in.

    `homes` says which project a collection is in: a link counts where it is, not where it leads.
    """
    return sorted(
        {
            (homes[place.collection_id], alias)
            for place in places
            if place.collection_id in homes
            for alias in policies[homes[place.collection_id]].protected.intersection(place.aliases)
        }
    )


def version_of(text: str) -> int | None:
    """The number in `v3`; None for any other text."""
    found = _VERSION.match(text)
    return int(found[1]) if found else None


def split_name(name: str) -> tuple[str, str]:
    """`coll:alias` as collection and alias, which is `latest` where none is given."""
    collection, _, alias = name.partition(":")
    return collection, alias or LATEST


def checked_collection_name(name: str, what: str = "name") -> str:
    """A collection's or a type's name, or Invalid saying what would be right."""
    if not name or len(name) > LONGEST_NAME or _NAME_FORBIDDEN.search(name) or name in (".", ".."):
        raise Invalid(
            f"{what}: has 1 to {LONGEST_NAME} characters, none of / : \\ or control characters.",
            field=what,
        )
    return name


def checked_aliases(aliases: Sequence[str]) -> list[str]:
    """Each once, in order; `vN` is refused because every version has one of its own."""
    if len(aliases) > MOST_ALIASES:
        raise Invalid(f"aliases: at most {MOST_ALIASES}.", field="aliases")
    for alias in aliases:
        checked_collection_name(alias, "aliases")
        if version_of(alias) is not None:
            raise Invalid(
                f"aliases: {alias} looks like a version, which is given.", field="aliases"
            )
    return list(dict.fromkeys(aliases))


def checked_tags(tags: Sequence[str]) -> list[str]:
    """Each once, in order."""
    for tag in tags:
        if len(tag) > LONGEST_TAG or not _TAG.match(tag):
            raise Invalid(
                "tags: letters, digits, hyphens, underscores and single words' blanks.",
                field="tags",
            )
    return list(dict.fromkeys(tags))


def checked_metadata(text: str | None) -> str | None:
    """The text as it came, if it is a JSON object within the limits."""
    if text is None:
        return None
    if len(text) > MOST_METADATA:
        raise Invalid(f"metadata: at most {MOST_METADATA} characters.", field="metadata")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid("metadata: is not JSON.", field="metadata") from error
    if found is None:
        return None
    if not isinstance(found, dict) or len(found) > MOST_METADATA_KEYS:
        raise Invalid(
            f"metadata: an object of at most {MOST_METADATA_KEYS} keys.", field="metadata"
        )
    return text


def checked_digest(digest: str) -> str:
    """Hexadecimal MD5, the only algorithm that this server has said it knows."""
    if not _DIGEST.match(digest):
        raise Invalid("digest: must be a hexadecimal MD5.", field="digest")
    return digest


def same_type(collection: Collection, type_name: str) -> Collection:
    """The collection, or Conflict where it holds another type."""
    if collection.type != type_name:
        raise Conflict(
            f"artifact {collection.name} is of type {collection.type} and cannot hold {type_name}."
        )
    return collection
