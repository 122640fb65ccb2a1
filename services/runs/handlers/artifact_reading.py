"""Reading artifacts: by id, by name, in lists; their files; who logged and used them."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence

from faststream.nats import NatsRouter

from services.runs.artifact_ports import Shelves, StoredEntry
from services.runs.dependencies import TheShelves
from services.runs.domain.artifact import Membership, State, version_of
from services.runs.domain.project import Project
from services.runs.handlers.artifact_finding import (
    artifact_view,
    find_artifact,
    look,
    readable,
)
from services.runs.handlers.finding import NO_TEXTS, find_project, find_run
from services.runs.handlers.views import run_view
from shared.contracts.identity import Caller
from shared.contracts.runs import (
    GET_ARTIFACT,
    GET_MANIFEST,
    GET_VERSION,
    LIST_ARTIFACT_FILES,
    LIST_RUN_ARTIFACTS,
    LIST_VERSIONS,
    READ_LINEAGE,
    ArtifactFiles,
    ArtifactFileView,
    ArtifactPage,
    ArtifactView,
    GetArtifact,
    GetManifest,
    GetVersion,
    Lineage,
    ListArtifactFiles,
    ListRunArtifacts,
    ListVersions,
    ManifestFile,
    ReadLineage,
    RunView,
    VersionPage,
    VersionView,
)
from shared.errors import NotFound
from shared.messaging.answering import TheCaller, serve
from shared.permissions import Action, may

router = NatsRouter()

MOST_FILES = 5_000


@serve(router, GET_ARTIFACT)
async def get_artifact(ask: GetArtifact, caller: TheCaller, shelves: TheShelves) -> ArtifactView:
    """Pending ones too: the client asks by id for what it is logging."""
    artifact_id = ask.id
    if ask.client_id is not None:
        artifact_id = await _known_as(ask.client_id, caller, shelves)
    if artifact_id is None:
        raise NotFound("No such artifact.")
    artifact, seen = await find_artifact(shelves, caller, artifact_id)
    return artifact_view(artifact, seen, caller)


@serve(router, GET_VERSION)
async def get_version(ask: GetVersion, caller: TheCaller, shelves: TheShelves) -> VersionView:
    """By alias or `vN`. A pending version has neither."""
    if ask.collection_id is not None:
        collection = await shelves.collections.get(ask.collection_id)
        project = await shelves.projects.get(collection.project_id)
        if not may(caller, Action.READ, project):
            raise NotFound("No such collection.")
    else:
        project = await find_project(shelves.projects, caller, ask.entity, ask.project)
        found = await shelves.collections.find(project.id, ask.collection)
        if found is None:
            raise NotFound(f"artifact {ask.collection} not found")
        collection = found
    place = await shelves.memberships.find(collection.id, ask.alias)
    if place is None:
        place = await _moved_away(collection.id, ask.alias, caller, shelves)
    if place is None:
        raise NotFound(f"artifact {collection.name}:{ask.alias} not found")
    views = await _versions([place], caller, shelves)
    if not views:
        raise NotFound(f"artifact {collection.name}:{ask.alias} not found")
    return views[0]


@serve(router, LIST_VERSIONS)
async def list_versions(ask: ListVersions, caller: TheCaller, shelves: TheShelves) -> VersionPage:
    """Newest first unless asked otherwise."""
    collection = await shelves.collections.get(ask.collection_id)
    project = await shelves.projects.get(collection.project_id)
    if not may(caller, Action.READ, project):
        raise NotFound("No such collection.")
    page, following, total = await shelves.memberships.list(
        collection.id,
        descending=(ask.order or "-").startswith("-"),
        limit=max(1, min(ask.limit, 1_000)),
        after=ask.cursor,
    )
    return VersionPage(items=await _versions(page, caller, shelves), total=total, next=following)


@serve(router, LIST_RUN_ARTIFACTS)
async def list_run_artifacts(
    ask: ListRunArtifacts, caller: TheCaller, shelves: TheShelves
) -> ArtifactPage:
    """Committed ones that the caller may see."""
    _, run = await find_run(shelves.projects, shelves.runs, shelves.moves, caller, ask.path)
    kind = "input" if ask.inputs else "output"
    ids, following, total = await shelves.artifacts.of_run(
        run.id, kind, max(1, min(ask.limit, 1_000)), ask.cursor
    )
    known = await shelves.artifacts.load(ids)
    artifacts = [known[one] for one in ids if one in known]
    seen = await look(shelves, caller, artifacts)
    shown = [one for one in artifacts if one.state is State.COMMITTED and readable(one, seen)]
    return ArtifactPage(
        items=[artifact_view(one, seen, caller) for one in shown],
        total=total - (len(ids) - len(shown)),
        next=following,
    )


@serve(router, READ_LINEAGE)
async def read_lineage(ask: ReadLineage, caller: TheCaller, shelves: TheShelves) -> Lineage:
    """Only runs that the caller may see."""
    artifact, _ = await find_artifact(shelves, caller, ask.artifact_id)
    users = await shelves.artifacts.uses(artifact.id, "input")
    ids = list(dict.fromkeys([*([artifact.run_id] if artifact.run_id else []), *users]))
    shown = await _runs(ids, caller, shelves)
    return Lineage(
        logged_by=shown.get(artifact.run_id or ""),
        created_by=artifact.created_by,
        used_by=[shown[one] for one in users if one in shown],
    )


@serve(router, LIST_ARTIFACT_FILES)
async def list_artifact_files(
    ask: ListArtifactFiles, caller: TheCaller, shelves: TheShelves
) -> ArtifactFiles:
    """References are listed too: the SDK downloads nothing that is not listed."""
    artifact, _ = await find_artifact(shelves, caller, ask.artifact_id)
    if artifact.state is not State.COMMITTED:
        return ArtifactFiles(items=[], total=0)
    found, following = await shelves.entries.list(
        artifact.id,
        names=ask.names,
        digests=ask.digests,
        prefix=ask.prefix,
        limit=max(1, min(ask.limit, MOST_FILES)),
        after=ask.cursor,
    )
    return ArtifactFiles(
        items=[_file(one) for one in found], total=artifact.file_count, next=following
    )


@serve(router, GET_MANIFEST)
async def get_manifest(ask: GetManifest, caller: TheCaller, shelves: TheShelves) -> ManifestFile:
    """The one that was written from what was checked at commit."""
    artifact, _ = await find_artifact(shelves, caller, ask.artifact_id)
    if artifact.manifest is None:
        raise NotFound("The artifact is not committed.")
    return ManifestFile(artifact_id=artifact.id, blob=artifact.manifest)


async def _known_as(client_id: str, caller: Caller, shelves: Shelves) -> str | None:
    """The version itself, or a copy of it that is the caller's to see."""
    known = await shelves.artifacts.by_client_id(client_id)
    found = [known] if known else []
    seen = await look(shelves, caller, found)
    if not any(readable(one, seen) for one in found):
        copies = list(await shelves.former.copies_known_as(client_id))
        seen = await look(shelves, caller, copies)
        found = [one for one in copies if readable(one, seen)] or found
    return found[0].id if found else None


async def _moved_away(
    collection_id: str, alias: str, caller: Caller, shelves: Shelves
) -> Membership | None:
    """Where `vN` went with the run that logged it, told to those who may see it there."""
    index = version_of(alias)
    went = await shelves.former.redirect(collection_id, index) if index is not None else None
    if went is None:
        return None
    artifact, seen = await find_artifact(shelves, caller, went)
    places = seen.places.get(artifact.id, ())
    return next((one for one in places if one.collection_id == artifact.collection_id), None)


async def _versions(
    places: Sequence[Membership], caller: Caller, shelves: Shelves
) -> list[VersionView]:
    known = await shelves.artifacts.load([place.artifact_id for place in places])
    seen = await look(shelves, caller, list(known.values()))
    return [
        VersionView(
            artifact=artifact_view(known[place.artifact_id], seen, caller),
            membership_id=place.id,
        )
        for place in places
        if place.artifact_id in known
    ]


async def _runs(ids: list[str], caller: Caller, shelves: Shelves) -> dict[str, RunView]:
    projects: dict[str, Project] = {}
    shown = {}
    for run in (await shelves.runs.load(ids)).values():
        if run.deleted_at is not None:
            continue
        project = projects.get(run.project_id) or await shelves.projects.get(run.project_id)
        projects[project.id] = project
        if may(caller, Action.READ, project):
            shown[run.id] = run_view(run, project, caller, NO_TEXTS)
    return shown


def _file(entry: StoredEntry) -> ArtifactFileView:
    return ArtifactFileView(
        id=f"{entry.artifact_id}/{entry.path}",
        artifact_id=entry.artifact_id,
        birth_artifact_id=entry.birth_artifact_id,
        name=entry.path,
        blob=entry.key or "",
        ref=entry.ref,
        size=entry.size,
        md5=entry.digest,
        mimetype=mimetypes.guess_type(entry.path)[0],
        updated_at=entry.at,
    )
