"""Rows of history as a Parquet table, however many: they come in pages and wait on disk."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from fastapi.responses import Response, StreamingResponse

from gateway.dependencies import Asker
from shared.contracts.runs import READ_KEYS, READ_POINTS, ReadKeys, ReadPoints, RunPath
from shared.dialect import EXACT, STEP, canonical

PARQUET = "application/vnd.apache.parquet"
AT_ONCE = 2
"""Tables that one process writes at the same time; others wait."""
_SENT_AT_ONCE = 1024 * 1024
SLOW = 25.0

Page = Sequence[dict[str, Any]]

_turns = asyncio.Semaphore(AT_ONCE)


async def every_key(ask: Asker, path: RunPath) -> list[str]:
    """What the run has logged, the step first."""
    known = await ask(READ_KEYS, ReadKeys(path=path), patience=SLOW)
    return [STEP, *(key for key in json.loads(known.text)["keys"] if key != STEP)]


async def pages(
    ask: Asker, question: ReadPoints, gone: Callable[[], Awaitable[bool]] | None = None
) -> AsyncIterator[Page]:
    """As long as somebody waits. Samples fit into one answer; all rows may not."""
    line = 0 if question.samples is None else None
    while gone is None or not await gone():
        page = question.model_copy(update={"first_line": line})
        points = await ask(READ_POINTS, page, patience=SLOW)
        # Not by the dialect's rules for one line: the list stands a level above what may be
        # deepest.
        yield await asyncio.to_thread(json.loads, points.text)
        if points.next_line is None:
            return
        line = points.next_line


async def parquet(keys: Sequence[str], found: AsyncIterator[Page], *, name: str) -> Response:
    """The table as an answer."""
    table = await written(keys, found)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Length": str(os.fstat(table.fileno()).st_size),
    }
    return StreamingResponse(bytes_of(table), media_type=PARQUET, headers=headers)


async def written(keys: Sequence[str], found: AsyncIterator[Page]) -> IO[bytes]:
    """A column per key; values that share no type are their JSON texts."""
    with tempfile.TemporaryDirectory(prefix="cordee-table-") as folder:
        table = Table(Path(folder), keys)
        async with _turns:
            async for rows in found:
                await asyncio.to_thread(table.add, rows)
            whole = await asyncio.to_thread(table.finish)
        return whole.open("rb")  # what is open can be read, though its folder is gone


async def bytes_of(file: IO[bytes]) -> AsyncIterator[bytes]:
    """In pieces; the file is closed behind the last."""
    with file:
        while some := await asyncio.to_thread(file.read, _SENT_AT_ONCE):
            yield some


@dataclass(frozen=True, slots=True)
class _Column:
    """What a page has of a column: its Arrow type, None where the values share none."""

    type: Any
    as_texts: bool = False
    """The page keeps them as JSON."""
    exact: bool = True
    """No integer in it that a float could not be."""


class Table:
    """Each page is a file of its own until all are known, and with them the columns' types."""

    def __init__(self, folder: Path, keys: Sequence[str]) -> None:
        self._folder = folder
        self._keys = list(keys)
        self._pages: list[list[_Column]] = []

    def add(self, rows: Page) -> None:
        """One more page."""
        import pyarrow as pa  # 50 MB of memory and a fifth of the start, for what few ask
        import pyarrow.parquet as pq

        columns, arrays = [], []
        for key in self._keys:
            values = [row.get(key) for row in rows]
            column, array = _column(values)
            columns.append(column)
            arrays.append(array)
        table = pa.Table.from_arrays(arrays, names=_numbered(self._keys))
        pq.write_table(table, self._page(len(self._pages)), compression="zstd")
        self._pages.append(columns)

    def finish(self) -> Path:
        """The whole table."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        if not self._pages:
            self.add([])
        types = [_common(page[index] for page in self._pages) for index in range(len(self._keys))]
        stored = [pa.string() if kind is None else kind for kind in types]
        schema = pa.schema(list(zip(self._keys, stored, strict=True)))
        whole = self._folder / "whole.parquet"
        with pq.ParquetWriter(whole, schema, compression="zstd") as writer:
            for number, columns in enumerate(self._pages):
                page = pq.read_table(self._page(number))
                arrays = [
                    _conformed(page.column(index), column, types[index])
                    for index, column in enumerate(columns)
                ]
                writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
                self._page(number).unlink()
        return whole

    def _page(self, number: int) -> Path:
        return self._folder / f"{number}.parquet"


def _numbered(keys: Sequence[str]) -> list[str]:
    return [f"c{index}" for index in range(len(keys))]


def _column(values: list[Any]) -> tuple[_Column, Any]:
    """What is nested, or of several types, waits as text: other pages may have other types."""
    import pyarrow as pa

    try:
        array = pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return _Column(None, as_texts=True), _texts(values)
    if pa.types.is_nested(array.type):
        return _Column(array.type, as_texts=True), _texts(values)
    exact = array.type != pa.int64() or all(
        value is None or abs(value) <= EXACT for value in values
    )
    return _Column(array.type, exact=exact), array


def _common(columns: Any) -> Any:
    """The type that all of them have or can be made to have, or None."""
    import pyarrow as pa

    found = [column for column in columns if column.type is None or column.type != pa.null()]
    types = list(dict.fromkeys(column.type for column in found)) or [pa.null()]
    if len(types) == 1:
        return types[0]
    if any(kind is None for kind in types):
        return None
    if all(kind in (pa.int64(), pa.float64()) for kind in types):
        return pa.float64() if all(column.exact for column in found) else None
    if not all(column.as_texts for column in found):
        return None
    try:
        schemas = [pa.schema([("nested", kind)]) for kind in types]
        return pa.unify_schemas(schemas, promote_options="permissive").field("nested").type
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return None


def _conformed(values: Any, column: _Column, kind: Any) -> Any:
    import pyarrow as pa

    if kind is None:
        return values.cast(pa.string()) if column.as_texts else _texts(values.to_pylist())
    if column.as_texts:
        texts = values.to_pylist()
        return pa.array([text and json.loads(text) for text in texts], type=kind)
    return pa.nulls(len(values), kind) if column.type == pa.null() else values.cast(kind)


def _texts(values: list[Any]) -> Any:
    import pyarrow as pa

    texts = [None if value is None else json.dumps(canonical(value)) for value in values]
    return pa.array(texts, type=pa.string())
