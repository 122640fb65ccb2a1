"""What the runs service needs from outside: where things are kept, in the domain's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from services.runs.domain.branching import Inherited
from services.runs.domain.filters import Field, Node
from services.runs.domain.moving import Move
from services.runs.domain.project import Project
from services.runs.domain.run import Run
from services.runs.domain.tagging import Retagging
from services.runs.domain.view import View


@dataclass(frozen=True, slots=True)
class RunFile:
    """A file of a run. `md5` is base64 of the digest; "0" until the bytes are stored."""

    id: str
    run_id: str
    name: str
    blob: str
    size: int = 0
    md5: str = "0"
    mimetype: str | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FilesUsed:
    """What one run's files amount to; as a limit, what they may amount to."""

    files: int
    size: int


@dataclass(frozen=True, slots=True)
class Order:
    """By which field, and which way."""

    field: Field
    descending: bool


@dataclass(frozen=True, slots=True)
class RunQuery:
    """A page of a project's runs; `texts` names which of config, summary, system to load."""

    project_id: str
    where: Node
    order: Order
    limit: int
    cursor: str | None = None
    texts: frozenset[str] = field(default_factory=frozenset)
    deleted_since: datetime | None = None
    """Only runs deleted after this, instead of those that are not."""
    keys: Sequence[str] | None = None
    """Of config and summary only these values, as `config.lr`, instead of `texts`."""


@dataclass(frozen=True, slots=True)
class Place:
    """What must be known of a run before anything is logged to it."""

    project: Project
    run_id: str
    generation: int
    stop_requested: bool


class Places(Protocol):
    """Where runs are, and no more of them."""

    async def find(
        self, names: Sequence[tuple[str, str, str]]
    ) -> Mapping[tuple[str, str, str], Place]:
        """By entity, project and run; those that are absent, moved or deleted are left out."""


class Projects(Protocol):
    """Every project, by id or by its name in an entity."""

    async def get(self, project_id: str) -> Project:
        """Raises NotFound."""

    async def find(self, entity: str, name: str) -> Project | None:
        """None where no such project is; whether it may be seen is the caller's question."""

    async def list(
        self, entity: str, limit: int, after: str | None
    ) -> tuple[Sequence[Project], str | None]:
        """Newest first, with the cursor of the next page."""

    async def create(self, project: Project) -> Project:
        """Keeps the one that was there first if two come at once."""

    async def save(self, project: Project) -> None:
        """Replace what may change."""

    async def next_number(self) -> int:
        """A decimal id, never given twice."""

    async def count_run(self, project_id: str) -> int:
        """One more run was born here; answers how many were, ever."""


class Runs(Protocol):
    """Every run, by id or by its name in a project."""

    async def get(self, run_id: str, texts: frozenset[str]) -> Run:
        """Raises NotFound; a deleted run is not found."""

    async def find(self, project_id: str, name: str, texts: frozenset[str]) -> Run | None:
        """None where no such run is. A deleted one is returned, so that its name is not reused."""

    async def create(self, run: Run, news: Sequence[Any]) -> Run | None:
        """None if another request was first; the news commits with the run."""

    async def change(self, run: Run, fields: Mapping[str, object], news: Sequence[Any]) -> None:
        """Write the named fields of it; the news commits with them."""

    async def revive(self, run: Run, fields: Mapping[str, object], news: Sequence[Any]) -> bool:
        """The same for a run in the trash; False if it has been thrown away meanwhile."""

    async def query(self, query: RunQuery) -> tuple[Sequence[Run], Sequence[str]]:
        """The page and one cursor per run."""

    async def count(self, project_id: str, where: Node) -> int:
        """How many match."""

    async def load(self, ids: Sequence[str]) -> Mapping[str, Run]:
        """Many at once, without their texts."""

    async def twin(self, project_id: str, fingerprint: str) -> str | None:
        """The name of the first run with this fingerprint that has not come to nothing."""

    async def ids(self, project_id: str, where: Node, limit: int) -> Sequence[str]:
        """Of all that match, oldest first; Invalid if there are more than `limit`."""


class Moves(Protocol):
    """Moves under way or done, and where moved runs went."""

    async def create(self, move: Move) -> None:
        """Remember what is to be done, before any of it is."""

    async def get(self, move_id: str) -> Move:
        """Raises NotFound."""

    async def save(self, move: Move) -> None:
        """As it is now."""

    async def names_in(self, project_id: str, names: Sequence[str]) -> frozenset[str]:
        """Which of the names are used in a project."""

    async def load(self, project_id: str, ids: Sequence[str]) -> Sequence[Run]:
        """Those of the runs that are in the project now."""

    async def redirect(self, project_id: str, name: str) -> str | None:
        """The id of the run that used to be here."""


class Carrier(Protocol):
    """Works moves off."""

    async def carry_out(self, move: Move) -> Move:
        """Until nothing waits; what breaks it off is gone on from, by this process or another."""

    def begin(self, move: Move) -> None:
        """The same, without waiting for it."""


@dataclass(frozen=True, slots=True)
class EntityFacts:
    """What runs needs to know of an entity."""

    personal: bool
    only_private: bool
    kind: str
    organization: str | None
    links_allowed: bool = True
    """Whether links may show what is in it to whoever has them."""


class Entities(Protocol):
    """Who people and teams are; identity's to know."""

    async def describe(self, name: str) -> EntityFacts:
        """Raises NotFound."""

    async def people(self, name: str, caller: Any) -> Mapping[str, str]:
        """Roles by user name, as far as the caller may see them; empty where they may not."""


class Audit(Protocol):
    """The log of who did what."""

    async def record(
        self,
        caller: Any,
        entity: str,
        action: str,
        target: str,
        *,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
    ) -> None:
        """Before the deed; raises Unavailable when it cannot be written down."""


class Files(Protocol):
    """What files a run has; the bytes are in the blob store."""

    async def announce(self, run_id: str, names: Sequence[str]) -> Sequence[RunFile]:
        """One per name, in order; a name that is known keeps its id and its bytes."""

    async def stored(
        self, run_id: str, name: str, *, size: int, md5: str, mimetype: str | None, at: datetime
    ) -> RunFile:
        """The bytes are there; the last upload of a name wins."""

    async def list(
        self,
        run_id: str,
        *,
        names: Sequence[str],
        pattern: str | None,
        limit: int,
        after: str | None,
    ) -> tuple[Sequence[RunFile], str | None]:
        """Stored files by name, newest bytes of each."""

    async def count(self, run_id: str) -> int:
        """How many have their bytes."""

    async def used(self, run_id: str) -> FilesUsed:
        """How many files the run has, announced ones too, and how many bytes in them."""

    async def get_many(self, ids: Sequence[str]) -> Sequence[RunFile]:
        """Those of the ids that are known."""

    async def delete(self, ids: Sequence[str]) -> None:
        """Forget them; unknown ids are no fault."""


class Tags(Protocol):
    """Of many runs at once."""

    async def retag(
        self, project_id: str, names: Sequence[str], change: Retagging, at: datetime
    ) -> Mapping[str, Retagging]:
        """What became of each run that it changed; those that are not there are left out."""


class Views(Protocol):
    """Reports and other saved views."""

    async def save(self, view: View, unchanged_since: datetime | None = None) -> None:
        """New or changed; Conflict if it was changed after that moment."""

    async def get(self, view_id: str) -> View:
        """Raises NotFound, also for what is in the trash."""

    async def get_deleted(self, view_id: str, since: datetime) -> View:
        """What was thrown away no earlier, or not at all; Gone if it was earlier."""

    async def list(
        self,
        project_id: str,
        kind: str,
        *,
        name: str | None,
        with_spec: bool,
        limit: int,
        after: str | None,
    ) -> tuple[Sequence[View], str | None]:
        """Newest first, with the cursor of the next page."""

    async def throw_away(self, view_id: str, at: datetime | None) -> None:
        """Into the trash, or with no moment out of it."""


class Histories(Protocol):
    """Lines as the client logged them, wherever they are kept by now."""

    async def tail(self, run: Run, stream: str, count: int) -> list[str]:
        """The last lines, oldest first."""

    async def rows(self, run: Run, min_step: int, max_step: int, limit: int) -> list[str]:
        """Every history line with `min_step <= _step < max_step`, up to the limit."""

    async def spread(self, run: Run, stream: str, samples: int) -> list[str]:
        """At most `samples` lines, evenly spread, the first and the last among them."""

    async def points(
        self,
        run: Run,
        keys: Sequence[str],
        *,
        min_step: int | None,
        max_step: int | None,
        samples: int | None,
        partial: bool,
        lists: bool = False,
        most: int | None = None,
    ) -> str:
        """A JSON array of objects: rows that have all keys (or, if partial, some).

        With `lists` they are lists of values in plain JSON. Raises Invalid for rows that together
        hold more than `most` values.
        """

    async def page(
        self,
        run: Run,
        keys: Sequence[str],
        *,
        min_step: int | None,
        max_step: int | None,
        first: int,
        most: int,
    ) -> tuple[str, int | None]:
        """Rows that have some keys, from line `first` on, until they hold some `most` values.

        With the line at which to go on; None at the end.
        """

    async def curves(
        self,
        run: Run,
        keys: Sequence[str],
        *,
        x: str,
        low: float | None,
        high: float | None,
        points: int,
    ) -> str:
        """A JSON object: key → its points over `x`, thinned so that spikes stay."""

    async def keys(self, run: Run) -> dict[str, Any]:
        """Which keys there are, in the form of wire-protocol §5.3."""

    async def log_lines(self, run: Run, first: int, count: int) -> list[str | None]:
        """Console lines after every rewrite; None where none was ever sent."""


class Branches(Protocol):
    """Gives a run the beginning of a history."""

    async def inherit(self, parent: Run, step: int, heir: str, generation: int) -> Inherited:
        """Rows of the parent up to `step`, durable under the heir's id and generation."""


class Settled(Protocol):
    """Knows what of the INGEST stream has been written down."""

    async def settled(self, shard: int, sequence: int) -> None:
        """Returns once everything of the shard up to `sequence` can be read back."""


class Canary(Protocol):
    """Writes something durable, to know that writing works."""

    async def write(self) -> None:
        """Raises Unavailable or the driver's fault when it does not."""
