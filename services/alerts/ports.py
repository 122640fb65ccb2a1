"""What the alerts service needs from outside, in the domain's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from services.alerts.domain.alert import Alert, RunFacts
from services.alerts.domain.channel import Channel
from services.alerts.domain.delivery import Attempt, Delivery
from services.alerts.domain.rule import Rule, Watched
from services.alerts.domain.track import Point
from services.alerts.domain.window import Window


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """A project as somebody may see it."""

    id: str
    entity: str
    name: str
    may_edit: bool


@dataclass(slots=True)
class Findings:
    """What is to be written down together, or not at all.

    `due` belongs to the windows; `mark` is how far the stream of points has been heard.
    """

    windows: list[Window] = field(default_factory=list)
    due: dict[str, datetime | None] = field(default_factory=dict)
    alerts: list[Alert] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    news: list[Any] = field(default_factory=list)
    mark: int | None = None


class Rules(Protocol):
    """Every rule."""

    async def create(self, rule: Rule, news: Sequence[Any]) -> None:
        """The news commits with it; Conflict if the name is taken in the project."""

    async def get(self, rule_id: str) -> Rule:
        """Raises NotFound."""

    async def save(self, rule: Rule, news: Sequence[Any]) -> None:
        """As it is now."""

    async def delete(self, rule_id: str, news: Sequence[Any]) -> None:
        """Forget it."""

    async def of_project(self, project_id: str) -> Sequence[Rule]:
        """The oldest first."""

    async def of_projects(self, project_ids: Sequence[str]) -> Mapping[str, Sequence[Rule]]:
        """Enabled ones, by project."""

    async def everything_watched(self) -> Sequence[Watched]:
        """Of every project with an enabled rule."""


class Channels(Protocol):
    """Every channel, its secrets sealed."""

    async def create(self, channel: Channel) -> None:
        """Conflict if the name is taken in the team."""

    async def get(self, channel_id: str) -> Channel:
        """Raises NotFound."""

    async def save(self, channel: Channel) -> None:
        """As it is now, its health excepted."""

    async def revive(self, channel: Channel) -> None:
        """Forget its failures."""

    async def delete(self, channel_id: str) -> None:
        """From the rules that name it too; what waits for it is given up."""

    async def of_team(self, team: str) -> Sequence[Channel]:
        """The oldest first."""

    async def load(self, ids: Sequence[str]) -> Mapping[str, Channel]:
        """Many at once; unknown ids are left out."""


class Alerts(Protocol):
    """Everything that has fired."""

    async def get(self, alert_id: str) -> Alert:
        """Raises NotFound."""

    async def save(self, alert: Alert) -> None:
        """What somebody made of it."""

    async def page(
        self, where: Mapping[str, Any], limit: int, after: str | None
    ) -> tuple[Sequence[Alert], str | None]:
        """Newest first, with the cursor of the next page."""

    async def quiet(self, rule_id: str, run_id: str, now: datetime) -> bool:
        """Whether somebody snoozed the rule for this run or called it noise."""


class Deliveries(Protocol):
    """Everything that was sent or is to be."""

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        """A delivery that is known already stays as it is."""

    async def get(self, delivery_id: str) -> Delivery:
        """Raises NotFound."""

    async def replay(self, delivery: Delivery) -> None:
        """To be sent again."""

    async def replay_range(
        self,
        channel_id: str,
        since: datetime,
        until: datetime,
        *,
        only_failed: bool,
        at: datetime,
    ) -> int:
        """The same for many; how many."""

    async def page(
        self, where: Mapping[str, Any], limit: int, after: str | None
    ) -> tuple[Sequence[Delivery], str | None]:
        """Newest first, with the cursor of the next page."""


class Scripted(Protocol):
    """What scripts say themselves."""

    async def raise_once(self, key: str, until: datetime, at: datetime, found: Findings) -> bool:
        """Write the findings down unless the same was said and still counts; whether it was."""


class Runs(Protocol):
    """What alerts asks of runs; `caller` is whoever asked alerts."""

    async def project(self, caller: Any, entity: str, name: str) -> ProjectFacts:
        """As the caller may see it; NotFound for hidden and absent."""

    async def may_log(self, caller: Any, entity: str, project: str, run: str) -> str:
        """The run's id, if the caller may log to it."""

    async def facts(self, run_id: str) -> RunFacts | None:
        """None for a deleted run."""

    async def check_filters(self, caller: Any, project: ProjectFacts, filters: str) -> None:
        """Invalid for a filter outside the SDK's language."""

    async def matches(self, run: RunFacts, filters: str) -> bool:
        """Whether the run matches a filter now."""

    async def summary_value(self, run: RunFacts, metric: str) -> float | None:
        """Its last value in the summary; None if it has none that is a number."""

    async def finished_values(
        self, run: RunFacts, metric: str, filters: str | None, last: int
    ) -> Sequence[float]:
        """The same of the last finished runs of its project, itself left out."""

    async def last_runs(
        self, caller: Any, project: ProjectFacts, filters: str | None, count: int
    ) -> Sequence[RunFacts]:
        """Newest first, as the caller may see them."""

    async def points(self, caller: Any, run: RunFacts, metric: str) -> Sequence[Point]:
        """All of one metric, thinned when there are very many."""


class Rulebook(Protocol):
    """Enabled rules by project, remembered for a moment."""

    def forget(self, project_id: str) -> None:
        """They have changed."""


class Teller(Protocol):
    """Turns an alert into deliveries and news."""

    async def tell(self, alert: Alert, channels: Mapping[str, Channel], found: Findings) -> None:
        """Put them among the findings."""


class Sender(Protocol):
    """Sends one delivery over one technology."""

    async def send(self, delivery: Delivery, channel: Channel) -> Attempt:
        """Whatever happens is an attempt; nothing is raised but cancellation."""


class Audit(Protocol):
    """The log of who did what."""

    async def record(self, caller: Any, team: str, action: str, target: str) -> None:
        """Before the deed; raises Unavailable when it cannot be written down."""


class Contacts(Protocol):
    """Who people are."""

    async def language(self, team: str, address: str) -> str:
        """That of the team's member with this address; `en` where there is none."""


class Canary(Protocol):
    """Writes something durable, to know that writing works."""

    async def write(self) -> None:
        """Raises the driver's fault when it does not."""
