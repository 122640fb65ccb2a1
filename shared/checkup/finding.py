"""What one check found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """`bad` is what loses data or lets strangers in; `warn` is what will one day."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """`said` is what is so; `remedy` what to do about it, empty where there is nothing to do."""

    check: str
    verdict: Verdict
    said: str
    remedy: str = ""


def ok(check: str, said: str) -> Finding:
    """Nothing to do."""
    return Finding(check, Verdict.OK, said)


def warn(check: str, said: str, remedy: str) -> Finding:
    """It works, and somebody should look at it."""
    return Finding(check, Verdict.WARN, said, remedy)


def bad(check: str, said: str, remedy: str) -> Finding:
    """Data or secrets are in danger, or nothing works."""
    return Finding(check, Verdict.BAD, said, remedy)


def skipped(check: str, said: str) -> Finding:
    """Could not be looked at from here, and why."""
    return Finding(check, Verdict.SKIPPED, said)
