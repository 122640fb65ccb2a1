"""Receivers that somebody has named: none leads inside, and none holds up another."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest

from services.alerts.delivering.dispatcher import IN_FLIGHT_EACH, Dispatcher
from services.alerts.domain.channel import Channel, checked_url
from services.alerts.domain.delivery import Attempt, deliveries_for
from services.alerts.notifiers.webhook import KEPT_OF_RESPONSE, WebhookSender
from shared.errors import Invalid
from shared.kit import clock
from shared.kit.egress import GuardedTransport
from tests.contract.alerts.test_dispatching import within_seconds
from tests.contract.alerts.world import NOON, World

OURS = "127.0.0.2"
"""The one address that may be reached: where a receiver redirects from, or behaves badly."""

ADDRESSES = """
0.0.0.0 10.0.0.1 10.255.255.254 100.64.0.1 100.127.255.254 127.0.0.1 127.1.2.3 127.255.255.254
168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.254 192.0.0.1
192.0.0.170 192.0.2.1 192.88.99.1 192.168.0.1 192.168.255.254 198.18.0.1 198.19.255.254
198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
[::] [::1] [::2] [::7f00:1] [::10.0.0.1] [::ffff:127.0.0.1] [::ffff:10.0.0.1]
[::ffff:169.254.169.254] [::ffff:7f00:1] [::ffff:0:127.0.0.1] [64:ff9b::7f00:1]
[64:ff9b::a9fe:a9fe] [64:ff9b:1::a00:1] [100::1] [2001::1] [2001:0:4136:e378:8000:63bf:3fff:fdd2]
[2001:2::1] [2001:10::1] [2001:20::1] [2001:db8::1] [2002:7f00:1::] [2002:a9fe:a9fe::]
[2002:a00:1::1] [3fff::1] [5f00::1] [fc00::1] [fd00::1] [fd00:ec2::254] [fd12:3456:789a::1]
[fe80::1] [fe80::a9fe:a9fe] [febf::1] [fec0::1] [ff02::1] [0:0:0:0:0:0:0:1] [0000::1]
""".split()  # noqa: SIM905 - a table of addresses reads as one
SPELLINGS = """
127.1 127.0.1 2130706433 0x7f000001 0x7f.0.0.1 0x7f.1 0177.0.0.1 0177.1 017700000001 0 0x0
00000177.0.0.1 127.00000.00001 127.0.0.01 0x7f.0x0.0x0.0x1 10.1 0xa.0.0.1 012.0.0.1 0xa9fea9fe
2852039166 0251.0376.0251.0376 169.254.43518 192.168.1 3232235521 0xc0a80001 localhost LOCALHOST
LocalHost localhost. 127.0.0.1. 127.1. ip6-localhost ①②⑦.⓪.⓪.① 127。0。0。1
127．0．0．1 ｌｏｃａｌｈｏｓｔ １２７.0.0.1 metadata.google.internal localhost.localdomain 0.0.0.0.
""".split()  # noqa: SIM905
TRICKS = [
    "http://example.com@127.0.0.1:{port}/",
    "http://example.com:80@127.0.0.1:{port}/",
    "http://user:pass@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@example.com/",
    "http://127.0.0.1:{port}?@example.com/",
    "http://127.0.0.1:{port}\\@example.com/",
    "http://example.com\\@127.0.0.1:{port}/",
    "http://127.0.0.1\t:{port}/",
    "http://127.0.0.1\n:{port}/",
    "http://127.0.0.1\r\nHost: example.com:{port}/",
    "http://127.0.0.1%00.example.com:{port}/",
    "http://127.0.0.1%2f.example.com:{port}/",
    "http://[::1%25lo]:{port}/",
    "http://[fe80::1%25eth0]:{port}/",
    "http://[::ffff:127.0.0.1%25lo]:{port}/",
    "http:///127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "HTTP://127.0.0.1:{port}/",
    "https://127.0.0.1:{port}/",
    "http://127.0.0.1:{port}:80/",
    "http://%31%32%37.0.0.1:{port}/",
    "http://127.0.0.1 .example.com:{port}/",
    "ftp://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/_x",
    "dict://127.0.0.1:{port}/",
    "unix:///var/run/docker.sock",
    "http://127.0.0.1:{port}/..;/",
    "http://0x7f.1:{port}/",
]
PORTS = [22, 23, 25, 53, 110, 143, 389, 465, 587, 2375, 3306, 4222, 5432, 6379, 8222, 11211, 27017]
CORPUS = [
    *(f"http://{host}:{{port}}/" for host in (*ADDRESSES, *SPELLINGS)),
    *(f"https://{host}:{{port}}/" for host in ADDRESSES[:12]),
    *TRICKS,
    *(f"http://127.0.0.1:{port}/" for port in PORTS),
]


class Canaries:
    """Listen on loopback, IPv4 and IPv6, and count who comes."""

    def __init__(self) -> None:
        self.came: list[str] = []
        self.port = 0

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.came.append(str(writer.get_extra_info("sockname")))
        writer.close()


@pytest.fixture
async def canaries() -> AsyncIterator[Canaries]:
    found = Canaries()
    first = await asyncio.start_server(found.meet, "127.0.0.1", 0)
    found.port = first.sockets[0].getsockname()[1]
    async with AsyncExitStack() as listening:
        await listening.enter_async_context(first)
        for host in ("127.1.2.3", "127.255.255.254", "::1"):
            other = await asyncio.start_server(found.meet, host, found.port)
            await listening.enter_async_context(other)
        yield found


@pytest.fixture
async def sender() -> AsyncIterator[WebhookSender]:
    transport = GuardedTransport([f"{OURS}/32"], plain=True)
    async with httpx.AsyncClient(transport=transport) as client:
        yield WebhookSender(client, clock.now, lambda _facts: None)


def a_channel(url: str, own_id: str = "channel") -> Channel:
    return Channel(own_id, "team", own_id, "webhook", "alice", NOON, url=url)


async def sent(sender: WebhookSender, url: str) -> Attempt | None:
    """None for what cannot even be saved."""
    try:
        channel = a_channel(checked_url(url))
    except Invalid:
        return None
    [delivery] = deliveries_for(channel, url, "alert.fired", "{}", NOON)
    return await sender.send(delivery, channel)


def test_the_corpus_is_large_enough() -> None:
    assert len(set(CORPUS)) >= 160


async def test_no_url_of_the_corpus_reaches_a_canary(
    sender: WebhookSender, canaries: Canaries
) -> None:
    for url in CORPUS:
        attempt = await sent(sender, url.format(port=canaries.port))
        assert attempt is None or not attempt.arrived, url
        assert canaries.came == [], url


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(
    sender: WebhookSender, canaries: Canaries, status: int
) -> None:
    async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}}")  # the end of what is posted
        target = f"http://127.0.0.1:{canaries.port}/"
        answer = f"HTTP/1.1 {status} X\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n"
        writer.write(answer.encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(redirect, OURS, 0) as server:
        port = server.sockets[0].getsockname()[1]
        attempt = await sent(sender, f"http://{OURS}:{port}/")
    assert attempt is not None
    assert attempt.status == status
    assert not attempt.arrived
    assert canaries.came == []


async def test_a_body_without_end_is_read_so_far_and_no_further(sender: WebhookSender) -> None:
    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}}")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n")
        try:
            while True:
                writer.write(b"x" * 65_536)
                await writer.drain()
        except ConnectionError:
            return

    async with await asyncio.start_server(pour, OURS, 0) as server:
        port = server.sockets[0].getsockname()[1]
        attempt = await sent(sender, f"http://{OURS}:{port}/")
    assert attempt is not None
    assert attempt.arrived
    assert len(attempt.response) <= KEPT_OF_RESPONSE


@pytest.mark.drill
async def test_a_hundred_tar_pits_do_not_hold_up_a_healthy_receiver(
    world: World, sender: WebhookSender
) -> None:
    """They take a connection and never answer, each twice as many as may be begun at once.

    Measured from when all of them hold as many as they can until they have let go and hold others.
    """
    moments: list[float] = []
    swallowed = 0

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal swallowed
        await reader.readuntil(b"{}}")
        swallowed += 1
        await reader.read()  # until the other side lets go
        writer.close()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}}")
        moments.append(time.monotonic())
        writer.write(b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    pit = await asyncio.start_server(swallow, OURS, 0)
    well = await asyncio.start_server(answer, OURS, 0)
    pit_port, port = (one.sockets[0].getsockname()[1] for one in (pit, well))
    dispatcher = Dispatcher(
        world.deliveries, world.channels, {"webhook": sender}, clock.now, lambda: 0.5
    )
    for number in range(100):
        channel = await world.a_channel(name=f"pit {number}", url=f"http://{OURS}:{pit_port}/")
        for n in range(8):
            await world.deliveries.add(
                deliveries_for(channel, f"{number}-{n}", "alert.fired", "{}", clock.now())
            )
    healthy = await world.a_channel(name="healthy", url=f"http://{OURS}:{port}/")
    running = asyncio.create_task(dispatcher.run())
    await within_seconds(lambda: swallowed >= 100 * IN_FLIGHT_EACH)
    lags: list[float] = []
    while len(lags) < 60 or swallowed < 200 * IN_FLIGHT_EACH:
        number = len(lags)
        began = time.monotonic()
        [made] = deliveries_for(healthy, f"well-{number}", "alert.fired", "{}", clock.now())
        await world.deliveries.add([made])
        dispatcher.wake()
        async with asyncio.timeout(30):
            while len(moments) <= number:  # noqa: ASYNC110 - a socket is what tells
                await asyncio.sleep(0.005)
        lags.append(moments[number] - began)
        async with asyncio.timeout(30):
            while (await world.deliveries.get(made.id)).state != "delivered":  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    running.cancel()
    pit.close()
    well.close()
    p95 = statistics.quantiles(lags, n=20)[-1]
    print(f"healthy beside 100 tar pits: median {statistics.median(lags):.3f} s, p95 {p95:.3f} s")
    assert p95 < 2.0
