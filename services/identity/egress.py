"""Requests to addresses that users name: only to public ones, and to those that one has checked.

The name is resolved here, every address is judged, and the connection goes to the judged address,
so that a name cannot answer one thing when asked and another when used.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable

import httpx

from shared.errors import Forbidden, Unavailable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class GuardedTransport(httpx.AsyncBaseTransport):
    """Plain HTTP and private addresses only within `allowed`."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed: list[Network] = [ipaddress.ip_network(network) for network in allowed]
        self._inner = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises Forbidden for where we may not go."""
        host = request.url.host
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        address = await self._judged(host, port, encrypted=request.url.scheme == "https")
        request.url = request.url.copy_with(host=str(address))
        request.extensions = {**request.extensions, "sni_hostname": host}
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Let the connections go."""
        await self._inner.aclose()

    async def _judged(self, host: str, port: int, *, encrypted: bool) -> Address:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise Unavailable(f"The name {host} is not known.") from error
        addresses = [ipaddress.ip_address(entry[4][0]) for entry in found]
        for address in addresses:
            if not self._may_reach(address, encrypted=encrypted):
                raise Forbidden(f"{host} is not an address that this instance may reach.")
        return addresses[0]

    def _may_reach(self, address: Address, *, encrypted: bool) -> bool:
        mapped = getattr(address, "ipv4_mapped", None)
        if mapped is not None:
            return self._may_reach(mapped, encrypted=encrypted)
        if any(address in network for network in self._allowed):
            return True
        return encrypted and address.is_global and not address.is_multicast
