"""Stopping runs early that do badly: Hyperband, judged whenever a run reaches a band.

Bands are numbers of times that the metric was logged. A run that is not among the best `1/eta` of
those that have reached the same band is stopped.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from shared.errors import Invalid

_FURTHEST = 10**9


@dataclass(frozen=True, slots=True)
class Bands:
    """Where runs are judged, lowest first, and how few go on."""

    at: tuple[int, ...]
    eta: float

    def reached(self, logged: int) -> int:
        """The highest band that a run with so many values has reached; 0 for none."""
        place = bisect_right(self.at, logged)
        return self.at[place - 1] if place else 0

    def threshold(self, others: Sequence[float]) -> float:
        """The loss that is just good enough, of the best losses at one band."""
        return sorted(others)[int((len(others) - 1) / self.eta)]


def best_at(losses: Sequence[float], band: int) -> float | None:
    """The smallest loss up to the band; None for a run that has not come so far."""
    seen = [loss for loss in losses[:band] if loss == loss]
    return min(seen) if len(losses) >= band and seen else None


def read_bands(given: object) -> Bands | None:
    """Of a sweep's `early_terminate`; raises Invalid."""
    if not given:
        return None
    if not isinstance(given, dict) or given.get("type") != "hyperband":
        raise _wrong("type must be hyperband")
    eta = given.get("eta", 3)
    if isinstance(eta, bool) or not isinstance(eta, int | float) or eta <= 1:
        raise _wrong("eta must be a number above 1")
    if given.get("max_iter") is not None:
        return Bands(_downwards(_whole(given, "max_iter"), _whole(given, "s", 2), eta), eta)
    return Bands(_upwards(_whole(given, "min_iter"), eta), eta)


def _downwards(furthest: int, count: int, eta: float) -> tuple[int, ...]:
    bands, band = set(), float(furthest)
    for _ in range(min(count, 100)):
        band /= eta
        if band < 1:
            break
        bands.add(int(band))
    return tuple(sorted(bands))


def _upwards(first: int, eta: float) -> tuple[int, ...]:
    bands: list[int] = []
    band = float(first)
    while band < _FURTHEST and len(bands) < 100:
        bands.append(int(band))
        band *= eta
    return tuple(dict.fromkeys(bands))


def _whole(given: dict[str, object], name: str, default: int | None = None) -> int:
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _wrong(f"{name} must be a whole number above zero")
    return value


def _wrong(what: str) -> Invalid:
    return Invalid(f"config: early_terminate.{what}.", field="config")
