"""History at rest: lines turned into Parquet columns, and columns read back as lines or points."""

from services.runs.segments.columns import table_from_lines
from services.runs.segments.decoding import decode_lines
from services.runs.segments.parquet import read_segment, write_segment
from services.runs.segments.reading import encode_points, minmax, sampled, select, series
from services.runs.segments.rendering import lines_from_table
from services.runs.segments.schema import Kind
from services.runs.segments.stats import ColumnStats, combine, stats_of

__all__ = [
    "ColumnStats",
    "Kind",
    "combine",
    "decode_lines",
    "encode_points",
    "lines_from_table",
    "minmax",
    "read_segment",
    "sampled",
    "select",
    "series",
    "stats_of",
    "table_from_lines",
    "write_segment",
]
