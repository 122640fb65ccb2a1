"""How the command line speaks to a running Cordée: its REST, with the key that the SDK uses.

Every command that asks a server takes the address and the key from the same two places as the
`wandb` SDK, so that a CI job which logs runs needs nothing more to ask about them.
"""

from __future__ import annotations

import netrc
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import urlsplit

import httpx
import typer

DEFAULT_URL = "http://127.0.0.1:8080"
USAGE = 2
"""The exit code of a command that could not start: wrong usage, no server, no key, no right."""


@dataclass(frozen=True)
class Client:
    """One server and one key. What goes wrong ends the command: one line on stderr, exit 2."""

    url: str
    key: str
    timeout_s: float = 60.0

    def get(self, path: str, **query: str | int | float | bool | None) -> Any:
        """The JSON of `/api/v1{path}`; a query that is None is left out."""
        return self._json("GET", path, query=query)

    def post(self, path: str, body: Any) -> Any:
        """The JSON that comes back; None where there is none."""
        return self._json("POST", path, body=body)

    def put(self, path: str, body: Any) -> Any:
        """The JSON that comes back."""
        return self._json("PUT", path, body=body)

    def request(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """The answer as it is, for a command that means something else by a certain status."""
        return self._send(method, path, body, {})

    def _json(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
    ) -> Any:
        answer = self._send(method, path, body, query or {})
        if answer.is_success:
            return answer.json() if answer.content else None
        return refuse(_said(answer))

    def _send(self, method: str, path: str, body: Any, query: Mapping[str, Any]) -> httpx.Response:
        asked = {name: value for name, value in query.items() if value is not None}
        try:
            return httpx.request(
                method,
                f"{self.url}/api/v1{path}",
                params=asked,
                json=body,
                headers={"Authorization": f"Bearer {self.key}"},
                timeout=self.timeout_s,
                verify=self.url.startswith("https://"),  # authorities take long to load
            )
        except httpx.HTTPError as fault:
            refuse(f"{self.url} does not answer ({fault}); is Cordée running there?")


def connect(url: str | None = None) -> Client:
    """The server of `--url`, `WANDB_BASE_URL` or this machine; the key of the SDK for it.

    `CORDEE_URL` and `CORDEE_API_KEY` come first, for a job that logs somewhere else.
    """
    env = os.environ
    base = (url or env.get("CORDEE_URL") or env.get("WANDB_BASE_URL") or DEFAULT_URL).rstrip("/")
    key = env.get("CORDEE_API_KEY") or env.get("WANDB_API_KEY") or from_netrc(base)
    if not key:
        refuse(f"no API key for {base}: set WANDB_API_KEY, or run `wandb login --host {base}`")
    return Client(base, key)


def refuse(reason: str) -> NoReturn:
    """One line on stderr that says what to do, and exit 2."""
    typer.echo(f"cordee: {reason}", err=True)
    raise typer.Exit(USAGE)


def from_netrc(base: str) -> str | None:
    """Where `wandb login` keeps it."""
    host = urlsplit(base).hostname or ""
    try:
        found = netrc.netrc().authenticators(host)
    except (OSError, netrc.NetrcParseError):
        return None
    return found[2] if found else None


def _said(answer: httpx.Response) -> str:
    """The problem's own words (RFC 9457), or the status where a proxy answered."""
    try:
        problem = answer.json()
        return f"{problem['title']}: {problem['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"{answer.request.url} answered {answer.status_code}"
