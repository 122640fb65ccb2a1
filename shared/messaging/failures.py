"""An error rides home in the headers of the answer, and is raised again on arrival."""

from __future__ import annotations

from pydantic import ValidationError

from shared.errors import BY_CODE, CordeeError, Invalid, Unavailable
from shared.messaging import headers


def to_headers(error: CordeeError) -> dict[str, str]:
    """What of the error travels beside its message, which is the body."""
    found = {headers.ERROR: error.code}
    if error.field is not None:
        found[headers.FIELD] = headers.one_line(error.field)
    if error.retry_after is not None:
        found[headers.RETRY_AFTER] = str(error.retry_after)
    return found


def from_headers(found: dict[str, str], body: bytes) -> CordeeError:
    """The error as it was raised; a word that we do not know becomes Unavailable."""
    kind = BY_CODE.get(found[headers.ERROR], Unavailable)
    retry_after = found.get(headers.RETRY_AFTER)
    return kind(
        body.decode(),
        field=found.get(headers.FIELD),
        retry_after=float(retry_after) if retry_after else None,
    )


def as_ours(error: Exception) -> CordeeError | None:
    """The word for a failure that was raised in somebody else's; None if it is a fault of ours."""
    from pymongo.errors import PyMongoError  # a gateway never asks this, and goes without 20 MB

    if isinstance(error, CordeeError):
        return error
    if isinstance(error, ValidationError):
        return from_validation(error)
    if isinstance(error, PyMongoError):
        return Unavailable("The database did not answer.")
    return None


def from_validation(error: ValidationError) -> Invalid:
    """Pydantic's first complaint, with the field it is about."""
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    return Invalid(f"{field}: {first['msg']}", field=field)
