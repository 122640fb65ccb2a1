"""Files of runs: upload URLs, lists, deletion."""

from __future__ import annotations

from typing import Any

from ariadne import MutationType, ObjectType

from gateway.graphql.artifact_nodes import UploadNode, file_url
from gateway.graphql.context import Info, context_of
from gateway.graphql.pages import connection
from shared.contracts.runs import (
    CREATE_FILES,
    DELETE_FILES,
    LIST_FILES,
    CreateFiles,
    DeleteFiles,
    FileView,
    ListFiles,
    RunPath,
    RunView,
)
from shared.kit.ids import from_global, to_global

mutation = MutationType()
run, file = ObjectType("Run"), ObjectType("File")


@mutation.field("createRunFiles")
async def create_run_files(_: Any, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    """One entry per name, each with a URL that needs no further credentials."""
    path = RunPath(entity=input["entityName"], project=input["projectName"], run=input["runName"])
    ask = CreateFiles(path=path, names=input["files"])
    created = await context_of(info).ask(CREATE_FILES, ask)
    names = zip(created.items, input["files"], strict=True)
    return {
        "runID": to_global("Run", created.run_id),
        "uploadHeaders": [],
        "files": [found.model_copy(update={"name": asked}) for found, asked in names],
    }


@mutation.field("deleteFiles")
async def delete_files(_: Any, info: Info, input: dict[str, Any]) -> dict[str, bool]:
    ids = [from_global("File", one) for one in input["files"]]
    await context_of(info).ask(DELETE_FILES, DeleteFiles(ids=ids))
    return {"success": True}


@run.field("fileCount")
async def resolve_file_count(found: RunView, info: Info) -> int:
    ask = ListFiles(path=RunPath(id=found.id), limit=1)
    return (await context_of(info).ask(LIST_FILES, ask)).total


@run.field("files")
async def resolve_files(
    found: RunView,
    info: Info,
    names: list[str] | None = None,
    after: str | None = None,
    first: int | None = None,
    pattern: str | None = None,
) -> dict[str, Any]:
    page = await context_of(info).ask(
        LIST_FILES,
        ListFiles(
            path=RunPath(id=found.id),
            names=[name for name in names or [] if name],
            pattern=pattern,
            limit=first or 50,
            cursor=after or None,
        ),
    )
    return connection(page.items, page.next, page.total, [item.name for item in page.items])


@file.field("id")
def resolve_id(found: FileView, _: Info) -> str:
    return to_global("File", found.id)


@file.field("url")
def resolve_url(found: FileView, info: Info, upload: bool | None = None) -> str | None:
    return _signed(found, info, upload=bool(upload))


@file.field("directUrl")
def resolve_direct_url(found: FileView, info: Info) -> str | None:
    return _signed(found, info, upload=False)


@file.field("uploadUrl")
def resolve_upload_url(found: FileView, info: Info) -> str | None:
    return _signed(found, info, upload=True)


@file.field("uploadHeaders")
def resolve_upload_headers(found: FileView | UploadNode, _: Info) -> list[str]:
    return found.upload_headers if isinstance(found, UploadNode) else []


@file.field("displayName")
def resolve_display_name(found: FileView, _: Info) -> str:
    return found.name


@file.field("sizeBytes")
def resolve_size(found: FileView, _: Info) -> int:
    return found.size


@file.field("updatedAt")
def resolve_updated_at(found: FileView, _: Info) -> Any:
    return found.updated_at


def _signed(found: Any, info: Info, *, upload: bool) -> str | None:
    if not isinstance(found, FileView):
        return file_url(found, context_of(info), upload=upload)
    signer = context_of(info).signer
    return signer.url("PUT" if upload else "GET", found.run_id, found.name, found.blob)


BINDABLES = (mutation, run, file)
