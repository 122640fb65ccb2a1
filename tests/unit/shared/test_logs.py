"""Logs tell what happened, and no secret."""

from __future__ import annotations

import base64
import json
import subprocess
import sys

import pytest

from shared.credentials import new_api_key
from shared.kit.logs import mask_secrets

KEY = new_api_key()
SEED = "SU" + "A2" * 28
BASIC = base64.b64encode(f"api:{KEY}".encode()).decode()


def shown(**event: object) -> str:
    return str(mask_secrets(None, "info", dict(event)))


class TestMasking:
    @pytest.mark.parametrize(
        ("text", "secret"),
        [
            (KEY, KEY[7:]),
            (f"the key is {KEY}.", KEY[7:]),
            (f"local-{'a' * 40}", "a" * 40),
            (f"Authorization: Basic {BASIC}", BASIC),
            (f"basic   {BASIC}", BASIC),
            (f"Bearer {BASIC}", BASIC),
            ("BEARER abcdefghijklmnop", "abcdefghijklmnop"),
            ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
            ("mongodb://runs:hunter2@127.0.0.1:27017/x", "hunter2"),
            ("https://user:pa:ss@example.com/hook", "pa:ss"),
            (SEED, SEED),
            (f"seed={SEED}\nnext", SEED),
        ],
        ids=[f"form {number}" for number in range(12)],  # keys are new in every process
    )
    def test_what_looks_like_a_credential_is_blanked(self, text: str, secret: str) -> None:
        for event in (
            {"event": text},
            {"error": text},
            {"headers": {"x": text}},
            {"many": [{"deep": (text,)}]},
        ):
            assert secret not in shown(**event)
            assert "***" in shown(**event)

    @pytest.mark.parametrize(
        "name",
        [
            *("password", "smtp_password", "Password", "secret", "client_secret", "api_key"),
            *("apikey", "Authorization", "token", "reset_token", "nkey_seed", "pepper"),
        ],
    )
    @pytest.mark.parametrize("value", ["hunter2", 1234, b"hunter2", None, ["hunter2"]])
    def test_what_is_named_like_one_is_blanked(self, name: str, value: object) -> None:
        for text in (shown(**{name: value}), shown(body={name: value})):
            assert "hunter2" not in text
            assert "1234" not in text

    def test_everything_else_stays(self) -> None:
        event = {
            "event": "run lost",
            "run_id": "01jd",
            "key_id": "k1",
            "url": "http://127.0.0.1:8080/a:b@c",
            "seconds": 1.5,
            "shards": [1, 2],
            "tokens_used": 3,
        }
        assert mask_secrets(None, "info", dict(event)) == event


PROGRAM = f"""
import logging
from shared.kit import logs
logs.set_up("runs")
log = logs.get("x")
log.info("hello", api_key="hunter2", number=1)
try:
    raise ValueError("bad key {KEY}")
except ValueError:
    log.exception("fault")
    logging.getLogger("uvicorn.error").exception("theirs %s", "{KEY}")
logging.getLogger("pymongo").info("chatter")
"""


class TestSetUp:
    def test_one_json_line_for_each_with_time_level_and_service(self) -> None:
        program = [sys.executable, "-c", PROGRAM]
        done = subprocess.run(program, capture_output=True, check=True, text=True)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert [line["event"] for line in lines] == ["hello", "fault", "theirs ***"]
        assert [line["level"] for line in lines] == ["info", "error", "error"]
        assert {line.get("service", "runs") for line in lines} == {"runs"}
        assert all(line["timestamp"].endswith("Z") for line in lines)
        assert (lines[0]["number"], lines[0]["api_key"]) == (1, "***")
        assert "bad key ***" in lines[1]["exception"]
        assert KEY[7:] not in done.stdout + done.stderr
