"""Moves: to another project of one's own, and back."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.runs.dependencies import (
    MoveStore,
    PatternGate,
    ProjectStore,
    RunStore,
    TheAudit,
    TheCarrier,
    TheClock,
    TheEntities,
)
from services.runs.domain import filters
from services.runs.domain.access import require
from services.runs.domain.audience import Loss, lost_between
from services.runs.domain.moving import Move, MoveState, sort_out
from services.runs.domain.project import Project
from services.runs.handlers.finding import find_project
from services.runs.handlers.projects import known_project, new_project, planned_project
from services.runs.ports import Entities, Projects, Runs
from shared.contracts.identity import Caller
from shared.contracts.runs import (
    GET_MOVE,
    MOVE_RUNS,
    UNDO_MOVE,
    GetMove,
    MoveRuns,
    MoveView,
    SkippedRun,
    UndoMove,
)
from shared.errors import Invalid, NotFound
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve
from shared.permissions import Action, may

router = NatsRouter()

MOST_RUNS = 20_000


@serve(router, MOVE_RUNS)
async def move_runs(
    ask: MoveRuns,
    caller: TheCaller,
    projects: ProjectStore,
    runs: RunStore,
    moves: MoveStore,
    carrier: TheCarrier,
    entities: TheEntities,
    audit: TheAudit,
    accept_pattern: PatternGate,
    clock: TheClock,
) -> MoveView:
    """Move or copy; the answer comes when all that could go has gone, or at once."""
    where = filters.parse(ask.filters, accept_pattern)
    leaving = Action.READ if ask.copy_them else Action.MOVE_OUT
    source = await find_project(projects, caller, ask.entity, ask.project, leaving)
    ids, unknown = await _chosen(ask, source, runs, where)
    target = await known_project(projects, caller, ask.to_entity, ask.to_project)
    if target is None and not ask.dry_run:
        target = await new_project(projects, entities, caller, ask.to_entity, ask.to_project, clock)
    if target is not None:
        require(caller, Action.MOVE_IN, target)
        if target.id == source.id:
            raise Invalid("to: the runs are in that project already.", field="to")
    move = Move(
        id=new_id(),
        source=source.id,
        target=target.id if target else "",
        by=caller.username,
        at=clock(),
        copies=ask.copy_them,
        waiting=list(ids),
        skipped=unknown,
        freely=target is not None and _manages(caller, source, target),
    )
    if ask.dry_run:
        place = target or await planned_project(
            entities, caller, ask.to_entity, ask.to_project, clock
        )
        loss = await _lost(source, place, entities, caller)
        return await _foreseen(ask, move, moves, loss)
    for entity in dict.fromkeys((ask.entity, ask.to_entity)):
        await audit.record(
            caller,
            entity,
            "run.copy" if ask.copy_them else "run.move",
            f"{ask.entity}/{ask.project}",
            after={
                "to": f"{ask.to_entity}/{ask.to_project}",
                "runs": len(move.waiting),
                "move": move.id,
            },
        )
    await moves.create(move)
    if ask.wait:
        await carrier.carry_out(move)
        return await _view(move, projects)
    begun = await _view(move, projects)  # before the carrier has some of it in its hands
    carrier.begin(move)
    return begun


@serve(router, GET_MOVE)
async def get_move(
    ask: GetMove, caller: TheCaller, projects: ProjectStore, moves: MoveStore
) -> MoveView:
    """For those who may see both where the runs were and where they went."""
    move = await moves.get(ask.id)
    for place in (move.source, move.target):
        if not may(caller, Action.READ, await projects.get(place)):
            raise NotFound("No such move.")
    return await _view(move, projects)


@serve(router, UNDO_MOVE)
async def undo_move(
    ask: UndoMove,
    caller: TheCaller,
    projects: ProjectStore,
    moves: MoveStore,
    carrier: TheCarrier,
    audit: TheAudit,
    clock: TheClock,
) -> MoveView:
    """Bring the runs back."""
    move = await moves.get(ask.id)
    target = require(caller, Action.MOVE_OUT, await projects.get(move.target))
    source = require(caller, Action.MOVE_IN, await projects.get(move.source))
    move.turn_back(clock())
    move.freely = _manages(caller, source, target)
    for entity in dict.fromkeys((source.entity, target.entity)):
        place = f"{target.entity}/{target.name}"
        await audit.record(caller, entity, "run.move_undone", place, after={"move": move.id})
    await moves.save(move)
    await carrier.carry_out(move)
    return await _view(move, projects)


def _manages(caller: Caller, *both: Project) -> bool:
    return all(may(caller, Action.MANAGE, project) for project in both)


async def _chosen(
    ask: MoveRuns, source: Project, runs: Runs, where: filters.Node
) -> tuple[list[str], list[tuple[str, str]]]:
    if ask.runs is None:
        return list(await runs.ids(source.id, where, MOST_RUNS)), []
    if len(ask.runs) > MOST_RUNS:
        raise Invalid(f"runs: at most {MOST_RUNS} at once.", field="runs")
    names = filters.Compare(filters.Field("run", "name"), "in", tuple(ask.runs))
    chosen = filters.Every((names, where))
    ids = list(await runs.ids(source.id, chosen, MOST_RUNS))
    found = {run.name for run in (await runs.load(ids)).values()}
    return ids, [(name, "No such run.") for name in dict.fromkeys(ask.runs) if name not in found]


async def _lost(source: Project, target: Project, entities: Entities, caller: Caller) -> Loss:
    places = dict.fromkeys((source.entity, target.entity))
    staff = {entity: await entities.people(entity, caller) for entity in places}
    return lost_between(source, target, staff)


async def _foreseen(ask: MoveRuns, move: Move, moves: MoveStore, loss: Loss) -> MoveView:
    runs = await moves.load(move.source, move.waiting)
    taken = await moves.names_in(move.target, [run.name for run in runs])
    going, skipped = sort_out(runs, taken, copies=move.copies)
    return MoveView(
        state="dry_run",
        entity=ask.entity,
        project=ask.project,
        to_entity=ask.to_entity,
        to_project=ask.to_project,
        total=len(runs),
        done=len(going),
        skipped=_skipped([*move.skipped, *skipped]),
        loses_access=[] if move.copies else list(loss.people),
        loses_everyone=loss.everyone and not move.copies,
    )


async def _view(move: Move, projects: Projects) -> MoveView:
    source, target = await projects.get(move.source), await projects.get(move.target)
    return MoveView(
        id=move.id,
        state=move.state,
        entity=source.entity,
        project=source.name,
        to_entity=target.entity,
        to_project=target.name,
        total=len(move.waiting) + len(move.moved),
        done=len(move.moved),
        skipped=_skipped(move.skipped),
        undo_until=None if move.copies or move.state is MoveState.UNDONE else move.undo_until,
        by=move.by,
        at=move.at,
    )


def _skipped(pairs: list[tuple[str, str]]) -> list[SkippedRun]:
    return [SkippedRun(run=name, reason=reason) for name, reason in pairs]
