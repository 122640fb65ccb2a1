"""What a blob store fails at, in our words.

A fault of the store itself is Unavailable, here as everywhere: a full disk, a bucket that does not
answer. Nobody outside of the blob store's files knows its libraries' own exceptions.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError
from obstore.exceptions import BaseError
from obstore.exceptions import NotFoundError as BlobNotFound

from shared.errors import Invalid, NotFound, Unavailable
from shared.kit import logs

log = logs.get(__name__)

_NO_UPLOAD = "NoSuchUpload"
_ABSENT = {"NoSuchKey", "404"}  # the second where the answer has no body
_REFUSED = {"InvalidPart", "InvalidPartOrder", "EntityTooSmall"}


@contextmanager
def words() -> Iterator[None]:
    """The libraries' exceptions as ours: NotFound, Invalid for parts, Unavailable for any other."""
    try:
        yield
    except (BlobNotFound, FileNotFoundError) as error:
        raise NotFound("The bytes are not there.") from error
    except ClientError as error:
        raise _of_code(str(error.response.get("Error", {}).get("Code")), error) from error
    except (BaseError, BotoCoreError, OSError) as error:
        raise _fault(error) from error


def _of_code(code: str, error: ClientError) -> Exception:
    if code == _NO_UPLOAD:
        return NotFound("uploadID: no such upload.", field="uploadID")
    if code in _ABSENT:
        return NotFound("The bytes are not there.")
    if code in _REFUSED:
        return Invalid(f"completedParts: the bucket says {code}.", field="completedParts")
    return _fault(error)


def _fault(error: Exception) -> Unavailable:
    log.warning("blob store", error=str(error))
    return Unavailable("The blob store did not answer.")
