"""The two requests that one artifact repeats for each of its files, on a way of their own.

The framework's way to a route costs several times what a small file does. The routes themselves
stay where they are, in `artifacts.py` and `files.py`; whatever is not exactly one of these two
requests reaches them as ever.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute

from gateway.http import artifacts, errors, files
from shared.errors import CordeeError

Scope: TypeAlias = dict[str, Any]
Answered: TypeAlias = Callable[[Request], Awaitable[Response]]

_UPLOADS, _BLOBS = "/files/artifacts/", "/files/blobs/"


def _route(router: APIRouter, path: str, method: str) -> APIRoute:
    return next(
        route
        for route in router.routes
        if isinstance(route, APIRoute) and route.path == path and method in (route.methods or ())
    )


_ROUTES = {
    "PUT": _route(artifacts.router, "/files/artifacts/{token}", "PUT"),
    "GET": _route(files.router, "/files/blobs/{token}/{name:path}", "GET"),
}


def found(scope: Scope) -> Answered | None:
    """What answers the request, if it is one of the two."""
    if scope["type"] != "http":
        return None
    path: str = scope["path"]
    if scope["method"] == "PUT" and path.startswith(_UPLOADS):
        token = path[len(_UPLOADS) :]
        return None if "/" in token or not token else _putting(token)
    if scope["method"] == "GET" and path.startswith(_BLOBS):
        token, slash, name = path[len(_BLOBS) :].partition("/")
        return _getting(token, name) if token and slash else None
    return None


def _putting(token: str) -> Answered:
    async def answered(request: Request) -> Response:
        state = request.app.state
        return await artifacts.put_artifact_file(token, request, state.signer, state.blobs)

    return answered


def _getting(token: str, name: str) -> Answered:
    async def answered(request: Request) -> Response:
        state = request.app.state
        return await files.get_file(token, name, request, state.signer, state.blobs)

    return answered


async def serve(
    answered: Answered, framework: FastAPI, scope: Scope, receive: Any, send: Any
) -> None:
    """Failures are told as the framework's own way tells them, by the route and not by the path."""
    scope |= {"app": framework, "route": _ROUTES[scope["method"]]}
    request = Request(scope, receive, send)
    try:
        response = await answered(request)
    except CordeeError as error:
        response = await errors.on_cordee_error(request, error)
    except Exception as error:  # the edge: a fault must never look final to the SDK
        response = await errors.on_fault(request, error)
    await response(scope, receive, send)
