"""Files of runs."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from shared.contracts._kinds import Call, Message, Nothing
from shared.contracts._runs_runs import RunPath


class FileView(Message):
    """A file of a run. `md5` is base64; "0" marks one that was never uploaded."""

    id: str
    run_id: str
    name: str
    blob: str
    size: int = 0
    md5: str = "0"
    mimetype: str | None = None
    updated_at: datetime | None = None


class CreateFiles(Message):
    """Announce uploads; the answer has one entry per name, in order."""

    path: RunPath
    names: list[str]


class Files(Message):
    """Files with their run, and whether more follow after `next`."""

    run_id: str
    items: list[FileView]
    total: int
    next: str | None = None


class FileStored(Message):
    """The gateway has written the bytes; said before the client is told so."""

    run_id: str
    name: str
    size: int
    md5: str
    mimetype: str | None = None


class ListFiles(Message):
    """Files by name (a placeholder for each unknown one), by SQL LIKE pattern, or all."""

    path: RunPath
    names: list[str] = Field(default_factory=list)
    pattern: str | None = None
    limit: int = 50
    cursor: str | None = None


class DeleteFiles(Message):
    """By id; unknown ids are ignored so that a repeated call succeeds."""

    ids: list[str]


CREATE_FILES = Call("runs.file.create", CreateFiles, Files)
STORE_FILE = Call("runs.file.store", FileStored, FileView)
LIST_FILES = Call("runs.file.list", ListFiles, Files)
DELETE_FILES = Call("runs.file.delete", DeleteFiles, Nothing)
