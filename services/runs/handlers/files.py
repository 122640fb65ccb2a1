"""Files of runs: announce, store, list, delete."""

from __future__ import annotations

from contextlib import suppress

from faststream.nats import NatsRouter

from services.runs.dependencies import (
    FileQuota,
    FileStore,
    MoveStore,
    ProjectStore,
    RunStore,
    TheClock,
    TheHolds,
)
from services.runs.domain.filenames import checked_file_name, plain_name
from services.runs.handlers.finding import find_run
from services.runs.ports import RunFile
from shared.contracts._kinds import Nothing
from shared.contracts.runs import (
    CREATE_FILES,
    DELETE_FILES,
    LIST_FILES,
    STORE_FILE,
    CreateFiles,
    DeleteFiles,
    Files,
    FileStored,
    FileView,
    ListFiles,
    RunPath,
)
from shared.errors import Invalid, NotFound, TooLarge
from shared.messaging.answering import TheCaller, serve
from shared.permissions import Action

router = NatsRouter()

MOST_NAMES = 10_000


@serve(router, CREATE_FILES)
async def create_files(
    ask: CreateFiles,
    caller: TheCaller,
    projects: ProjectStore,
    runs: RunStore,
    moves: MoveStore,
    files: FileStore,
    quota: FileQuota,
) -> Files:
    """Announce uploads to a run that the caller may log to, and that is not full."""
    if len(ask.names) > MOST_NAMES:
        raise Invalid(f"files: at most {MOST_NAMES} names at once.", field="files")
    names = [checked_file_name(name) for name in ask.names]
    _, run = await find_run(projects, runs, moves, caller, ask.path, action=Action.LOG)
    used = await files.used(run.id)
    if used.size >= quota.size:
        raise TooLarge(f"files: run {run.name} is full: {quota.size} bytes.", field="files")
    if used.files + len(names) > quota.files:
        raise TooLarge(f"files: run {run.name} has at most {quota.files} files.", field="files")
    found = await files.announce(run.id, names)
    return Files(run_id=run.id, items=[_view(file) for file in found], total=len(found))


@serve(router, STORE_FILE)
async def store_file(ask: FileStored, files: FileStore, clock: TheClock) -> FileView:
    """Said by the gateway, which has checked the signature of the upload."""
    file = await files.stored(
        ask.run_id,
        ask.name,
        size=ask.size,
        md5=ask.md5,
        mimetype=ask.mimetype,
        at=clock(),
    )
    return _view(file)


@serve(router, LIST_FILES)
async def list_files(
    ask: ListFiles,
    caller: TheCaller,
    projects: ProjectStore,
    runs: RunStore,
    moves: MoveStore,
    files: FileStore,
) -> Files:
    """Stored files; for names that are asked for and not there, placeholders with md5 "0"."""
    _, run = await find_run(projects, runs, moves, caller, ask.path)
    names = [plain_name(name) for name in ask.names]
    found, cursor = await files.list(
        run.id,
        names=names,
        pattern=ask.pattern,
        limit=min(ask.limit, 1_000),
        after=ask.cursor,
    )
    items = [_view(file) for file in found]
    if names and ask.cursor is None:
        there = {file.name for file in found}
        items += [_placeholder(run.id, name) for name in names if name not in there]
    return Files(run_id=run.id, items=items, total=await files.count(run.id), next=cursor)


@serve(router, DELETE_FILES)
async def delete_files(
    ask: DeleteFiles,
    caller: TheCaller,
    projects: ProjectStore,
    runs: RunStore,
    moves: MoveStore,
    files: FileStore,
    holds: TheHolds,
) -> Nothing:
    """All of them must be the caller's to delete, or none goes; hidden ones are as unknown ones."""
    found = await files.get_many(ask.ids)
    seen: set[str] = set()
    for run_id in {file.run_id for file in found}:
        with suppress(NotFound):
            path = RunPath(id=run_id)
            project, _ = await find_run(projects, runs, moves, caller, path, action=Action.DELETE)
            await holds.must_not_hold(project)
            seen.add(run_id)
    await files.delete([file.id for file in found if file.run_id in seen])
    return Nothing()


def _view(file: RunFile) -> FileView:
    return FileView.model_validate(file)


def _placeholder(run_id: str, name: str) -> FileView:
    return FileView(id=f"absent-{name}", run_id=run_id, name=name, blob="")
