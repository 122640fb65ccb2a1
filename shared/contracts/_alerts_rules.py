"""Rules: what to watch for in the runs of a project, and whom to tell."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from shared.contracts._kinds import Call, Message, Nothing

Severity = Literal["info", "warn", "error"]
Direction = Literal["any", "increase", "decrease"]
Aggregation = Literal["avg", "min", "max", "last"]
Metric = Annotated[str, Field(min_length=1, max_length=1024)]
"""A name or a glob (`val/*`); names that begin with `system.` are system metrics."""
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
    steps: int = Field(ge=1)
    better: Literal["lower", "higher"] = "lower"
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
    """A finished run's value is worse than the last `last` finished runs that match `filters`.

    `tolerance` is what may be lost without anybody being told, relative unless said otherwise.
    """

    kind: Literal["regression"]
    metric: Metric
    better: Literal["lower", "higher"]
    last: int = Field(default=10, ge=3, le=200)
    tolerance: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    relative: bool = True
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
    | RegressionWhen,
    Field(discriminator="kind"),
]


class RuleView(Message):
    """A rule. `notify` are the names of channels of the project's team."""

    id: str
    entity: str
    project: str
    name: str
    when: When
    notify: list[str]
    severity: Severity
    cooldown_s: float
    once_per_run: bool
    filters: str | None = None
    enabled: bool
    snoozed_until: datetime | None = None
    created_by: str
    created_at: datetime
    updated_at: datetime


class CreateRule(Message):
    """Watched from now on. Members of the project may; `filters` is the SDK's filter text.

    `once_per_run` defaults to yes for everything but `alert`.
    """

    entity: str
    project: str
    name: str = Field(min_length=1, max_length=255)
    when: When
    notify: list[str] = Field(default_factory=list, max_length=20)
    severity: Severity = "warn"
    cooldown_s: float = Field(default=0.0, ge=0, le=30 * 86_400)
    once_per_run: bool | None = None
    filters: str | None = None
    enabled: bool = True


class ListRules(Message):
    """Those of a project that the caller may read."""

    entity: str
    project: str


class Rules(Message):
    """The oldest first."""

    items: list[RuleView]


class GetRule(Message):
    """By id; hidden and absent are the same."""

    id: str


class UpdateRule(Message):
    """None leaves a thing as it is; what the rule remembers of runs is forgotten with it."""

    id: str
    name: str | None = Field(default=None, min_length=1, max_length=255)
    when: When | None = None
    notify: list[str] | None = Field(default=None, max_length=20)
    severity: Severity | None = None
    cooldown_s: float | None = Field(default=None, ge=0, le=30 * 86_400)
    once_per_run: bool | None = None
    filters: str | None = None
    enabled: bool | None = None
    snoozed_until: datetime | None = None


class DeleteRule(Message):
    """What it has fired stays."""

    id: str


class PreviewRule(Message):
    """On which of the project's last runs a rule about one named metric would have fired."""

    entity: str
    project: str
    when: When
    filters: str | None = None
    runs: int = Field(default=20, ge=1, le=100)


class PreviewFiring(Message):
    """The first time that it would have fired in a run."""

    run: str
    display_name: str
    metric: str
    value: float
    step: int
    reason: str


class Preview(Message):
    """`looked_at` runs were gone through."""

    looked_at: int
    items: list[PreviewFiring]


CREATE_RULE = Call("alerts.rule.create", CreateRule, RuleView)
LIST_RULES = Call("alerts.rule.list", ListRules, Rules)
GET_RULE = Call("alerts.rule.get", GetRule, RuleView)
UPDATE_RULE = Call("alerts.rule.update", UpdateRule, RuleView)
DELETE_RULE = Call("alerts.rule.delete", DeleteRule, Nothing)
PREVIEW_RULE = Call("alerts.rule.preview", PreviewRule, Preview)
