"""What the alerts service needs from outside, in the domain's words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from services.alerts.domain.alert import Alert, RunFacts
from services.alerts.domain.baseline import Sample, Wanted
from services.alerts.domain.channel import Channel
from services.alerts.domain.delivery import Attempt, Delivery
from services.alerts.domain.maintenance import Maintenance
from services.alerts.domain.memory import Memory
from services.alerts.domain.rule import Rule, Watched
from services.alerts.domain.track import Firing, Point
from services.alerts.domain.window import Window


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """A project as somebody may see it, or a whole team, where the `name` is empty."""

    id: str
    entity: str
    name: str
    may_edit: bool


@dataclass(frozen=True, slots=True)
class Preference:
    """How somebody wants to be written to."""

    language: str = "en"
    wants_alerts: bool = True


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
        """Enabled ones, by project; those of its whole team come along."""

    async def of_entity(self, entity: str) -> Sequence[Rule]:
        """Of all its projects and of itself, the oldest first."""

    async def places(self, entity: str) -> Sequence[str]:
        """The ids of its projects, as far as they have been heard of."""

    async def note_places(self, entity: str, project_ids: Sequence[str]) -> bool:
        """These are its projects; whether one of them was new."""

    async def everything_watched(self) -> Sequence[Watched]:
        """Of every project with an enabled rule."""


class Channels(Protocol):
    """Every channel, its secrets sealed."""

    async def create(self, channel: Channel) -> None:
        """Conflict if the name is taken in the team."""

    async def get(self, channel_id: str) -> Channel:
        """Raises NotFound."""

    async def save(self, channel: Channel) -> None:
        """As it is now, its health and who has left excepted."""

    async def leave(self, channel: Channel, address: str) -> None:
        """Somebody wants no more mails from it."""

    async def come_back(self, channel: Channel, address: str) -> None:
        """They take that back."""

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

    async def quiet(
        self, rule_id: str, run_id: str, now: datetime, artifact: str | None = None
    ) -> bool:
        """Whether somebody snoozed the rule for this run or called it noise.

        An artifact that no run logged stands for itself.
        """

    async def fired_since(
        self, rule_id: str, run_id: str, since: datetime, artifact: str | None = None
    ) -> bool:
        """Whether the rule has fired in this run after that."""


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

    async def raise_once(
        self,
        run_id: str,
        title: str,
        until: datetime,
        at: datetime,
        hear: Callable[[dict[str, Memory]], Awaitable[Findings]],
    ) -> bool:
        """Write down what is heard unless the same was said and still counts; whether it was.

        `hear` is given what rules remember of the run, and changes it; it may be called again.
        """


class Runs(Protocol):
    """What alerts asks of runs; `caller` is whoever asked alerts."""

    async def project(self, caller: Any, entity: str, name: str) -> ProjectFacts:
        """As the caller may see it; NotFound for hidden and absent."""

    async def project_of(self, caller: Any, project_id: str) -> ProjectFacts:
        """The same by its id, under the names that it has now."""

    async def projects(self, entity: str) -> Sequence[ProjectFacts]:
        """All of an entity, on nobody's behalf."""

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

    async def samples(
        self, caller: Any, place: tuple[str, str], wanted: Wanted, metrics: Sequence[str]
    ) -> Sequence[Sample]:
        """Runs with their last values; `caller` None asks on nobody's behalf, as rules do."""

    async def named(
        self, caller: Any, place: tuple[str, str], name: str, metrics: Sequence[str]
    ) -> Sample | None:
        """One run by its id, else the newest by the name that is shown."""

    async def curve(
        self, caller: Any, run_id: str, metric: str, until: int | None = None
    ) -> Sequence[Point]:
        """One metric of a run up to and with a step, thinned to a thousand points."""

    async def page(
        self, caller: Any, place: tuple[str, str], wanted: Wanted, after: str | None
    ) -> tuple[Sequence[Sample], str | None]:
        """Runs without their values, as the caller may see them, and the next page's cursor."""

    async def metrics(self, caller: Any, run_id: str) -> Sequence[str]:
        """The names of all that a run has logged."""

    async def points(self, caller: Any, run_id: str, metric: str) -> Sequence[Point]:
        """All of one metric, thinned when there are very many."""


class Rulebook(Protocol):
    """Enabled rules by project, remembered for a moment."""

    async def note(self, project_id: str, entity: str) -> None:
        """A project was heard of: the rules of its team are its own too."""

    def forget(self, project_id: str) -> None:
        """They have changed."""


class Maintenances(Protocol):
    """When nobody is told."""

    async def add(self, planned: Maintenance) -> None:
        """Plan it."""

    async def get(self, own_id: str) -> Maintenance:
        """Raises NotFound."""

    async def remove(self, own_id: str) -> None:
        """It is over, or will not be."""

    async def of_team(self, entity: str, now: datetime) -> Sequence[Maintenance]:
        """What is now and what is to come, the next first."""

    async def at(self, entity: str, project: str, now: datetime) -> Maintenance | None:
        """The one that a project is in now, if it is in one."""


class Teller(Protocol):
    """Turns what a script says into alerts, deliveries and news."""

    async def hear_script(
        self,
        rules: Iterable[Rule],
        memories: dict[str, Memory],
        said: Firing,
        run: RunFacts,
        own_id: str,
        now: datetime,
    ) -> Findings:
        """An alert for each rule that is to be heard, or one without any rule."""


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

    async def preference(self, team: str, address: str) -> Preference:
        """That of the team's member with this address, or everybody's where there is none."""


class Charts(Protocol):
    """Small pictures of what has fired."""

    async def of(self, facts: Mapping[str, Any]) -> bytes | None:
        """A PNG; None where there is nothing to draw."""


class Canary(Protocol):
    """Writes something durable, to know that writing works."""

    async def write(self) -> None:
        """Raises the driver's fault when it does not."""
