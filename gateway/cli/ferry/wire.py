"""HTTP to a server that may be busy, restarted or far away: asked again until patience ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from gateway.cli.ferry.cargo import Trouble

_TRIES = 8
_LONGEST_PAUSE_S = 30.0
_BUSY = httpx.codes.TOO_MANY_REQUESTS
_PIECE = 1024 * 1024


class Wire:
    """One server and one credential. What it finally refuses is a Trouble in its own words."""

    def __init__(
        self,
        url: str,
        *,
        auth: httpx.Auth | None = None,
        headers: dict[str, str] | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = url.rstrip("/")
        verify = self.url.startswith("https://")  # authorities take long to load
        self._http = httpx.Client(auth=auth, headers=headers, timeout=90.0, verify=verify)
        self._open = httpx.Client(timeout=90.0, verify=verify, follow_redirects=True)
        self._pause = pause

    def close(self) -> None:
        """The connections, too."""
        self._http.close()
        self._open.close()

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """The answer, whatever it is but a passing fault."""
        url = path if "://" in path else self.url + path
        client = self._http if url.startswith(self.url + "/") else self._open
        pause = 0.5
        for left in reversed(range(_TRIES)):
            try:
                answer = client.request(method, url, **more)
            except httpx.TransportError as fault:
                if not left:
                    raise Trouble(f"{self.url} does not answer: {fault}") from fault
            else:
                if not left or not (answer.is_server_error or answer.status_code == _BUSY):
                    return answer
                pause = max(pause, float(answer.headers.get("Retry-After") or 0))
            self._pause(min(pause, _LONGEST_PAUSE_S))
            pause *= 2
        raise AssertionError("unreachable")

    def json(self, method: str, path: str, **more: Any) -> Any:
        """What a successful answer says; else a Trouble."""
        answer = self.send(method, path, **more)
        if not answer.is_success:
            raise Trouble(f"{method} {answer.url.path}: {_said(answer)}")
        try:
            return answer.json() if answer.content else None
        except ValueError as fault:
            raise Trouble(f"{answer.url}: not JSON; is this the right address?") from fault

    def graphql(self, query: str, **variables: Any) -> Any:
        """The data of an answer without errors."""
        said = self.json("POST", "/graphql", json={"query": query, "variables": variables})
        if said.get("errors"):
            raise Trouble("; ".join(str(one.get("message")) for one in said["errors"]))
        return said["data"]

    @contextmanager
    def bytes(self, url: str) -> Iterator[Iterator[bytes]]:
        """What lies at a link, piece by piece, as it was stored."""
        url = url if "://" in url else self.url + url
        client = self._http if url.startswith(self.url + "/") else self._open
        try:
            with client.stream("GET", url, follow_redirects=True) as answer:
                if not answer.is_success:
                    raise Trouble(f"{url.partition('?')[0]}: answered {answer.status_code}")
                yield answer.iter_bytes(_PIECE)
        except httpx.TransportError as fault:
            raise Trouble(f"{url.partition('?')[0]}: broke off: {fault}") from fault


def _said(answer: httpx.Response) -> str:
    try:
        body = answer.json()
        if isinstance(body, dict):
            errors = body.get("errors")
            first = errors[0].get("message") if errors else None
            return str(body.get("detail") or body.get("error") or first or answer.status_code)
    except (ValueError, AttributeError, IndexError, TypeError):
        pass
    return f"answered {answer.status_code}"
