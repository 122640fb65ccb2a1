"""Links to the bytes of artifacts: a bucket's own presigned ones, or ours for a local store."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from gateway.signing import DOWNLOAD_S, UPLOAD_S, Signer, Upload
from shared.contracts.runs import ArtifactFileView, Part, UploadView
from shared.kit.blobs import Blobs
from shared.kit.parts import part_key


def download_url(file: ArtifactFileView, signer: Signer, blobs: Blobs) -> str:
    """For whoever has it, for a while. A reference leads to what it refers to."""
    if file.ref is not None:
        return file.ref
    direct = blobs.presigned("GET", file.blob, DOWNLOAD_S)
    return direct or signer.url("GET", file.artifact_id, file.name, file.blob)


def upload_url(blob: str, md5: str, signer: Signer, blobs: Blobs) -> str:
    """For one file of this MD5 (base64)."""
    direct = blobs.presigned("PUT", blob, UPLOAD_S)
    return direct or signer.upload_url(Upload(blob, md5, signer.until(UPLOAD_S)))


def part_urls(view: UploadView, parts: Sequence[Part], signer: Signer, blobs: Blobs) -> list[str]:
    """For each part of a large file, in order; a bucket's many take a while to sign."""
    if blobs.parts is None or view.blob is None or view.upload_id is None:
        return []
    urls = []
    for part in parts:
        direct = blobs.parts.url(view.blob, view.upload_id, part.number, UPLOAD_S)
        md5 = base64.b64encode(bytes.fromhex(part.md5)).decode()
        own = Upload(part_key(view.blob, part.number), md5, signer.until(UPLOAD_S))
        urls.append(direct or signer.upload_url(own))
    return urls


def upload_headers(md5: str) -> list[str]:
    """What the client is to send along, so that the store itself refuses damaged bytes."""
    return [f"Content-MD5:{md5}"]
