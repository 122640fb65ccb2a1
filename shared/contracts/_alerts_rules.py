"""Rules: what to watch for in the runs of a project, and whom to tell."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from shared.contracts._alerts_whens import *  # noqa: F403
from shared.contracts._alerts_whens import Severity, When
from shared.contracts._kinds import Call, Message, Nothing

Text = Annotated[str, Field(max_length=16_384)]


class RuleView(Message):
    """A rule. `notify` are the names of channels of the project's team, `channels` their ids.

    Without a `project` it is a rule of all the team's projects. `title` and `text` are what is
    said instead of our own words, `payload` what a webhook is sent: all with `${variables}`.
    """

    id: str
    entity: str
    project: str | None
    project_id: str | None
    name: str
    description: str
    when: When
    notify: list[str]
    channels: list[str]
    title: str | None = None
    text: str | None = None
    payload: str | None = None
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

    Without a `project` it watches all of the team's. `notify` are names or ids of channels.
    `once_per_run` defaults to yes for everything but `alert`, and is no for every `artifact`.
    """

    entity: str
    project: str | None
    name: str = Field(min_length=1, max_length=255)
    description: Text = ""
    when: When
    notify: list[str] = Field(default_factory=list, max_length=20)
    title: Text | None = None
    text: Text | None = None
    payload: Text | None = None
    severity: Severity = "warn"
    cooldown_s: float = Field(default=0.0, ge=0, le=30 * 86_400)
    once_per_run: bool | None = None
    filters: str | None = None
    enabled: bool = True


class ListRules(Message):
    """Those of a project, its team's among them, that the caller may read.

    Without a `project`, all of the entity's; `name` asks for those of one name.
    """

    entity: str
    project: str | None
    name: str | None = None


class Rules(Message):
    """The oldest first."""

    items: list[RuleView]


class GetRule(Message):
    """By id; hidden and absent are the same."""

    id: str


class UpdateRule(Message):
    """None leaves a thing as it is; what the rule remembers of runs is forgotten with it.

    An empty `title`, `text`, `payload` or `filters` takes it away.
    """

    id: str
    name: str | None = Field(default=None, min_length=1, max_length=255)
    description: Text | None = None
    when: When | None = None
    notify: list[str] | None = Field(default=None, max_length=20)
    title: Text | None = None
    text: Text | None = None
    payload: Text | None = None
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
    """On which of the project's last runs a rule would have fired.

    `since` leaves out runs that were created before; `cursor` goes on where a preview ended.
    """

    entity: str
    project: str
    when: When
    filters: str | None = None
    runs: int = Field(default=20, ge=1, le=100)
    since: datetime | None = None
    cursor: str | None = None


class PreviewFiring(Message):
    """The first time that it would have fired in a run; a state has neither value nor step."""

    run: str
    display_name: str
    created_at: datetime
    metric: str | None = None
    value: float | None = None
    step: int | None = None
    reason: str


class Preview(Message):
    """`looked_at` runs were gone through; `next` goes into the following question."""

    looked_at: int
    items: list[PreviewFiring]
    next: str | None = None


CREATE_RULE = Call("alerts.rule.create", CreateRule, RuleView)
LIST_RULES = Call("alerts.rule.list", ListRules, Rules)
GET_RULE = Call("alerts.rule.get", GetRule, RuleView)
UPDATE_RULE = Call("alerts.rule.update", UpdateRule, RuleView)
DELETE_RULE = Call("alerts.rule.delete", DeleteRule, Nothing)
PREVIEW_RULE = Call("alerts.rule.preview", PreviewRule, Preview)
