"""Mails through a real SMTP server: in the recipient's language, with nothing smuggled in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from services.alerts.domain.channel import Channel
from services.alerts.domain.delivery import deliveries_for
from services.alerts.domain.tickets import CHART, UNSUBSCRIBING, Tickets
from services.alerts.domain.track import Point
from services.alerts.notifiers.chart import draw
from services.alerts.notifiers.mail import MailSender
from services.alerts.ports import Preference
from shared.errors import NotFound, Unavailable
from shared.kit.smtp import MailServer
from tests.contract.alerts.world import NOON
from tests.postbox import Postbox

TICKETS = Tickets("k" * 32)
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


class French:
    """Keeps `ports.Contacts`: everybody reads French."""

    def __init__(self) -> None:
        self.wants_alerts, self.away = True, False

    async def preference(self, team: str, address: str) -> Preference:
        if self.away:
            raise Unavailable("identity did not answer")
        return Preference("fr", self.wants_alerts)


class Drawn:
    """Keeps `ports.Charts`: a chart of whatever has a metric."""

    async def of(self, facts: Mapping[str, Any]) -> bytes | None:
        line = [Point("loss", float(step % 7), step, 0.0) for step in range(100)]
        return draw(line, 50, 3.0) if facts.get("metric") else None


@pytest.fixture
def postbox() -> Iterator[tuple[Postbox, MailSender]]:
    """A server, and a sender that knows where it is."""
    with Postbox() as box:
        yield box, a_sender(MailServer(box.url, "Cordée <cordee@example.com>"))


def a_sender(mail: MailServer, contacts: French | None = None) -> MailSender:
    url = "https://cordee.example"
    return MailSender(mail, contacts or French(), Drawn(), TICKETS, url, lambda: NOON)


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


async def test_with_its_chart_and_a_way_out(postbox: tuple[Postbox, MailSender]) -> None:
    box, sender = postbox
    text = json.dumps({"title": "t", "metric": "val/acc", "run_name": "r"})
    [delivery] = deliveries_for(a_channel(), "1", "alert.fired", text, NOON)
    assert (await sender.send(delivery, a_channel())).error is None
    [(_, message)] = box.received
    [html] = [part for part in message.walk() if part.get_content_type() == "text/html"]
    [chart] = [part for part in message.walk() if part.get_content_type() == "image/png"]
    assert f'src="cid:{chart["Content-ID"][1:-1]}"' in html.get_content()
    assert chart.get_content().startswith(b"\x89PNG")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = message["List-Unsubscribe"][1:-1]
    assert link.startswith("https://cordee.example/api/v1/unsubscribe/")
    assert link in html.get_content()
    facts = TICKETS.read(UNSUBSCRIBING, link.rpartition("/")[2])
    assert facts == ["channel", "claire@example.com"]
    with pytest.raises(NotFound):
        TICKETS.read(CHART, link.rpartition("/")[2])


async def test_who_has_unsubscribed_gets_nothing_of_what_was_under_way(
    postbox: tuple[Postbox, MailSender],
) -> None:
    box, sender = postbox
    [delivery] = deliveries_for(a_channel(), "1", "alert.fired", facts("x"), NOON)
    left = a_channel()
    left.leave("claire@example.com")
    attempt = await sender.send(delivery, left)
    assert (attempt.arrived, attempt.final, box.received) == (False, True, [])
    assert deliveries_for(left, "2", "alert.fired", facts("x"), NOON) == []
    left.come_back("claire@example.com")
    assert (await sender.send(delivery, left)).arrived


async def test_nothing_goes_while_it_is_unknown_whether_it_is_wanted(
    postbox: tuple[Postbox, MailSender],
) -> None:
    box, sender = postbox
    contacts = French()
    contacts.away = True
    asking = a_sender(sender._server, contacts)
    [delivery] = deliveries_for(a_channel(), "1", "alert.fired", facts("x"), NOON)
    attempt = await asking.send(delivery, a_channel())
    assert (attempt.arrived, attempt.final, box.received) == (False, False, [])
    contacts.away = False
    assert (await asking.send(delivery, a_channel())).arrived


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
