"""A segment of history as the bytes of one immutable Parquet file."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from services.runs.segments.schema import columns_for
from shared.dialect import STEP

_ENCODINGS = {
    pa.float64(): "BYTE_STREAM_SPLIT",
    pa.float32(): "BYTE_STREAM_SPLIT",
    pa.int64(): "DELTA_BINARY_PACKED",
}


def write_segment(table: pa.Table) -> bytes:
    """The file. It does not say which lines it holds: the index document does."""
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        row_group_size=max(1, table.num_rows),
        compression="zstd",
        compression_level=1,
        column_encoding={
            field.name: _ENCODINGS[field.type] for field in table.schema if field.type in _ENCODINGS
        },
        use_dictionary=[field.name for field in table.schema if field.type == pa.large_string()],
        write_statistics=False,  # the index document has better ones
    )
    data: bytes = sink.getvalue().to_pybytes()
    return data


def read_segment(data: bytes, keys: Sequence[str] | None = None) -> pa.Table:
    """The table, or only what it takes to answer for `keys`.

    The raw lines and the step always come along, since no row can be judged without them.
    """
    file = pq.ParquetFile(pa.BufferReader(data))
    names = None if keys is None else columns_for(file.schema_arrow, [STEP, *keys])
    return file.read(columns=names, use_threads=False)
