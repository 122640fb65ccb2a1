"""What the schema calls a File where it is one of an artifact: to read, to upload, a manifest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gateway.artifact_links import download_url, upload_headers, upload_url
from gateway.graphql.context import Context
from shared.contracts.runs import ArtifactFileView


@dataclass(frozen=True, slots=True)
class UploadNode:
    """A file that is being logged; without a blob its bytes are there already."""

    id: str
    name: str
    md5: str
    blob: str | None
    artifact: Any = None
    run_id: str = ""
    size: int = 0
    mimetype: str | None = None
    updated_at: Any = None
    multipart: dict[str, Any] | None = None
    upload_headers: list[str] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """The same, in the schema's word."""
        return self.md5

    @property
    def storagePath(self) -> str | None:  # noqa: N802 - the schema's name
        """What completes an upload in parts."""
        return self.blob

    @property
    def uploadMultipartUrls(self) -> dict[str, Any] | None:  # noqa: N802 - the schema's name
        """None asks the client to put the file in one piece."""
        return self.multipart


def to_upload(
    file_id: str, name: str, md5: str, blob: str | None, artifact: Any = None
) -> UploadNode:
    """With the headers that the upload is to carry."""
    headers = upload_headers(md5) if blob is not None else []
    return UploadNode(file_id, name, md5, blob, artifact, upload_headers=headers)


def file_url(found: ArtifactFileView | UploadNode, context: Context, *, upload: bool) -> str | None:
    """Where it is read from or put; None where there is nothing to put."""
    if isinstance(found, ArtifactFileView):
        return download_url(found, context.signer, context.blobs)
    if not upload or found.blob is None:
        return None
    if found.multipart is not None:  # not null is all it says: the whole goes nowhere in one piece
        return str(found.multipart["uploadUrlParts"][0]["uploadUrl"])
    return upload_url(found.blob, found.md5, context.signer, context.blobs)
