"""`cordee rules` on a folder with three rules, the real command against a whole Cordée."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cordee import Cordee
from tests.sdk.command import Command
from tests.sdk.machine import User
from tests.sdk.wire import Wire

pytestmark = pytest.mark.sdk

RULES = """\
project: {entity}/demo
rules:
  - name: too high
    when: {{kind: threshold, metric: loss, op: ">", value: 5}}
    notify: [hook]
  - name: worse than before
    severity: error
    when: {{kind: regression, metric: loss, better: lower}}
  - name: said by the script
    when: {{kind: alert, levels: [error]}}
"""


def test_planned_applied_drifted_exported_and_replayed(
    cordee: Cordee, a_user: Callable[[], User], tmp_path: Path
) -> None:
    user = a_user()
    wire, rules = Wire(cordee.url, user), Command(cordee, user)
    for number, loss in enumerate([1.0, 1.1, 0.9, 1.05, 0.95, 9.0]):
        path = wire.a_run("demo", f"r{number}", summary={"loss": loss})
        row = f'"_timestamp": 1.0, "loss": {loss}'
        wire.log(path, [f'{{"_step": {step}, {row}}}' for step in range(3)])
        wire.finish(path)
    hook = {"name": "hook", "kind": "webhook", "url": "http://127.0.0.1:9/"}
    assert wire.rest("POST", f"/teams/{user.username}/channels", hook).status_code == 201
    file = tmp_path / "main.yaml"
    file.write_text(RULES.format(entity=user.username), encoding="utf-8")
    folder = str(tmp_path)

    planned = rules("rules", "plan", folder, "--check", exits=1)
    assert "+ worse than before  (main.yaml:6)" in planned
    assert "3 to create, 0 to change" in planned
    assert rules("rules", "apply", folder).count("created") == 3
    assert "3 the same" in rules("rules", "plan", folder, "--check")

    known = {
        rule["name"]: rule
        for rule in wire.rest("GET", f"/projects/{user.username}/demo/rules").json()["items"]
    }
    wire.rest("PATCH", f"/rules/{known['too high']['id']}", {"severity": "info"})
    by_hand = {"name": "by hand", "when": {"kind": "nan"}}
    wire.rest("POST", f"/projects/{user.username}/demo/rules", by_hand)
    drifted = rules("rules", "plan", folder, "--check", exits=1)
    assert "~ too high  (main.yaml:3; on the server since" in drifted
    assert '- severity: "info"' in drifted
    assert '+ severity: "warn"' in drifted
    assert "? by hand  (only on the server, by" in drifted

    copy = tmp_path.with_name("copy")
    rules("rules", "export", str(copy), "--project", f"{user.username}/demo")
    assert "4 the same" in rules("rules", "plan", str(copy), "--check")
    assert "deleted " in rules("rules", "apply", folder, "--prune")
    assert "3 the same" in rules("rules", "plan", folder, "--check")

    told = rules("rules", "replay", folder, "--since", "1d")
    assert "too high: would have fired in 1 of 6 runs" in told
    assert "(r5) at step 0: loss > 5" in told
    assert "worse than before: would have fired in 1 of 6 runs" in told
    assert "said by the script: when.kind: past runs do not tell of alert." in told


def test_a_wrong_rule_is_pointed_at(
    cordee: Cordee, a_user: Callable[[], User], tmp_path: Path
) -> None:
    user = a_user()
    Wire(cordee.url, user).a_run("demo", "r")
    text = RULES.format(entity=user.username)
    (tmp_path / "main.yaml").write_text(text.replace('">"', '"above"'), encoding="utf-8")
    rules = Command(cordee, user)
    said = rules("rules", "plan", str(tmp_path), exits=2)
    assert said.startswith("main.yaml:4: rules.0.when.op: Input should be '<', '<='")
    (tmp_path / "main.yaml").write_text(text, encoding="utf-8")
    said = rules("rules", "apply", str(tmp_path), exits=2)
    assert "main.yaml:3: notify:" in said
    assert "no channel 'hook'" in said


def test_a_filter_that_could_not_be_asked_is_refused(
    cordee: Cordee, a_user: Callable[[], User]
) -> None:
    """A team's as well as a project's, and one that only our own clauses make too long."""
    user = a_user()
    wire = Wire(cordee.url, user)
    wire.finish(wire.a_run("demo", "first"))
    places = (f"/projects/{user.username}/demo/rules", f"/teams/{user.username}/rules")
    long = json.dumps({"$or": [{"config.seed": number} for number in range(62)]})
    deep = '{"tags": "main"}'
    for _ in range(8):
        deep = f'{{"$and": [{deep}]}}'
    good = '{"tags": "main"}'
    regression = {"kind": "regression", "metric": "loss", "better": "lower", "every_steps": 1}
    for place in places:
        for number, text in enumerate([good, '{"nope": 1}', long, deep]):
            for when, filters in (
                ({**regression, "filters": text}, None),
                ({"kind": "nan"}, json.loads(text)),
            ):
                name = f"{when['kind']} {number}"
                body = {"name": name, "when": when, "filters": filters}
                answer = wire.rest("POST", place, body)
                if text == good:
                    assert answer.status_code == 201, (place, answer.text)
                else:
                    assert answer.status_code in (400, 422), (place, text, answer.text)
                    assert answer.json()["field"].endswith("filters")
