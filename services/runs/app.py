"""Assembly of the runs service: the only file here that knows all rooms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from faststream import FastStream

from services.runs import bayes, handlers, patterns
from services.runs.archive.shelving import Shelving
from services.runs.carrying import MoveCarrier
from services.runs.domain.project import Project
from services.runs.domain.run import Run, State
from services.runs.emptying import TrashEmptier
from services.runs.handlers.artifact_news import expired, left_with_its_run
from services.runs.handlers.views import run_deleted, runs_moved, state_changed
from services.runs.histories.branching import Branches
from services.runs.histories.compactor import Compactor
from services.runs.histories.pieces import Pieces
from services.runs.histories.reader import HistoryReader
from services.runs.neighbours import IdentityNeighbour
from services.runs.ports import FilesUsed
from services.runs.registering import Registrar
from services.runs.repository.comments import MongoComments
from services.runs.repository.copies import MongoCopies
from services.runs.repository.files import MongoFiles
from services.runs.repository.frames import MongoFrames
from services.runs.repository.moves import MongoMoves
from services.runs.repository.places import MongoPlaces
from services.runs.repository.projects import MongoProjects
from services.runs.repository.retention import MongoRetention
from services.runs.repository.runs import MongoRuns
from services.runs.repository.schema import STEPS
from services.runs.repository.shards import MongoShards
from services.runs.repository.shares import MongoShares
from services.runs.repository.sweeps import MongoSweeps
from services.runs.repository.tags import MongoTags
from services.runs.repository.trash import MongoTrash
from services.runs.repository.views import MongoViews
from services.runs.retaining import RetentionKeeper
from services.runs.settings import RunsSettings
from services.runs.watching import CrashWatch
from services.runs.writing import late
from services.runs.writing.apply import Applier
from services.runs.writing.settling import ShardDesk
from services.runs.writing.trimming import Trimmer
from services.runs.writing.watching import WatchTower
from services.runs.writing.writer import Writer
from services.runs.yaml_texts import read_yaml
from shared.contracts.alerts import WATCH_CHANGED
from shared.contracts.identity import TEAM_DELETED, TeamDeleted
from shared.contracts.runs import RUN_DELETED
from shared.kit import clock, mongo, schema
from shared.kit.blobs import Blobs
from shared.kit.canary import MongoCanary
from shared.kit.ids import new_id
from shared.kit.outbox import Announcement, Outbox
from shared.kit.settings import settings_or_exit
from shared.messaging.broker import Service
from shared.messaging.bus import Bus
from shared.messaging.consuming import Listener, listeners
from shared.messaging.replaying import Replays
from shared.messaging.streams import INGEST_STREAM

_HOMES = 10_000


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

    async def beyond_marks() -> dict[str, int]:
        """An INGEST that was lost is made anew where the marks end, or its messages would not be
        read."""
        client = mongo.connect(settings.mongo_url.get_secret_value(), "runs")
        try:
            top = await MongoShards(client[settings.mongo_database], "").top()
            return {INGEST_STREAM.name: top + 1}
        finally:
            client.close()

    await service.run(assemble, beyond_marks)


async def _assemble(service: Service, settings: RunsSettings, bus: Bus) -> None:
    client = mongo.connect(settings.mongo_url.get_secret_value(), "runs")
    database = client[settings.mongo_database]
    outbox = Outbox(database)
    projects, files = MongoProjects(database), MongoFiles(database)
    runs, frames = MongoRuns(client, database, outbox), MongoFrames(client, database)
    shards, sweeps = MongoShards(database, new_id()), MongoSweeps(database)
    views, retention = MongoViews(database), MongoRetention(client, database)
    comments, shares = MongoComments(database), MongoShares(database)
    blobs = Blobs(settings.blob_url)
    garbage_every = timedelta(seconds=settings.garbage_every)
    shelving = Shelving(client, database, outbox, blobs, clock.now, garbage_every)
    await schema.bring_up(database, STEPS)
    for store in (
        *(projects, files, runs, shards, sweeps, shelving),
        *(views, retention, comments, shares),
    ):
        await store.prepare()
    identity = IdentityNeighbour(bus)
    moves = MongoMoves(client, database, outbox)
    carrier = MoveCarrier(
        moves, MongoCopies(database, frames, blobs), shelving.follower(projects), runs_moved
    )
    compactor, pieces = Compactor(frames, runs, blobs), Pieces(frames, blobs)

    homes: dict[str, Project] = {}
    """News says where a run is, and a project keeps its entity and its name for ever."""

    async def news(run: Run, previous: State, at: datetime) -> Announcement:
        if run.project_id not in homes:
            if len(homes) >= _HOMES:
                homes.clear()
            homes[run.project_id] = await projects.get(run.project_id)
        return state_changed(run, homes[run.project_id], previous, at)

    async def uploaded(run_id: str, names: Sequence[str]) -> None:
        """Nothing to do while every byte passes through the gateway, which told us itself."""

    async def bury(body: bytes, reason: str) -> None:
        await bus.publish(f"dead.runs.{late.SUBJECT}", body, message_id=new_id(), note=reason)

    async def team_deleted(gone: TeamDeleted) -> None:
        await projects.close(gone.team)

    ends = Listener("runs", TEAM_DELETED, team_deleted)
    departures = shelving.departures(projects, runs, left_with_its_run, retention.held_projects)
    partings = Listener("runs", RUN_DELETED, departures.run_deleted)
    heard = listeners(ends, partings)
    replays = Replays(heard)
    replays.add_plain(late.SUBJECT, late.LateLines(frames, runs, clock.now).take)
    tower = WatchTower(bus)
    await bus.connection.subscribe(WATCH_CHANGED.subject, cb=tower.hear)
    writer = Writer(
        bus.connection,
        shards,
        Applier(frames, runs, news, uploaded, tower.tell),
        bury,
        compactor.consider,
    )
    histories = HistoryReader(frames, pieces)
    retaining = RetentionKeeper(
        *(retention, runs, projects, histories, blobs),
        lambda run, project, at: run_deleted(run, project, "retention", at),
        clock.now,
    )
    desk = ShardDesk(bus.connection, writer)
    after = timedelta(seconds=settings.crashed_after)
    service.provide(
        projects=projects,
        places=MongoPlaces(database, projects),
        runs=runs,
        files=files,
        moves=moves,
        carrier=carrier,
        entities=identity,
        audit=identity,
        histories=histories,
        branches=Branches(frames, pieces),
        sweeps=sweeps,
        views=views,
        tags=MongoTags(database),
        comments=comments,
        shares=shares,
        file_quota=FilesUsed(settings.run_files_most, settings.run_files_bytes),
        searcher=bayes.search,
        read_config=read_yaml,
        shelves=shelving.shelves(projects, runs, moves),
        clock=clock.now,
        accept_pattern=patterns.accepted,
        replays=replays,
        retention=retention,
        retaining=retaining,
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
        Registrar(runs.register).work,
        TrashEmptier(MongoTrash(database), blobs, retention.held_projects).work,
        retaining.work,
        shelving.expiry(projects, expired, retention.held_projects).work,
        lambda: outbox.relay(bus.announce),
    ):
        service.in_background(loop)
    for listener in heard:
        service.in_background(partial(listener.listen, bus))
    service.at_end(writer.leave)


def main() -> None:
    """`python -m services.runs.app`."""
    import uvloop

    uvloop.run(run(settings_or_exit(RunsSettings, "runs")))


if __name__ == "__main__":
    main()
