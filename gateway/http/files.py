"""`/files/blobs/{token}/{name}`: bytes in and out, streamed, on the strength of a signed URL."""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import re
from collections.abc import AsyncIterator
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from prometheus_client import Counter
from starlette.datastructures import Headers

from gateway.dependencies import TheBlobs, TheBus, TheSigner
from gateway.signing import Ticket
from shared.contracts.runs import STORE_FILE, FileStored
from shared.errors import Invalid, TooLarge, Unavailable
from shared.kit.ids import new_id

router = APIRouter(include_in_schema=False)

MOVED = Counter(
    "cordee_gateway_file_bytes",
    "Bytes of files that went through the gateway; with a bucket none of an artifact's does.",
    ["kind", "way"],
)

MOST_FILE = 1024**4
_TRIES = 5
SMALL = 256 * 1024
"""Bytes of a file that is read and put at once: a stream costs more than such a body."""
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})$")
_INERT = {"image/png", "image/jpeg", "image/gif", "image/webp", "audio/wav", "video/mp4"}
"""What a browser may show in place; everything else is offered for download only."""


@router.put("/files/blobs/{token}/{name:path}")
async def put_file(
    token: str, name: str, request: Request, bus: TheBus, signer: TheSigner, blobs: TheBlobs
) -> Response:
    """Store the bytes, then tell runs; answered when both are durable."""
    ticket = signer.read(token, "PUT")
    counted = Counted(request.stream(), "run")
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
    token: str, name: str, request: Request, signer: TheSigner, blobs: TheBlobs
) -> Response:
    """The bytes, or the range of them that was asked for; 304 for who has them already.

    A file may be replaced at any time: what goes out is of one version, with its size and tag.
    """
    ticket = signer.read(token, request.method)
    mimetype = mimetypes.guess_type(ticket.name)[0] or "application/octet-stream"
    whole = await blobs.small(ticket.blob, SMALL)
    for _ in range(_TRIES):
        size, tag = (len(whole.data), whole.tag) if whole else await blobs.stamp(ticket.blob)
        status, headers, start, end = _planned(request.headers, size, tag)
        headers |= _headers(ticket.name)
        if request.method == "HEAD" or start == end:
            return Response(status_code=status, headers=headers, media_type=mimetype)
        if whole:
            _count_out(ticket, end - start)
            return Response(whole.data[start:end], status, headers=headers, media_type=mimetype)
        stream = await blobs.open(ticket.blob, start, end, tag)
        if stream is not None:
            _count_out(ticket, end - start)
            return StreamingResponse(stream, status, headers=headers, media_type=mimetype)
    raise Unavailable("The file is being replaced again and again; ask once more.")


def _count_out(ticket: Ticket, size: int) -> None:
    kind = "artifact" if ticket.blob.startswith("artifacts/") else "run"
    MOVED.labels(kind, "out").inc(size)


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


class Counted:
    """A stream of bytes that knows its size and MD5 at the end."""

    def __init__(self, stream: AsyncIterator[bytes], kind: str) -> None:
        self._stream = stream
        self._moved = MOVED.labels(kind, "in")
        self._md5 = hashlib.md5(usedforsecurity=False)
        self.size = 0

    @property
    def md5(self) -> str:
        return base64.b64encode(self._md5.digest()).decode()

    async def pieces(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            if piece:
                self.size += len(piece)
                self._moved.inc(len(piece))
                if self.size > MOST_FILE:
                    raise TooLarge(f"body: a file has at most {MOST_FILE} bytes.", field="body")
                self._md5.update(piece)
                yield piece


def _planned(asked: Headers, size: int, tag: str) -> tuple[int, dict[str, str], int, int]:
    """Status, headers, and the half-open range of bytes that follows (RFC 9110 §13, §14)."""
    headers = {"ETag": f'"{tag}"'}
    known = asked.get("if-none-match")
    if known and _names(known, tag):
        return 304, headers, 0, 0
    still = asked.get("if-range", headers["ETag"]).strip() == headers["ETag"]
    found = _RANGE.match(asked.get("range", "")) if still else None
    if not found or not size:
        return 200, headers | {"Content-Length": str(size)}, 0, size
    start, end = _bounds(found[1], found[2], size)
    if start >= end:
        return 416, headers | {"Content-Range": f"bytes */{size}"}, 0, 0
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return 206, headers | {"Content-Length": str(end - start)}, start, end


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


def _names(condition: str, tag: str) -> bool:
    """Whether an `If-None-Match` names the tag (RFC 9110 §13.1.2)."""
    named = [one.strip().removeprefix("W/").strip('"') for one in condition.split(",")]
    return "*" in named or tag in named


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """Of `bytes=a-b`, `bytes=a-` or `bytes=-n` (RFC 9110 §14.1.2), as a half-open range."""
    if not first:
        return max(0, size - int(last or 0)), size
    return int(first), min(size, int(last) + 1 if last else size)
