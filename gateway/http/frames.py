"""`/files/frames/{token}/{name}`: HTML that a run logged, as a page that belongs to nobody; and
`/files/viewer`, a page of ours as foreign as that, in which figures and objects are drawn."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import FileResponse, StreamingResponse

from gateway.dependencies import TheBlobs, TheSigner
from gateway.http.pages import BUILT
from shared.errors import NotFound, Unavailable

router = APIRouter(include_in_schema=False)

FRAMED = (".html", ".htm")
POLICY = "; ".join(
    (
        # An origin of its own, even when somebody opens the address outside of a frame: no
        # cookie of ours goes along, and nothing of ours can be read.
        "sandbox allow-scripts",
        "default-src 'none'",
        "script-src 'unsafe-inline' 'unsafe-eval' data: blob:",
        "style-src 'unsafe-inline' data:",
        "img-src data: blob:",
        "media-src data: blob:",
        "font-src data:",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    )
)
"""Its scripts run and reach nothing: what a page shows must have come with it."""
VIEWER_POLICY = "; ".join(
    (
        "sandbox allow-scripts",
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src data: blob:",
        "font-src data:",
        "connect-src data: blob:",
        "worker-src blob:",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    )
)
"""Its scripts are ours, what they draw is not: that comes into the frame and gets nowhere else."""
_HEADERS = {
    "Cache-Control": "private, max-age=0, must-revalidate",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_TRIES = 5


@router.get("/files/viewer")
async def viewer() -> FileResponse:
    """The same for everybody: what it shows comes from the page around it."""
    page = BUILT / "viewer.html"
    if not page.is_file():
        raise NotFound("The web app is not built.")
    headers = {"Content-Security-Policy": VIEWER_POLICY, **_HEADERS}
    return FileResponse(page, media_type="text/html", headers=headers)


@router.get("/files/frames/{token}/{name:path}")
async def show_page(token: str, name: str, signer: TheSigner, blobs: TheBlobs) -> StreamingResponse:
    """For HTML alone, on the strength of a signed address."""
    ticket = signer.read(token, "GET")
    if not ticket.name.endswith(FRAMED):
        raise NotFound("Only HTML is shown in a frame.")
    headers = {"Content-Security-Policy": POLICY, **_HEADERS}
    for _ in range(_TRIES):
        size, tag = await blobs.stamp(ticket.blob)
        stream = await blobs.open(ticket.blob, 0, size, tag)
        if stream is not None:
            return StreamingResponse(stream, headers=headers, media_type="text/html")
    raise Unavailable("The file is being replaced again and again; ask once more.")
