"""`/api/docs`: the API's page, with assets served from here, because many sites are offline."""

from __future__ import annotations

from pathlib import Path

import fastapi_offline
from fastapi import APIRouter
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

router = APIRouter(include_in_schema=False)

ASSETS = "/api/docs/assets"
STATIC = StaticFiles(directory=Path(fastapi_offline.__file__).parent / "static")


@router.get("/api/docs")
async def docs() -> HTMLResponse:
    """Every route of `/api/v1`, to read and to try."""
    return get_swagger_ui_html(
        openapi_url="/api/v1/openapi.json",
        title="Cordée API",
        swagger_js_url=f"{ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{ASSETS}/swagger-ui.css",
        swagger_favicon_url=f"{ASSETS}/favicon.png",
    )
