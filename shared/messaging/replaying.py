"""Handling a dead letter again: by the very function that could not take it the first time."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from shared.contracts._kinds import Body, Event
from shared.errors import Invalid, NotFound
from shared.messaging.consuming import Listener

Handle = Callable[[bytes], Awaitable[None]]


class Replays:
    """What a service hears, by subject."""

    def __init__(self, listeners: Sequence[Listener[Any]]) -> None:
        self._known: dict[str, Handle] = {}
        for one in listeners:
            self.add(one.event, one.handle)

    def add(self, event: Event[Body], handle: Callable[[Body], Awaitable[None]]) -> None:
        """One more, for what is heard in another way than by a listener."""

        async def again(body: bytes) -> None:
            await handle(event.body.model_validate_json(body))

        self.add_plain(event.subject, again)

    def add_plain(self, subject: str, handle: Handle) -> None:
        """One more, whose body is no event's."""
        self._known[subject] = handle

    async def replay(self, subject: str, body: str) -> None:
        """Raises NotFound for what is not heard here, else whatever the handler raises."""
        known = self._known.get(subject)
        if known is None:
            raise NotFound(f"Nobody here hears {subject}.")
        try:
            data = base64.b64decode(body, validate=True)
        except binascii.Error as error:
            raise Invalid("body: must be base64.", field="body") from error
        await known(data)
