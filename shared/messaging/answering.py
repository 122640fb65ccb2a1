"""How a service answers: many questions at once, errors by name, long answers in parts.

FastStream runs the handlers of one subject one after another unless told otherwise, and its own
way of running several costs three times a quick handler (`docs/decisions/0004`). This middleware
gives each question its own task instead, so one slow read never holds up the next.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import structlog
from fast_depends import Depends
from faststream import BaseMiddleware
from faststream.nats import NatsBroker, NatsRouter
from faststream.nats.message import NatsMessage
from pydantic import BaseModel

from shared.contracts._kinds import Answer, Ask, Call
from shared.contracts.identity import ANONYMOUS, Caller
from shared.errors import CordeeError, Unavailable
from shared.kit import logs
from shared.kit.ids import new_id
from shared.messaging import failures, headers
from shared.messaging.providing import Provided

_TheMessage = Annotated[NatsMessage, Provided("message")]
Handler = TypeVar("Handler", bound=Callable[..., Awaitable[Any]])

_PART = 4 * 1024 * 1024
_KEEP_PARTS_S = 30.0

log = logs.get(__name__)


def serve(router: NatsRouter, call: Call[Ask, Answer]) -> Callable[[Handler], Handler]:
    """Make a function the one that answers a question, shared among this service's processes."""

    def register(handler: Handler) -> Handler:
        router.subscriber(call.subject, queue=call.owner, no_reply=True)(handler)
        return handler

    return register


async def _caller(message: _TheMessage) -> Caller:
    """Not a plain function: FastDepends runs those in threads."""
    text = message.headers.get(headers.CALLER)
    return Caller.model_validate_json(text) if text else ANONYMOUS


TheCaller = Annotated[Caller, Depends(_caller)]
"""Who asks: what a handler names to be told."""


class Answers:
    """The answers under way in this process, and the parts of long ones until they are fetched."""

    def __init__(self, service: str, broker: NatsBroker) -> None:
        self._service = service
        self._broker = broker
        self._tasks: set[asyncio.Task[None]] = set()
        self._parts: dict[str, list[bytes]] = {}
        self._address = f"{service}.parts.{new_id()}"

    async def start(self) -> None:
        """Listen for those who fetch parts."""
        await self._connection.subscribe(self._address, cb=self._hand_out)

    async def drain(self, patience: float) -> None:
        """Finish what is under way, for at most `patience` seconds."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=patience)

    def begin(self, reply_to: str, work: Awaitable[Any]) -> None:
        """Answer in a task of its own."""
        task = asyncio.create_task(self._answer(reply_to, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, reply_to: str, work: Awaitable[Any]) -> None:
        found: dict[str, str] = {}
        try:
            result = await work
            body = result.model_dump_json().encode() if isinstance(result, BaseModel) else b"{}"
            body = self._in_parts(headers.pack(body, found), found)
        except Exception as error:  # the edge of the service: every failure goes home by name
            known = failures.as_ours(error)
            if known is None:
                log.exception("fault in a handler", reply_to=reply_to)
                known = Unavailable("Something broke inside Cordée; it has been logged.")
            found, body = failures.to_headers(known), known.message.encode()
        await self._connection.publish(reply_to, body, headers=found or None)

    def _in_parts(self, body: bytes, found: dict[str, str]) -> bytes:
        if len(body) <= _PART:
            return body
        ticket = new_id()
        pieces = [body[at : at + _PART] for at in range(0, len(body), _PART)]
        self._parts[ticket] = pieces
        asyncio.get_running_loop().call_later(_KEEP_PARTS_S, self._parts.pop, ticket, None)
        found[headers.PARTS] = str(len(pieces))
        found[headers.PARTS_FROM] = self._address
        return ticket.encode()

    async def _hand_out(self, message: Any) -> None:
        ticket, _, index = message.data.decode().partition(" ")
        pieces = self._parts.get(ticket)
        if pieces is None:
            error = Unavailable("That answer is no longer kept; ask again.")
            await message.respond(b"", headers=failures.to_headers(error))
        else:
            await message.respond(pieces[int(index)])

    @property
    def _connection(self) -> Any:
        return self._broker.config.broker_config.connection_state.connection


def answering(answers: Answers) -> type[BaseMiddleware]:
    """The middleware that hands each question to `answers`."""

    class Answering(BaseMiddleware):
        async def consume_scope(self, call_next: Any, msg: Any) -> Any:
            reply_to = getattr(msg.raw_message, "reply", "")
            if not reply_to or reply_to.startswith("$JS."):
                return await call_next(msg)
            _bind_request(msg.headers)
            work = call_next(msg) if _in_time(msg.headers) else _too_late()
            answers.begin(reply_to, work)
            return None

    return Answering


def _bind_request(found: dict[str, str]) -> None:
    structlog.contextvars.bind_contextvars(request_id=found.get(headers.REQUEST, ""))


def _in_time(found: dict[str, str]) -> bool:
    deadline = found.get(headers.DEADLINE)
    return deadline is None or time.time() * 1000 <= int(deadline)


async def _too_late() -> None:
    raise _late()


def _late() -> CordeeError:
    return Unavailable("The question arrived after its deadline.")
