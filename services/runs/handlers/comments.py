"""What people say of reports."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.runs.dependencies import CommentStore, ProjectStore, TheClock, ViewStore
from services.runs.domain.access import require
from services.runs.domain.comment import Comment, checked_text
from services.runs.domain.project import Project
from services.runs.handlers.reports import find_report
from shared.contracts._kinds import Nothing
from shared.contracts.identity import Caller
from shared.contracts.runs import (
    ADD_COMMENT,
    DELETE_COMMENT,
    LIST_COMMENTS,
    AddComment,
    CommentPage,
    CommentView,
    DeleteComment,
    ListComments,
)
from shared.errors import NotFound
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve
from shared.permissions import Action, may

router = NatsRouter()


@serve(router, ADD_COMMENT)
async def add_comment(
    ask: AddComment,
    caller: TheCaller,
    projects: ProjectStore,
    views: ViewStore,
    comments: CommentStore,
    clock: TheClock,
) -> CommentView:
    """By whoever belongs to the project."""
    project, view = await find_report(ask.report_id, caller, projects, views, Action.COMMENT)
    comment = Comment(
        id=new_id(),
        view_id=view.id,
        username=caller.acting_for or caller.username,
        text=checked_text(ask.text),
        created_at=clock(),
    )
    await comments.add(comment)
    return _shown(comment, caller, project)


@serve(router, LIST_COMMENTS)
async def list_comments(
    ask: ListComments,
    caller: TheCaller,
    projects: ProjectStore,
    views: ViewStore,
    comments: CommentStore,
) -> CommentPage:
    """For whoever may see the project."""
    project, view = await find_report(ask.report_id, caller, projects, views, Action.READ)
    found, cursor = await comments.list(view.id, max(1, min(ask.limit, 200)), ask.cursor)
    return CommentPage(items=[_shown(one, caller, project) for one in found], next=cursor)


@serve(router, DELETE_COMMENT)
async def delete_comment(
    ask: DeleteComment,
    caller: TheCaller,
    projects: ProjectStore,
    views: ViewStore,
    comments: CommentStore,
) -> Nothing:
    """One's own; an admin's right to manage reaches those of others."""
    project, view = await find_report(ask.report_id, caller, projects, views, Action.READ)
    comment = await comments.get(ask.id)
    if comment.view_id != view.id:
        raise NotFound("No such comment.")
    own = comment.username == (caller.acting_for or caller.username)
    require(caller, Action.COMMENT if own else Action.MANAGE, project)
    await comments.delete(comment.id)
    return Nothing()


def _shown(comment: Comment, caller: Caller, project: Project) -> CommentView:
    own = comment.username == (caller.acting_for or caller.username)
    return CommentView(
        id=comment.id,
        username=comment.username,
        text=comment.text,
        created_at=comment.created_at,
        own=may(caller, Action.COMMENT if own else Action.MANAGE, project),
    )
