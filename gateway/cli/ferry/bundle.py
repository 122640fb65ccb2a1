"""An open bundle: a folder of JSON, Parquet and plain files that any program can read.

    cordee-bundle.json            what this is, and the SHA-256 of every other file
    cordee-bundle.sig             of that one, by the key of whoever made it (Ed25519)
    projects/P/project.json
    projects/P/runs/R/run.json, history.parquet, events.parquet, console.jsonl
    projects/P/artifacts/V.json
    blobs/ab/abcdef…              files of runs and artifacts, named by their SHA-256

Names that people chose are data inside the JSON; P, R and V are digests of them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway.cli.ferry.cargo import Trouble

INDEX, SIGNATURE = "cordee-bundle.json", "cordee-bundle.sig"
FORMAT, VERSION = "cordee-bundle", 1
LINE = "_line"
"""The column of a history's Parquet that has each row to the letter."""


class Damaged(Exception):
    """The folder is no bundle, or is not what was made."""


def seal(folder: Path, facts: dict[str, Any], signing_key: Path | None) -> int:
    """Write down the digest of everything, and sign that; how many files there are."""
    files = [
        {"path": name, "size": (folder / name).stat().st_size, "sha256": digest(folder / name)}
        for name in _names(folder)
    ]
    index = {"format": FORMAT, "version": VERSION, **facts, "files": files}
    text = json.dumps(index, indent=1, ensure_ascii=False).encode()
    if signing_key is not None:
        write(folder / SIGNATURE, json.dumps(_signed(text, signing_key)).encode())
    else:
        (folder / SIGNATURE).unlink(missing_ok=True)
    write(folder / INDEX, text)
    return len(files)


def opened(folder: Path, trusted: Path | None) -> dict[str, Any]:
    """What the bundle says of itself, once every digest, and the signature if asked, fits."""
    try:
        text = (folder / INDEX).read_bytes()
        index: dict[str, Any] = json.loads(text)
        known = {one["path"]: one for one in index["files"]}
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise Damaged(
            f"{folder}: not a bundle, or one that was never finished ({fault})"
        ) from fault
    if index.get("format") != FORMAT or index.get("version") != VERSION:
        raise Damaged(f"{folder}: not a bundle that this Cordée reads")
    if trusted is not None:
        _check_signature(folder, text, trusted)
    found = set(_names(folder))
    if found != set(known):
        odd = sorted(found ^ set(known))
        raise Damaged(f"{folder}: {odd[0]} is {'more' if odd[0] in found else 'missing'}")
    for name, one in known.items():
        path = folder / name
        if path.is_symlink() or path.stat().st_size != one["size"] or digest(path) != one["sha256"]:
            raise Damaged(f"{folder}: {name} is not what was written")
    return index


def inside(folder: Path, name: str) -> Path:
    """A file that the bundle's own JSON names; nothing outside of it."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise Damaged(f"{folder}: names {name}, which is not in it")
    return path


def digest(path: Path) -> str:
    """SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write(path: Path, data: bytes) -> None:
    """All of it under its name, or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    part.replace(path)


def _names(folder: Path) -> Iterator[str]:
    for root, _, names in os.walk(folder):
        for name in names:
            path = (Path(root) / name).relative_to(folder).as_posix()
            if path not in (INDEX, SIGNATURE):
                yield path


def _signed(text: bytes, key_file: Path) -> dict[str, str]:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(key_file.read_bytes(), None)
    except (OSError, ValueError, TypeError) as fault:
        raise Trouble(f"{key_file}: no private key in PEM ({fault})") from fault
    if not isinstance(key, Ed25519PrivateKey):
        raise Trouble(f"{key_file}: must be an Ed25519 key (openssl genpkey -algorithm ed25519)")
    return {"algorithm": "ed25519", "signature": base64.b64encode(key.sign(text)).decode()}


def _check_signature(folder: Path, text: bytes, key_file: Path) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(key_file.read_bytes())
    except (OSError, ValueError) as fault:
        raise Damaged(f"{key_file}: no public key in PEM ({fault})") from fault
    if not isinstance(key, Ed25519PublicKey):
        raise Damaged(f"{key_file}: must be an Ed25519 key")
    try:
        said = json.loads((folder / SIGNATURE).read_bytes())
        key.verify(base64.b64decode(said["signature"], validate=True), text)
    except (OSError, ValueError, KeyError, TypeError, InvalidSignature) as fault:
        raise Damaged(f"{folder}: is not signed by the key in {key_file}") from fault
