"""`/api/v1/unsubscribe/…` and `/api/v1/charts/…`: links from messages, for whoever has them.

No key and no session is asked for: the ticket in the link proves that it came from us.
"""

from __future__ import annotations

import base64
from html import escape
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse

from gateway.dependencies import TheBus
from shared.contracts.alerts import (
    DRAW_CHART,
    UNSUBSCRIBE,
    DrawChart,
    Subscription,
    Unsubscribe,
)

router = APIRouter(tags=["links"])

_WORDS = {
    "en": {
        "on": "{address} gets mails from the channel {channel} of {team}.",
        "off": "{address} gets no more mails from the channel {channel} of {team}.",
        "leave": "Unsubscribe",
        "return": "Subscribe again",
    },
    "fr": {
        "on": "{address} reçoit les messages du canal {channel} de {team}.",
        "off": "{address} ne reçoit plus les messages du canal {channel} de {team}.",
        "leave": "Se désabonner",
        "return": "S'abonner de nouveau",
    },
}


@router.get("/unsubscribe/{ticket}")
async def show_subscription(ticket: str, request: Request, bus: TheBus) -> HTMLResponse:
    """A page with one button; looking at it changes nothing."""
    return _page(await bus.call(UNSUBSCRIBE, Unsubscribe(ticket=ticket, wish="look")), request)


@router.post("/unsubscribe/{ticket}")
async def change_subscription(
    ticket: str, request: Request, bus: TheBus, wish: Annotated[str, Form()] = "leave"
) -> HTMLResponse:
    """One click, as mail programs do it for their users (RFC 8058)."""
    wanted = "return" if wish == "return" else "leave"
    return _page(await bus.call(UNSUBSCRIBE, Unsubscribe(ticket=ticket, wish=wanted)), request)


@router.get("/charts/{ticket}.png")
async def show_chart(ticket: str, bus: TheBus) -> Response:
    """The chart of an alert, for the chat that it was told in."""
    chart = await bus.call(DRAW_CHART, DrawChart(ticket=ticket), patience=10.0)
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response(base64.b64decode(chart.png), media_type="image/png", headers=headers)


def _page(found: Subscription, request: Request) -> HTMLResponse:
    french = request.headers.get("accept-language", "").lower().startswith("fr")
    words = _WORDS["fr" if french else "en"]
    said = words["on" if found.subscribed else "off"].format(**found.model_dump())
    wish = "leave" if found.subscribed else "return"
    return HTMLResponse(
        f'<!doctype html><html lang="{"fr" if french else "en"}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
        f"<title>Cordée</title></head><body><main><p>{escape(said)}</p>"
        f'<form method="post"><button name="wish" value="{wish}">{escape(words[wish])}</button>'
        "</form></main></body></html>"
    )
