"""Alerts of real training scripts: in time, signed, once."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from tests.sdk.conftest import AMachine
from tests.sdk.machine import User
from tests.servers import ROOT, Cordee, free_port, wait_for

pytestmark = pytest.mark.sdk

CRASHED_AFTER = 3
SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

DROPS = """
import json, time, wandb
settings = wandb.Settings(x_file_stream_transmit_interval=1.0)
run = wandb.init(project="demo", settings=settings)
for step in range(1_000):
    if step == 600:
        dropped = time.time()
    run.log({"val/acc": 0.91 if step < 600 else 0.42, "loss": 1 / (1 + step)})
    time.sleep(0.01)
run.finish()
print(json.dumps(dropped))
"""

SAYS = """
import time, wandb
run = wandb.init(project="demo")
for _ in range(3):
    run.alert(title="Low accuracy", text="Accuracy is 0.1", level=wandb.AlertLevel.WARN)
run.alert(title="Other", text="x", level="ERROR", wait_duration=1)
run.finish()
"""

LIVES = """
import json, time, wandb
run = wandb.init(project="demo", settings=wandb.Settings(x_file_stream_transmit_interval=1.0))
run.log({"loss": 1.0})
time.sleep(2)
print(json.dumps(run.id), flush=True)
time.sleep(600)
"""


class Api:
    """One user's REST."""

    def __init__(self, url: str, user: User) -> None:
        self.user = user
        auth = httpx.BasicAuth("api", user.api_key)
        self.http = httpx.Client(base_url=f"{url}/api/v1", auth=auth, timeout=30, trust_env=False)

    def post(self, path: str, **body: Any) -> Any:
        answer = self.http.post(path, json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def items(self, path: str) -> list[Any]:
        answer = self.http.get(path)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    def watch(self, when: dict[str, Any], url: str) -> str:
        """A project with a rule that tells a webhook; the name of the user's space."""
        name = self.user.username
        self.post(f"/teams/{name}/channels", name="hook", kind="webhook", url=url, secret=SECRET)
        self.post(
            f"/projects/{name}/demo/rules",
            name="a rule",
            when=when,
            notify=["hook"],
            severity="error",
            cooldown_s=0,
        )
        return name


@pytest.fixture(scope="module")
def cordee() -> Iterator[Cordee]:
    """One that may send to loopback and takes runs for crashed soon."""
    env = {"CORDEE_CRASHED_AFTER": str(CRASHED_AFTER), "CORDEE_EGRESS_ALLOW": "127.0.0.0/8"}
    with Cordee(env=env) as running:
        yield running


@pytest.fixture(scope="module")
def a_user(cordee: Cordee) -> Callable[[], User]:
    """As the session's, for this Cordée."""
    numbers = iter(range(1_000))
    admin = httpx.BasicAuth("api", cordee.admin_key)

    def make() -> User:
        name = f"watcher-{next(numbers)}"
        body = {"username": name, "email": f"{name}@example.com"}
        answer = httpx.post(f"{cordee.url}/api/v1/users", json=body, auth=admin, timeout=20)
        assert answer.status_code == 201, answer.text
        return User(name, body["email"], answer.json()["api_key"])

    return make


class Receiver:
    """A receiver's port, and what it has received."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self._file = folder / "received.jsonl"
        self._file.touch()
        script = str(ROOT / "tests" / "receiver.py")
        argv = [sys.executable, script, str(self.port), str(self._file)]
        self.process = subprocess.Popen(argv)

    def received(self) -> list[dict[str, Any]]:
        """Everything so far."""
        lines = self._file.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    """In a process of its own."""
    running = Receiver(tmp_path)
    yield running
    running.process.kill()
    running.process.wait()


def a_project(api: Api, machine: Any) -> None:
    """The project has to be there before a rule can be."""
    machine.run('import wandb\nwandb.init(project="demo").finish()')


def test_a_drop_is_told_signed_within_two_seconds_of_the_log(
    cordee: Cordee, user: User, receiver: Receiver, a_machine: AMachine
) -> None:
    machine, api = a_machine(user), Api(cordee.url, user)
    a_project(api, machine)
    name = api.watch(
        {"kind": "threshold", "metric": "val/acc", "op": "<", "value": 0.8}, receiver.url
    )
    dropped = machine.run(DROPS).told
    [told] = wait_for("a webhook", receiver.received)
    assert told["at"] - dropped < 2.0
    verified = Webhook(SECRET).verify(told["body"], told["headers"])
    assert verified["type"] == "alert.fired"
    data = verified["data"]
    assert (data["metric"], data["value"], data["step"]) == ("val/acc", 0.42, 600)
    [alert] = api.items(f"/projects/{name}/demo/alerts")
    assert (alert["severity"], alert["step"], alert["notified"]) == ("error", 600, ["hook"])
    [delivery] = wait_for(
        "the log of it",
        lambda: [d for d in api.items(f"/teams/{name}/deliveries") if d["state"] == "delivered"],
    )
    assert delivery["webhook_id"] == told["headers"]["webhook-id"]
    api.post(f"/deliveries/{delivery['id']}:replay")
    _, again = wait_for("the replay", lambda: receiver.received()[1:] and receiver.received())
    assert again["headers"]["webhook-id"] == told["headers"]["webhook-id"]
    Webhook(SECRET).verify(again["body"], again["headers"])


def test_what_a_script_says_is_told_once_within_its_wait(
    cordee: Cordee, user: User, receiver: Receiver, a_machine: AMachine
) -> None:
    machine, api = a_machine(user), Api(cordee.url, user)
    a_project(api, machine)
    name = api.watch({"kind": "alert"}, receiver.url)
    machine.run(SAYS)
    wait_for("two webhooks", lambda: len(receiver.received()) >= 2)
    alerts = api.items(f"/projects/{name}/demo/alerts")
    assert sorted((alert["title"], alert["severity"]) for alert in alerts) == [
        ("Low accuracy", "warn"),
        ("Other", "error"),
    ]
    assert len(receiver.received()) == 2


def test_a_killed_process_is_one_crashed_alert(
    cordee: Cordee, user: User, receiver: Receiver, a_machine: AMachine
) -> None:
    machine, api = a_machine(user), Api(cordee.url, user)
    a_project(api, machine)
    name = api.watch({"kind": "state", "states": ["crashed"]}, receiver.url)
    started = machine.start(LIVES)
    run_id = started.wait_told()
    started.kill()
    [told] = wait_for("a webhook", receiver.received, CRASHED_AFTER + 15)
    assert json.loads(told["body"])["data"]["run"] == run_id
    time.sleep(CRASHED_AFTER)  # long enough for a second look at silent runs
    assert len(api.items(f"/projects/{name}/demo/alerts")) == 1
    assert len(receiver.received()) == 1


def test_a_stranger_sees_neither_channels_nor_alerts(
    cordee: Cordee, a_user: Callable[[], User], receiver: Receiver, a_machine: AMachine
) -> None:
    owner, stranger = a_user(), a_user()
    api, theirs = Api(cordee.url, owner), Api(cordee.url, stranger)
    a_project(api, a_machine(owner))
    name = api.watch({"kind": "nan"}, receiver.url)
    for path in (
        f"/teams/{name}/channels",
        f"/teams/{name}/deliveries",
        f"/projects/{name}/demo/rules",
        f"/projects/{name}/demo/alerts",
    ):
        assert theirs.http.get(path).status_code == 404, path
    [rule] = api.items(f"/projects/{name}/demo/rules")
    assert theirs.http.get(f"/rules/{rule['id']}").status_code == 404
    assert theirs.http.delete(f"/rules/{rule['id']}").status_code == 404
    [channel] = api.items(f"/teams/{name}/channels")
    assert theirs.http.post(f"/teams/{name}/channels/{channel['id']}:test").status_code == 404
