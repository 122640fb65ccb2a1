"""Reports: views taken apart into texts and charts; written, read, listed."""

from __future__ import annotations

from collections.abc import Sequence

from faststream.nats import NatsRouter

from services.runs.dependencies import ProjectStore, TheClock, ViewStore
from services.runs.domain.project import Project
from services.runs.domain.report import KIND, Block, Chart, blocks_of, with_blocks
from services.runs.domain.view import View
from services.runs.handlers.finding import find_project
from services.runs.handlers.kept_views import find_view
from services.runs.ports import Projects, Views
from shared.contracts.identity import Caller
from shared.contracts.runs import (
    GET_REPORT,
    LIST_REPORTS,
    SAVE_REPORT,
    GetReport,
    ListReports,
    ReportBlock,
    ReportPage,
    ReportView,
    SaveReport,
)
from shared.errors import Invalid, NotFound
from shared.kit.clock import Clock
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve
from shared.permissions import Action, may

router = NatsRouter()

MOST_TITLE = 200


@serve(router, SAVE_REPORT)
async def save_report(
    ask: SaveReport, caller: TheCaller, projects: ProjectStore, views: ViewStore, clock: TheClock
) -> ReportView:
    """A new one needs a project that is there."""
    if ask.id is None:
        project = await find_project(
            projects, caller, ask.entity or "", ask.project or "", Action.EDIT
        )
        view = _new(project, caller, clock)
    else:
        project, view = await find_report(ask.id, caller, projects, views, Action.EDIT)
    if ask.blocks is not None and ask.id is not None and ask.unchanged_since is None:
        raise Invalid(
            "unchanged_since: is needed where blocks are replaced.", field="unchanged_since"
        )
    view.change(_given(ask, view, project), clock())
    await views.save(view, ask.unchanged_since if ask.id is not None else None)
    return report_view(view, project, caller, blocks_of(view.spec))


@serve(router, GET_REPORT)
async def get_report(
    ask: GetReport, caller: TheCaller, projects: ProjectStore, views: ViewStore
) -> ReportView:
    """For whoever may see the project."""
    project, view = await find_report(ask.id, caller, projects, views, Action.READ)
    return report_view(view, project, caller, blocks_of(view.spec))


@serve(router, LIST_REPORTS)
async def list_reports(
    ask: ListReports, caller: TheCaller, projects: ProjectStore, views: ViewStore
) -> ReportPage:
    """Without what is in them."""
    project = await find_project(projects, caller, ask.entity, ask.project)
    found, cursor = await views.list(
        project.id,
        KIND,
        name=None,
        with_spec=False,
        limit=max(1, min(ask.limit, 200)),
        after=ask.cursor,
    )
    return ReportPage(
        items=[report_view(view, project, caller) for view in found],
        next=cursor,
        writable=may(caller, Action.EDIT, project),
    )


async def find_report(
    report_id: str, caller: Caller, projects: Projects, views: Views, action: Action
) -> tuple[Project, View]:
    """A view of another type is no report."""
    project, view = await find_view(report_id, caller, projects, views, action)
    if view.type != KIND:
        raise NotFound("No such report.")
    return project, view


def report_view(
    view: View, project: Project, caller: Caller, blocks: Sequence[Block] = ()
) -> ReportView:
    """As the caller may see it."""
    return ReportView(
        id=view.id,
        entity=project.entity,
        project=project.name,
        title=view.display_name or view.name,
        description=view.description or "",
        username=view.username,
        created_at=view.created_at,
        updated_at=view.updated_at,
        read_only=not may(caller, Action.EDIT, project),
        may_comment=may(caller, Action.COMMENT, project),
        may_share=may(caller, Action.SHARE, project),
        blocks=[ReportBlock.model_validate(block) for block in blocks],
    )


def _new(project: Project, caller: Caller, clock: Clock) -> View:
    view_id, at = new_id(), clock()
    return View(
        id=view_id,
        project_id=project.id,
        type=KIND,
        name=view_id[-12:],
        username=caller.acting_for or caller.username,
        created_at=at,
        updated_at=at,
    )


def _given(ask: SaveReport, view: View, project: Project) -> dict[str, str]:
    given: dict[str, str] = {}
    if ask.title is not None or ask.id is None:
        title = (ask.title or "").strip()
        if not 0 < len(title) <= MOST_TITLE:
            raise Invalid(f"title: must have 1 to {MOST_TITLE} characters.", field="title")
        given["display_name"] = title
    if ask.description is not None:
        given["description"] = ask.description
    if ask.blocks is not None or ask.id is None:
        blocks = [_block(block) for block in ask.blocks or ()]
        given["spec"] = with_blocks(view.spec, blocks, project.entity, project.name)
    return given


def _block(block: ReportBlock) -> Block:
    charts = tuple(
        Chart(tuple(one.metrics), one.title, one.x, one.logarithmic, one.smoothing)
        for one in block.charts
    )
    runs = None if block.runs is None else tuple(dict.fromkeys(block.runs))
    return Block(block.kind, block.text, charts, runs, block.kept)
