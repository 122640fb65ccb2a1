"""What every answer carries, and the size that no JSON request may have."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from fastapi import Request
from starlette.types import Message, Receive, Send

from gateway.counting import count
from gateway.http.bodies import read_body
from gateway.http.errors import HALF_A_SIGN, on_cordee_error
from shared.errors import CordeeError, Invalid
from shared.kit.ids import new_id

Scope: TypeAlias = dict[str, Any]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

MOST_JSON = 1024 * 1024

_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    # Links from mails carry tokens in their address. `no-referrer` would hide it too, but makes
    # browsers say `Origin: null` for forms of our own pages.
    (b"referrer-policy", b"same-origin"),
)
_PRIVATE = (b"cache-control", b"no-store")
_PRIVATE_PATHS = ("/api/v1/", "/graphql", "/oidc/")
_BOUNDED_PATHS = ("/api/v1/", "/oidc/")
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})


class Stamped:
    """Counts requests, gives each an id, and each answer that id and what browsers are to obey."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Headers that the application sets itself stay as they are."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, began = new_id(), time.perf_counter()
        scope.setdefault("state", {})["request_id"] = request_id
        wanted = [*_ALWAYS, (b"x-request-id", request_id.encode())]
        if scope["path"].startswith(_PRIVATE_PATHS):
            wanted.append(_PRIVATE)

        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                count(scope["path"], message["status"], time.perf_counter() - began)
                given = [*message.get("headers", ())]
                names = {name.lower() for name, _ in given}
                given += [header for header in wanted if header[0] not in names]
                message["headers"] = given
            await send(message)

        await self._app(scope, receive, stamped)


class Bounded:
    """Reads the body of a JSON request before anything else does, and no more than the limit."""

    def __init__(self, app: App, limit: int = MOST_JSON) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """413 beyond the limit, also of what it inflates to."""
        if not _is_bounded(scope):
            await self._app(scope, receive, send)
            return
        try:
            body = await read_body(dict(scope["headers"]), receive, self._limit)
            if _has_half_a_sign(body):
                raise Invalid(HALF_A_SIGN, field="body")
        except CordeeError as error:
            refusal = await on_cordee_error(Request(scope), error)
            await refusal(scope, receive, send)
        else:
            await self._app(scope, _again(body, receive), send)


def _is_bounded(scope: Scope) -> bool:
    return (
        scope["type"] == "http"
        and scope["method"] not in _WITHOUT_BODY
        and scope["path"].startswith(_BOUNDED_PATHS)
    )


def _has_half_a_sign(body: bytes) -> bool:
    """JSON can name half of a surrogate pair, which no text of ours can hold."""
    if b"\\ud" not in body and b"\\uD" not in body:
        return False
    try:
        json.dumps(json.loads(body), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    except (ValueError, RecursionError):  # no JSON at all, and is told so by whoever reads it
        pass
    return False


def _again(body: bytes, receive: Receive) -> Receive:
    """The body that was read, then whatever the client sends after it."""
    told: list[Any] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return told.pop() if told else await receive()

    return replay
