"""Dead letters: messages that no handler could take, kept with the reason, and taken again.

identity keeps them, for it owns the stream; the service that buried one is asked to try again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from shared.contracts._kinds import LARGEST, Call, Message, Nothing

LetterNumber = Annotated[int, Field(ge=1, le=LARGEST)]
"""A letter's number in DEAD."""


class DeadLetter(Message):
    """`subject` is where it came from, or `ingest` for a chunk; `sequence` is its own in DEAD."""

    sequence: int
    at: datetime
    service: str
    subject: str
    reason: str
    size: int
    replayed_at: datetime | None = None
    replayed_by: str | None = None


class ListDeadLetters(Message):
    """For instance administrators; `before` is a sequence."""

    limit: int = Field(default=50, ge=1, le=200)
    before: LetterNumber | None = None


class DeadLetterPage(Message):
    """The newest first."""

    items: list[DeadLetter]
    next: int | None = None


class GetDeadLetter(Message):
    """For instance administrators. Raises NotFound for one that is older than the stream keeps."""

    sequence: LetterNumber


class DeadLetterBody(Message):
    """A letter with its bytes in base64."""

    letter: DeadLetter
    body: str


class MarkReplayed(Message):
    """It was taken this time; it stays in the list, with the name of who replayed it."""

    sequence: int


class ReplayEvent(Message):
    """Handle this event once more. For instance administrators; the handler's failure rides home.

    `body` is base64 of its bytes. Raises NotFound where the service does not hear the subject.
    """

    subject: str
    body: str


LIST_DEAD_LETTERS = Call("identity.dead_letter.list", ListDeadLetters, DeadLetterPage)
GET_DEAD_LETTER = Call("identity.dead_letter.get", GetDeadLetter, DeadLetterBody)
MARK_REPLAYED = Call("identity.dead_letter.mark_replayed", MarkReplayed, Nothing)
REPLAY_IN_RUNS = Call("runs.dead_letter.replay", ReplayEvent, Nothing)
REPLAY_IN_ALERTS = Call("alerts.dead_letter.replay", ReplayEvent, Nothing)
