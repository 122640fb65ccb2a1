"""Which failures may pass, and what is said of a rule whose failures will not."""

from __future__ import annotations

import time

import nats.errors
from nats.js.errors import Error as JetStreamError
from pymongo.errors import BulkWriteError, OperationFailure, PyMongoError

from services.alerts.domain.rule import Rule
from shared.errors import RateLimited, Unavailable
from shared.kit import logs

log = logs.get(__name__)

_SAID_AGAIN_S = 60.0
_MOST_SAID = 10_000
_PASSING = (Unavailable, RateLimited, nats.errors.Error, JetStreamError, OSError)
_TOO_LARGE = {257, 10334, 17419, 17420}
"""The database's codes for a transaction or a document that is too large."""


def may_pass(error: Exception) -> bool:
    """Whether trying again may help."""
    if isinstance(error, PyMongoError):
        return not _codes(error) & _TOO_LARGE
    return isinstance(error, _PASSING)


class Skipped:
    """Rules that are left out, each said once a minute: they may fail at every point."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, int, str], float] = {}

    def take(self, rule: Rule, error: Exception) -> None:
        """Leave the rule out, or raise what may pass."""
        if may_pass(error):
            raise error
        if self._is_time(rule, "skipped"):
            log.error("a rule is skipped", rule=rule.id, name=rule.name, error=repr(error))

    def full(self, rule: Rule, run_id: str) -> None:
        """Not every metric of the run is watched by the rule."""
        if self._is_time(rule, run_id):
            log.warning("a rule remembers no more metrics", rule=rule.id, run_id=run_id)

    def _is_time(self, rule: Rule, what: str) -> bool:
        key, now = (rule.id, rule.revision, what), time.monotonic()
        if self._said.get(key, 0.0) > now:
            return False
        if len(self._said) >= _MOST_SAID:
            self._said.clear()
        self._said[key] = now + _SAID_AGAIN_S
        return True


def _codes(error: PyMongoError) -> set[int]:
    found = {error.code} if isinstance(error, OperationFailure) else set()
    if isinstance(error, BulkWriteError):
        found |= {one.get("code") for one in error.details.get("writeErrors", ())}
    return {code for code in found if code is not None}
