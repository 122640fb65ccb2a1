"""Time passes: versions whose time to live has ended go, and so does what nothing refers to."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from services.runs.archive.garbage import Collector
from services.runs.artifact_ports import News
from services.runs.domain.artifact import LATEST, Artifact, Collection, Membership, Policy
from services.runs.domain.project import Project
from services.runs.ports import Projects
from services.runs.repository.collections import MongoCollections
from services.runs.repository.commits import MongoCommits
from services.runs.repository.discards import MongoDiscards
from services.runs.repository.memberships import MongoMemberships
from shared.errors import CordeeError
from shared.kit import logs
from shared.kit.clock import Clock

log = logs.get(__name__)

EVERY_S = 600.0
GRACE_S = 24 * 3600.0
_BATCH = 500

HeldProjects = Callable[[], Awaitable[Sequence[str]]]
"""Those where a legal hold forbids to throw anything away."""
TellGone = Callable[[Artifact, Membership, Collection, Project, datetime], News]


class Expiry:
    """Looks every ten minutes; for garbage as often as the collector is to."""

    def __init__(
        self,
        discards: MongoDiscards,
        collections: MongoCollections,
        memberships: MongoMemberships,
        commits: MongoCommits,
        collector: Collector,
        projects: Projects,
        tell: TellGone,
        clock: Clock,
        held: HeldProjects,
    ) -> None:
        self._discards = discards
        self._collections = collections
        self._memberships = memberships
        self._commits = commits
        self._collector = collector
        self._projects = projects
        self._tell = tell
        self._clock = clock
        self._held = held

    async def work(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(EVERY_S * random.uniform(0.5, 1.0))  # noqa: S311
            try:
                await self.look()
                await self._collector.collect_if_due(grace_seconds=GRACE_S)
            except Exception as error:  # it would end the process, for everybody
                log.warning("expiry is retried", error=repr(error))

    async def look(self) -> int:
        """Once; answers how many versions went."""
        at, after, gone = self._clock(), "", 0
        policies: dict[str, Policy] = {}
        projects = await self._collections.with_default_ttl()
        held = frozenset(await self._held())
        while True:
            found = await self._discards.mortal(projects, after, _BATCH)
            if not found:
                return gone
            after = found[-1].id
            due = []
            for artifact in found:
                policy = policies.get(artifact.project_id)
                if policy is None:
                    policy = await self._collections.policy(artifact.project_id)
                    policies[artifact.project_id] = policy
                end = artifact.expires_at(policy.default_ttl)
                if end is not None and end <= at and artifact.project_id not in held:
                    due.append(artifact)
            gone += await self._expire(due, policies, at)

    async def _expire(
        self, due: Sequence[Artifact], policies: dict[str, Policy], at: datetime
    ) -> int:
        """A link or a protected alias is somebody's promise: such a version stays."""
        places = await self._memberships.of([artifact.id for artifact in due])
        collections = await self._collections.load([one.collection_id for one in due])
        gone = 0
        for artifact in due:
            mine = places.get(artifact.id, ())
            protected = policies[artifact.project_id].protected - {LATEST}
            own = [one for one in mine if one.collection_id == artifact.collection_id]
            kept = protected & {alias for one in own for alias in one.aliases}
            if len(own) != len(mine) or kept or not own:
                continue
            try:
                project = await self._projects.get(artifact.project_id)
                collection = collections[artifact.collection_id]
                news = self._tell(artifact, own[0], collection, project, at)
            except (CordeeError, KeyError) as error:  # the others' time has come all the same
                log.error("an artifact cannot expire", artifact=artifact.id, error=repr(error))
                continue
            await self._commits.delete([artifact], news)
            gone += 1
        if gone:
            log.info("artifacts expired", count=gone)
        return gone
