"""The automations of the unmodified SDK: each event with each action is kept, and fires."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.cordee import Cordee
from tests.receiving import Receiver
from tests.sdk.alerting import Api
from tests.sdk.machine import Machine, User
from tests.servers import ROOT, wait_for

pytestmark = pytest.mark.sdk

SCRIPT = ROOT / "tests" / "sdk" / "scripts" / "automations.py"
OF_RUNS = ("threshold", "change", "zscore", "state")
OF_ARTIFACTS = (
    *("created", "alias_added", "tag_added", "tag_removed", "collection_tag_added"),
    *("collection_tag_removed", "linked", "unlinked"),
)
EVENTS = (*OF_RUNS, *OF_ARTIFACTS)
ACTIONS = ("webhook", "notification", "nothing")
EACH = [f"{event} {action}" for event in EVENTS for action in ACTIONS]

BEFORE = """
import sys, wandb
for number in range(6):
    with wandb.init(project="demo", name=f"before {number}") as run:
        run.log({"loss": 1.0 + number / 100})
with wandb.init(project="demo", name="shelves") as run:
    with open("net.txt", "w") as file:
        file.write("first")
    net = wandb.Artifact("net", type="model")
    net.add_file("net.txt")
    net = run.log_artifact(net).wait()
    net.link(f"{sys.argv[1]}/demo/shelf")
"""
FIRES = """
import json, sys, wandb
path = f"{sys.argv[1]}/demo"
with wandb.init(project="demo", name="to watch") as run:
    for loss in (1.0, 1.0, 9.0, 9.0, 9.0):
        run.log({"loss": loss})
    with open("net.txt", "w") as file:
        file.write("second")
    net = wandb.Artifact("net", type="model")
    net.add_file("net.txt")
    net = run.log_artifact(net).wait()
net.aliases.append("other")
net.aliases.append("prod")
net.tags.append("bad")
net.tags.append("good")
net.save()
net.tags.remove("good")
net.save()
linked = net.link(f"{path}/shelf")
linked.unlink()
net = wandb.Api().artifact_collection("model", f"{path}/net")
net.tags.append("shown")
net.save()
net.tags.remove("shown")
net.save()
print(json.dumps(run.id))
"""


class Watched:
    """A project whose automations were made by the SDK, and what they sent when a run ran."""

    def __init__(self, url: str, told: Any, api: Api, receiver: Receiver) -> None:
        self.url = url
        self.told, self.api, self.receiver = told, api, receiver
        self.deleted: Any = None
        self.run = ""

    def alerts(self) -> list[dict[str, Any]]:
        return self.api.items(f"/projects/{self.api.user.username}/demo/alerts?limit=200")


@pytest.fixture(scope="module")
def watched(
    cordee: Cordee, a_user: Callable[[], User], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Watched]:
    """Made, then a run that all of them are about, then deleted."""
    user = a_user()
    api, team = Api(cordee.url, user), f"/teams/{user.username}/channels"
    with (
        Receiver(tmp_path_factory.mktemp("receiver")) as receiver,
        Machine(cordee.url, user) as machine,
    ):
        api.post(team, name="hook", kind="webhook", url=receiver.url)
        api.post(team, name="#alerts", kind="slack", url=f"{receiver.url}/slack")
        api.post(team, name="mail", kind="email", to=["a@example.com"])
        machine.run(BEFORE, user.username)
        told = machine.run(SCRIPT, user.username, "net", "shelf").told
        made = Watched(cordee.url, told, api, receiver)
        made.run = machine.run(FIRES, user.username).told
        wait_for("all alerts", lambda: len(made.alerts()) >= len(EACH))
        wait_for("all messages", lambda: len(receiver.received()) >= 2 * len(EVENTS))
        kept = api.items(f"/projects/{user.username}/demo/rules")
        made.deleted = (kept, machine.run(SCRIPT, user.username, "delete").told)
        yield made


def alert_link(watched: Watched, alert: dict[str, Any]) -> str:
    """Where what has happened is looked at."""
    start = f"{watched.url}/{watched.api.user.username}/demo"
    if alert["artifact"] is None:
        return f"{start}/runs/{alert['run']}"
    return f"{start}/artifacts/model/{alert['artifact'].replace(':', '/')}"


@pytest.mark.parametrize("name", EACH)
def test_it_is_made_found_and_changed(watched: Watched, name: str) -> None:
    assert watched.told[name] == {
        "same": True,
        "filter kept": True,
        "action kept": True,
        "said": ["first", "second", False, True],
        "scope": True,
        "types": True,
    }


@pytest.mark.parametrize("name", EACH)
def test_it_fires_once(watched: Watched, name: str) -> None:
    [alert] = [alert for alert in watched.alerts() if alert["rule"] == name]
    event, _, action = name.partition(" ")
    if event in OF_RUNS:
        assert alert["run"] == watched.run
    else:
        assert alert["artifact"].partition(":")[0] in ("net", "shelf")
    told = {"webhook": ["hook"], "notification": ["#alerts"], "nothing": []}
    assert alert["notified"] == told[action]
    sent = [json.loads(one["body"]) for one in watched.receiver.received()]
    if action == "webhook":
        [body] = [one for one in sent if one.get("rule") == name]
        assert body["by"] == watched.api.user.username
        assert body["link"] == alert_link(watched, alert)
    if action == "notification":
        [message] = [one for one in sent if f"T {name}" in one.get("text", "")]
        assert message["attachments"][0]["text"]


def test_both_doors_write_the_same_rules(watched: Watched) -> None:
    kept, _ = watched.deleted
    [rule] = [rule for rule in kept if rule["name"] == "threshold webhook"]
    assert rule["when"] == {
        "kind": "threshold", "metric": "loss", "op": "$gt", "value": 5.0, "window": 3, "agg": "avg"
    }  # fmt: skip
    assert json.loads(rule["filters"])
    assert (rule["notify"], rule["description"], rule["enabled"]) == (["hook"], "second", True)


def test_a_name_is_taken_once(watched: Watched) -> None:
    assert "exists" in watched.told["twice"]


def test_they_are_found_without_naming_a_team(watched: Watched) -> None:
    assert watched.told["walked"] is True


def test_all_are_deleted(watched: Watched) -> None:
    _, (before, after) = watched.deleted
    assert (before, after) == (len(EACH), 0)
