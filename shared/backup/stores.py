"""Blobs, from and to any store, as files below `blobs/`; and the folder of secrets."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import obstore

from shared.backup.catalogue import Damaged, Piece, piece_of
from shared.kit.blobs import store_at


def dump_blobs(url: str, root: Path) -> dict[str, Piece]:
    """Every blob that is there now, by key. One that is dropped meanwhile is passed over."""
    store, found = store_at(url), {}
    (root / "blobs").mkdir(mode=0o700)
    for batch in obstore.list(store, chunk_size=500):
        for one in batch:
            key = one["path"]
            if ".." in Path(key).parts:
                raise Damaged(f"The blob store holds a key that leads out of it: {key!r}")
            target = root / "blobs" / key
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            digest, size = hashlib.sha256(), 0
            try:
                with target.open("wb") as file:
                    for chunk in obstore.get(store, key).stream(min_chunk_size=1024 * 1024):
                        size += file.write(chunk)
                        digest.update(chunk)
            except (FileNotFoundError, obstore.exceptions.NotFoundError):
                target.unlink(missing_ok=True)
                continue
            found[key] = Piece(f"blobs/{key}", size, digest.hexdigest())
    return found


def must_be_empty(url: str) -> None:
    """Keys are used again for other bytes, so nothing is put among those that live.

    Raises Damaged.
    """
    for batch in obstore.list(store_at(url), chunk_size=1):
        if batch:
            raise Damaged(
                f"The blob store already holds {batch[0]['path']}: name an empty one in "
                "CORDEE_BLOB_URL, or none for the new data dir's own."
            )


def load_blobs(url: str, blobs: dict[str, Piece], root: Path) -> int:
    """How many were put into the store."""
    store = store_at(url)
    for key, piece in blobs.items():
        with (root / piece.path).open("rb") as file:
            obstore.put(store, key, file)
    return len(blobs)


def dump_secrets(secrets: Path, root: Path) -> dict[str, Piece]:
    """Without them keys and stored secrets cannot be read; whoever has them can read all."""
    found = {}
    (root / "secrets").mkdir(mode=0o700)
    for path in sorted(secrets.iterdir()):
        if path.is_file() and not path.name.startswith("mongo_url_"):
            target = root / "secrets" / path.name
            target.touch(mode=0o600)
            shutil.copyfile(path, target)
            found[path.name] = piece_of(root, target)
    return found


def load_secrets(secrets: Path, kept: dict[str, Piece], root: Path) -> None:
    """Into a data dir where nothing was started yet."""
    for name, piece in kept.items():
        target = secrets / name
        target.touch(mode=0o600)
        shutil.copyfile(root / piece.path, target)
