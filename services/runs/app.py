"""Assembly of the runs service: the only file here that knows all rooms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from faststream import FastStream

from services.runs import handlers, patterns
from services.runs.carrying import MoveCarrier
from services.runs.domain.run import Run, State
from services.runs.handlers.views import runs_moved, state_changed
from services.runs.histories.compactor import Compactor
from services.runs.histories.pieces import Pieces
from services.runs.histories.reader import HistoryReader
from services.runs.neighbours import IdentityNeighbour
from services.runs.repository.copies import MongoCopies
from services.runs.repository.files import MongoFiles
from services.runs.repository.frames import MongoFrames
from services.runs.repository.moves import MongoMoves
from services.runs.repository.projects import MongoProjects
from services.runs.repository.runs import MongoRuns
from services.runs.repository.shards import MongoShards
from services.runs.settings import RunsSettings
from services.runs.watching import CrashWatch
from services.runs.writing.apply import Applier
from services.runs.writing.settling import ShardDesk
from services.runs.writing.trimming import Trimmer
from services.runs.writing.watching import WatchTower
from services.runs.writing.writer import Writer
from shared.contracts.alerts import WATCH_CHANGED
from shared.contracts.identity import TEAM_DELETED, TeamDeleted
from shared.kit import clock, mongo
from shared.kit.blobs import Blobs
from shared.kit.canary import MongoCanary
from shared.kit.ids import new_id
from shared.kit.outbox import Announcement, Outbox
from shared.messaging.broker import Service
from shared.messaging.bus import Bus
from shared.messaging.consuming import Listener


def build(settings: RunsSettings) -> Service:
    """The service with its handlers, not yet connected; what AsyncAPI is printed from."""
    service = Service("runs", settings)
    for router in handlers.ROUTERS:
        service.broker.include_router(router)
    return service


def specification() -> FastStream:
    """For `faststream docs gen --factory services.runs.app:specification`."""
    return build(RunsSettings()).app


async def run(settings: RunsSettings) -> None:
    """Serve until told to stop."""
    service = build(settings)

    async def assemble(bus: Bus) -> None:
        await _assemble(service, settings, bus)

    await service.run(assemble)


async def _assemble(service: Service, settings: RunsSettings, bus: Bus) -> None:
    client = mongo.connect(settings.mongo_url.get_secret_value(), "runs")
    database = client[settings.mongo_database]
    outbox = Outbox(database)
    projects, files = MongoProjects(database), MongoFiles(database)
    runs, frames = MongoRuns(client, database, outbox), MongoFrames(client, database)
    shards = MongoShards(database, new_id())
    for store in (projects, files, runs, shards):
        await store.prepare()
    blobs = Blobs(settings.blob_url)
    identity = IdentityNeighbour(bus)
    moves = MongoMoves(client, database, outbox)
    carrier = MoveCarrier(moves, MongoCopies(database, frames, blobs), runs_moved)
    compactor = Compactor(frames, runs, blobs)

    async def news(run: Run, previous: State, at: datetime) -> Announcement:
        return state_changed(run, await projects.get(run.project_id), previous, at)

    async def uploaded(run_id: str, names: Sequence[str]) -> None:
        """Nothing to do while every byte passes through the gateway, which told us itself."""

    async def bury(body: bytes, reason: str) -> None:
        await bus.publish("dead.runs.ingest", body, message_id=new_id(), note=reason)

    async def team_deleted(gone: TeamDeleted) -> None:
        await projects.close(gone.team)

    ends = Listener("runs", TEAM_DELETED, team_deleted)
    tower = WatchTower(bus)
    await bus.connection.subscribe(WATCH_CHANGED.subject, cb=tower.hear)
    writer = Writer(
        bus.connection,
        shards,
        Applier(frames, runs, news, uploaded, tower.tell),
        bury,
        compactor.consider,
    )
    desk = ShardDesk(bus.connection, writer)
    after = timedelta(seconds=settings.crashed_after)
    service.provide(
        projects=projects,
        runs=runs,
        files=files,
        moves=moves,
        carrier=carrier,
        entities=identity,
        audit=identity,
        histories=HistoryReader(frames, Pieces(frames, blobs)),
        clock=clock.now,
        accept_pattern=patterns.accepted,
        canary=MongoCanary(database),
    )
    for loop in (
        writer.keep_leases,
        writer.keep_marks,
        writer.write,
        desk.attend,
        compactor.work,
        carrier.resume,
        tower.refresh,
        Trimmer(bus.js, shards).work,
        CrashWatch(runs, after, news).watch,
        lambda: outbox.relay(bus.announce),
        lambda: ends.listen(bus),
    ):
        service.in_background(loop)
    service.at_end(writer.leave)


def main() -> None:
    """`python -m services.runs.app`."""
    import uvloop

    uvloop.run(run(RunsSettings()))


if __name__ == "__main__":
    main()
