"""Share links: made, listed, revoked by those whose project it is."""

from __future__ import annotations

from collections.abc import Sequence

from faststream.nats import NatsRouter

from services.runs.dependencies import (
    ProjectStore,
    RunStore,
    ShareStore,
    TheAudit,
    TheClock,
    TheEntities,
    ViewStore,
)
from services.runs.domain.access import require
from services.runs.domain.project import Project
from services.runs.domain.run import Run
from services.runs.domain.share import Share, checked_choice, checked_end
from services.runs.handlers.finding import NO_TEXTS, find_project
from services.runs.handlers.reports import find_report
from services.runs.ports import Runs
from shared.contracts._kinds import Nothing
from shared.contracts.runs import (
    CREATE_SHARE,
    LIST_SHARES,
    REVOKE_SHARE,
    CreateShare,
    ListShares,
    RevokeShare,
    Shares,
    ShareView,
)
from shared.errors import Forbidden, NotFound
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve
from shared.permissions import Action, sees

router = NatsRouter()


@serve(router, CREATE_SHARE)
async def create_share(
    ask: CreateShare,
    caller: TheCaller,
    projects: ProjectStore,
    runs: RunStore,
    views: ViewStore,
    shares: ShareStore,
    entities: TheEntities,
    audit: TheAudit,
    clock: TheClock,
) -> ShareView:
    """Written down before it counts."""
    project = await find_project(projects, caller, ask.entity, ask.project, Action.SHARE)
    if not (await entities.describe(project.entity)).links_allowed:
        raise Forbidden(f"permission denied: {project.entity} does not allow public links.")
    shown = await _named(runs, project, checked_choice(ask.runs, ask.report_id))
    if ask.report_id is not None:
        place, _ = await find_report(ask.report_id, caller, projects, views, Action.SHARE)
        if place.id != project.id:
            raise NotFound("No such report.")
    at = clock()
    share = Share(
        id=new_id(),
        digest=ask.digest,
        project_id=project.id,
        runs=tuple(run.id for run in shown),
        report_id=ask.report_id,
        anonymous=ask.anonymous,
        created_by=caller.username,
        created_at=at,
        expires_at=checked_end(ask.expires_at, at),
    )
    view = _view(share, project, shown)
    await audit.record(
        caller,
        project.entity,
        "share.create",
        f"{project.entity}/{project.name}",
        after=_told(share, [run.name for run in shown]),
    )
    await shares.create(share)
    return view


@serve(router, LIST_SHARES)
async def list_shares(
    ask: ListShares,
    caller: TheCaller,
    projects: ProjectStore,
    runs: RunStore,
    shares: ShareStore,
    entities: TheEntities,
    clock: TheClock,
) -> Shares:
    """For whoever may make and revoke them."""
    project = await find_project(projects, caller, ask.entity, ask.project, Action.SHARE)
    only = await _named(runs, project, [ask.run]) if ask.run is not None else []
    found = await shares.list(
        project.id,
        clock(),
        run_id=only[0].id if only else None,
        report_id=ask.report_id,
    )
    shown = await runs.load(sorted({run for share in found for run in share.runs}))
    return Shares(
        items=[
            _view(share, project, [shown[run] for run in share.runs if run in shown])
            for share in found
        ],
        allowed=(await entities.describe(project.entity)).links_allowed,
    )


@serve(router, REVOKE_SHARE)
async def revoke_share(
    ask: RevokeShare,
    caller: TheCaller,
    projects: ProjectStore,
    shares: ShareStore,
    audit: TheAudit,
    clock: TheClock,
) -> Nothing:
    """Whoever of the project made it."""
    share = await shares.get(ask.id)
    project = await projects.get(share.project_id)
    if not sees(caller, project):
        raise NotFound("No such link.")
    require(caller, Action.SHARE, project)
    await audit.record(
        caller,
        project.entity,
        "share.revoke",
        f"{project.entity}/{project.name}",
        before=_told(share, ()),
    )
    await shares.revoke(share.id, clock())
    return Nothing()


async def _named(runs: Runs, project: Project, names: Sequence[str]) -> list[Run]:
    found = []
    for name in names:
        run = await runs.find(project.id, name, NO_TEXTS)
        if run is None or run.deleted_at is not None:
            raise NotFound(f"run {project.entity}/{project.name}/{name} not found")
        found.append(run)
    return found


def _told(share: Share, names: Sequence[str]) -> dict[str, object]:
    told: dict[str, object] = {"link": share.id, "shows": share.kind, "anonymous": share.anonymous}
    if share.report_id is not None:
        told["report"] = share.report_id
    if names:
        told["runs"] = list(names)
    return told | {"expires_at": share.expires_at.isoformat()}


def _view(share: Share, project: Project, shown: Sequence[Run]) -> ShareView:
    return ShareView(
        id=share.id,
        kind=share.kind,
        entity=project.entity,
        project=project.name,
        runs=[run.name for run in shown],
        report_id=share.report_id,
        anonymous=share.anonymous,
        created_by=share.created_by,
        created_at=share.created_at,
        expires_at=share.expires_at,
    )
