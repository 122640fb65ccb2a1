"""Visitors: whom a share link's token is taken for, and what they are shown.

Who comes with a link has no role anywhere (`shared/permissions.py`), so every other question about
a project is refused by itself; what a link opens goes through `linked_run` and `charted_run`.
"""

from __future__ import annotations

from collections.abc import Sequence

from faststream.nats import NatsRouter

from services.runs.dependencies import (
    ProjectStore,
    RunStore,
    ShareStore,
    TheClock,
    TheEntities,
    ViewStore,
)
from services.runs.domain.project import Project
from services.runs.domain.report import Block, blocks_of, draws, named_runs
from services.runs.domain.run import Run
from services.runs.handlers.finding import NO_TEXTS, find_run
from services.runs.ports import Moves, Projects, Runs, Views
from shared.contracts.identity import Caller, LinkRight
from shared.contracts.runs import (
    GET_SHARED,
    RESOLVE_SHARE,
    GetShared,
    ReportBlock,
    ResolveShare,
    RunPath,
    RunView,
    SharedReport,
    SharedRun,
    SharedView,
)
from shared.errors import NotFound, Unauthenticated
from shared.messaging.answering import TheCaller, serve
from shared.permissions import Action, may

router = NatsRouter()


@serve(router, RESOLVE_SHARE)
async def resolve_share(
    ask: ResolveShare,
    shares: ShareStore,
    projects: ProjectStore,
    entities: TheEntities,
    clock: TheClock,
) -> Caller:
    """Nobody, but for the link. Every way in which it may not count looks the same."""
    share = await shares.find(ask.digest)
    if share is None or not share.counts(clock()):
        raise _dead()
    try:
        project = await projects.get(share.project_id)
        allowed = (await entities.describe(project.entity)).links_allowed
    except NotFound:
        raise _dead() from None
    if not allowed:
        raise _dead()
    right = LinkRight(
        id=share.id,
        project_id=share.project_id,
        runs=list(share.runs),
        report_id=share.report_id,
        anonymous=share.anonymous,
    )
    return Caller(link=right)


@serve(router, GET_SHARED)
async def get_shared(
    ask: GetShared,
    caller: TheCaller,
    shares: ShareStore,
    projects: ProjectStore,
    runs: RunStore,
    views: ViewStore,
) -> SharedView:
    """What the link shows, as it is now."""
    link, project = await _entered(caller, projects)
    share = await shares.get(link.id)
    report, shown = None, []
    if link.report_id is not None:
        view = await views.get(link.report_id)
        blocks = blocks_of(view.spec)
        shown = [run for run in await _by_name(runs, project, named_runs(blocks)) if run]
        report = SharedReport(
            title=view.display_name or view.name,
            description=view.description or "",
            blocks=_for_visitors(blocks, {run.name: run.id for run in shown}),
            updated_at=view.updated_at,
        )
    else:
        loaded = await runs.load(link.runs)
        shown = [loaded[one] for one in link.runs if one in loaded and _is_in(loaded[one], project)]
        if not shown:
            raise NotFound("What this link showed is no longer there.")
    return SharedView(
        kind=share.kind,
        anonymous=link.anonymous,
        expires_at=share.expires_at,
        shared_by=None if link.anonymous else share.created_by,
        entity=None if link.anonymous else project.entity,
        project=None if link.anonymous else project.name,
        runs=[SharedRun.model_validate(one) for one in shown],
        report=report,
    )


async def readable_run(
    projects: Projects,
    runs: Runs,
    moves: Moves,
    caller: Caller,
    path: RunPath,
    texts: frozenset[str] = NO_TEXTS,
) -> tuple[Project, Run]:
    """A run that the caller may see, or one whose whole history their link shows."""
    if caller.link is None:
        return await find_run(projects, runs, moves, caller, path, texts=texts)
    if path.id not in caller.link.runs:
        raise NotFound("No such run.")
    return await _linked(projects, runs, caller, path, texts)


async def charted_run(
    projects: Projects,
    runs: Runs,
    moves: Moves,
    views: Views,
    caller: Caller,
    path: RunPath,
    keys: Sequence[str],
    x: str,
) -> tuple[Project, Run]:
    """The same for curves: of a report, those alone that its charts draw."""
    if caller.link is None or caller.link.report_id is None:
        return await readable_run(projects, runs, moves, caller, path)
    project, run = await _linked(projects, runs, caller, path, NO_TEXTS)
    view = await views.get(caller.link.report_id)
    if not draws(blocks_of(view.spec), run.name, keys, x):
        raise NotFound("No such run.")
    return project, run


def for_visitors(view: RunView, caller: Caller) -> RunView:
    """Without what leads elsewhere; of an anonymous link also without who and where."""
    if caller.link is None:
        return view
    hidden: dict[str, object] = dict.fromkeys(_LEADING)
    hidden |= {"project_id": "", "project_number": 0, "read_only": True}
    if caller.link.anonymous:
        hidden |= dict.fromkeys(_TELLING)
        hidden |= {"entity": "", "project": "", "ci": {}}
    return view.model_copy(update=hidden)


_LEADING = ("duplicate_of", "forked_from", "sweep")
_TELLING = (
    "username", "service_account", "attribution_note", "host", "repo", "commit", "program",
)  # fmt: skip


async def _entered(caller: Caller, projects: Projects) -> tuple[LinkRight, Project]:
    if caller.link is None:
        raise Unauthenticated("Bring the token of a share link.")
    project = await projects.get(caller.link.project_id)
    if not may(caller, Action.READ_SHARED, project):
        raise _dead()
    return caller.link, project


async def _linked(
    projects: Projects, runs: Runs, caller: Caller, path: RunPath, texts: frozenset[str]
) -> tuple[Project, Run]:
    """By id; a run that has left the project since is no longer the project's to show."""
    _, project = await _entered(caller, projects)
    run = await runs.get(path.id or "", texts)
    if not _is_in(run, project):
        raise NotFound("No such run.")
    return project, run


def _is_in(run: Run, project: Project) -> bool:
    return run.project_id == project.id and run.deleted_at is None


async def _by_name(runs: Runs, project: Project, names: Sequence[str]) -> list[Run | None]:
    found = [await runs.find(project.id, name, NO_TEXTS) for name in names]
    return [run if run is not None and _is_in(run, project) else None for run in found]


def _for_visitors(blocks: Sequence[Block], ids: dict[str, str]) -> list[ReportBlock]:
    found = []
    for block in blocks:
        if block.kind == "other":
            continue
        shown = ReportBlock.model_validate(block)
        names = [ids[name] for name in block.runs or () if name in ids]
        found.append(shown.model_copy(update={"runs": names, "kept": None}))
    return found


def _dead() -> Unauthenticated:
    return Unauthenticated("This link has expired, was revoked, or never was one.")
