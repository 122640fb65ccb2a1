"""Everything else: the web app, one page that draws itself by its address."""

from __future__ import annotations

from pathlib import Path

from fastapi import Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Match, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from gateway.http.errors import status_of
from shared.errors import Unavailable

BUILT = Path(__file__).parents[1] / "static"
ASSETS = "/assets"
NOT_PAGES = (
    "api",
    "graphql",
    "files",
    "artifactsV2",
    "assets",
    "oidc",
    "healthz",
    "readyz",
    "ready",
)
"""First parts of paths where programs ask; what is not there is said to them as a problem."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob: https:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "frame-src 'self' blob:",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    )
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_FOR_EVER = "public, max-age=31536000, immutable"
_NOT_BUILT = """<!doctype html><meta charset="utf-8"><title>Cordée</title>
<h1>Cordée runs, but its web UI is not built.</h1>
<p>Run <code>make web</code> where an npm registry is in reach, then reload this page.
The SDK and the API work without it: <a href="/api/docs">/api/docs</a>.</p>
"""


class Assets(StaticFiles):
    """Built files carry a digest of their content in their name, so they never change."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        if "-" in str(args[0]).rpartition("/")[2]:
            response.headers["Cache-Control"] = _FOR_EVER
        # Scripts of a frame that is of no origin are asked for from nowhere.
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response


STATIC = Assets(directory=BUILT / "assets", check_dir=False)


class Pages(Route):
    """Takes what nobody else did, but never what programs ask for: they are told 404 and 405."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Only looking at a page is one."""
        first = scope.get("path", "").lstrip("/").partition("/")[0]
        if scope.get("method") not in ("GET", "HEAD") or first in NOT_PAGES:
            return Match.NONE, {}
        return super().matches(scope)


async def page(_request: Request) -> Response:
    """The app, whatever the address; it asks the API for what it shows."""
    index = BUILT / "index.html"
    if not index.is_file():
        return HTMLResponse(_NOT_BUILT, status_of(Unavailable("")), headers=_HEADERS)
    return FileResponse(index, media_type="text/html", headers=_HEADERS)


ROUTE = Pages("/{path:path}", page, methods=["GET"], include_in_schema=False)
