"""Requests to addresses that users name."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import httpx
import pytest

from shared.errors import Forbidden, Unavailable
from shared.kit.egress import GuardedTransport


class Greeter(BaseHTTPRequestHandler):
    """Says which host it was asked as."""

    def do_GET(self) -> None:
        body = (self.headers["Host"] or "").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quietly."""


@pytest.fixture
def port() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), Greeter)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/",
        "https://192.168.1.1/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://[fd00::1]/",
        "https://[fe80::1]/",
        "http://93.184.215.14/",
    ],
)
async def test_private_and_unencrypted_ones_are_refused(url: str) -> None:
    async with httpx.AsyncClient(transport=GuardedTransport([])) as client:
        with pytest.raises((Forbidden, Unavailable)):
            await client.get(url, timeout=2)


async def test_what_the_operator_allows_is_reached_under_its_own_name(port: int) -> None:
    transport = GuardedTransport(["127.0.0.0/8", "::1/128"])
    async with httpx.AsyncClient(transport=transport) as client:
        answer = await client.get(f"http://localhost:{port}/")
    assert answer.text == f"localhost:{port}"


async def test_an_unknown_name_is_unavailable() -> None:
    async with httpx.AsyncClient(transport=GuardedTransport([])) as client:
        with pytest.raises(Unavailable):
            await client.get("https://no-such-name.invalid/")
