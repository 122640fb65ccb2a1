"""Signatures, templates and words: what leaves the house."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import ClassVar

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from services.alerts.domain import signing, template
from services.alerts.domain.channel import (
    checked_headers,
    checked_mailboxes,
    checked_url,
)
from services.alerts.domain.wording import letter, slack_message
from shared.errors import Invalid
from tests.unit.alerts.builders import NOON, a_channel

SECRET = signing.made_secret(bytes(range(32)))
OTHER = signing.made_secret(bytes(range(1, 33)))
HOSTILE = [
    '"', "\\", '\\"', '","admin":true,"x":"', "\n", "\x00", "\u2028", "${value}", "}{", "\\u0022",
    "é", "\U0001f600", "</script>", "'", "`", "\t", "\r\n", "null", "NaN", "[]",
]  # fmt: skip


class TestSigning:
    def test_the_official_library_verifies_it(self) -> None:
        from time import time

        body = b'{"type": "alert.fired"}'
        headers = signing.standard_headers("msg_1", int(time()), body, [SECRET])
        assert Webhook(SECRET).verify(body, headers) == {"type": "alert.fired"}
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(body + b" ", headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(body, {**headers, "webhook-id": "msg_2"})

    def test_both_secrets_sign_for_a_day_after_a_change(self) -> None:
        channel = a_channel(secrets=[SECRET])
        channel.rotate(OTHER, NOON)
        assert channel.counting_secrets(NOON) == [OTHER, SECRET]
        assert channel.counting_secrets(NOON + timedelta(days=1)) == [OTHER]

    @pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "not base64 at all!"])
    def test_a_weak_secret_is_refused(self, secret: str) -> None:
        with pytest.raises(Invalid, match="24 to 64"):
            signing.checked_secret(secret)


class TestTemplates:
    @pytest.mark.parametrize("value", HOSTILE)
    def test_no_value_changes_the_shape(self, value: str) -> None:
        text = '{"run": "${run}", "nested": {"title": "a ${title} b"}, "value": ${value}}'
        told = json.loads(template.rendered(text, {"run": value, "title": value, "value": value}))
        assert told == {"run": value, "nested": {"title": f"a {value} b"}, "value": value}

    def test_outside_of_quotes_a_number_stays_one(self) -> None:
        assert json.loads(template.rendered('{"v": ${value}}', {"value": 0.5})) == {"v": 0.5}

    def test_an_unknown_variable_is_told_which_there_are(self) -> None:
        with pytest.raises(Invalid, match="threshold"):
            template.checked('{"a": "${password}"}')

    @pytest.mark.parametrize("text", ["{", "${run}}", '{"a": ${run}', "[" * 10_000])
    def test_what_is_no_json_is_refused(self, text: str) -> None:
        with pytest.raises(Invalid):
            template.checked(text)


class TestWords:
    FACTS: ClassVar = {
        "severity": "warn",
        "title": "<b>low</b> & <!channel>",
        "text": "line\nline",
        "entity": "team",
        "project": "demo",
        "run_name": "<script>",
        "metric": "val/acc",
        "value": 0.4,
        "link": 'https://x/"',
    }

    def test_each_in_their_language(self) -> None:
        assert "Avertissement" in letter("a@example.com", self.FACTS, "fr").subject
        assert "Warning" in letter("a@example.com", self.FACTS, "de").subject

    def test_what_users_wrote_is_text_in_a_mail_and_in_a_chat(self) -> None:
        assert "<script>" not in letter("a@example.com", self.FACTS, "en").html
        assert "<!channel>" not in json.dumps(slack_message(self.FACTS))


class TestInputs:
    @pytest.mark.parametrize(
        "url",
        [
            None,
            "",
            "ftp://example.com",
            "https://",
            "https://user:pw@example.com",
            "https://a\\@b",
            "https://exa mple.com",
            "https://x:99999/",
            "//example.com",
            "https://a\n.com",
        ],
    )
    def test_urls_that_are_none(self, url: str | None) -> None:
        with pytest.raises(Invalid):
            checked_url(url)

    @pytest.mark.parametrize(
        "address", ["a", "a@", "@b", "a@b\nBcc: c@d", "a b@c", "<a@b>", "a@b,c@d", "a\x00@b"]
    )
    def test_mailboxes_that_are_none(self, address: str) -> None:
        with pytest.raises(Invalid):
            checked_mailboxes([address])

    @pytest.mark.parametrize(
        ("name", "value"),
        [("Host", "x"), ("webhook-id", "x"), ("X A", "x"), ("X", "a\r\nB: c"), ("X", "é")],
    )
    def test_headers_that_cannot_be_set(self, name: str, value: str) -> None:
        with pytest.raises(Invalid):
            checked_headers({name: value})
