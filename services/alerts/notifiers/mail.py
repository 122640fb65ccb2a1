"""Mails by SMTP, each in its recipient's language, with the chart of what has fired."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from typing import Any

import aiosmtplib

from services.alerts.domain.channel import Channel
from services.alerts.domain.delivery import Attempt, Delivery
from services.alerts.domain.tickets import UNSUBSCRIBING, Tickets
from services.alerts.domain.wording import CHART, letter
from services.alerts.ports import Charts, Contacts
from shared.errors import CordeeError
from shared.kit.clock import Clock
from shared.kit.smtp import MailServer

TOTAL_S = 120.0
"""Less than the lease of its delivery."""


class NoMail:
    """Where no mail server is set: every mail is a failure that says so."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def send(self, delivery: Delivery, channel: Channel) -> Attempt:
        """Refuse."""
        reason = "this instance has no mail server (CORDEE_SMTP_URL)"
        return Attempt(self._clock(), 0, reason, final=True)


class MailSender:
    """Keeps `ports.Sender`."""

    def __init__(
        self,
        server: MailServer,
        contacts: Contacts,
        charts: Charts,
        tickets: Tickets,
        public_url: str,
        clock: Clock,
    ) -> None:
        self._server = server
        self._contacts = contacts
        self._charts = charts
        self._tickets = tickets
        self._url = public_url.rstrip("/")
        self._clock = clock

    async def send(self, delivery: Delivery, channel: Channel) -> Attempt:
        """A refusal for good (5xx) ends the delivery; it says nothing about the mail server."""
        at, began = self._clock(), time.monotonic()
        status, error = 250, None
        try:
            async with asyncio.timeout(TOTAL_S):
                to = delivery.recipient or ""
                preference = await self._contacts.preference(delivery.team, to)
                if not preference.wants_alerts or channel.was_left_by(to):
                    return Attempt(at, 0, "the recipient wants no mails about alerts", final=True)
                message = await self._message(delivery, channel, preference.language)
                await self._server.send(message)
        except aiosmtplib.SMTPRecipientsRefused as refused:
            codes = [refusal.code for refusal in refused.recipients]
            status, error = min(codes, default=450), "the recipient was refused"
        except aiosmtplib.SMTPAuthenticationError:
            status, error = 0, "the mail server refused our password"
        except aiosmtplib.SMTPResponseException as refused:
            status, error = refused.code, "the mail server said no"
        except CordeeError as failure:
            status, error = 0, failure.message
        except (aiosmtplib.SMTPException, OSError, ValueError) as failure:
            status, error = 0, type(failure).__name__
        ms = round((time.monotonic() - began) * 1000)
        return Attempt(at, status, error, ms, final=error is not None and status >= 500)

    async def _message(self, delivery: Delivery, channel: Channel, language: str) -> EmailMessage:
        """Text, the same as HTML with its chart, and a way out that works with one click."""
        to = delivery.recipient or ""
        facts: Mapping[str, Any] = json.loads(delivery.facts)
        chart = await self._charts.of(facts) if "digest" not in facts else None
        ticket = self._tickets.write(UNSUBSCRIBING, channel.id, to)
        leave = f"{self._url}/api/v1/unsubscribe/{ticket}"
        ready = letter(to, facts, language, leave=leave, has_chart=chart is not None)
        message = self._server.message(to, ready.subject, message_id=delivery.id)
        message["List-Unsubscribe"] = f"<{leave}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(ready.text.replace("\x00", ""))
        message.add_alternative(ready.html.replace("\x00", ""), subtype="html")
        if chart is not None:
            parts: Sequence[EmailMessage] = list(message.iter_parts())  # type: ignore[arg-type]
            parts[-1].add_related(
                chart, "image", "png", cid=f"<{CHART}>", filename="chart.png", disposition="inline"
            )
        return message
