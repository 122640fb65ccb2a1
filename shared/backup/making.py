"""Making a backup of a running installation, and putting one back into an empty data dir."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from shared.backup import documents, messages, stores, verifying
from shared.backup.catalogue import Catalogue, Damaged
from shared.backup.places import Places
from shared.embedded.children import Child
from shared.embedded.data_dir import DataDir
from shared.embedded.servers import Servers
from shared.kit import clock
from shared.messaging.grants import EVERYBODY, permissions_for
from shared.messaging.streams import DEAD_LETTERS, INGEST_STREAM

Say = Callable[[str], None]
STOP_S = 30.0


async def make(folder: Path, places: Places, say: Say) -> tuple[Catalogue, list[str]]:
    """Everything that was acknowledged before this began, into a folder that is new or empty.

    Documents come first: messages and blobs that are dropped later are no longer needed by them,
    or still there. Answers with what is wrong with it all the same.
    """
    _must_be_new(folder)
    catalogue = Catalogue(started_at=clock.iso(clock.now()))
    for service, url in places.mongo_urls.items():
        kept = await asyncio.to_thread(documents.dump, url, folder / "documents" / service, folder)
        catalogue.documents[service] = kept
        say(f"{service}: {sum(piece.count for piece in kept.values())} documents")
    marked = await asyncio.to_thread(_mark_in, folder, catalogue)
    for stream, after in ((INGEST_STREAM, marked), (DEAD_LETTERS, 0)):
        told = await messages.dump(places.nats_url, places.seeds, stream, after, folder)
        catalogue.streams.append(told)
        say(f"{told.name}: {told.piece.count} messages from {told.first_sequence} on")
    catalogue.blobs = await asyncio.to_thread(stores.dump_blobs, places.blob_url, folder)
    say(f"blobs: {len(catalogue.blobs)}")
    catalogue.secrets = stores.dump_secrets(places.secrets, folder)
    runs = places.mongo_urls[verifying.RUNS]
    catalogue.let_go = await asyncio.to_thread(verifying.let_go, catalogue, folder, runs)
    catalogue.finished_at = clock.iso(clock.now())
    catalogue.save(folder)
    return catalogue, await asyncio.to_thread(_problems, folder)


async def put_back(folder: Path, root: Path, environment: Mapping[str, str], say: Say) -> Catalogue:
    """Into a data dir that is new or empty, with servers that run only for as long as it takes."""
    catalogue = Catalogue.load(folder)
    _must_be_new(root)
    if elsewhere := environment.get("CORDEE_BLOB_URL"):
        await asyncio.to_thread(stores.must_be_empty, elsewhere)
    with DataDir.open(root) as data:
        stores.load_secrets(data.secrets, catalogue.secrets, folder)
        servers = Servers(
            data,
            nats_users={name: permissions_for(name) for name in EVERYBODY},
            environment=environment,
        )
        running: list[Child] = []
        try:
            for program in servers.programs():
                running.append(await Child.start(program, data, lambda _name, _line: None))
                await program.ready()
            await _fill(catalogue, folder, data, servers, environment, say)
        finally:
            for child in reversed(running):
                await child.stop(asyncio.get_running_loop().time() + STOP_S)
    return catalogue


async def _fill(
    catalogue: Catalogue,
    folder: Path,
    data: DataDir,
    servers: Servers,
    environment: Mapping[str, str],
    say: Say,
) -> None:
    mongod, nats = servers.mongod, servers.nats
    if mongod is None or nats is None:
        raise Damaged("A backup is restored with servers of its own, and these were not made.")
    for service, kept in catalogue.documents.items():
        count = await asyncio.to_thread(documents.load, mongod.url(service), kept, folder)
        say(f"{service}: {count} documents")
    for stream in catalogue.streams:
        count = await messages.load(nats.url, data.secrets, stream, folder)
        say(f"{stream.name}: {count} messages from {stream.first_sequence} on")
    blobs = environment.get("CORDEE_BLOB_URL") or data.blobs.as_uri()
    count = await asyncio.to_thread(stores.load_blobs, blobs, catalogue.blobs, folder)
    say(f"blobs: {count}")


def _problems(folder: Path) -> list[str]:
    return [*verifying.faults(folder), *map(str, verifying.dangling(folder))]


def _must_be_new(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise Damaged(f"{folder} is not empty: name a new one.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def _mark_in(folder: Path, catalogue: Catalogue) -> int:
    """Up to where INGEST is in the documents of this backup, not in those of this moment."""
    piece = catalogue.documents["runs"].get("shards")
    if piece is None:
        return 0
    marks = [int(document["applied"]) for document in documents.read(folder / piece.path)]
    return min(marks, default=0)
