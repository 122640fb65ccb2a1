"""Alerts of real training scripts: in time, signed, once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from tests.cordee import Cordee
from tests.postbox import Postbox
from tests.receiving import Receiver
from tests.sdk.alerting import SECRET, Api
from tests.sdk.conftest import AMachine
from tests.sdk.machine import Machine, User
from tests.sdk.wire import Wire
from tests.servers import wait_for

pytestmark = pytest.mark.sdk

CRASHED_AFTER = 3

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

SAY = """
mutation Say($entity: String!) {
  notifyScriptableRunAlert(input: {
    entityName: $entity, projectName: "demo", runName: "first", title: "That is all", text: "."
  }) { success }
}
"""

LIVES = """
import json, time, wandb
run = wandb.init(project="demo", settings=wandb.Settings(x_file_stream_transmit_interval=1.0))
run.log({"loss": 1.0})
time.sleep(2)
print(json.dumps(run.id), flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def postbox() -> Iterator[Postbox]:
    with Postbox() as box:
        yield box


@pytest.fixture(scope="module")
def cordee(postbox: Postbox) -> Iterator[Cordee]:
    """One that may send to loopback and takes runs for crashed soon."""
    env = {"CORDEE_CRASHED_AFTER": str(CRASHED_AFTER), "CORDEE_EGRESS_ALLOW": "127.0.0.0/8"}
    with Cordee(env={**env, "CORDEE_SMTP_URL": postbox.url}) as running:
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


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    """In a process of its own."""
    with Receiver(tmp_path) as running:
        yield running


def a_project(api: Api) -> None:
    """The project has to be there before a rule can be."""
    wire = Wire(api.url, api.user)
    wire.finish(wire.a_run("demo", "first"))


class Dropped:
    """A run whose accuracy dropped, watched by a webhook and by a mail to somebody French."""

    def __init__(self, api: Api, at: float, receiver: Receiver) -> None:
        self.api, self.at, self.receiver = api, at, receiver


@pytest.fixture(scope="module")
def dropped(
    cordee: Cordee, a_user: Callable[[], User], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Dropped]:
    user = a_user()
    api = Api(cordee.url, user)
    a_project(api)
    assert api.http.patch("/users/me", json={"language": "fr"}).status_code == 200
    api.post(f"/teams/{user.username}/channels", name="mail", kind="email", to=[user.email])
    when = {"kind": "threshold", "metric": "val/acc", "op": "<", "value": 0.8}
    api.post(f"/projects/{user.username}/demo/rules", name="drop", when=when, notify=["mail"])
    with Receiver(tmp_path_factory.mktemp("receiver")) as receiver:
        api.watch(when, receiver.url)
        with Machine(cordee.url, user) as machine:
            at = machine.run(DROPS).told
        yield Dropped(api, at, receiver)


@pytest.mark.drill
def test_a_drop_is_told_within_two_seconds_of_the_log(dropped: Dropped) -> None:
    """One of them is the SDK's own, which gathers what it sends."""
    [told] = wait_for("a webhook", dropped.receiver.received)
    assert told["at"] - dropped.at < 2.0


def test_a_drop_is_told_signed(dropped: Dropped) -> None:
    api, receiver, name = dropped.api, dropped.receiver, dropped.api.user.username
    [told] = wait_for("a webhook", receiver.received)
    verified = Webhook(SECRET).verify(told["body"], told["headers"])
    assert verified["type"] == "alert.fired"
    data = verified["data"]
    assert (data["metric"], data["value"], data["step"]) == ("val/acc", 0.42, 600)
    alerts = api.items(f"/projects/{name}/demo/alerts")
    [alert] = [alert for alert in alerts if alert["rule"] == "a rule"]
    assert (alert["severity"], alert["step"], alert["notified"]) == ("error", 600, ["hook"])

    def sent() -> list[Any]:
        deliveries = api.items(f"/teams/{name}/deliveries")
        return [
            one for one in deliveries if (one["kind"], one["state"]) == ("webhook", "delivered")
        ]

    [delivery] = wait_for("the log of it", sent)
    assert delivery["webhook_id"] == told["headers"]["webhook-id"]
    api.post(f"/deliveries/{delivery['id']}:replay")
    _, again = wait_for("the replay", lambda: receiver.received()[1:] and receiver.received())
    assert again["headers"]["webhook-id"] == told["headers"]["webhook-id"]
    Webhook(SECRET).verify(again["body"], again["headers"])


def test_the_drop_is_mailed_with_its_chart_in_the_recipients_language(
    dropped: Dropped, postbox: Postbox
) -> None:
    api, user = dropped.api, dropped.api.user
    mail = wait_for("a mail", lambda: [one for to, one in postbox.received if to == [user.email]])[
        0
    ]
    assert mail["Subject"].startswith("[Cordée] Avertissement: drop")
    parts = {part.get_content_type(): part for part in mail.walk()}
    assert "Métrique: val/acc" in parts["text/plain"].get_content()
    assert parts["image/png"].get_content().startswith(b"\x89PNG")
    assert "cid:chart" in parts["text/html"].get_content()

    link = mail["List-Unsubscribe"][1:-1]
    one_click = {"List-Unsubscribe": "One-Click"}
    assert "Se désabonner" in httpx.get(link, headers={"Accept-Language": "fr"}).text
    assert httpx.post(link, data=one_click).status_code == 200
    channels = api.items(f"/teams/{user.username}/channels")
    assert [one["unsubscribed"] for one in channels] == [[user.email], []]
    assert httpx.post(f"{link}x", data=one_click).status_code == 404


def counted(receiver: Receiver, what: str = "title") -> Counter[str]:
    """How often a webhook came of each."""
    return Counter(json.loads(one["body"])["data"][what] for one in receiver.received())


def crash(wire: Wire, name: str, receiver: Receiver) -> None:
    """Another run falls silent, which is told after what came before."""
    assert wire.stream(wire.a_run("demo", name)).status_code == 200
    wait_for("a webhook", lambda: name in counted(receiver, "run"), CRASHED_AFTER + 15)


def test_what_a_script_says_is_told_once_within_its_wait(
    cordee: Cordee, user: User, receiver: Receiver, a_machine: AMachine
) -> None:
    machine, api = a_machine(user), Api(cordee.url, user)
    a_project(api)
    name = api.watch({"kind": "alert"}, receiver.url)
    machine.run(SAYS)
    Wire(cordee.url, user).data(SAY, entity=name)
    wait_for("the last webhook", lambda: "That is all" in counted(receiver))
    wait_for("nothing waits", lambda: not api.items(f"/teams/{name}/deliveries?state=pending"))
    alerts = api.items(f"/projects/{name}/demo/alerts")
    assert sorted((alert["title"], alert["severity"]) for alert in alerts) == [
        ("Low accuracy", "warn"),
        ("Other", "error"),
        ("That is all", "info"),
    ]
    assert counted(receiver) == {"Low accuracy": 1, "Other": 1, "That is all": 1}


def test_a_killed_process_is_one_crashed_alert(
    cordee: Cordee, user: User, receiver: Receiver, a_machine: AMachine
) -> None:
    machine, api = a_machine(user), Api(cordee.url, user)
    a_project(api)
    name = api.watch({"kind": "state", "states": ["crashed"]}, receiver.url)
    started = machine.start(LIVES)
    run_id = started.wait_told()
    started.kill()
    [told] = wait_for("a webhook", receiver.received, CRASHED_AFTER + 15)
    assert json.loads(told["body"])["data"]["run"] == run_id
    wire, path = Wire(cordee.url, user), f"{name}/demo/{run_id}"
    crash(wire, "second", receiver)  # silent runs have been looked at again
    assert wire.run(path)["state"] == "crashed"
    assert wire.stream(path).status_code == 200  # it comes back, as after a network's failure
    wait_for("it lives", lambda: wire.run(path)["state"] == "running")
    wire.finish(path)
    crash(wire, "third", receiver)
    wait_for("nothing waits", lambda: not api.items(f"/teams/{name}/deliveries?state=pending"))
    once = {run_id: 1, "second": 1, "third": 1}
    assert Counter(one["run"] for one in api.items(f"/projects/{name}/demo/alerts")) == once
    assert counted(receiver, "run") == once


def test_a_stranger_sees_neither_channels_nor_alerts(
    cordee: Cordee, a_user: Callable[[], User], receiver: Receiver, a_machine: AMachine
) -> None:
    owner, stranger = a_user(), a_user()
    api, theirs = Api(cordee.url, owner), Api(cordee.url, stranger)
    a_project(api)
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
