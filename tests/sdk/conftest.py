"""One Cordée for all SDK tests of a session; a user of their own for each test."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest

from tests.cordee import Cordee
from tests.plain_http import TLS
from tests.sdk.install import NEWEST
from tests.sdk.machine import Machine, Ran, User

CRASHED_AFTER = 6


class RunScript(Protocol):
    """Run a script on a clean machine; who does not say as whom runs it as a new user."""

    def __call__(
        self,
        script: str | Path,
        *args: str,
        version: str = NEWEST,
        user: User | None = None,
        exits: int = 0,
        **env: str,
    ) -> Ran: ...


class Trained(Protocol):
    """A run and somebody who may read it."""

    @property
    def user(self) -> User: ...

    @property
    def path(self) -> str: ...


class Read(Protocol):
    """What a script assigns to `told`, with `api` and the `run` at hand."""

    def __call__(self, trained: Trained, script: str, version: str = NEWEST) -> Any: ...


class AMachine(Protocol):
    """A clean machine for more than one command."""

    def __call__(self, user: User | None = None, version: str = NEWEST) -> Machine: ...


@pytest.fixture(scope="package")
def cordee() -> Iterator[Cordee]:
    """A whole `cordee up`, which takes runs for crashed after CRASHED_AFTER seconds.

    It may send webhooks to receivers on loopback.
    """
    env = {"CORDEE_CRASHED_AFTER": str(CRASHED_AFTER), "CORDEE_EGRESS_ALLOW": "127.0.0.0/8"}
    with Cordee(env=env) as running:
        yield running


@pytest.fixture(scope="package")
def a_user(cordee: Cordee) -> Callable[[], User]:
    """Makes users, each a stranger to all others."""
    numbers = itertools.count(1)
    admin = httpx.BasicAuth("api", cordee.admin_key)

    def make() -> User:
        name = f"user-{next(numbers)}"
        body = {"username": name, "email": f"{name}@example.com"}
        answer = httpx.post(
            f"{cordee.url}/api/v1/users", json=body, auth=admin, timeout=20, verify=TLS
        )
        assert answer.status_code == 201, answer.text
        return User(name, body["email"], answer.json()["api_key"])

    return make


@pytest.fixture
def user(a_user: Callable[[], User]) -> User:
    """Somebody whom only this test knows."""
    return a_user()


@pytest.fixture
def a_machine(cordee: Cordee) -> Iterator[AMachine]:
    """Makes machines, and removes them after the test."""
    with ExitStack() as machines:

        def make(user: User | None = None, version: str = NEWEST) -> Machine:
            return machines.enter_context(Machine(cordee.url, user, version))

        yield make


@pytest.fixture
def run_script(a_machine: AMachine, a_user: Callable[[], User]) -> RunScript:
    """Runs scripts, each on a machine of its own."""

    def run(
        script: str | Path,
        *args: str,
        version: str = NEWEST,
        user: User | None = None,
        exits: int = 0,
        **env: str,
    ) -> Ran:
        return a_machine(user or a_user(), version).run(script, *args, exits=exits, **env)

    return run


@pytest.fixture
def read(a_machine: AMachine) -> Read:
    """Reads with the public API, on a machine that knows nothing of the run."""

    def ask(trained: Trained, script: str, version: str = NEWEST) -> Any:
        lines = (
            "import json, sys, wandb",
            "api = wandb.Api()",
            "run = api.run(sys.argv[1])",
            textwrap.dedent(script),
            "print(json.dumps(told))",
        )
        return a_machine(trained.user, version).read("\n".join(lines), trained.path)

    return ask
