"""Whether a backup is what was written, and whether everything that it refers to is in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from shared.backup import documents, messages
from shared.backup.catalogue import Catalogue, piece_of

RUNS = "runs"
_DELETED = "DELETED"
REFERENCES = (
    ("segments", "blob", None),
    ("files", "blob", "updated_at"),
    ("artifact_blobs", "key", None),
    ("artifacts", "manifest", None),
)
"""Collections of runs, the field that names a blob, and the one without which it has none yet."""


@dataclass(frozen=True, slots=True)
class Dangling:
    """A document that names a blob which is not in the backup."""

    collection: str
    document: Any
    field: str
    key: str

    def __str__(self) -> str:
        """As it is told to people."""
        return f"{RUNS}.{self.collection} {self.document}: the blob {self.key} is not in the backup"


def faults(folder: Path) -> Iterator[str]:
    """One line for each; none when every file is what was written. Raises Damaged."""
    catalogue = Catalogue.load(folder)
    broken = set()
    for piece in catalogue.pieces():
        path = folder / piece.path
        if not path.exists():
            broken.add(piece.path)
            yield f"{piece.path}: missing"
        elif piece_of(folder, path, piece.count) != piece:
            broken.add(piece.path)
            yield f"{piece.path}: its bytes are not those that were written"
    for database, kept in catalogue.documents.items():
        for name, piece in kept.items():
            if piece.path not in broken:
                yield from _counted(
                    f"{database}.{name}", piece.count, documents.read, folder, piece
                )
    for stream in catalogue.streams:
        if stream.piece.path not in broken:
            yield from _counted(
                stream.name, stream.piece.count, messages.read, folder, stream.piece
            )


def dangling(folder: Path) -> Iterator[Dangling]:
    """What was missing already when the backup was made, although it was needed.

    For a backup without faults. Raises Damaged.
    """
    catalogue = Catalogue.load(folder)
    known = frozenset(catalogue.let_go)
    return (one for one in _dangling(catalogue, folder) if one.key not in known)


def let_go(catalogue: Catalogue, folder: Path, url: str) -> list[str]:
    """Keys that documents of the backup name, and nobody needs any more.

    Documents are read before blobs; trash and garbage may be emptied in between.
    """
    with MongoClient[dict[str, Any]](url) as client:
        database = client.get_default_database()
        lost = list(_dangling(catalogue, folder))
        needed = {one.key for one in lost if _needed(one, database)}
        return sorted({one.key for one in lost} - needed)


def _counted(what: str, wanted: int, read: Any, folder: Path, piece: Any) -> Iterator[str]:
    found = sum(1 for _ in read(folder / piece.path))
    if found != wanted:
        yield f"{what}: {found} instead of {wanted}"


def _dangling(catalogue: Catalogue, folder: Path) -> Iterator[Dangling]:
    kept = catalogue.documents.get(RUNS, {})
    for name, field, proof in REFERENCES:
        if name not in kept:
            continue
        for document in documents.read(folder / kept[name].path):
            key = document.get(field)
            if key is None or (proof is not None and document.get(proof) is None):
                continue
            if document.get("state") == _DELETED:  # its bytes may be gone, and nobody asks for them
                continue
            if key not in catalogue.blobs:
                yield Dangling(name, document["_id"], field, key)


def _needed(one: Dangling, database: Any) -> bool:
    """Not what is deleted by now, nor what is of a run that is being thrown away."""
    document = database[one.collection].find_one({"_id": one.document, one.field: one.key})
    if document is None or document.get("state") == _DELETED:
        return False
    if one.collection == "segments":
        run_id = one.document.partition(":")[0]
    elif one.collection == "files":
        run_id = document["run_id"]
    else:
        return True
    return database[RUNS].find_one({"_id": run_id, "purging": True}, {"_id": 1}) is None
