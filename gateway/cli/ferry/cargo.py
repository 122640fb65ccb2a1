"""What travels: runs and artifacts in words that every source and every destination knows.

Whatever may be long is a function that begins anew each time, so that nothing is read that an
earlier try has already brought over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

Lines = Callable[[], Iterable[str]]
Bytes = Callable[[], AbstractContextManager[Iterator[bytes]]]


def no_lines() -> Iterable[str]:
    """Of a stream that a source does not know."""
    return ()


class Trouble(Exception):
    """What one run, file or version cannot be brought over for; the others can."""


@dataclass(frozen=True, slots=True)
class File:
    """Bytes under a name. `md5` is base64, where the source knows it."""

    name: str
    size: int | None
    md5: str | None
    open: Bytes


@dataclass(frozen=True, slots=True)
class Run:
    """A run that has ended. `config` and `summary` are texts in the SDK's JSON dialect.

    `lines` is how many history lines the source says there are; fewer that come are a Trouble.
    """

    name: str
    source: str
    state: str
    created_at: datetime
    ended_at: datetime
    username: str | None = None
    exit_code: int | None = None
    display_name: str | None = None
    description: str | None = None
    notes: str | None = None
    tags: Sequence[str] = ()
    config: str = "{}"
    summary: str = "{}"
    group: str | None = None
    job_type: str | None = None
    commit: str | None = None
    repo: str | None = None
    host: str | None = None
    program: str | None = None
    lines: int | None = None
    history: Lines = no_lines
    events: Lines = no_lines
    console: Lines = no_lines
    files: Callable[[], Iterable[File]] = tuple

    def facts(self) -> dict[str, Any]:
        """Everything that is no stream and no file, in JSON's words."""
        found: dict[str, Any] = {
            name: getattr(self, name)
            for name in (
                *("name", "source", "state", "username", "exit_code", "display_name"),
                *("description", "notes", "config", "group", "job_type", "commit", "repo"),
                *("host", "program"),
            )
        }
        return {
            **found,
            "tags": list(self.tags),
            "created_at": self.created_at.isoformat(),
            "ended_at": self.ended_at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Version:
    """A committed version of an artifact; `contents` is its manifest's part of that name."""

    kind: str
    collection: str
    index: int
    digest: str
    algorithm: str
    contents: Mapping[str, Mapping[str, Any]]
    description: str | None = None
    metadata: str | None = None
    aliases: Sequence[str] = ()
    tags: Sequence[str] = ()
    logged_by: str | None = None
    used_by: Sequence[str] = ()
    files: Mapping[str, File] = field(default_factory=dict)
    """By path, those that are no references."""


@dataclass(frozen=True, slots=True)
class Project:
    """A project of a source, with its runs oldest first and its versions in their order."""

    name: str
    description: str | None = None
    count: int | None = None
    runs: Callable[[], Iterable[Run | Skipped]] = tuple
    versions: Callable[[], Iterable[Version]] = tuple


@dataclass(frozen=True, slots=True)
class Skipped:
    """A run that is left where it is, and why."""

    name: str
    reason: str


class Source(Protocol):
    """Where things come from."""

    def projects(self) -> Iterable[Project]:
        """Those that were asked for."""
