"""People who use the web app, and what they find there."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import httpx
from playwright.sync_api import Page

from tests.cordee import Cordee
from tests.plain_http import TLS
from tests.sdk.machine import Machine, User

PASSWORD = "a rope between two climbers"
_numbers = itertools.count(1)

TRAIN = """
import os, wandb
run = wandb.init(entity=os.environ["TEAM"], project="wall", name=os.environ["NAME"],
                 config={"lr": 0.1, "model": {"depth": 50}})
for step in range(int(os.environ.get("STEPS", "20"))):
    print(f"\\x1b[32mstep {step}\\x1b[0m")
    run.log({"train/loss": 1 / (step + 1), "train/accuracy": step / 20, "lr": 0.1})
run.finish()
"""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a password and an API key."""

    cordee: Cordee
    username: str
    key: str

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """An answer of the API, as this person."""
        answer = httpx.request(
            method,
            f"{self.cordee.url}/api/v1{path}",
            json=body,
            verify=TLS,
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=30,
        )
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return answer.json() if answer.content else None

    def signed_in(self, page: Page) -> Page:
        """The same page, in a browser that has this person's session."""
        credentials = {"login": self.username, "password": PASSWORD}
        answer = page.request.post(f"{self.cordee.url}/api/v1/sessions", data=credentials)
        assert answer.ok, answer.text()
        return page

    def team(self) -> str:
        """A new team of theirs."""
        name = f"team-{next(_numbers)}"
        self.ask("POST", "/teams", {"name": name, "description": "Climbs."})
        return name

    def trains(self, team: str, *names: str, steps: int = 20) -> None:
        """Runs of theirs in the project `wall` of a team, to their end."""
        user = User(self.username, "", self.key)
        with Machine(self.cordee.url, user) as machine:
            for name in names:
                machine.run(TRAIN, TEAM=team, NAME=name, STEPS=str(steps))

    def runs(self, team: str, project: str = "wall") -> list[dict[str, Any]]:
        """Documents of the runs of a project."""
        found: list[dict[str, Any]] = self.ask("GET", f"/projects/{team}/{project}/runs")["items"]
        return found


def a_person(cordee: Cordee, name: str | None = None) -> Person:
    """Somebody new, whom nobody else knows."""
    name = name or f"climber-{next(_numbers)}"
    admin = Person(cordee, "admin", cordee.admin_key)
    body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
    made = admin.ask("POST", "/users", body)
    return Person(cordee, name, made["api_key"])
