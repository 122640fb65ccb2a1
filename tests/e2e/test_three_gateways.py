"""Three gateways of one Cordée, one of which loses its line to NATS: nobody revoked gets in."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.cordee import Cordee
from tests.e2e.severed import Line
from tests.servers import free_port, wait_for

A_SECOND = 1.0
CERTAIN = 40.0
"""So long a request may take until the gateway gives up asking."""


@dataclass(frozen=True)
class Three:
    """`urls` of the gateways; the last one hangs on `line`."""

    cordee: Cordee
    urls: tuple[str, str, str]
    line: Line

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """What the administrator does, by the first gateway."""
        answer = httpx.request(
            method,
            f"{self.urls[0]}/api/v1{path}",
            json=body,
            auth=("api", self.cordee.admin_key),
            timeout=20,
        )
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def status(self, gateway: int, key: str, path: str = "/users/me") -> int:
        """How this gateway answers somebody."""
        answer = httpx.get(f"{self.urls[gateway]}/api/v1{path}", auth=("api", key), timeout=CERTAIN)
        if answer.status_code == 503:
            assert int(answer.headers["Retry-After"]) > 0
        return answer.status_code

    def come_to(self, wanted: list[int], key: str, path: str = "/users/me") -> None:
        """Within a second all gateways answer somebody like this."""

        def found() -> bool:
            return [self.status(gateway, key, path) for gateway in range(3)] == wanted

        wait_for(f"{wanted} for {path}", found, A_SECOND)


@contextmanager
def another_gateway(cordee: Cordee, **more: str) -> Iterator[str]:
    """A second process of the same kind, with the same secrets."""
    env = cordee.environment_of("gateway")
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "gateway.app"],
        env={**env, "CORDEE_PORT": str(port), **more},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=os.environ.get("TMPDIR", "/tmp"),
    )
    url = f"http://127.0.0.1:{port}"

    def ready() -> bool:
        assert process.poll() is None, "the gateway died"
        try:
            return httpx.get(f"{url}/readyz", timeout=5).is_success
        except httpx.HTTPError:
            return False

    try:
        wait_for(f"{url} is ready", ready, 60)
        yield url
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def three(cordee: Cordee) -> Iterator[Three]:
    with ExitStack() as all_of_it:
        line = all_of_it.enter_context(Line(cordee.environment_of("gateway")["CORDEE_NATS_URL"]))
        second = all_of_it.enter_context(another_gateway(cordee))
        third = all_of_it.enter_context(another_gateway(cordee, CORDEE_NATS_URL=line.url))
        yield Three(cordee, (cordee.url, second, third), line)


def a_user(three: Three, name: str) -> tuple[str, str]:
    """A user's name and key, which every gateway has just seen."""
    made = three.admin("POST", "/users", {"username": name, "email": f"{name}@example.com"})
    key = made["api_key"]
    assert [three.status(gateway, key) for gateway in range(3)] == [200, 200, 200]
    return name, key


def test_a_revoked_key_is_refused_everywhere_within_a_second(three: Three) -> None:
    name, _ = a_user(three, "ada")
    made = three.admin("POST", f"/users/{name}/api-keys", {"name": "ci"})
    key = made["key"]
    assert [three.status(gateway, key) for gateway in range(3)] == [200, 200, 200]
    three.admin("DELETE", f"/users/{name}/api-keys/{made['id']}")
    three.come_to([401, 401, 401], key)


def test_a_removed_member_is_refused_everywhere_within_a_second(three: Three) -> None:
    name, key = a_user(three, "bo")
    three.admin("POST", "/teams", {"name": "peaks"})
    three.admin("PATCH", "/teams/peaks/privacy", {"hidden": True})
    invited = three.admin("POST", "/teams/peaks/invitations", {"username": name, "role": "member"})
    accepted = httpx.post(
        f"{three.urls[0]}/api/v1/invitations/{invited['id']}/accept", auth=("api", key), timeout=20
    )
    assert accepted.is_success
    three.come_to([200, 200, 200], key, "/teams/peaks")
    three.admin("DELETE", f"/teams/peaks/members/{name}")
    three.come_to([404, 404, 404], key, "/teams/peaks")


def test_a_gateway_that_is_cut_off_says_503_and_never_lets_anybody_in(three: Three) -> None:
    name, key = a_user(three, "cy")
    made = three.admin("POST", f"/users/{name}/api-keys", {"name": "ci"})
    revoked = made["key"]
    assert [three.status(gateway, revoked) for gateway in range(3)] == [200, 200, 200]
    three.line.cut()
    three.admin("DELETE", f"/users/{name}/api-keys/{made['id']}")
    three.come_to([401, 401, 503], revoked)
    assert three.status(2, key) == 503
    three.line.mend()
    wait_for("the third is back", lambda: three.status(2, key) == 200, 60)
    assert three.status(2, revoked) == 401
