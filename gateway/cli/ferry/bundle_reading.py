"""A bundle as a source: what was written comes back as it was."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.cli.ferry import bundle
from gateway.cli.ferry.bundle import Damaged
from gateway.cli.ferry.cargo import File, Project, Run, Version

_PIECE = 1024 * 1024


class BundleSource:
    """A bundle whose digests have all been checked."""

    def __init__(self, folder: Path, trusted: Path | None = None) -> None:
        self._folder = folder
        self.index = bundle.opened(folder, trusted)

    def projects(self) -> Iterator[Project]:
        """By name."""
        found = [
            (_read(path), path.parent) for path in self._folder.glob("projects/*/project.json")
        ]
        for facts, place in sorted(found, key=lambda one: str(one[0]["name"])):
            yield self._project(facts, place)

    def _project(self, facts: Mapping[str, Any], place: Path) -> Project:
        return Project(
            name=facts["name"],
            description=facts["description"],
            count=sum(1 for _ in place.glob("runs/*/run.json")),
            runs=lambda: self._runs(place),
            versions=lambda: self._versions(place),
        )

    def _runs(self, place: Path) -> Iterator[Run]:
        """Oldest first."""
        born = [(_read(path)["created_at"], path) for path in place.glob("runs/*/run.json")]
        yield from (self._run(path) for _, path in sorted(born))

    def _versions(self, place: Path) -> Iterator[Version]:
        """Of each collection in their order."""
        found = [self._version(path) for path in place.glob("artifacts/*.json")]
        yield from sorted(found, key=lambda one: (one.collection, one.index))

    def _run(self, path: Path) -> Run:
        facts = _read(path)
        lines, files = facts.pop("lines"), facts.pop("files")
        born, ended = (datetime.fromisoformat(facts.pop(one)) for one in ("created_at", "ended_at"))
        home = path.parent
        return Run(
            **facts,
            created_at=born,
            ended_at=ended,
            lines=lines["history"],
            history=lambda: _lines(home / "history.parquet"),
            events=lambda: _lines(home / "events.parquet"),
            console=lambda: _console(home / "console.jsonl"),
            files=lambda: map(self._file, files),
        )

    def _version(self, path: Path) -> Version:
        facts = _read(path)
        return Version(
            kind=facts["type"],
            collection=facts["collection"],
            index=facts["index"],
            digest=facts["digest"],
            algorithm=facts["digest_algorithm"],
            contents=facts["contents"],
            description=facts["description"],
            metadata=facts["metadata"],
            aliases=facts["aliases"],
            tags=facts["tags"],
            logged_by=facts["logged_by"],
            used_by=facts["used_by"],
            files={one["name"]: self._file(one) for one in facts["files"]},
        )

    def _file(self, facts: Mapping[str, Any]) -> File:
        path = bundle.inside(self._folder, facts["blob"])
        return File(facts["name"], facts["size"], facts["md5"], lambda: _bytes(path))


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError) as fault:
        raise Damaged(f"{path}: cannot be read ({fault})") from fault
    return found


def _lines(path: Path) -> Iterable[str]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(columns=[bundle.LINE]):
            yield from (str(line) for line in batch.column(0).to_pylist())


def _console(path: Path) -> Iterable[str]:
    with path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file)


@contextmanager
def _bytes(path: Path) -> Iterator[Iterator[bytes]]:
    with path.open("rb") as file:
        yield iter(lambda: file.read(_PIECE), b"")
