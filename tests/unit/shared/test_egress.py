"""Where requests that users name may go: hostile URLs reach nobody, whatever they resolve to."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from shared.errors import CordeeError
from shared.kit.egress import GuardedTransport, is_public

CLOSED = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.1.2.3
127.255.255.254 168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255
192.0.0.1 192.0.0.170 192.0.2.1 192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255
198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.254 255.255.255.255
:: ::1 ::2 ::7f00:1 ::10.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::a00:1 100::1
2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:10::1 2001:20::1 2001:db8::1
2002:7f00:1:: 2002:a9fe:a9fe:: 2002:a00:1::1 3fff::1 3fff:fff::1 5f00::1 fc00::1 fd00::1
fd00:ec2::254 fd12:3456:789a::1 fe80::1 fe80::a9fe:a9fe febf::1 fec0::1 feff::1 ff02::1 ff0e::1
""".split()  # noqa: SIM905 - a table of addresses reads as one
OPEN = """
1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1 172.15.255.255 172.32.0.1
192.0.1.1 192.167.255.255 198.17.255.255 198.20.0.1 223.255.255.255 2606:4700::1111 2a00:1450::1
2001:4860:4860::8888 2003::1 2400:cb00::1
""".split()  # noqa: SIM905 - a table of addresses reads as one
HOSTS = """
127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0x7f.0.0.1 0177.0.0.1 017700000001 0 0.0.0.0 0x0
localhost LOCALHOST localhost. 127.0.0.1. [::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1]
[0:0:0:0:0:0:0:1] [0000::1] [::ffff:0:127.0.0.1] [::127.0.0.1] [64:ff9b::127.0.0.1]
[2002:7f00:1::] [fe80::1] 10.1 0xa.0.0.1 012.0.0.1 169.254.169.254 0xa9fea9fe 2852039166
0251.0376.0251.0376 169.254.43518 192.168.1 127.00000.00001 127.0.0.1#@example.com
example.com@127.0.0.1 example.com:80@127.0.0.1 127.0.0.1?example.com ①②⑦.⓪.⓪.① 127。0。0。1
""".split()  # noqa: SIM905 - a table of addresses reads as one


@pytest.mark.parametrize("address", CLOSED)
def test_closed_addresses(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", OPEN)
def test_public_addresses(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


class Canary:
    """Listens on loopback and counts who comes."""

    def __init__(self) -> None:
        self.came = 0
        self.port = 0

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.came += 1
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    found = Canary()
    server = await asyncio.start_server(found.meet, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    yield found
    server.close()


async def reached(url: str, *allowed: str) -> bool:
    async with httpx.AsyncClient(transport=GuardedTransport(allowed, plain=True)) as client:
        try:
            await client.post(url, timeout=2)
        except (CordeeError, httpx.HTTPError, httpx.InvalidURL, ValueError, OSError):
            return False
        return True


@pytest.mark.parametrize("host", HOSTS)
async def test_no_spelling_of_loopback_is_reached(host: str, canary: Canary) -> None:
    before, mark, after = host.partition("#") if "#" in host else host.partition("?")
    url = f"http://{before}:{canary.port}/{mark}{after}"
    assert not await reached(url)
    assert canary.came == 0


async def test_an_allowed_network_is_reached(canary: Canary) -> None:
    assert await reached(f"http://127.0.0.1:{canary.port}/", "127.0.0.0/8")
    assert canary.came == 1


async def test_a_name_that_changes_its_mind_is_never_asked_twice(
    canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Allowed at first, closed when asked again: the answer that is judged is the one used."""
    asked: list[str] = []

    def rebinding(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        address = "127.0.0.1" if len(asked) % 2 == 0 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)  # the system's, not ours
    transport = GuardedTransport(["127.0.0.2/32"], plain=True)
    async with httpx.AsyncClient(transport=transport) as client:
        for _ in range(1_000):
            with pytest.raises((CordeeError, httpx.HTTPError)):
                await client.post(f"http://rebind.example:{canary.port}/", timeout=2)
    assert canary.came == 0
    assert len(asked) == 1_000


async def test_one_private_address_among_public_ones_spoils_them_all(
    canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    def several(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        found = ("1.1.1.1", "127.0.0.1")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(socket, "getaddrinfo", several)
    assert not await reached(f"http://several.example:{canary.port}/")
    assert canary.came == 0
