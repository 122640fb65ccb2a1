"""From failures to GraphQL answers: the one table, and the status that goes with it.

A failed mutation has a real HTTP status and an `errors` array, because the SDK shows its user
the message of the one and decides by the other whether to try again (wire-protocol §2.9, §12).
"""

from __future__ import annotations

from typing import Any

from graphql import GraphQLError

from gateway.http.errors import of_question, retry_headers, status_of
from shared.errors import CordeeError, Unavailable
from shared.kit import logs

log = logs.get(__name__)


def cause_of(error: GraphQLError) -> Exception | None:
    """What raised it inside Cordée; None where the question itself is wrong.

    A variable of a wrong form is a GraphQLError about a GraphQLError.
    """
    cause: Exception | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def failure_of(errors: list[GraphQLError]) -> CordeeError | None:
    """The gravest of ours among them; a fault that we have no word for counts as Unavailable."""
    known = []
    for error in errors:
        cause = cause_of(error)
        ours = cause if isinstance(cause, CordeeError) else of_question(cause)
        if ours is not None:
            known.append(ours)
        elif cause is not None:
            log.error("fault in a resolver", path=error.path, exc_info=cause)
            known.append(Unavailable("Something broke inside Cordée; it has been logged."))
    return max(known, key=status_of, default=None)


def answer(
    data: Any, errors: list[GraphQLError], *, malformed: bool = False
) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Status, body and headers."""
    failure = failure_of(errors)
    status = status_of(failure) if failure is not None else 400 if malformed else 200
    headers = retry_headers(failure) if failure is not None else {}
    return status, {"data": data, "errors": [_shown(error) for error in errors]}, headers


def refused(failure: CordeeError) -> tuple[int, dict[str, Any], dict[str, str]]:
    """The same for a failure outside of any resolver."""
    body = {"data": None, "errors": [{"message": failure.message, **_extensions(failure)}]}
    return status_of(failure), body, retry_headers(failure)


def _shown(error: GraphQLError) -> dict[str, Any]:
    cause = cause_of(error)
    if cause is None:
        return {"message": error.message, "locations": [list(at) for at in error.locations or []]}
    ours = cause if isinstance(cause, CordeeError) else of_question(cause)
    known = ours or Unavailable("Something broke in Cordée.")
    return {"message": known.message, "path": error.path, **_extensions(known)}


def _extensions(failure: CordeeError) -> dict[str, Any]:
    found = {"code": failure.code, **({"field": failure.field} if failure.field else {})}
    return {"extensions": found}
