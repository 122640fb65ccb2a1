"""Requests to addresses that users name: only to public ones, and to those that one has checked.

The name is resolved here, every address is judged by our own table, and the connection goes to
the judged address, so that a name cannot answer one thing when asked and another when used.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import httpx

from shared.errors import Forbidden, Unavailable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

RESOLVE_S = 5.0
_RESOLVERS = 16

CLOSED_V4: tuple[ipaddress.IPv4Network, ...] = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's host
        "169.254.0.0/16",  # link-local; cloud metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
OPEN_V6 = ipaddress.IPv6Network("2000::/3")
"""All that is given out as public; whatever is outside of it is closed."""

CLOSED_V6: tuple[ipaddress.IPv6Network, ...] = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which carries any IPv4 address
        "3fff::/20",  # documentation
    )
)
CLOSED_PORTS = frozenset(
    (*range(1, 80), *range(110, 144), 389, 465, 512, 513, 514, 587, 636, 993, 995, 2049, 2375)
) | frozenset((3306, 4222, 5432, 5672, 6222, 6379, 8222, 9092, 11211, 27017))
"""Where other protocols listen that a request could be mistaken for."""


class GuardedTransport(httpx.AsyncBaseTransport):
    """Private addresses, and plain HTTP unless `plain`, only within `allowed`.

    It never follows a redirect, never uses a proxy, and shares no connection between requests:
    one that was made for another host of the same address would carry the wrong name.
    """

    def __init__(self, allowed: Iterable[str], *, plain: bool = False) -> None:
        self._allowed: list[Network] = [ipaddress.ip_network(network) for network in allowed]
        self._plain = plain
        self._inner = httpx.AsyncHTTPTransport(
            trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
        )
        # Names that nobody answers for must not hold up those of others.
        self._resolvers = ThreadPoolExecutor(_RESOLVERS, thread_name_prefix="resolve")

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises Forbidden for where we may not go."""
        host = request.url.host
        encrypted = request.url.scheme == "https"
        port = request.url.port or (443 if encrypted else 80)
        address = await self._judged(host, port, encrypted=encrypted)
        request.url = request.url.copy_with(host=str(address))
        request.extensions = {**request.extensions, "sni_hostname": host}
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Let the connections go."""
        await self._inner.aclose()
        self._resolvers.shutdown(wait=False, cancel_futures=True)

    async def _judged(self, host: str, port: int, *, encrypted: bool) -> Address:
        addresses = await self._resolved(host, port)
        for address in addresses:
            if not self._may_reach(address, port, encrypted=encrypted):
                raise Forbidden(f"{host} is not an address that this instance may reach.")
        return addresses[0]

    async def _resolved(self, host: str, port: int) -> list[Address]:
        ask = asyncio.get_running_loop().run_in_executor(
            self._resolvers, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        try:
            async with asyncio.timeout(RESOLVE_S):
                found = await ask
        except (OSError, UnicodeError, TimeoutError) as error:
            raise Unavailable(f"The name {host} is not known.") from error
        # An address with a zone (`%eth0`) is link-local, and is judged without it.
        return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]

    def _may_reach(self, address: Address, port: int, *, encrypted: bool) -> bool:
        mapped = getattr(address, "ipv4_mapped", None)
        if mapped is not None:
            return self._may_reach(mapped, port, encrypted=encrypted)
        if any(address in network for network in self._allowed):
            return True
        return (encrypted or self._plain) and port not in CLOSED_PORTS and is_public(address)


def is_public(address: Address) -> bool:
    """By our own table: the standard library's changes from one release to the next."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in CLOSED_V4)
    return address in OPEN_V6 and not any(address in network for network in CLOSED_V6)
