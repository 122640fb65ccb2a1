"""Documents of one database, read at one moment, in files of compressed BSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bson
import bson.errors
import zstandard
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient, WriteConcern
from pymongo.errors import OperationFailure, PyMongoError

from shared.backup.catalogue import Damaged, Piece, piece_of

BATCH = 1_000
_NOT_KEPT = frozenset({"leases", "writers", "locks"})
"""Who works on what at this moment: in a restored installation nobody does."""
_SNAPSHOT_GONE = 239


def dump(url: str, folder: Path, root: Path) -> dict[str, Piece]:
    """Every collection of the URL's database; Damaged when it took too long for a snapshot."""
    found: dict[str, Piece] = {}
    folder.mkdir(parents=True, mode=0o700)
    with (
        MongoClient[RawBSONDocument](url, document_class=RawBSONDocument) as client,
        client.start_session(snapshot=True) as session,
    ):
        database = client.get_default_database()
        names = [name for name in database.list_collection_names() if name not in _NOT_KEPT]
        for name in sorted(names):
            path, count = folder / f"{name}.bson.zst", 0
            try:
                with _writing(path) as file:
                    for document in database[name].find(session=session).batch_size(BATCH):
                        file.write(document.raw)
                        count += 1
            except OperationFailure as error:
                if error.code != _SNAPSHOT_GONE:
                    raise
                raise Damaged(
                    "The database forgot the moment that was being read: raise "
                    "minSnapshotHistoryWindowInSeconds and make the backup again."
                ) from error
            found[name] = piece_of(root, path, count)
    return found


def load(url: str, pieces: dict[str, Piece], root: Path) -> int:
    """Into an empty database; how many documents. Raises Damaged where it is not empty."""
    total = 0
    with MongoClient[dict[str, Any]](url, w="majority", journal=True) as client:
        database = client.get_default_database()
        if database.list_collection_names():
            raise Damaged(f"The database {database.name} is not empty: nothing was restored.")
        for name, piece in pieces.items():
            collection = database[name].with_options(
                write_concern=WriteConcern(w="majority", j=True)
            )
            batch: list[Any] = []
            for document in read(root / piece.path):
                batch.append(document)
                if len(batch) == BATCH:
                    collection.insert_many(batch, ordered=False)
                    total, batch = total + len(batch), []
            if batch:
                collection.insert_many(batch, ordered=False)
                total += len(batch)
    return total


def read(path: Path) -> Iterator[Any]:
    """The documents of one file, in the order in which they were written."""
    with zstandard.open(path, "rb") as file:
        yield from bson.decode_file_iter(file, _RAW)


def _writing(path: Path) -> Any:
    path.touch(mode=0o600)
    return zstandard.open(path, "wb", cctx=zstandard.ZstdCompressor(level=3))


_RAW = CodecOptions(document_class=RawBSONDocument)
PROBLEMS = (PyMongoError, OSError, zstandard.ZstdError, bson.errors.BSONError)
"""What reading and writing documents can end with besides Damaged."""
