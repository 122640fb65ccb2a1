"""Columns of a block: gathered from documents, to bytes and back."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import zstandard
from bson import Binary
from bson.int64 import Int64

from services.runs.domain.block import SCALAR_FIELDS, Column
from services.runs.domain.filters import Field
from services.runs.repository.documents import PAIRS
from shared.kit.mongo import Document

IDS = "ids"
"""The column of the runs' own ids."""
READ = dict.fromkeys((*PAIRS.values(), *SCALAR_FIELDS), 1)
"""The projection of what goes into columns."""


class _Packed(msgspec.Struct, array_like=True, frozen=True):
    """A column as it is stored: without rows, there is one value for every row."""

    rows: list[int] | None
    values: list[Any]
    plain: bool


class Gathered:
    """Runs on their way into a block."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.cells = 0
        self._columns: dict[Field, tuple[list[int], list[Any]]] = {}

    def add(self, document: Document) -> None:
        """The next run; ids rise."""
        row = len(self.ids)
        self.ids.append(document["_id"])
        for name in SCALAR_FIELDS:
            if document.get(name) is not None:
                self._put(Field("run", name), row, document[name])
        for area, pairs in PAIRS.items():
            for pair in document.get(pairs, ()):
                self._put(Field(area, pair["k"]), row, pair["v"])

    def packed(self, block: str) -> list[Document]:
        """The documents of its columns."""
        columns: list[tuple[str, list[int] | None, list[Any]]] = [(IDS, None, self.ids)]
        everywhere = list(range(len(self.ids)))
        for field, (rows, values) in self._columns.items():
            columns.append((token_of(field), None if rows == everywhere else rows, values))
        return [
            {"_id": f"{block}/{token}", "z": Binary(_closed(rows, values))}
            for token, rows, values in columns
        ]

    def _put(self, field: Field, row: int, value: Any) -> None:
        rows, values = self._columns.setdefault(field, ([], []))
        rows.append(row)
        values.append(int(value) if isinstance(value, Int64) else value)
        self.cells += 1


def token_of(field: Field) -> str:
    """Names of keys are data, and may be long: they are no part of an id."""
    text = f"{field.area}/{field.path}".encode(errors="surrogatepass")
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def _closed(rows: list[int] | None, values: list[Any]) -> bytes:
    once = rows is None or len(set(rows)) == len(rows)
    plain = once and all(type(value) in (int, float) and value == value for value in values)
    packed = msgspec.msgpack.encode(_Packed(rows, values, plain))
    return zstandard.ZstdCompressor(level=1).compress(packed)


def opened(packed: bytes) -> Column:
    raw = zstandard.ZstdDecompressor().decompress(packed)
    found = msgspec.msgpack.decode(raw, type=_Packed)
    rows = range(len(found.values)) if found.rows is None else found.rows
    return Column(rows, found.values, found.plain)
