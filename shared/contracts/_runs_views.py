"""Views of projects: reports, and whatever else a client keeps as a text beside the runs."""

from __future__ import annotations

from datetime import datetime

from shared.contracts._kinds import Call, Message, Nothing


class ViewView(Message):
    """A report (`type` "runs") or another saved view; `spec` is its text, None in lists unasked."""

    id: str
    entity: str
    project: str
    type: str
    name: str
    display_name: str | None = None
    description: str | None = None
    spec: str | None = None
    username: str
    created_at: datetime
    updated_at: datetime


class SaveView(Message):
    """Create one, or change what is given of the one with this id."""

    id: str | None = None
    entity: str | None = None
    project: str | None = None
    type: str | None = None
    name: str | None = None
    display_name: str | None = None
    description: str | None = None
    spec: str | None = None


class SavedView(Message):
    """`inserted` tells whether it is new."""

    view: ViewView
    inserted: bool


class GetView(Message):
    """By id; hidden and absent are the same NotFound."""

    id: str


class ListViews(Message):
    """A project's views of a type, newest first; `name` narrows to one display or own name."""

    entity: str
    project: str
    type: str = "runs"
    name: str | None = None
    with_spec: bool = True
    limit: int = 50
    cursor: str | None = None


class ViewPage(Message):
    """`next` goes into the following question; absent at the end."""

    items: list[ViewView]
    next: str | None = None


class DeleteView(Message):
    """Into the trash, from where it comes back for seven days."""

    id: str


class UndeleteView(Message):
    """Out of the trash; Gone once the seven days are over."""

    id: str


SAVE_VIEW = Call("runs.view.save", SaveView, SavedView)
GET_VIEW = Call("runs.view.get", GetView, ViewView)
LIST_VIEWS = Call("runs.view.list", ListViews, ViewPage)
DELETE_VIEW = Call("runs.view.delete", DeleteView, Nothing)
UNDELETE_VIEW = Call("runs.view.undelete", UndeleteView, ViewView)
