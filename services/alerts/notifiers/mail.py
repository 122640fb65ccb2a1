"""Mails by SMTP, each in its recipient's language."""

from __future__ import annotations

import json
import time
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr
from urllib.parse import unquote, urlsplit

import aiosmtplib

from services.alerts.domain.channel import Channel
from services.alerts.domain.delivery import Attempt, Delivery
from services.alerts.domain.wording import Letter, letter
from services.alerts.ports import Contacts
from shared.kit.clock import Clock

_TIMEOUT_S = 20.0


class NoMail:
    """Where no mail server is set: every mail is a failure that says so."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def send(self, delivery: Delivery, channel: Channel) -> Attempt:
        """Refuse."""
        reason = "this instance has no mail server (CORDEE_SMTP_URL)"
        return Attempt(self._clock(), 0, reason, final=True)


class MailSender:
    """Keeps `ports.Sender`: `smtp:` goes over to TLS where that is offered, `smtps:` begins so.

    A password is never sent without TLS.
    """

    def __init__(self, url: str, sender: str, contacts: Contacts, clock: Clock) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname
        self._tls = parts.scheme == "smtps"
        self._port = parts.port or (465 if self._tls else 587)
        self._username = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._sender = sender
        self._contacts = contacts
        self._clock = clock

    async def send(self, delivery: Delivery, channel: Channel) -> Attempt:
        """A refusal for good (5xx) ends the delivery; it says nothing about the mail server."""
        at, began = self._clock(), time.monotonic()
        status, error = 250, None
        try:
            await self._send(delivery)
        except aiosmtplib.SMTPRecipientsRefused as refused:
            codes = [refusal.code for refusal in refused.recipients]
            status, error = min(codes, default=450), "the recipient was refused"
        except aiosmtplib.SMTPAuthenticationError:
            status, error = 0, "the mail server refused our password"
        except aiosmtplib.SMTPResponseException as refused:
            status, error = refused.code, "the mail server said no"
        except (aiosmtplib.SMTPException, OSError, ValueError) as failure:
            status, error = 0, type(failure).__name__
        ms = round((time.monotonic() - began) * 1000)
        return Attempt(at, status, error, ms, final=error is not None and status >= 500)

    async def _send(self, delivery: Delivery) -> None:
        to = delivery.recipient or ""
        language = await self._contacts.language(delivery.team, to)
        await aiosmtplib.send(
            self._message(letter(to, json.loads(delivery.facts), language), delivery.id),
            hostname=self._host,
            port=self._port,
            username=self._username,
            password=self._password,
            use_tls=self._tls,
            start_tls=True if self._password and not self._tls else None,
            timeout=_TIMEOUT_S,
        )

    def _message(self, ready: Letter, delivery_id: str) -> EmailMessage:
        """A policy that refuses line breaks in headers; a retry has the same Message-ID."""
        name, mailbox = parseaddr(self._sender)
        message = EmailMessage(policy=SMTP)
        message["From"] = Address(_header(name) or "Cordée", addr_spec=mailbox)
        message["To"] = Address(addr_spec=ready.to)
        message["Subject"] = _header(ready.subject)
        message["Date"] = formatdate()
        message["Message-ID"] = f"<{delivery_id}@{mailbox.rpartition('@')[2] or 'cordee'}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(ready.text.replace("\x00", ""))
        message.add_alternative(ready.html.replace("\x00", ""), subtype="html")
        return message


def _header(text: str) -> str:
    """Text that the e-mail package takes as it is: it decodes `=?…?=` in what it is given."""
    printable = "".join(sign for sign in text if sign.isprintable() or sign.isspace())
    return " ".join(printable.split()).replace("=?", "= ?")[:400]
