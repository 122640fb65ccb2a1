"""The one table from our failures to HTTP's status codes, and the bodies that carry them."""

from __future__ import annotations

import math
from typing import Any

import orjson
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from shared import errors
from shared.contracts.catalogue import calls
from shared.errors import CordeeError
from shared.kit import logs
from shared.kit.ids import new_id
from shared.messaging.failures import from_validation

log = logs.get(__name__)

STATUS: dict[type[CordeeError], int] = {
    errors.Invalid: 422,
    errors.TooLarge: 413,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Gone: 410,
    errors.Conflict: 409,
    errors.RateLimited: 429,
    errors.Unavailable: 503,
}
TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    410: "Gone",
    413: "Too large",
    422: "Invalid input",
    429: "Too many requests",
    503: "Not available at the moment",
}


_QUESTIONS = frozenset(call.ask.__name__ for _, call in calls())


def of_question(error: Exception | None) -> CordeeError | None:
    """What is wrong with a question that could not even be put; None for a fault of ours."""
    if isinstance(error, ValidationError) and error.title in _QUESTIONS:
        return from_validation(error)
    return None


HALF_A_SIGN = "body: a text holds half of a surrogate pair, which is no Unicode."


def status_of(error: CordeeError) -> int:
    """503 for anything without a word of its own: it is our fault, and may pass.

    A filter is a query in a language, and one that is not of the language is a bad request.
    """
    if isinstance(error, errors.Invalid) and error.field == "filters":
        return 400
    return STATUS.get(type(error), 503)


def retry_headers(error: CordeeError) -> dict[str, str]:
    """`Retry-After` in whole seconds, as the SDK reads it; with what is left of a rate: nothing."""
    if error.retry_after is None:
        return {}
    seconds = str(max(1, math.ceil(error.retry_after)))
    found = {"Retry-After": seconds}
    if isinstance(error, errors.RateLimited):
        found |= {"RateLimit-Remaining": "0", "RateLimit-Reset": seconds}
    return found


def ingest_answer(error: CordeeError) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
    """Status, body and headers for the SDK's file_stream.

    What is malformed is 400 there: the SDK takes it as final, which it is.
    """
    status = status_of(error)
    if isinstance(error, errors.Invalid):
        status = 400
    body: dict[str, Any] = {"error": error.message}
    if error.field:
        body["field"] = error.field
    extra = [(k.lower().encode(), v.encode()) for k, v in retry_headers(error).items()]
    return status, orjson.dumps(body), extra


def problem(
    status: int,
    detail: str,
    *,
    kind: str,
    request_id: str,
    field: str | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """`application/problem+json` (RFC 9457)."""
    body: dict[str, Any] = {
        "type": f"https://cordee.dev/problems/{kind}",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "request_id": request_id,
    }
    if field is not None:
        body["field"] = field
    return Response(
        orjson.dumps(body), status, headers=headers, media_type="application/problem+json"
    )


async def on_cordee_error(request: Request, error: Exception) -> Response:
    """One of ours."""
    known = error if isinstance(error, CordeeError) else errors.Unavailable("internal fault")
    return problem(
        status_of(known),
        known.message,
        kind=known.code,
        request_id=request_id_of(request),
        field=known.field,
        headers=retry_headers(known) | _challenge(request, known),
    )


async def on_validation_error(request: Request, error: Exception) -> Response:
    """FastAPI's own checks of path, query and body."""
    detail, field = "The request is malformed.", None
    if isinstance(error, RequestValidationError) and error.errors():
        first = error.errors()[0]
        # The first part says where it stood; of a text that is not JSON the second is a position.
        inner = first["loc"][1:] if first["type"] != "json_invalid" else ()
        field = ".".join(str(part) for part in inner) or "body"
        detail = f"{field}: {first['msg']}"
    return problem(422, detail, kind="invalid", request_id=request_id_of(request), field=field)


async def on_question(request: Request, error: Exception) -> Response:
    """A value that passed the edge, and that the question which it belongs to does not allow."""
    known = of_question(error)
    if known is None:
        return await on_fault(request, error)
    return await on_cordee_error(request, known)


async def on_half_a_sign(request: Request, error: Exception) -> Response:
    """JSON can name half of a surrogate pair, and the one text that cannot be passed on is that."""
    return problem(
        422, HALF_A_SIGN, kind="invalid", request_id=request_id_of(request), field="body"
    )


async def on_http_error(request: Request, error: Exception) -> Response:
    """The framework's own: 404, 405, and 400 for a body that it could not read."""
    status = error.status_code if isinstance(error, HTTPException) else 503
    detail = str(error.detail) if isinstance(error, HTTPException) else "internal fault"
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else None
    field = None
    if status == 400:
        field, detail = "body", "body: cannot be read as what its Content-Type says."
    return problem(
        status,
        detail,
        kind="http",
        request_id=request_id_of(request),
        field=field,
        headers=headers,
    )


async def on_fault(request: Request, error: Exception) -> Response:
    """Anything unforeseen is our fault and is said to be temporary."""
    # The route, not the path: that may hold somebody's invitation or a signed link.
    route = getattr(request.scope.get("route"), "path", "unknown")
    log.error("fault in a route", method=request.method, route=route, exc_info=error)
    return problem(
        503,
        "Something broke inside Cordée; it has been logged.",
        kind="unavailable",
        request_id=request_id_of(request),
        headers={"Retry-After": "5"},
    )


def _challenge(request: Request, error: CordeeError) -> dict[str, str]:
    """How to sign in. A browser would answer `Basic` with a dialog of its own over our page."""
    if not isinstance(error, errors.Unauthenticated):
        return {}
    browser = "sec-fetch-mode" in request.headers
    return {"WWW-Authenticate": "Bearer" if browser else 'Basic realm="cordee", Bearer'}


def request_id_of(request: Request) -> str:
    """The id that travels with everything this request causes."""
    found = getattr(request.state, "request_id", None)
    if found is None:
        found = request.state.request_id = new_id()
    return str(found)
