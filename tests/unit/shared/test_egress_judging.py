"""What is asked of the resolver, and how what it says is judged: ports, encryption, names."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import httpx
import pytest

from shared.errors import Forbidden, Unavailable
from shared.kit.egress import CLOSED_PORTS, GuardedTransport

PUBLIC, PRIVATE = ipaddress.ip_address("1.1.1.1"), ipaddress.ip_address("10.0.0.1")
SPOKEN_ELSEWHERE = [
    *range(1, 80), *range(110, 144), 389, 465, 512, 513, 514, 587, 636, 993, 995, 2049, 2375,
    3306, 4222, 5432, 5672, 6222, 6379, 8222, 9092, 11211, 27017,
]  # fmt: skip


@pytest.fixture
def closed() -> GuardedTransport:
    return GuardedTransport([])


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Every name is a private address; keeps what was asked. The system's, not ours."""
    asked: list[tuple[str, int]] = []

    def answer(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        asked.append((host, port))
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (str(PRIVATE), port))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return asked


def test_every_port_of_another_protocol_is_closed_and_no_other(closed: GuardedTransport) -> None:
    assert sorted(CLOSED_PORTS) == sorted(SPOKEN_ELSEWHERE)
    for port in (80, 81, 109, 144, 443, 8080, 8443, *SPOKEN_ELSEWHERE):
        expected = port not in SPOKEN_ELSEWHERE
        assert closed._may_reach(PUBLIC, port, encrypted=True) is expected, port


@pytest.mark.parametrize(
    ("plain", "encrypted", "may"),
    [(False, False, False), (False, True, True), (True, False, True), (True, True, True)],
)
def test_unencrypted_only_where_that_was_said(plain: bool, encrypted: bool, may: bool) -> None:
    transport = GuardedTransport([], plain=plain)
    assert transport._may_reach(PUBLIC, 8080, encrypted=encrypted) is may
    assert transport._may_reach(PRIVATE, 8080, encrypted=encrypted) is False


def test_unless_it_is_said_nothing_goes_unencrypted(closed: GuardedTransport) -> None:
    assert not closed._may_reach(PUBLIC, 80, encrypted=False)


def test_an_allowed_network_is_open_on_every_port_and_no_other_is() -> None:
    transport = GuardedTransport(["10.0.0.0/30", "fd00::/8"])
    for address in ("10.0.0.1", "fd00::1", "::ffff:10.0.0.1"):
        assert transport._may_reach(ipaddress.ip_address(address), 22, encrypted=False)
    assert not transport._may_reach(ipaddress.ip_address("10.0.0.4"), 443, encrypted=True)


def test_an_address_within_another_is_judged_as_what_it_is(closed: GuardedTransport) -> None:
    inside = ipaddress.ip_address("::ffff:1.1.1.1")
    assert closed._may_reach(inside, 443, encrypted=True) is True
    assert closed._may_reach(inside, 443, encrypted=False) is False
    assert closed._may_reach(ipaddress.ip_address("::ffff:10.0.0.1"), 443, encrypted=True) is False


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://name.example/", ("name.example", 443)),
        ("http://name.example/", ("name.example", 80)),
        ("https://name.example:8443/", ("name.example", 8443)),
        ("http://name.example:81/x", ("name.example", 81)),
    ],
)
async def test_the_name_and_port_of_the_address_are_judged(
    closed: GuardedTransport, resolver: list[tuple[str, int]], url: str, asked: tuple[str, int]
) -> None:
    with pytest.raises(Forbidden, match=r"name\.example"):
        await closed.handle_async_request(httpx.Request("POST", url))
    assert resolver == [asked]


@pytest.mark.parametrize(("scheme", "closed"), [("http", True), ("https", False)])
async def test_whether_it_is_encrypted_counts(
    scheme: str, closed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it may go the connection fails instead: nobody is at that address."""

    def answer(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.31.196.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    timeout = {"connect": 0.05, "read": 0.05, "write": 0.05, "pool": 0.05}
    request = httpx.Request("GET", f"{scheme}://a.example:8080/", extensions={"timeout": timeout})
    with pytest.raises(Forbidden if closed else httpx.TransportError):
        await GuardedTransport([]).handle_async_request(request)


async def test_the_judged_address_is_used_under_the_name_that_was_given() -> None:
    transport = GuardedTransport(["127.0.0.0/8", "::1/128"])
    timeout = {"connect": 5.0}
    request = httpx.Request("GET", "https://localhost:1/a?b", extensions={"timeout": timeout})
    with pytest.raises(httpx.ConnectError):
        await transport.handle_async_request(request)
    assert request.url.host in ("127.0.0.1", "::1")
    assert request.url.raw_path == b"/a?b"
    assert request.extensions == {"timeout": timeout, "sni_hostname": "localhost"}
    assert request.headers["host"] == "localhost:1"


@pytest.mark.parametrize("error", [OSError(), UnicodeError(), TimeoutError()])
async def test_a_name_that_nobody_knows_may_be_known_later(
    closed: GuardedTransport, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def answer(*_: Any, **__: Any) -> list[Any]:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    with pytest.raises(Unavailable, match=r"name\.example"):
        await closed.handle_async_request(httpx.Request("GET", "https://name.example/"))


async def test_an_address_with_a_zone_is_judged_without_it(
    closed: GuardedTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("fe80::1%eth0", port, 0, 2))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    with pytest.raises(Forbidden):
        await closed.handle_async_request(httpx.Request("GET", "https://name.example/"))
