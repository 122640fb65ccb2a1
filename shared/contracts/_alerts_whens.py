"""What a rule may wait for: one model a kind, told apart by `kind`."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from shared.contracts._kinds import LARGEST, Message

_ALSO = {"warning": "warn", "critical": "error"}


def _spelled(value: object) -> object:
    """As the SDK's `AlertLevel` and other tools write it: `WARN`, `warning`, `critical`."""
    return _ALSO.get(value.lower(), value.lower()) if isinstance(value, str) else value


Severity = Annotated[Literal["info", "warn", "error"], BeforeValidator(_spelled)]
Direction = Literal["any", "increase", "decrease"]
Aggregation = Literal["avg", "min", "max", "last"]
Metric = Annotated[str, Field(min_length=1, max_length=1024)]
"""A name or a glob (`val/*`); names that begin with `system.` are system metrics."""
Better = Literal["lower", "higher"]
Window = Annotated[int, Field(ge=1, le=500)]


class _When(Message):
    """A word that is not listed is a mistake, and is said to be one."""

    model_config = ConfigDict(extra="forbid")


class ThresholdWhen(_When):
    """The last `window` values, taken together by `agg`, compare with a value."""

    kind: Literal["threshold"]
    metric: Metric
    op: Literal["<", "<=", ">", ">=", "lt", "lte", "gt", "gte", "$lt", "$lte", "$gt", "$gte"]
    value: float = Field(allow_inf_nan=False)
    window: Window = 1
    agg: Aggregation = "last"


class ChangeWhen(_When):
    """The current window differs from the one before it; `relative` 0.1 is ten per cent."""

    kind: Literal["change"]
    metric: Metric
    amount: float = Field(ge=0, allow_inf_nan=False)
    relative: bool = False
    direction: Direction = "any"
    window: Window = 1
    prior_window: Window = 1
    agg: Aggregation = "avg"


class NanWhen(_When):
    """A value is NaN or infinite."""

    kind: Literal["nan"]
    metric: Metric = "*"


class PlateauWhen(_When):
    """The best value is `steps` old; `tolerance` is what counts as an improvement."""

    kind: Literal["plateau"]
    metric: Metric
    steps: int = Field(ge=1, le=LARGEST)
    better: Better = "lower"
    tolerance: float = Field(default=0.0, ge=0, allow_inf_nan=False)


class SilenceWhen(_When):
    """A run that still runs has logged no point for so long."""

    kind: Literal["silence"]
    seconds: float = Field(ge=1, le=30 * 86_400)
    metric: Metric = "_step"


class GpuIdleWhen(_When):
    """A system metric stays under a level (in its own unit) for so long."""

    kind: Literal["gpu_idle"]
    seconds: float = Field(ge=0, le=30 * 86_400)
    below: float = Field(default=5.0, allow_inf_nan=False)
    metric: Annotated[str, Field(pattern=r"^system\.")] = "system.gpu.*.gpu"


class StateWhen(_When):
    """The run enters one of these states."""

    kind: Literal["state"]
    states: list[
        Literal["started", "finished", "failed", "crashed", "killed", "preempting", "preempted"]
    ] = Field(min_length=1)


class AlertWhen(_When):
    """The script itself calls `run.alert()`; without levels, at every level."""

    kind: Literal["alert"]
    levels: list[Severity] = Field(default_factory=list)


class ZscoreWhen(_When):
    """A finished run's value is so many robust deviations off the last `last` finished runs."""

    kind: Literal["zscore"]
    metric: Metric
    threshold: float = Field(default=3.0, gt=0, allow_inf_nan=False)
    last: int = Field(default=10, ge=3, le=200)
    direction: Direction = "any"
    filters: str | None = None


class RegressionWhen(_When):
    """A run's value is worse than its baseline's.

    The baseline is one pinned `run`, the last finished run with a `tag`, the `best`, or the `last`
    finished `runs` that match `filters`. `tolerance` is what may be lost without anybody being
    told, relative unless said otherwise. Asked when a run has finished and, with `every_steps`,
    also while it runs, beside what the baseline had at the same step.
    """

    kind: Literal["regression"]
    metric: Metric
    better: Better
    baseline: Literal["runs", "best", "tag", "run"] = "runs"
    run: str | None = Field(default=None, min_length=1, max_length=256)
    tag: str | None = Field(default=None, min_length=1, max_length=256)
    last: int = Field(default=10, ge=3, le=200)
    tolerance: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    relative: bool = True
    filters: str | None = None
    every_steps: int | None = Field(default=None, ge=1, le=LARGEST)

    @model_validator(mode="after")
    def _names_its_baseline(self) -> Self:
        for kind in ("run", "tag"):
            if self.baseline == kind and getattr(self, kind) is None:
                raise ValueError(f"baseline {kind!r} needs `{kind}`, its name")
        if self.every_steps is not None and any(sign in self.metric for sign in "*?["):
            raise ValueError("`every_steps` needs one metric's name, not a pattern")
        return self


ArtifactEvent = Literal[
    "created",
    "alias_added",
    "tag_added",
    "tag_removed",
    "linked",
    "unlinked",
    "collection_tag_added",
    "collection_tag_removed",
]


class ArtifactWhen(_When):
    """Something happens to an artifact.

    `collection` and `type` are names or globs; `collection_id` is one collection, whatever it is
    called by then. `filters` is the SDK's filter text over `alias` and `tag`: those that the event
    is about, or that a new version has.
    """

    kind: Literal["artifact"]
    events: list[ArtifactEvent] = Field(min_length=1)
    collection: str = Field(default="*", min_length=1, max_length=256)
    collection_id: str | None = Field(default=None, max_length=64)
    type: str = Field(default="*", min_length=1, max_length=256)
    filters: str | None = None


When = Annotated[
    ThresholdWhen
    | ChangeWhen
    | NanWhen
    | PlateauWhen
    | SilenceWhen
    | GpuIdleWhen
    | StateWhen
    | AlertWhen
    | ZscoreWhen
    | RegressionWhen
    | ArtifactWhen,
    Field(discriminator="kind"),
]
