"""A run was deleted with everything that it made: its versions go, unless others count on them."""

from __future__ import annotations

from services.runs.archive.expiring import HeldProjects, TellGone
from services.runs.domain.artifact import LATEST
from services.runs.ports import Projects, Runs
from services.runs.repository.artifacts import MongoArtifacts
from services.runs.repository.collections import MongoCollections
from services.runs.repository.commits import MongoCommits
from services.runs.repository.memberships import MongoMemberships
from services.runs.repository.relocations import MongoRelocations
from shared.contracts.runs import RunDeleted


class Departures:
    """Hears of deleted runs; hearing of one twice does no harm."""

    def __init__(
        self,
        relocations: MongoRelocations,
        artifacts: MongoArtifacts,
        collections: MongoCollections,
        memberships: MongoMemberships,
        commits: MongoCommits,
        projects: Projects,
        runs: Runs,
        tell: TellGone,
        held: HeldProjects,
    ) -> None:
        self._relocations = relocations
        self._artifacts = artifacts
        self._collections = collections
        self._memberships = memberships
        self._commits = commits
        self._projects = projects
        self._runs = runs
        self._tell = tell
        self._held = held

    async def run_deleted(self, gone: RunDeleted) -> None:
        """A version stays that is linked, has a protected alias, or that others logged too.

        So does what a run made that was brought back meanwhile, or was made since; and all of it
        on legal hold.
        """
        if not gone.delete_artifacts or not await self._still_gone(gone):
            return
        if gone.project_id in await self._held():
            return
        project = await self._projects.get(gone.project_id)
        protected = (await self._collections.policy(project.id)).protected - {LATEST}
        for artifact in await self._relocations.logged_by(gone.run_id, project.id):
            places = (await self._memberships.of([artifact.id])).get(artifact.id, ())
            own = [one for one in places if one.collection_id == artifact.collection_id]
            kept = protected & {alias for one in own for alias in one.aliases}
            others = set(await self._artifacts.uses(artifact.id, "output")) - {gone.run_id}
            if len(own) != len(places) or kept or others or artifact.created_at > gone.at:
                continue
            collection = (await self._collections.load([artifact.collection_id]))[
                artifact.collection_id
            ]
            news = [
                told
                for place in own
                for told in self._tell(artifact, place, collection, project, gone.at)
            ]
            await self._commits.delete([artifact], news)

    async def _still_gone(self, gone: RunDeleted) -> bool:
        """Not if it was brought back since, even if it was then deleted once more."""
        run = (await self._runs.load([gone.run_id])).get(gone.run_id)
        return run is not None and run.deleted_at is not None and run.deleted_at <= gone.at
