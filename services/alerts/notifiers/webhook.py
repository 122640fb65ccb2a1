"""Webhooks and Slack's incoming ones: one signed POST to an address that was checked."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from services.alerts.domain import signing, template
from services.alerts.domain.channel import Channel
from services.alerts.domain.delivery import Attempt, Delivery
from services.alerts.domain.wording import slack_message
from shared.errors import CordeeError
from shared.kit.clock import Clock

CONNECT_S = 5.0
TOTAL_S = 15.0
KEPT_OF_RESPONSE = 16 * 1024

ChartUrl = Callable[[Mapping[str, Any]], str | None]
"""Where the chart of what is told can be fetched; None where there is none."""


class WebhookSender:
    """Keeps `ports.Sender`. The client's transport is what refuses addresses."""

    def __init__(self, client: httpx.AsyncClient, clock: Clock, chart_url: ChartUrl) -> None:
        self._client = client
        self._clock = clock
        self._chart_url = chart_url

    async def send(self, delivery: Delivery, channel: Channel) -> Attempt:
        """Anything but a 2xx within the time is a failure, redirects included."""
        at, began = self._clock(), time.monotonic()
        try:
            async with asyncio.timeout(TOTAL_S):
                status, response, retry_after = await self._post(delivery, channel)
        except TimeoutError:
            return Attempt(at, 0, "no answer in time", _ms(began))
        except CordeeError as error:
            return Attempt(at, 0, error.message, _ms(began))
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return Attempt(at, 0, type(error).__name__, _ms(began))
        wrong = None if 200 <= status < 300 else f"answered {status}"
        return Attempt(at, status, wrong, _ms(began), response, retry_after)

    async def _post(self, delivery: Delivery, channel: Channel) -> tuple[int, str, float | None]:
        body = body_of(delivery, channel, self._chart_url)
        headers = {"Content-Type": "application/json", "User-Agent": "Cordee/1 (webhooks)"}
        headers |= channel.headers
        if channel.kind == "webhook":
            now = self._clock()
            secrets = channel.counting_secrets(now)
            headers |= signing.standard_headers(
                delivery.webhook_id, int(now.timestamp()), body, secrets
            )
            if channel.profile != "standard" and secrets:
                in_base64 = channel.profile == "wandb-base64"
                headers |= signing.wandb_header(body, secrets[0], in_base64=in_base64)
        async with self._client.stream(
            "POST",
            channel.url or "",
            content=body,
            headers=headers,
            timeout=httpx.Timeout(TOTAL_S, connect=CONNECT_S),
            follow_redirects=False,
        ) as answer:
            kept = b""
            async for piece in answer.aiter_raw():  # as it came: nothing is inflated
                kept += piece
                if len(kept) >= KEPT_OF_RESPONSE:
                    break
            text = kept[:KEPT_OF_RESPONSE].decode("utf-8", "replace").replace("\x00", "")
            for secret in (*channel.secrets, *channel.headers.values()):
                text = text.replace(secret, "***")
            return answer.status_code, text, _retry_after(answer, self._clock)


def body_of(delivery: Delivery, channel: Channel, chart_url: ChartUrl) -> bytes:
    """What is posted: the same for every try unless the template was changed meanwhile."""
    facts = json.loads(delivery.facts)
    if channel.kind == "slack":
        return json.dumps(slack_message(facts, chart_url(facts))).encode()
    form = delivery.payload or channel.template
    if form is not None:
        return template.rendered(form, facts).encode()
    timestamp = facts.get("timestamp")
    return json.dumps({"type": delivery.event, "timestamp": timestamp, "data": facts}).encode()


def _retry_after(answer: httpx.Response, clock: Clock) -> float | None:
    said = answer.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        return max(0.0, (parsedate_to_datetime(said) - clock()).total_seconds())
    except (ValueError, TypeError):
        return None


def _ms(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
