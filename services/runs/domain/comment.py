"""What somebody said of a report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.errors import Invalid

MOST_LETTERS = 10_000


@dataclass(frozen=True, slots=True)
class Comment:
    """`username` is who said it, and `view_id` of what."""

    id: str
    view_id: str
    username: str
    text: str
    created_at: datetime


def checked_text(text: str) -> str:
    """Something, and not too much of it."""
    if not text.strip():
        raise Invalid("text: must say something.", field="text")
    if len(text) > MOST_LETTERS:
        raise Invalid(f"text: more than {MOST_LETTERS} characters.", field="text")
    return text
