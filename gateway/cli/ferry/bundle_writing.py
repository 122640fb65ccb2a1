"""Writing a bundle, run by run. One that was broken off is gone on with in the same folder."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from gateway.cli.ferry import bundle
from gateway.cli.ferry.cargo import File, Project, Run, Trouble, Version
from gateway.http.tables import Table
from shared.dialect import decode_row
from shared.errors import Invalid

_ROWS = 20_000


class BundleWriter:
    """One bundle; every run and version is whole once its JSON is there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def project(self, project: Project) -> Path:
        """Where its runs and versions go."""
        place = self._folder / "projects" / _named(project.name)
        facts = {"name": project.name, "description": project.description}
        bundle.write(place / "project.json", _json(facts))
        return place

    def run(self, place: Path, run: Run) -> bool:
        """False if it was there already."""
        home = place / "runs" / _named(run.name)
        known = home / "run.json"
        if known.exists():
            if json.loads(known.read_bytes())["source"] != run.source:
                raise Trouble(f"{self._folder}: holds another run of that name")
            return False
        home.mkdir(parents=True, exist_ok=True)
        counts = {
            "history": _table(home / "history.parquet", run.history()),
            "events": _table(home / "events.parquet", run.events()),
            "console": _text_lines(home / "console.jsonl", run.console()),
        }
        if run.lines is not None and counts["history"] < run.lines:
            raise Trouble(f"{run.lines} history lines were promised, {counts['history']} came")
        files = [self._kept(file) for file in run.files()]
        facts = {**run.facts(), "summary": run.summary, "lines": counts, "files": files}
        bundle.write(known, _json(facts))
        return True

    def version(self, place: Path, version: Version) -> bool:
        """False if it was there already."""
        name = _named(f"{version.collection}:v{version.index}")
        known = place / "artifacts" / f"{name}.json"
        if known.exists():
            return False
        facts = {
            "type": version.kind,
            "collection": version.collection,
            "index": version.index,
            "digest": version.digest,
            "digest_algorithm": version.algorithm,
            "description": version.description,
            "metadata": version.metadata,
            "aliases": list(version.aliases),
            "tags": list(version.tags),
            "logged_by": version.logged_by,
            "used_by": list(version.used_by),
            "contents": version.contents,
            "files": [self._kept(file) for file in version.files.values()],
        }
        bundle.write(known, _json(facts))
        return True

    def _kept(self, file: File) -> dict[str, Any]:
        """The bytes under their digest; what is there twice is stored once."""
        sha, size = hashlib.sha256(), 0
        blobs = self._folder / "blobs"
        blobs.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._folder.parent, delete=False) as incoming:
            try:
                with file.open() as pieces:
                    for piece in pieces:
                        incoming.write(piece)
                        sha.update(piece)
                        size += len(piece)
                if file.size is not None and size != file.size:
                    raise Trouble(f"{file.name}: {file.size} bytes were promised, {size} came")
                incoming.flush()
                name = f"blobs/{sha.hexdigest()[:2]}/{sha.hexdigest()}"
                (self._folder / name).parent.mkdir(exist_ok=True)
                shutil.move(incoming.name, self._folder / name)
            finally:
                Path(incoming.name).unlink(missing_ok=True)
        return {"name": file.name, "size": size, "md5": file.md5, "blob": name}


def _named(name: str) -> str:
    """A name that people chose, as a part of a path."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _table(path: Path, lines: Iterable[str]) -> int:
    """A column per metric for whoever reads it, and the line itself to lose nothing."""
    count = 0
    with tempfile.TemporaryDirectory(prefix="cordee-bundle-") as folder:
        spool = Path(folder) / "lines"
        keys: dict[str, None] = {}
        with spool.open("w", encoding="utf-8", errors="surrogatepass") as kept:
            for line in lines:
                kept.write(line.replace("\n", " ") + "\n")
                keys.update(dict.fromkeys(_row(line)))
                count += 1
        keys.pop(bundle.LINE, None)
        table = Table(Path(folder), [*keys, bundle.LINE])
        with spool.open(encoding="utf-8", errors="surrogatepass", newline="\n") as kept:
            for some in _batches(line.removesuffix("\n") for line in kept):
                table.add([{**_row(line), bundle.LINE: line} for line in some])
        shutil.move(table.finish(), path)
    return count


def _row(line: str) -> dict[str, object]:
    try:
        return decode_row(line)
    except Invalid:
        return {}


def _text_lines(path: Path, lines: Iterable[str]) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(json.dumps(line) + "\n")
            count += 1
    return count


def _batches(lines: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(lines)
    while some := list(islice(rest, _ROWS)):
        yield some


def _json(found: Any) -> bytes:
    return json.dumps(found, indent=1).encode()
