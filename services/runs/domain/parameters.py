"""Parameters of a sweep: each a distribution that a number between 0 and 1 picks a value from.

The names and meanings of the distributions are those of the SDK's sweep configurations.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import NormalDist
from typing import Any

from shared.errors import Invalid

MOST_VALUES = 10_000
LARGEST = 1e150
"""Of a bound: sums and ratios of two such numbers are still numbers."""
_BOUNDED = {
    "uniform",
    "int_uniform",
    "q_uniform",
    "log_uniform",
    "log_uniform_values",
    "q_log_uniform",
    "q_log_uniform_values",
    "inv_log_uniform",
    "inv_log_uniform_values",
}
_BELLS = {"normal", "q_normal", "log_normal", "q_log_normal"}
_CHOICES = {"constant", "categorical", "categorical_w_probabilities"}
DISTRIBUTIONS = frozenset({*_BOUNDED, *_BELLS, *_CHOICES, "beta", "q_beta"})
_EDGE = 1e-9
"""How near to 0 and 1 a bell is asked, where it has no value any more."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """`path` is dotted where parameters are nested; `values` are the choices of a categorical."""

    path: str
    distribution: str
    values: tuple[Any, ...] = ()
    weights: tuple[float, ...] = ()
    low: float = 0.0
    high: float = 1.0
    mu: float = 0.0
    sigma: float = 1.0
    q: float = 1.0

    @property
    def is_choice(self) -> bool:
        """Whether its values have no order."""
        return self.distribution in _CHOICES

    @property
    def is_bounded(self) -> bool:
        """Whether `low` and `high` say anything."""
        return self.distribution in _BOUNDED

    def pick(self, unit: float) -> Any:
        """The value at this share of the distribution, 0 ≤ unit < 1."""
        if self.is_choice:
            return self.values[self._choice(unit)]
        kind = self.distribution.removeprefix("q_")
        number = self._number(kind, unit)
        if self.distribution == "int_uniform":
            return min(int(self.high), math.floor(number))
        if self.distribution.startswith("q_"):
            number = round(number / self.q) * self.q
            number = int(number) if float(self.q).is_integer() else number
            return self._within(number) if self.distribution in _BOUNDED else number
        return number

    def place(self, value: Any) -> float:
        """Where in the distribution a value is: what `pick` would have picked it from."""
        if self.is_choice:
            at = self.values.index(value) if value in self.values else 0
            weights = self.weights or (1.0,) * len(self.values)
            return (sum(weights[:at]) + weights[at] / 2) / sum(weights)
        if not isinstance(value, int | float) or not math.isfinite(value):
            return 0.5
        kind = self.distribution.removeprefix("q_")
        if kind in ("normal", "log_normal"):
            bare = math.log(max(value, 1e-300)) if kind == "log_normal" else float(value)
            return NormalDist(self.mu, self.sigma).cdf(bare)
        if kind == "beta":
            return min(1.0, max(0.0, float(value)))
        low, high = self._scaled(kind)
        if high <= low:
            return 0.5
        number = float(value) + 0.5 if kind == "int_uniform" else float(value)
        if "log" in kind:
            number = math.log(max(number, 1e-300))
        return min(1.0, max(0.0, (number - low) / (high - low)))

    def grid(self) -> list[Any] | None:
        """Every value, in order; None where there is no end of them."""
        if self.is_choice:
            return list(self.values)
        if self.distribution == "int_uniform":
            count = int(self.high) - int(self.low) + 1
            return None if count > MOST_VALUES else list(range(int(self.low), int(self.high) + 1))
        if self.distribution == "q_uniform":
            count = math.floor((self.high - self.low) / self.q + 1e-9) + 1
            if count > MOST_VALUES:
                return None
            return list(dict.fromkeys(self._within(self.low + n * self.q) for n in range(count)))
        return None

    def _choice(self, unit: float) -> int:
        if not self.weights:
            return min(len(self.values) - 1, int(unit * len(self.values)))
        sums = list(accumulate(self.weights))
        return min(len(self.values) - 1, bisect_left(sums, unit * sums[-1]))

    def _number(self, kind: str, unit: float) -> float:
        if kind in ("normal", "log_normal"):
            number = NormalDist(self.mu, self.sigma).inv_cdf(min(1 - _EDGE, max(_EDGE, unit)))
            return math.exp(number) if kind == "log_normal" else number
        if kind == "beta":
            from scipy.special import betaincinv

            return float(betaincinv(self.mu, self.sigma, unit))
        low, high = self._scaled(kind)
        number = low + unit * (high - low)
        return math.exp(number) if "log" in kind else number

    def _scaled(self, kind: str) -> tuple[float, float]:
        """The bounds on the scale on which the distribution is even."""
        if kind == "int_uniform":
            return self.low, self.high + 1
        if kind == "log_uniform_values":
            return math.log(self.low), math.log(self.high)
        if kind == "inv_log_uniform_values":
            return math.log(self.low), math.log(self.high)
        if kind == "inv_log_uniform":
            return -self.high, -self.low
        return self.low, self.high

    def _within(self, number: float) -> float:
        if "log" in self.distribution and "values" not in self.distribution:
            return number
        return min(self.high, max(self.low, number))


def read_parameters(given: object, prefix: str = "", depth: int = 0) -> list[Parameter]:
    """Of a sweep's `parameters`, nested ones under dotted paths; raises Invalid naming one."""
    if not isinstance(given, dict) or depth > 8:
        raise _wrong(prefix or "parameters", "must be an object of parameters")
    found: list[Parameter] = []
    for key, about in given.items():
        path = f"{prefix}.{key}" if prefix else str(key)
        if not isinstance(about, dict):
            raise _wrong(path, "must be an object such as {values: [1, 2]}")
        if isinstance(about.get("parameters"), dict):
            found += read_parameters(about["parameters"], path, depth + 1)
        else:
            found.append(_read(path, about))
    return found


def nested(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted paths as the objects in objects that they stand for."""
    found: dict[str, Any] = {}
    for path, value in chosen.items():
        *above, last = path.split(".")
        inner = found
        for part in above:
            inner = inner.setdefault(part, {})
        inner[last] = value
    return found


def _read(path: str, about: Mapping[str, Any]) -> Parameter:
    kind = about.get("distribution") or _guess(path, about)
    if kind not in DISTRIBUTIONS:
        raise _wrong(path, f"distribution must be one of {', '.join(sorted(DISTRIBUTIONS))}")
    if kind in _CHOICES:
        return _read_choice(path, kind, about)
    q = _numeral(path, about, "q", 1.0)
    if q < 1 / LARGEST:
        raise _wrong(path, f"q must be above zero, and at least {1 / LARGEST:g}")
    if kind in _BELLS:
        sigma = _numeral(path, about, "sigma", 1.0)
        if sigma <= 0:
            raise _wrong(path, "sigma must be above zero")
        return Parameter(path, kind, mu=_numeral(path, about, "mu", 0.0), sigma=sigma, q=q)
    if kind in ("beta", "q_beta"):
        a, b = _numeral(path, about, "a", 1.0), _numeral(path, about, "b", 1.0)
        if a <= 0 or b <= 0:
            raise _wrong(path, "a and b must be above zero")
        return Parameter(path, kind, mu=a, sigma=b, q=q)
    low, high = _numeral(path, about, "min"), _numeral(path, about, "max")
    if low > high or ("values" in kind and low <= 0):
        raise _wrong(path, "min must be at most max, and above zero on a scale of values")
    if "log" in kind and "values" not in kind and max(abs(low), abs(high)) > 700:
        raise _wrong(path, f"{kind} takes exponents; for bounds use {kind}_values")
    return Parameter(path, kind, low=low, high=high, q=q)


def _read_choice(path: str, kind: str, about: Mapping[str, Any]) -> Parameter:
    if "value" in about:
        return Parameter(path, "constant", (about["value"],))
    values = about.get("values")
    if not isinstance(values, list) or not 1 <= len(values) <= MOST_VALUES:
        raise _wrong(path, f"values must be a list of 1 to {MOST_VALUES}")
    weights = about.get("probabilities")
    if weights is None:
        return Parameter(path, "categorical", tuple(values))
    if not _fit(weights, values):
        raise _wrong(path, "probabilities must be as many positive numbers as there are values")
    return Parameter(path, kind, tuple(values), tuple(map(float, weights)))


def _fit(weights: object, values: Sequence[object]) -> bool:
    return (
        isinstance(weights, list)
        and len(weights) == len(values)
        and all(isinstance(one, int | float) and 0 <= one <= LARGEST for one in weights)
        and sum(weights) > 0
    )


def _guess(path: str, about: Mapping[str, Any]) -> str:
    if "value" in about:
        return "constant"
    if "values" in about:
        return "categorical"
    if "min" in about and "max" in about:
        whole = all(isinstance(about[name], int) for name in ("min", "max"))
        return "int_uniform" if whole else "uniform"
    if "mu" in about and "sigma" in about:
        return "normal"
    raise _wrong(path, "needs value, values, min and max, or a distribution")


def _numeral(path: str, about: Mapping[str, Any], name: str, default: float | None = None) -> float:
    value = about.get(name, default)
    if isinstance(value, str):  # YAML 1.1 reads 1e-5 as a text
        try:
            value = float(value)
        except ValueError:
            value = None
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_modest(value):
        raise _wrong(path, f"{name} must be a number, of at most {LARGEST:g}")
    return value


def _is_modest(value: float) -> bool:
    return -LARGEST <= value <= LARGEST


def _wrong(path: str, what: str) -> Invalid:
    return Invalid(f"config: parameter {path} {what}.", field="config")
