"""The few ways in which something can fail, and the word for each.

    CordeeError
    ├── Invalid          the question itself is wrong; names the field and what would be right
    ├── TooLarge         more bytes, lines or keys than a limit allows
    ├── Unauthenticated  nobody we know is asking
    ├── Forbidden        we know who asks, and the thing may be seen, but not that done to it
    ├── NotFound         absent, or hidden from who asks: both look the same
    ├── Gone             was here and was deleted for good
    ├── Conflict         the world is not in the state that the question assumes
    ├── RateLimited      too often; says when to try again
    └── Unavailable      our own fault, for now; says when to try again

Each edge holds the one table from these words to its own status codes.
"""

from __future__ import annotations


class CordeeError(Exception):
    """A failure with a word that survives the journey home."""

    code = "internal"

    def __init__(
        self, message: str, *, field: str | None = None, retry_after: float | None = None
    ) -> None:
        """`field` names the offending input; `retry_after` is in seconds."""
        super().__init__(message)
        self.message = message
        self.field = field
        self.retry_after = retry_after


class Invalid(CordeeError):
    """The question is malformed; asking again unchanged can never succeed."""

    code = "invalid"


class TooLarge(CordeeError):
    """A limit on size was passed; the message names the limit."""

    code = "too_large"


class Unauthenticated(CordeeError):
    """No credentials, or credentials that no account answers to."""

    code = "unauthenticated"


class Forbidden(CordeeError):
    """The caller may see the thing but not do this to it."""

    code = "forbidden"


class NotFound(CordeeError):
    """Absent or hidden; which of the two is never told."""

    code = "not_found"


class Gone(CordeeError):
    """It existed and was deleted; its name cannot be used again."""

    code = "gone"


class Conflict(CordeeError):
    """Taken, already done, or changed meanwhile."""

    code = "conflict"


class RateLimited(CordeeError):
    """Asked too often; `retry_after` says when it will be heard again."""

    code = "rate_limited"


class Unavailable(CordeeError):
    """A part of Cordée did not answer; nothing is known about the effect."""

    code = "unavailable"

    def __init__(
        self, message: str, *, field: str | None = None, retry_after: float | None = None
    ) -> None:
        """Unless told otherwise the caller is asked back in two seconds."""
        super().__init__(message, field=field, retry_after=retry_after or 2.0)


BY_CODE: dict[str, type[CordeeError]] = {
    kind.code: kind
    for kind in (
        Invalid,
        TooLarge,
        Unauthenticated,
        Forbidden,
        NotFound,
        Gone,
        Conflict,
        RateLimited,
        Unavailable,
    )
}
