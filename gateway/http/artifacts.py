"""Bytes of artifacts: uploads on the strength of a signed URL, and the SDK's own download paths."""

from __future__ import annotations

import base64
import binascii

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from gateway.artifact_links import download_url
from gateway.dependencies import AskAsAnybody, TheBlobs, TheSigner
from gateway.http.bodies import announced_size
from gateway.http.files import SMALL, Counted
from gateway.signing import Upload
from shared.contracts.runs import LIST_ARTIFACT_FILES, ArtifactFileView, ListArtifactFiles
from shared.errors import Invalid, NotFound
from shared.kit.ids import from_global, new_id

router = APIRouter(include_in_schema=False)

FOUND_ELSEWHERE = 302


@router.put("/files/artifacts/{token}")
async def put_artifact_file(
    token: str, request: Request, signer: TheSigner, blobs: TheBlobs
) -> Response:
    """Store the bytes if they are those that the link is for.

    Nobody is told, and nothing waits for the disk: the commit looks for what it needs and settles
    it, so ten thousand small files cost ten thousand files and not as many questions and syncs.
    """
    upload = signer.read_upload(token)
    counted = Counted(request.stream(), "artifact")
    if 0 < announced_size(dict(request.headers.raw)) <= SMALL:
        data = b"".join([piece async for piece in counted.pieces()])
        _check(counted, upload)
        await blobs.put_small(upload.blob, data)
    else:
        incoming = f"incoming/{new_id()}"
        await blobs.put_stream(incoming, counted.pieces(), durable=False)
        try:
            _check(counted, upload)
        except Invalid:
            await blobs.delete(incoming)
            raise
        await blobs.rename(incoming, upload.blob, durable=False)
    return Response(status_code=200, headers={"ETag": f'"{base64.b64decode(upload.md5).hex()}"'})


def _check(counted: Counted, upload: Upload) -> None:
    if counted.md5 != upload.md5:
        raise Invalid("body: the bytes that arrived have another MD5 than announced.", field="body")


@router.get("/artifactsV2/{region}/{entity}/{project}/{collection}/{birth_id}/{md5}/{name}")
async def get_by_birth(
    birth_id: str, md5: str, ask: AskAsAnybody, signer: TheSigner, blobs: TheBlobs
) -> Response:
    """The SDK's fallback where a signed link has expired (wire-protocol §7.8)."""
    return await _redirect(birth_id, md5, ask, signer, blobs)


@router.get(
    "/artifactsV2/{region}/{entity}/{project}/{collection}/{artifact_id}/{birth_id}/{md5}/{name}"
)
async def get_by_artifact(
    artifact_id: str, md5: str, ask: AskAsAnybody, signer: TheSigner, blobs: TheBlobs
) -> Response:
    """The same, by the version that is read: the one where the bytes were born may be gone."""
    return await _redirect(artifact_id, md5, ask, signer, blobs)


async def _redirect(
    global_id: str, md5: str, ask: AskAsAnybody, signer: TheSigner, blobs: TheBlobs
) -> Response:
    """Both parts of the path are the client's text: what is no id is as unknown as what is none."""
    try:
        artifact_id = from_global("Artifact", global_id)
        digest = base64.b64encode(binascii.unhexlify(md5)).decode()
    except (Invalid, ValueError) as error:
        raise NotFound("No such file.") from error
    page = await ask(
        LIST_ARTIFACT_FILES,
        ListArtifactFiles(artifact_id=artifact_id, digests=[digest], limit=1),
    )
    files: list[ArtifactFileView] = [file for file in page.items if file.blob]
    if not files:
        raise NotFound("No such file.")
    return RedirectResponse(download_url(files[0], signer, blobs), FOUND_ELSEWHERE)
