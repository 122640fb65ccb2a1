"""Every kind of condition there is, and the form in which each is told and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from services.alerts.domain.artifact import ArtifactChange
from services.alerts.domain.comparison import Regression, Zscore
from services.alerts.domain.condition import (
    Change,
    Condition,
    GpuIdle,
    Nan,
    Plateau,
    Scripted,
    Silence,
    StateChange,
    Threshold,
)
from shared.errors import Invalid

KINDS: Mapping[str, type[Condition]] = {
    kind.kind: kind
    for kind in (
        Threshold,
        Change,
        Nan,
        Plateau,
        Silence,
        GpuIdle,
        StateChange,
        Scripted,
        Zscore,
        Regression,
        ArtifactChange,
    )
}


def condition_of(said: Mapping[str, Any]) -> Condition:
    """A condition from the form in which it is told and kept."""
    kind = KINDS.get(str(said.get("kind")))
    if kind is None:
        raise Invalid(f"when.kind: one of {', '.join(KINDS)}.", field="when.kind")
    return kind(**{name: value for name, value in said.items() if name != "kind"})


def said(condition: Condition) -> dict[str, Any]:
    """The reverse."""
    return {"kind": condition.kind, **asdict(condition)}
