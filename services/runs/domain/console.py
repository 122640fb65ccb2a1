"""Console lines in the two forms that the SDK sends (wire-protocol §3.4)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

_LEGACY = re.compile(
    r"(?P<level>ERROR )?(?P<timestamp>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?) (?P<text>.*)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class ConsoleLine:
    """One line; `level` is "error" for what went to stderr."""

    text: str
    timestamp: str | None = None
    level: str | None = None
    label: str | None = None


def parse_console(line: str) -> ConsoleLine:
    """A line of either form; anything else is its own text."""
    if line.startswith("{"):
        structured = _structured(line)
        if structured is not None:
            return structured
    found = _LEGACY.fullmatch(line)
    if found is None:
        return ConsoleLine(line)
    return ConsoleLine(
        found["text"], timestamp=found["timestamp"], level="error" if found["level"] else None
    )


def _structured(line: str) -> ConsoleLine | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or "content" not in entry:
        return None
    return ConsoleLine(
        _text(entry["content"]) or "",
        timestamp=_text(entry.get("ts")),
        level=_text(entry.get("level")),
        label=_text(entry.get("label")),
    )


def _text(value: object) -> str | None:
    """Half of a surrogate pair, which JSON can spell, is no text that can be answered."""
    return None if value is None else str(value).encode("utf-8", "replace").decode()
