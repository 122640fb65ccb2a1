"""Manifests: what files a version has; read from the client's JSON, checked, and written anew.

Whoever downloads an artifact trusts its manifest: a path decides where a file is written, and a
`local_path` what a later upload would read. So what we keep and serve is never the client's text
but what we understood of it (wire-protocol §7.5).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.errors import Invalid, TooLarge

MOST_BYTES = 512 * 1024**2
MOST_ENTRIES = 2_000_000
LONGEST_PATH = 4_096
LONGEST_REF = 16_384
MOST_EXTRA = 64 * 1024
_HEADER = b"wandb-artifact-manifest-v1\n"
_POLICY = "wandb-storage-policy-v1"
_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_EXECUTABLE = {"javascript", "data", "vbscript", "blob", "about"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or a reference. `digest` is the client's text: base64 MD5 of a file's bytes."""

    path: str
    digest: str
    size: int = 0
    birth_artifact_id: str | None = None
    ref: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def md5(self) -> str:
        """Of a file, in hexadecimal."""
        return hex_md5(self.digest)


def read(data: bytes) -> dict[str, Entry]:
    """The entries by path; Invalid names the first one that is not right."""
    if len(data) > MOST_BYTES:
        raise TooLarge(f"manifest: at most {MOST_BYTES} bytes.", field="manifest")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Invalid("manifest: is not JSON.", field="manifest") from error
    contents = found.get("contents") if isinstance(found, dict) else None
    if not isinstance(contents, dict) or found.get("version") != 1:
        raise Invalid("manifest: must be of version 1 and have contents.", field="manifest")
    if len(contents) > MOST_ENTRIES:
        raise TooLarge(f"manifest: at most {MOST_ENTRIES} entries.", field="manifest")
    entries = {path: _entry(path, given) for path, given in contents.items()}
    check_paths(entries)
    return entries


def _entry(path: str, given: Any) -> Entry:
    checked_path(path)
    if not isinstance(given, dict):
        raise _bad(path, "is not an object")
    digest, size, ref = given.get("digest"), given.get("size", 0), given.get("ref")
    birth, extra = given.get("birthArtifactID"), given.get("extra") or {}
    if (
        not isinstance(digest, str)
        or not digest
        or len(digest) > LONGEST_REF
        or _CONTROL.search(digest)
    ):
        raise _bad(path, "has no proper digest")
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size < 2**62:
        raise _bad(path, "has no proper size")
    if birth is not None and (not isinstance(birth, str) or len(birth) > 256):
        raise _bad(path, "has no proper birthArtifactID")
    if not isinstance(extra, dict) or (extra and len(json.dumps(extra)) > MOST_EXTRA):
        raise _bad(path, "has no proper extra")
    for text in (digest, birth, ref):
        if isinstance(text, str) and not _is_unicode(text):
            raise _bad(path, "holds half of a surrogate pair")
    if ref is None:
        hex_md5(digest)
    else:
        checked_reference(path, ref)
    return Entry(path, digest, size, birth or None, ref, extra)


def checked_path(path: str) -> str:
    """A path below the folder that an artifact is downloaded to, on every system."""
    parts = path.replace("\\", "/").split("/")
    whole = path.encode("utf-8", "surrogatepass")
    if not path or len(whole) > LONGEST_PATH or _CONTROL.search(path):
        raise _bad(path[:80], f"needs a path of 1 to {LONGEST_PATH} bytes without control signs")
    if any(part in ("", ".", "..") for part in parts) or (len(path) > 1 and path[1] == ":"):
        raise _bad(path[:80], "leads out of the artifact or is not in its plain form")
    if not _is_unicode(path):
        raise _bad(repr(path[:80]), "is no Unicode")
    return path


def check_paths(entries: Mapping[str, Entry]) -> None:
    """No file may stand where another needs a folder."""
    for path in entries:
        at = path.find("/")
        while at != -1:
            if path[:at] in entries:
                raise _bad(path, f"lies below {path[:at]!r}, which is a file")
            at = path.find("/", at + 1)


def checked_reference(path: str, ref: Any) -> str:
    """A URI with a scheme that nothing executes."""
    if not isinstance(ref, str) or len(ref) > LONGEST_REF or _CONTROL.search(ref):
        raise _bad(path, "has no proper reference")
    scheme = _SCHEME.match(ref)
    if scheme is None or scheme[1].lower() in _EXECUTABLE:
        raise _bad(path, "refers to something that is no address")
    return ref


def hex_md5(digest: str) -> str:
    """Base64 MD5 as hexadecimal; Invalid for anything else."""
    try:
        found = base64.b64decode(digest, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid("md5: must be base64.", field="md5") from error
    if len(found) != 16:
        raise Invalid("md5: must be the 16 bytes of an MD5, in base64.", field="md5")
    return found.hex()


def base64_md5(hexadecimal: str) -> str:
    """The reverse."""
    return base64.b64encode(bytes.fromhex(hexadecimal)).decode()


def digest(entries: Mapping[str, Entry]) -> str:
    """The version's own digest (wire-protocol §7.6)."""
    found = hashlib.md5(_HEADER, usedforsecurity=False)
    for path in sorted(entries):
        found.update(f"{path}:{entries[path].digest}\n".encode())
    return found.hexdigest()


def write(entries: Iterable[Entry]) -> bytes:
    """The manifest as it is served: in the client's form, from nothing but what was checked."""
    contents: dict[str, Any] = {}
    for entry in entries:
        shown: dict[str, Any] = {"digest": entry.digest, "size": entry.size}
        if entry.birth_artifact_id:
            shown["birthArtifactID"] = entry.birth_artifact_id
        if entry.ref is not None:
            shown["ref"] = entry.ref
        if entry.extra:
            shown["extra"] = dict(entry.extra)
        contents[entry.path] = shown
    return json.dumps(
        {
            "version": 1,
            "storagePolicy": _POLICY,
            "storagePolicyConfig": {"storageLayout": "V2"},
            "contents": contents,
        },
        separators=(",", ":"),
    ).encode()


def _is_unicode(text: str) -> bool:
    """JSON can name half of a surrogate pair; nothing else can hold it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _bad(path: str, what: str) -> Invalid:
    return Invalid(f"manifest: {path!r} {what}.", field="manifest")
