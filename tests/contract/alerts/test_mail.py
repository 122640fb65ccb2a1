"""Mails through a real SMTP server: in the recipient's language, with nothing smuggled in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from services.alerts.domain.channel import Channel
from services.alerts.domain.delivery import deliveries_for
from services.alerts.notifiers.mail import MailSender
from tests.contract.alerts.world import NOON
from tests.servers import free_port

HOSTILE = [
    "a\r\nBcc: evil@example.com",
    "a\nTo: evil@example.com",
    "a\r\n\r\nbody",
    "=?utf-8?q?a=0D=0ABcc:_evil@example.com?=",
    "a\x00b",
    "a\u202eb",
    "a\u2028Bcc: evil@example.com",
    "a\x0bBcc: evil@example.com",
    "a\x85Bcc: evil@example.com",
    "é" * 500,
    "\U0001f600",
    "",
]


class Postbox:
    """What the server received, or how it refuses."""

    def __init__(self) -> None:
        self.received: list[tuple[list[str], EmailMessage]] = []
        self.answer = "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.received.append((envelope.rcpt_tos, message))
        return self.answer


class French:
    """Keeps `ports.Contacts`: everybody reads French."""

    async def language(self, team: str, address: str) -> str:
        return "fr"


@pytest.fixture
def postbox() -> Iterator[tuple[Postbox, MailSender]]:
    """A server, and a sender that knows where it is."""
    box, port = Postbox(), free_port()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    url, sender = f"smtp://127.0.0.1:{port}", "Cordée <cordee@example.com>"
    yield box, MailSender(url, sender, French(), lambda: NOON)
    server.stop()


def a_channel() -> Channel:
    to = ["claire@example.com"]
    return Channel("channel", "team", "mail", "email", "alice", NOON, to=to)


def facts(text: str) -> str:
    return json.dumps({"severity": "error", "title": text, "text": text, "run_name": text})


async def test_in_the_language_of_whoever_reads_it(postbox: tuple[Postbox, MailSender]) -> None:
    box, sender = postbox
    [delivery] = deliveries_for(a_channel(), "1", "alert.fired", facts("val/acc"), NOON)
    attempt = await sender.send(delivery, a_channel())
    assert attempt.error is None
    [(to, message)] = box.received
    assert to == ["claire@example.com"]
    assert message["Subject"] == "[Cordée] Erreur: val/acc"
    assert {part.get_content_type() for part in message.walk()} >= {"text/plain", "text/html"}


@pytest.mark.parametrize("text", HOSTILE)
async def test_nothing_is_smuggled_in(postbox: tuple[Postbox, MailSender], text: str) -> None:
    box, sender = postbox
    [delivery] = deliveries_for(a_channel(), "1", "alert.fired", facts(text), NOON)
    attempt = await sender.send(delivery, a_channel())
    assert attempt.error is None
    [(to, message)] = box.received
    assert to == ["claire@example.com"]
    assert message["Bcc"] is None
    assert message.get_all("To") == ["claire@example.com"]


@pytest.mark.parametrize(("answer", "final"), [("451 later", False), ("550 never", True)])
async def test_a_refusal_for_good_ends_it(
    postbox: tuple[Postbox, MailSender], answer: str, final: bool
) -> None:
    box, sender = postbox
    box.answer = answer
    [delivery] = deliveries_for(a_channel(), "1", "alert.fired", facts("x"), NOON)
    attempt = await sender.send(delivery, a_channel())
    assert attempt.error is not None
    assert attempt.final is final
