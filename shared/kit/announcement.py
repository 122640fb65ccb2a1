"""News in the form in which it is published; not in the outbox, which needs a database."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Announcement:
    """`id` makes a repetition harmless."""

    id: str
    subject: str
    body: bytes
