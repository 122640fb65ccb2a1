"""Runs that were logged elsewhere: room is made, lines and files follow, and then it is sealed."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.runs.dependencies import (
    MoveStore,
    ProjectStore,
    RunStore,
    TheAudit,
    TheClock,
    TheEntities,
)
from services.runs.domain.access import require
from services.runs.domain.changing import RunChange
from services.runs.domain.duplicates import fingerprint
from services.runs.domain.importing import Author, author_of, checked_times, ended_state
from services.runs.domain.project import Project
from services.runs.domain.run import Run, checked_run_name
from services.runs.domain.searchable import checked_object
from services.runs.handlers.finding import find_run
from services.runs.handlers.projects import known_project, new_project, planned_project
from services.runs.handlers.views import run_view
from services.runs.ports import Entities, Projects
from shared.contracts.identity import Caller
from shared.contracts.runs import (
    IMPORT_RUN,
    SEAL_RUN,
    ImportedRun,
    ImportRun,
    SealRun,
)
from shared.errors import Conflict, Gone, Unavailable
from shared.kit.clock import Clock
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve
from shared.permissions import Action

router = NatsRouter()

_NO_TEXTS: frozenset[str] = frozenset()
_SEALED = ("summary", "importing", "updated_at")


@serve(router, IMPORT_RUN)
async def import_run(
    ask: ImportRun,
    caller: TheCaller,
    projects: ProjectStore,
    runs: RunStore,
    entities: TheEntities,
    audit: TheAudit,
    clock: TheClock,
) -> ImportedRun:
    """Find what an earlier try has made of it, or make room for it."""
    checked_run_name(ask.name)
    project = await _room(ask, caller, projects, entities, clock)
    known = await runs.find(project.id, ask.name, _NO_TEXTS)
    if known is None:
        made = await _made(ask, caller, project, projects, entities, clock)
        await audit.record(
            caller,
            project.entity,
            "run.import",
            f"{project.entity}/{project.name}/{made.name}",
            after={"source": ask.source, "username": made.username},
        )
        known = await runs.create(made, [])
        if known is None:
            raise Unavailable("The run is being imported by another request.", retry_after=1)
    if known.deleted_at is not None:
        raise Gone(f"run {ask.name} was deleted here; its id cannot be used again.")
    if known.origin != ask.source:
        raise Conflict(
            f"name: {ask.name} is another run here, from {known.origin or 'this server'}.",
            field="name",
        )
    return ImportedRun(run=run_view(known, project, caller, _NO_TEXTS), sealed=not known.importing)


@serve(router, SEAL_RUN)
async def seal_run(
    ask: SealRun,
    caller: TheCaller,
    projects: ProjectStore,
    runs: RunStore,
    moves: MoveStore,
    clock: TheClock,
) -> ImportedRun:
    """From now on it is a run like any other."""
    checked_object(ask.summary, "summary")
    project, run = await find_run(
        projects, runs, moves, caller, ask.path, action=Action.MANAGE, texts=_NO_TEXTS
    )
    if run.origin is None:
        raise Conflict(f"run: {run.name} was not imported.", field="run")
    if run.importing:
        run.seal(ask.history, ask.events, ask.log, ask.summary, clock())
        await runs.change(run, dict.fromkeys(_SEALED), [])
    return ImportedRun(run=run_view(run, project, caller, _NO_TEXTS), sealed=True)


async def _room(
    ask: ImportRun, caller: Caller, projects: Projects, entities: Entities, clock: Clock
) -> Project:
    """The project; who may not import founds none."""
    project = await known_project(projects, caller, ask.entity, ask.project)
    if project is None:
        planned = await planned_project(entities, caller, ask.entity, ask.project, clock)
        require(caller, Action.MANAGE, planned)
        project = await new_project(projects, entities, caller, ask.entity, ask.project, clock)
    return require(caller, Action.MANAGE, project)


async def _made(
    ask: ImportRun,
    caller: Caller,
    project: Project,
    projects: Projects,
    entities: Entities,
    clock: Clock,
) -> Run:
    at, state = clock(), ended_state(ask.state)
    checked_times(ask.created_at, ask.ended_at, at)
    change = RunChange.of(ask.model_dump(exclude_none=True))
    author = await _author(ask, caller, project, entities)
    await projects.count_run(project.id)
    run = Run(
        id=new_id(),
        project_id=project.id,
        name=ask.name,
        display_name=ask.display_name or ask.name,
        state=state,
        created_at=ask.created_at,
        updated_at=at,
        heartbeat_at=ask.ended_at,
        username=author.username,
        attribution_note=author.note,
        key_id=caller.key_id,
        exit_code=ask.exit_code,
        origin=ask.source,
        importing=True,
    )
    change.apply(run, at)
    run.fingerprint = fingerprint(run.config, run.commit)
    return run


async def _author(ask: ImportRun, caller: Caller, project: Project, entities: Entities) -> Author:
    people = await entities.people(project.entity, caller)
    return author_of(ask.username, caller.username, people, ask.source)
