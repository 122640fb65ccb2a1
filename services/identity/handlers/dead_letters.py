"""Dead letters of every service: what they are, and which were taken after all."""

from __future__ import annotations

import base64

from faststream.nats import NatsRouter

from services.identity.dependencies import TheDeadLetters
from services.identity.domain import authority
from services.identity.ports import DeadMessage
from shared.contracts._kinds import Nothing
from shared.contracts.dead_letters import (
    GET_DEAD_LETTER,
    LIST_DEAD_LETTERS,
    MARK_REPLAYED,
    DeadLetter,
    DeadLetterBody,
    DeadLetterPage,
    GetDeadLetter,
    ListDeadLetters,
    MarkReplayed,
)
from shared.kit import clock
from shared.messaging.answering import TheCaller, serve

router = NatsRouter()


@serve(router, LIST_DEAD_LETTERS)
async def list_dead_letters(
    ask: ListDeadLetters, caller: TheCaller, dead: TheDeadLetters
) -> DeadLetterPage:
    """The newest first."""
    authority.instance_admin(caller)
    found = await dead.page(ask.before, ask.limit + 1)
    page = found[: ask.limit]
    return DeadLetterPage(
        items=[_shown(one) for one in page],
        next=page[-1].sequence if len(found) > ask.limit else None,
    )


@serve(router, GET_DEAD_LETTER)
async def get_dead_letter(
    ask: GetDeadLetter, caller: TheCaller, dead: TheDeadLetters
) -> DeadLetterBody:
    """With its bytes."""
    authority.instance_admin(caller)
    found = await dead.get(ask.sequence)
    return DeadLetterBody(letter=_shown(found), body=base64.b64encode(found.body).decode())


@serve(router, MARK_REPLAYED)
async def mark_replayed(ask: MarkReplayed, caller: TheCaller, dead: TheDeadLetters) -> Nothing:
    """Said by the edge after the service took it."""
    authority.instance_admin(caller)
    await dead.mark(ask.sequence, caller.username, clock.now())
    return Nothing()


def _shown(one: DeadMessage) -> DeadLetter:
    _, service, subject = one.subject.split(".", 2)
    return DeadLetter(
        sequence=one.sequence,
        at=one.at,
        service=service,
        subject=subject,
        reason=one.reason,
        size=one.size,
        replayed_at=one.replayed_at,
        replayed_by=one.replayed_by,
    )
