"""Commits with a bucket as blob store: nothing that a client put there is lost to a fault."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.runs.archive.shelving import Shelving
from services.runs.domain.artifact import Artifact, State
from services.runs.domain.manifest import hex_md5
from shared.errors import Invalid, NotFound, Unavailable
from shared.kit import parts
from shared.kit.blobs import Blobs
from tests import s3
from tests.contract.runs.artifact_world import Artifacts
from tests.handmade_artifacts import md5
from tests.large_files import PART
from tests.servers import Servers


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """The address of an S3 server with one bucket."""
    with s3.a_bucket("kept") as url:
        yield url


@pytest.fixture
async def world(
    servers: Servers, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Artifacts]:
    for name, value in s3.environment(bucket).items():
        monkeypatch.setenv(name, value)
    found = Artifacts(servers, tmp_path)
    found.blobs = Blobs(f"s3://kept/{found.database.name}")
    found.kept = Shelving(found.client, found.database, found.outbox, found.blobs, found.clock)
    found.archive = found.kept.archive
    await found.prepare()
    yield found
    await found.client.drop_database(found.database.name)
    found.client.close()


async def uploads(world: Artifacts, begun: Artifact) -> list[str]:
    """Of the keys that a client was given, those that have bytes."""
    given = {claim.blob for claim in (await world.kept.entries.claims(begun.id)).values()}
    far = world.clock().replace(year=3000)
    return [
        key async for keys in world.blobs.older("artifacts/", far) for key in keys if key in given
    ]


async def test_one_file_of_other_bytes_costs_no_other_its_upload(world: Artifacts) -> None:
    files = {"a": b"one", "b": b"two", "c": b"three"}
    begun = await world.begun(await world.project(), files)
    claims = await world.kept.entries.claims(begun.id)
    await world.blobs.put(claims[hex_md5(md5(b"two"))].blob, b"others")
    with pytest.raises(Invalid, match="other bytes"):
        await world.commit(begun)
    await world.blobs.put(claims[hex_md5(md5(b"two"))].blob, b"two")
    done = await world.commit(begun)
    assert await world.read(done.id) == files


async def test_what_was_uploaded_stays_until_the_version_stands(world: Artifacts) -> None:
    files = {"a": b"one", "b": b"two"}
    begun = await world.begun(await world.project(), files)
    given = {claim.blob for claim in (await world.kept.entries.claims(begun.id)).values()}
    real = world.kept.entries.register

    async def register(*_: Any) -> list[str]:
        raise Unavailable("The database did not answer.")

    world.kept.entries.register = register  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        await world.commit(begun)
    assert set(await uploads(world, begun)) == given
    world.kept.entries.register = real  # type: ignore[method-assign]
    done = await world.commit(begun)
    assert await world.read(done.id) == files
    far = world.clock().replace(year=3000)
    left = [key async for keys in world.blobs.older("artifacts/", far) for key in keys]
    assert given.isdisjoint(left)


async def test_a_large_file_that_was_put_in_one_piece(world: Artifacts) -> None:
    """The SDK names the MD5s of its parts from two gibibytes on, and is not told to use them."""
    begun = await world.begun(await world.project(), {"f": b"as if it were large"})
    parts = [hex_md5(md5(b"as if it ")), hex_md5(md5(b"were large"))]
    await world.database["artifact_claims"].update_one(
        {"artifact_id": begun.id}, {"$set": {"part_md5s": parts}}
    )
    done = await world.commit(begun)
    assert done.state is State.COMMITTED
    assert await world.read(done.id) == {"f": b"as if it were large"}


async def test_what_is_too_large_to_be_copied_at_once_is_copied_in_parts(
    world: Artifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a size that a test can wait for."""
    monkeypatch.setattr(parts, "MOST_AT_ONCE", PART)
    monkeypatch.setattr(parts, "_COPIED_PIECE", PART)
    data = os.urandom(2 * PART + 1000)
    await world.blobs.put("from", data)
    await world.blobs.copy("from", "to", len(data))
    assert await world.blobs.get("to") == data
    assert (await world.blobs.stamp("to"))[1].endswith("-3")
    with pytest.raises(NotFound):
        await world.blobs.copy("absent", "other", len(data))
    far = world.clock().replace(year=3000)
    assert world.blobs.parts is not None
    assert [one async for one in world.blobs.parts.unfinished("other", far)] == []
