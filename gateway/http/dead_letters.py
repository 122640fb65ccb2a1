"""`/api/v1/dead-letters`: messages that no handler could take. Instance administrators only."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from gateway.dependencies import AskAs
from gateway.http.forms import Moment, Page, Shown
from shared.contracts.dead_letters import (
    GET_DEAD_LETTER,
    LIST_DEAD_LETTERS,
    MARK_REPLAYED,
    REPLAY_IN_ALERTS,
    REPLAY_IN_RUNS,
    GetDeadLetter,
    LetterNumber,
    ListDeadLetters,
    MarkReplayed,
    ReplayEvent,
)
from shared.errors import Invalid

router = APIRouter(prefix="/dead-letters", tags=["operations"])

AGAIN = {"runs": REPLAY_IN_RUNS, "alerts": REPLAY_IN_ALERTS}


class Letter(Shown):
    """`subject` is where it came from, `ingest` for logged lines; `reason` is the failure."""

    sequence: int
    at: Moment
    service: str
    subject: str
    reason: str
    size: int
    replayed_at: Moment | None
    replayed_by: str | None


@router.get("")
async def list_dead_letters(
    ask: AskAs,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: LetterNumber | None = None,
) -> Page[Letter]:
    """The newest first."""
    page = await ask(LIST_DEAD_LETTERS, ListDeadLetters(limit=limit, before=cursor), 20.0)
    items = [Letter.model_validate(one) for one in page.items]
    return Page(items=items, next=None if page.next is None else str(page.next))


@router.post("/{sequence}:replay")
async def replay_dead_letter(sequence: LetterNumber, ask: AskAs) -> Letter:
    """Have it taken again, once the cause is gone; what fails now is told.

    Handlers take everything at least once already, so a letter may be replayed twice.
    """
    found = await ask(GET_DEAD_LETTER, GetDeadLetter(sequence=sequence))
    again = AGAIN.get(found.letter.service)
    if again is None:
        raise Invalid(f"sequence: {found.letter.service} replays nothing.", field="sequence")
    await ask(again, ReplayEvent(subject=found.letter.subject, body=found.body), 30.0)
    await ask(MARK_REPLAYED, MarkReplayed(sequence=sequence))
    return Letter.model_validate(
        (await ask(GET_DEAD_LETTER, GetDeadLetter(sequence=sequence))).letter
    )
