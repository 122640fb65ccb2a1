"""Uploads in parts that are left unfinished, repeated or interrupted: a folder, a bucket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from services.runs.archive.garbage import ABANDONED, LEFT
from services.runs.archive.shelving import Shelving
from services.runs.artifact_ports import Claim
from services.runs.domain.artifact import Artifact
from shared.errors import Invalid, Unavailable
from shared.kit import clock
from shared.kit.blobs import Blobs
from shared.kit.parts import part_key
from tests import s3
from tests.contract.runs.artifact_world import Artifacts
from tests.handmade_artifacts import hex_md5
from tests.large_files import a_large_file, etags
from tests.servers import Servers


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """The address of an S3 server with one bucket."""
    with s3.a_bucket("kept") as url:
        yield url


@pytest.fixture(params=["folder", "bucket"])
async def world(
    request: pytest.FixtureRequest,
    servers: Servers,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Artifacts]:
    found = Artifacts(servers, tmp_path)
    if request.param == "bucket":
        for name, value in s3.environment(request.getfixturevalue("bucket")).items():
            monkeypatch.setenv(name, value)
        found.blobs = Blobs(f"s3://kept/{found.database.name}")
        found.kept = Shelving(found.client, found.database, found.outbox, found.blobs, found.clock)
        found.archive = found.kept.archive
    found.clock.now = clock.now()  # what a store says of the age of objects is of today
    yield await found.prepare()
    await found.client.drop_database(found.database.name)
    found.client.close()


class Uploading:
    """A large file that a pending version has announced."""

    def __init__(self, world: Artifacts, artifact: Artifact, parts: list[bytes]) -> None:
        self.world, self.artifact, self.parts = world, artifact, parts
        self.whole = b"".join(parts)
        self.claim: Claim

    @property
    def upload(self) -> str:
        assert self.claim.upload_id is not None
        return self.claim.upload_id

    async def announce(self) -> None:
        """Again, it goes on where it was."""
        md5, md5s = hex_md5(self.whole), tuple(map(hex_md5, self.parts))
        key = self.world.archive.new_key(self.artifact.store, md5)
        wanted = Claim(self.artifact.id, md5, key, part_md5s=md5s)
        entries, now = self.world.kept.entries, self.world.clock()
        (claim,) = await entries.claim(self.artifact.store, [wanted], now)
        self.claim = await self.world.archive.begin_parts(claim, md5s)

    async def put(self) -> None:
        """Every part, through the gateway's door or the bucket's."""
        assert self.world.blobs.parts is not None
        for number, part in enumerate(self.parts, start=1):
            url = self.world.blobs.parts.url(self.claim.blob, self.upload, number, 60)
            if url is None:
                await self.world.blobs.put(part_key(self.claim.blob, number), part)
            else:
                assert (await asyncio.to_thread(httpx.put, url, content=part)).is_success

    async def complete(self) -> None:
        given = etags(self.parts)
        await self.world.archive.complete(self.artifact, self.claim.blob, self.upload, given)

    async def left(self) -> list[str]:
        """Objects below the key, and what is hidden in the bucket."""
        far = clock.now().replace(year=3000)
        parts = self.world.blobs.parts
        assert parts is not None
        found = [k async for ks in self.world.blobs.older("artifacts/", far) for k in ks]
        return [key for key in found if key.startswith(self.claim.blob)] + [
            upload async for _, upload in parts.unfinished("artifacts/", far)
        ]


@pytest.fixture
async def uploading(world: Artifacts) -> Uploading:
    """One whose parts are there."""
    begun = await world.begun(await world.project(), {"small": b"x"})
    found = Uploading(world, begun, a_large_file())
    await found.announce()
    await found.put()
    return found


async def test_parts_are_one_file_however_many_ask(world: Artifacts, uploading: Uploading) -> None:
    await asyncio.gather(*(uploading.complete() for _ in range(4)))
    await uploading.complete()
    assert await world.blobs.get(uploading.claim.blob) == uploading.whole
    assert await uploading.left() == [uploading.claim.blob]


async def test_who_was_interrupted_before_it_was_noted_asks_again(
    world: Artifacts, uploading: Uploading
) -> None:
    real = world.kept.entries.note_whole

    async def note_whole(claim: Claim) -> None:
        raise Unavailable("The database did not answer.")

    world.kept.entries.note_whole = note_whole  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        await uploading.complete()
    world.kept.entries.note_whole = real  # type: ignore[method-assign]
    await uploading.complete()
    claims = await world.kept.entries.claims(uploading.artifact.id)
    assert claims[uploading.claim.md5].whole
    assert await world.blobs.get(uploading.claim.blob) == uploading.whole


async def test_an_upload_that_is_awaited_is_no_garbage(
    world: Artifacts, uploading: Uploading
) -> None:
    world.clock.pass_(hours=LEFT.total_seconds() // 3600 + 1)
    await world.archive.collect(grace_seconds=0, dry_run=False)
    await uploading.complete()
    assert await world.blobs.get(uploading.claim.blob) == uploading.whole


async def test_an_upload_that_was_left_half_finished_is_collected(
    world: Artifacts, uploading: Uploading
) -> None:
    assert await uploading.left()
    world.clock.pass_(days=ABANDONED.days + 1)
    counted = await world.archive.collect(grace_seconds=0, dry_run=True)
    assert counted["orphans"] == 0  # its version is only given up now
    await world.archive.collect(grace_seconds=0, dry_run=False)
    await world.archive.collect(grace_seconds=0, dry_run=False)
    assert await uploading.left() == []


async def test_what_the_store_has_given_up_is_announced_anew(
    world: Artifacts, uploading: Uploading
) -> None:
    assert world.blobs.parts is not None
    before = uploading.upload
    await world.blobs.parts.abandon(uploading.claim.blob, before)
    with pytest.raises(Invalid):
        await uploading.complete()
    await uploading.announce()
    await uploading.put()
    await uploading.complete()
    assert await world.blobs.get(uploading.claim.blob) == uploading.whole


async def test_what_a_killed_process_was_writing_is_collected(world: Artifacts) -> None:
    """obstore writes beside the name that the object will have, and lists no such thing."""
    names = ("incoming/one", "incoming/two#1") if world.blobs.local else ("incoming/one",)
    for name in names:
        if world.blobs.local is not None:
            (world.blobs.local / name).parent.mkdir(exist_ok=True)
            (world.blobs.local / name).write_bytes(b"x")
        else:
            await world.blobs.put(name, b"x")
    assert (await world.archive.collect(grace_seconds=0, dry_run=False))["orphans"] == 0
    world.clock.pass_(hours=LEFT.total_seconds() // 3600 + 1)
    assert (await world.archive.collect(grace_seconds=0, dry_run=False))["orphans"] == len(names)
    assert await world.blobs.incoming(clock.now().replace(year=3000)) == []
