"""`/files/blobs/{token}/{name}`: bytes in and out, streamed, on the strength of a signed URL."""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import re
from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Header, Request
from fastapi.responses import Response, StreamingResponse

from gateway.dependencies import TheBlobs, TheBus, TheSigner
from shared.contracts.runs import STORE_FILE, FileStored
from shared.errors import Invalid, TooLarge
from shared.kit.ids import new_id

router = APIRouter(include_in_schema=False)

MOST_FILE = 1024**4
_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")
_INERT = {"image/png", "image/jpeg", "image/gif", "image/webp", "audio/wav", "video/mp4"}
"""What a browser may show in place; everything else is offered for download only."""


@router.put("/files/blobs/{token}/{name:path}")
async def put_file(
    token: str, name: str, request: Request, bus: TheBus, signer: TheSigner, blobs: TheBlobs
) -> Response:
    """Store the bytes, then tell runs; answered when both are durable."""
    ticket = signer.read(token, "PUT")
    counted = _Counted(request.stream())
    incoming = f"incoming/{new_id()}"
    await blobs.put_stream(incoming, counted.pieces())
    expected = request.headers.get("content-md5")
    if expected is not None and expected != counted.md5:
        await blobs.delete(incoming)
        raise Invalid("Content-MD5: the bytes that arrived have another digest.", field="body")
    await blobs.rename(incoming, ticket.blob)
    await bus.call(
        STORE_FILE,
        FileStored(
            run_id=ticket.run_id,
            name=ticket.name,
            size=counted.size,
            md5=counted.md5,
            mimetype=mimetypes.guess_type(ticket.name)[0],
        ),
    )
    return Response(status_code=200, headers={"ETag": f'"{counted.md5}"'})


@router.api_route("/files/blobs/{token}/{name:path}", methods=["GET", "HEAD"])
async def get_file(
    token: str,
    name: str,
    request: Request,
    signer: TheSigner,
    blobs: TheBlobs,
    range_header: Annotated[str | None, Header(alias="range")] = None,
) -> Response:
    """The bytes, or the range of them that was asked for."""
    ticket = signer.read(token, request.method)
    size = await blobs.size(ticket.blob)
    headers = _headers(ticket.name)
    start, end, status = 0, size, 200
    found = _RANGE.match(range_header) if range_header else None
    if found and size:
        start, end = _bounds(found[1], found[2], size)
        if start >= end:
            return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
        status = 206
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - start)
    mimetype = mimetypes.guess_type(ticket.name)[0] or "application/octet-stream"
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=mimetype)
    stream = blobs.stream(ticket.blob, start, end)
    return StreamingResponse(stream, status, headers=headers, media_type=mimetype)


@router.options("/files/blobs/{token}/{name:path}")
async def options_file(token: str, name: str) -> Response:
    """A signed URL may be fetched from any origin: it carries no cookies."""
    return Response(
        status_code=204,
        headers={
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": "GET, HEAD",
            "Access-Control-Max-Age": "600",
        },
    )


class _Counted:
    """A stream of bytes that knows its size and MD5 at the end."""

    def __init__(self, stream: AsyncIterator[bytes]) -> None:
        self._stream = stream
        self._md5 = hashlib.md5(usedforsecurity=False)
        self.size = 0

    @property
    def md5(self) -> str:
        return base64.b64encode(self._md5.digest()).decode()

    async def pieces(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            if piece:
                self.size += len(piece)
                if self.size > MOST_FILE:
                    raise TooLarge(f"body: a file has at most {MOST_FILE} bytes.", field="body")
                self._md5.update(piece)
                yield piece


def _headers(name: str) -> dict[str, str]:
    shown = mimetypes.guess_type(name)[0] in _INERT
    base = quote(name.rpartition("/")[2], safe="")
    return {
        "Accept-Ranges": "bytes",
        "Access-Control-Allow-Origin": "*",
        "Cache-Control": "private, max-age=0, must-revalidate",
        "Content-Disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{base}",
        "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
        "X-Content-Type-Options": "nosniff",
    }


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """Of `bytes=a-b`, `bytes=a-` or `bytes=-n` (RFC 9110 §14.1.2), as a half-open range."""
    if not first:
        return max(0, size - int(last or 0)), size
    return int(first), min(size, int(last) + 1 if last else size)
