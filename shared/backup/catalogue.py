"""What a backup consists of, and the digests that prove it: `catalogue.json`."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

FORMAT = 2
"""2: streams other than INGEST, and `let_go`."""
NAME = "catalogue.json"
_BLOCK = 1024 * 1024


class Damaged(Exception):
    """The backup is not what was written, or not one at all; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One file of the backup; `count` of documents or messages, 1 for a blob."""

    path: str
    size: int
    sha256: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class KeptStream:
    """A stream's messages from `first_sequence` on, without a hole."""

    name: str
    first_sequence: int
    piece: Piece


@dataclass(slots=True)
class Catalogue:
    """`documents` by database and collection; `blobs` and `secrets` by their path.

    `let_go` are blobs that documents name and that were dropped, with whatever named them, while
    the backup was made: nobody needs them.
    """

    started_at: str
    finished_at: str = ""
    format: int = FORMAT
    documents: dict[str, dict[str, Piece]] = field(default_factory=dict)
    streams: list[KeptStream] = field(default_factory=list)
    blobs: dict[str, Piece] = field(default_factory=dict)
    secrets: dict[str, Piece] = field(default_factory=dict)
    let_go: list[str] = field(default_factory=list)

    def pieces(self) -> list[Piece]:
        """Every file but the catalogue."""
        found = [piece for kept in self.documents.values() for piece in kept.values()]
        found += [stream.piece for stream in self.streams]
        return [*found, *self.blobs.values(), *self.secrets.values()]

    def save(self, folder: Path) -> None:
        """Written last: a folder without it is no backup."""
        text = json.dumps(asdict(self), indent=1)
        path = folder / NAME
        path.with_suffix(".new").write_text(text, encoding="utf-8")
        path.with_suffix(".new").chmod(0o600)
        path.with_suffix(".new").rename(path)

    @classmethod
    def load(cls, folder: Path) -> Catalogue:
        """Raises Damaged."""
        try:
            told = json.loads((folder / NAME).read_text(encoding="utf-8"))
            if told["format"] > FORMAT:
                raise Damaged(f"{folder} was made by a newer Cordée: restore it with that one.")
            return cls(
                started_at=told["started_at"],
                finished_at=told["finished_at"],
                format=told["format"],
                documents={
                    database: {name: Piece(**piece) for name, piece in kept.items()}
                    for database, kept in told["documents"].items()
                },
                streams=[
                    KeptStream(one["name"], one["first_sequence"], Piece(**one["piece"]))
                    for one in told["streams"]
                ],
                blobs={path: Piece(**piece) for path, piece in told["blobs"].items()},
                secrets={path: Piece(**piece) for path, piece in told["secrets"].items()},
                let_go=told.get("let_go", []),
            )
        except FileNotFoundError as error:
            raise Damaged(
                f"{folder} holds no finished backup (no {NAME}): make it again."
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise Damaged(f"{folder / NAME} is damaged: {error!r}") from error


def piece_of(folder: Path, path: Path, count: int = 1) -> Piece:
    """A file as it lies there now."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return Piece(str(path.relative_to(folder)), path.stat().st_size, digest.hexdigest(), count)
