"""How a run comes into the world: named, attributed, forked, and compared with what was done."""

from __future__ import annotations

import secrets

from services.runs.domain.branching import branch_point
from services.runs.domain.changing import RunChange
from services.runs.domain.duplicates import fingerprint
from services.runs.domain.naming import display_name
from services.runs.domain.project import Project
from services.runs.domain.run import Progress, Run, State, checked_run_name
from services.runs.handlers.views import state_changed
from services.runs.ports import Branches, Projects, Runs
from shared.contracts.identity import Caller
from shared.contracts.runs import UpsertRun
from shared.errors import NotFound
from shared.kit.clock import Clock
from shared.kit.ids import new_id


async def create_run(
    ask: UpsertRun,
    change: RunChange,
    caller: Caller,
    project: Project,
    projects: Projects,
    runs: Runs,
    branches: Branches,
    clock: Clock,
) -> Run | None:
    """None if another request was first."""
    at = clock()
    count = await projects.count_run(project.id)
    run = Run(
        id=new_id(),
        project_id=project.id,
        name=checked_run_name(ask.name or new_id()[-8:]),
        display_name=display_name(count, secrets.randbelow),
        state=State.PENDING if ask.state == State.PENDING else State.RUNNING,
        created_at=at,
        updated_at=at,
        heartbeat_at=at,
        user_id=caller.principal_id,
        username=caller.acting_for or caller.username,
        service_account=caller.username if caller.kind == "service" else None,
        attribution_note=caller.acting_note,
        key_id=caller.key_id,
        ci=dict(caller.ci),
    )
    change.apply(run, at)
    run.fingerprint = fingerprint(run.config, run.commit)
    if run.fingerprint is not None:
        run.duplicate_of = await runs.twin(project.id, run.fingerprint)
    await _fork(run, runs, branches)
    return await runs.create(run, [state_changed(run, project, None, at)])


async def _fork(run: Run, runs: Runs, branches: Branches) -> None:
    """With the parent's history in place before anybody can see the run."""
    point = branch_point(run.config, run.name)
    if point is None:
        return
    parent = await runs.find(run.project_id, point.run, frozenset())
    if parent is None or parent.deleted_at is not None:
        raise NotFound(f"fork_from: run {point.run} not found in this project")
    inherited = await branches.inherit(parent, point.step, run.id, run.generation)
    run.forked_from = str(point)
    run.progress = Progress(history=inherited.lines)
    run.last_step, run.summary = inherited.last_step, inherited.summary
