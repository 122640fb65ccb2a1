"""How a table of history is laid out: a column per key, and one for lines kept as they came.

Columns are called c0, c1, …, because a key may be any text; the key and the `Kind` stand in the
field's metadata. A missing key is a null in its column, an explicit null makes the column JSON.
The column `raw` keeps, word for word, the lines that cannot or should not become columns.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import pyarrow as pa

RAW = "raw"


class Kind(StrEnum):
    """What all the values of a key are."""

    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    STR = "str"
    JSON = "json"  # none of these, or not all the same: kept as text


TYPES = {
    Kind.INT: pa.int64(),
    Kind.FLOAT: pa.float64(),
    Kind.BOOL: pa.bool_(),
    Kind.STR: pa.large_string(),
    Kind.JSON: pa.large_string(),
}


def field_for(index: int, key: str, kind: Kind, type_: pa.DataType) -> pa.Field:
    """The field of the column with this index; its type may be narrower than the kind's."""
    return pa.field(
        f"c{index}", type_, metadata={b"key": key.encode(), b"kind": kind.value.encode()}
    )


def key_of(field: pa.Field) -> str:
    """The key whose values the column holds."""
    key: bytes = field.metadata[b"key"]
    return key.decode()


def kind_of(field: pa.Field) -> Kind:
    """What the column's values are."""
    return Kind(field.metadata[b"kind"].decode())


def columns_for(schema: pa.Schema, keys: Iterable[str]) -> list[str]:
    """The names of the columns that can say anything about the keys: `a` does about `a.b`."""
    wanted = set(keys)
    return [RAW] + [
        field.name
        for field in schema
        if field.name != RAW and (key_of(field) in wanted or _holds_one_of(field, wanted))
    ]


def _holds_one_of(field: pa.Field, keys: set[str]) -> bool:
    prefix = key_of(field) + "."
    return kind_of(field) is Kind.JSON and any(key.startswith(prefix) for key in keys)
