"""A summary moved on by a history line, for clients that send no summary of their own."""

from __future__ import annotations

from shared.dialect import decode_row, encode_row
from shared.errors import Invalid


def merged_summary(summary: str, line: str) -> str:
    """The summary with the line's values over it; a line that cannot be read changes nothing."""
    try:
        return encode_row({**decode_row(summary or "{}"), **decode_row(line)})
    except Invalid:
        return summary
