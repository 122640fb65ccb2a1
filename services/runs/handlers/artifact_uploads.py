"""Uploading an artifact: its manifests, its files, and the parts of large ones."""

from __future__ import annotations

from collections.abc import Sequence

from faststream.nats import NatsRouter

from services.runs.artifact_ports import Blob, Claim, Manifest, Shelves
from services.runs.dependencies import TheClock, TheShelves
from services.runs.domain import parts as rules
from services.runs.domain.artifact import Artifact, State
from services.runs.domain.manifest import hex_md5
from services.runs.handlers.artifact_finding import find_artifact
from shared.contracts._kinds import Nothing
from shared.contracts.identity import Caller
from shared.contracts.runs import (
    COMPLETE_UPLOAD,
    CREATE_ARTIFACT_FILES,
    CREATE_MANIFEST,
    UPDATE_MANIFEST,
    AnnouncedFile,
    CompleteUpload,
    CreateArtifactFiles,
    CreateManifest,
    ManifestView,
    UpdateManifest,
    Uploads,
    UploadView,
)
from shared.errors import Conflict, Invalid, TooLarge
from shared.kit.clock import Clock
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve
from shared.permissions import Action

router = NatsRouter()

MOST_FILES = 10_000


@serve(router, CREATE_MANIFEST)
async def create_manifest(
    ask: CreateManifest, caller: TheCaller, shelves: TheShelves, clock: TheClock
) -> ManifestView:
    """Where the manifest's bytes are to go."""
    artifact = await _pending(ask.artifact_id, caller, shelves)
    if ask.digest:
        hex_md5(ask.digest)
    found = Manifest(
        id=new_id(),
        artifact_id=artifact.id,
        name=ask.name[:256],
        type=ask.type,
        md5=ask.digest,
        blob=f"artifacts/manifests/{artifact.id}-{new_id()}",
        created_at=clock(),
        base_artifact_id=ask.base_artifact_id,
    )
    await shelves.artifacts.add_manifest(found)
    return ManifestView.model_validate(found)


@serve(router, UPDATE_MANIFEST)
async def update_manifest(
    ask: UpdateManifest, caller: TheCaller, shelves: TheShelves
) -> ManifestView:
    """The digest that its bytes will have."""
    found = await shelves.artifacts.manifest(ask.manifest_id)
    await _pending(found.artifact_id, caller, shelves)
    if ask.digest:
        hex_md5(ask.digest)
    changed = Manifest(
        id=found.id,
        artifact_id=found.artifact_id,
        name=found.name,
        type=found.type,
        md5=ask.digest or found.md5,
        blob=found.blob,
        created_at=found.created_at,
        base_artifact_id=ask.base_artifact_id or found.base_artifact_id,
    )
    await shelves.artifacts.put_manifest(changed)
    return ManifestView.model_validate(changed)


@serve(router, CREATE_ARTIFACT_FILES)
async def create_artifact_files(
    ask: CreateArtifactFiles, caller: TheCaller, shelves: TheShelves, clock: TheClock
) -> Uploads:
    """Which of the files have to be uploaded, and where to."""
    if len(ask.files) != len(ask.artifact_ids):
        raise Invalid("artifactFiles: each needs the artifact it is for.", field="artifactFiles")
    if len(ask.files) > MOST_FILES:
        raise TooLarge(f"artifactFiles: at most {MOST_FILES} at once.", field="artifactFiles")
    versions = {
        one: await _pending(one, caller, shelves) for one in dict.fromkeys(ask.artifact_ids)
    }
    found: dict[int, UploadView] = {}
    for artifact in versions.values():
        mine = [at for at, one in enumerate(ask.artifact_ids) if one == artifact.id]
        views = await _uploads(artifact, [ask.files[at] for at in mine], caller, shelves, clock)
        found |= dict(zip(mine, views, strict=True))
    return Uploads(items=[found[at] for at in range(len(ask.files))])


@serve(router, COMPLETE_UPLOAD)
async def complete_upload(ask: CompleteUpload, caller: TheCaller, shelves: TheShelves) -> Nothing:
    """Put the parts of a large file together, or forget them."""
    artifact = await _pending(ask.artifact_id, caller, shelves)
    if ask.abort:
        await shelves.archive.abandon(artifact, ask.blob, ask.upload_id)
    else:
        parts = [(part.number, part.md5) for part in ask.parts]
        await shelves.archive.complete(artifact, ask.blob, ask.upload_id, parts)
    return Nothing()


async def _pending(artifact_id: str, caller: Caller, shelves: Shelves) -> Artifact:
    artifact, _ = await find_artifact(shelves, caller, artifact_id, Action.LOG)
    if artifact.state is not State.PENDING:
        raise Conflict("The artifact is committed already; its files cannot change any more.")
    return artifact


async def _uploads(
    artifact: Artifact,
    files: Sequence[AnnouncedFile],
    caller: Caller,
    shelves: Shelves,
    clock: Clock,
) -> list[UploadView]:
    """Claimed first, looked for afterwards: what is claimed is never collected as garbage.

    To know a digest is not to have the bytes: who is not of the team uploads what the project
    itself does not have.
    """
    md5s = [hex_md5(file.md5) for file in files]
    announced = [_parts(file) for file in files]
    trusted = artifact.store in caller.roles
    claims = {
        md5: Claim(
            artifact_id=artifact.id,
            md5=md5,
            blob=shelves.archive.new_key(artifact.store, md5),
            part_md5s=parts,
            trusted=trusted,
        )
        for md5, parts in zip(md5s, announced, strict=True)
    }
    kept = await shelves.entries.claim(artifact.store, list(claims.values()), clock())
    claimed = {claim.md5: claim for claim in kept}
    stored = await shelves.entries.stored(artifact.store, md5s)
    if not trusted:
        near = await shelves.entries.shared(artifact.project_id, artifact.store, list(stored))
        stored = {md5: blob for md5, blob in stored.items() if md5 in near}
    found: list[UploadView] = []
    for md5, file, parts in zip(md5s, files, announced, strict=True):
        view = _view(file, artifact, stored.get(md5), claimed[md5])
        if parts and view.blob is not None:
            claim = claimed[md5] = await shelves.archive.begin_parts(claimed[md5], parts)
            twice = any(one.md5 == file.md5 for one in found)  # put once, they are there for both
            view = view.model_copy(
                update={"upload_id": claim.upload_id, "blob": None if twice else claim.blob}
            )
        found.append(view)
    return found


def _parts(file: AnnouncedFile) -> tuple[str, ...]:
    return rules.announced([(part.number, part.md5) for part in file.parts])


def _view(file: AnnouncedFile, artifact: Artifact, stored: Blob | None, claim: Claim) -> UploadView:
    there = stored is not None or claim.whole
    return UploadView(
        name=file.name,
        md5=file.md5,
        blob=None if there else claim.blob,
        birth_artifact_id=stored.birth_artifact_id if stored else artifact.id,
    )
