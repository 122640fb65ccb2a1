"""The port `Archive`: what needs the bytes of artifacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.runs.archive.committing import Committer
from services.runs.archive.garbage import Collector
from services.runs.archive.joining import Joiner
from services.runs.archive.sourcing import Reads, new_key
from services.runs.artifact_ports import Claim, News, Tell
from services.runs.domain.artifact import Artifact, Collection
from services.runs.repository.commits import MongoCommits
from shared.kit.clock import Clock


class ArtifactArchive:
    """Commits, deletions and uploads in parts."""

    def __init__(
        self,
        committer: Committer,
        joiner: Joiner,
        commits: MongoCommits,
        collector: Collector,
        clock: Clock,
    ) -> None:
        self._committer = committer
        self._joiner = joiner
        self._commits = commits
        self._collector = collector
        self._clock = clock

    def new_key(self, store: str, md5: str) -> str:
        """Where bytes that nobody has yet are to go."""
        return new_key(store, md5)

    async def commit(self, artifact: Artifact, tell: Tell, reads: Reads) -> Artifact:
        """Check manifest and files, then make the version readable."""
        return await self._committer.commit(artifact, tell, reads)

    async def delete(self, artifacts: Sequence[Artifact], news: News) -> None:
        """No longer readable."""
        await self._commits.delete(artifacts, news)

    async def delete_collection(
        self, collection: Collection, artifacts: Sequence[Artifact], news: News
    ) -> None:
        """Its name is free again."""
        await self._commits.delete_collection(collection.id, artifacts, news, self._clock())

    async def begin_parts(self, claim: Claim, part_md5s: Sequence[str]) -> Claim:
        """With an upload to put parts into."""
        return await self._joiner.begin(claim, part_md5s)

    async def complete(
        self, artifact: Artifact, blob: str, upload: str, parts: Sequence[tuple[int, str]]
    ) -> None:
        """Put the parts of a file together."""
        await self._joiner.complete(artifact, blob, upload, parts)

    async def abandon(self, artifact: Artifact, blob: str, upload: str) -> None:
        """Forget the parts of a file."""
        await self._joiner.abandon(artifact, blob, upload)

    async def collect(self, *, grace_seconds: float, dry_run: bool) -> Mapping[str, int]:
        """Delete bytes that nobody refers to."""
        return await self._collector.collect(grace_seconds=grace_seconds, dry_run=dry_run)
