"""People who ask a running Cordée over HTTP, each with a client of their own."""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Self

import httpx

from tests.plain_http import TLS

PASSWORD = "seven blue mountains"
SECOND = 1.5
"""The promised second, and what a busy machine needs to ask and answer."""


@dataclass(frozen=True)
class Person:
    """Somebody with an account; `http` comes with their key."""

    username: str
    email: str
    http: httpx.Client

    def get(self, path: str, **more: Any) -> Any:
        """What is there; it must be."""
        answer = self.http.get(path, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, **body: Any) -> Any:
        """What came of it; it must work."""
        answer = self.http.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


class Edge:
    """Makes people and teams with names that no other test has."""

    def __init__(self, url: str, admin_key: str) -> None:
        self.url = url
        self._open = ExitStack()
        self._admin_key = admin_key

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def admin(self) -> Person:
        """The instance's administrator."""
        return Person("admin", "admin@example.com", self.with_key(self._admin_key))

    def name(self, stem: str) -> str:
        """A name that nobody has."""
        return f"{stem}-{secrets.token_hex(4)}"

    def visitor(self, **headers: str) -> httpx.Client:
        """Nobody; keeps the cookies that it gets."""
        client = httpx.Client(base_url=self.url, headers=headers, timeout=30, verify=TLS)
        return self._open.enter_context(client)

    def with_key(self, key: str, **headers: str) -> httpx.Client:
        """Whoever has this key."""
        client = self.visitor(**headers)
        client.auth = httpx.BasicAuth("api", key)
        return client

    def person(self, stem: str = "alice", **more: Any) -> Person:
        """Somebody new."""
        name = self.name(stem)
        body = {"username": name, "email": f"{name}@example.com", **more}
        made = self.admin.post("/api/v1/users", **body)
        return Person(name, body["email"], self.with_key(made["api_key"]))

    def team(self, admin: Person, *others: tuple[Person, str]) -> str:
        """A new team with an admin and others in their roles."""
        name = self.name("team")
        admin.post("/api/v1/teams", name=name)
        for person, role in others:
            invited = admin.post(
                f"/api/v1/teams/{name}/invitations", username=person.username, role=role
            )
            person.post(f"/api/v1/invitations/{invited['id']}/accept")
        return name

    def service(self, admin: Person, team: str, **more: Any) -> tuple[str, str]:
        """A new service account's user name and key."""
        made = admin.post(f"/api/v1/teams/{team}/service-accounts", name="ci", **more)
        return made["username"], made["api_key"]

    def refuses(self, key: str) -> bool:
        """Whether nobody answers to this key any more."""
        return self.with_key(key).get("/api/v1/users/me").status_code == 401

    def browser(self, person: Person) -> httpx.Client:
        """Signed in with their password; says where it comes from, and carries the token."""
        client = self.visitor(Origin=self.url)
        answer = client.post(
            "/api/v1/sessions", json={"login": person.username, "password": PASSWORD}
        )
        assert answer.status_code == 201, answer.text
        client.headers["X-Cordee-CSRF"] = answer.json()["csrf_token"]
        return client


def ended(browser: httpx.Client) -> bool:
    """Whether nobody is signed in there."""
    return browser.get("/api/v1/sessions/current").status_code == 401


def detail(answer: httpx.Response) -> tuple[int, str]:
    """What a refusal says, without what is new each time."""
    body = answer.json()
    return answer.status_code, body["detail"]
