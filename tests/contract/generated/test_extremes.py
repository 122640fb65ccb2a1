"""Numbers and moments that no computation of ours survives are refused where they come in."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.contract.generated.asking import Asked, description
from tests.contract.generated.test_openapi import is_answered

NUMBERS = (
    *("9223372036854775807", "9223372036854775808", "-9223372036854775809", str(2**70)),
    *(
        "1e308",
        "1e400",
        "NaN",
        "Infinity",
        "-Infinity",
        "-1",
        "0",
        "1e-320",
        "9" * 400,
        "9" * 5_000,
    ),
    *("²", "١", "1_0", "0x10", " 1"),
)
MOMENTS = (
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00"),
    *("9999-12-31T23:59:59.999999Z", "1e400", "99999999999999", "-1"),
)
PROJECT, TEAM = "/api/v1/projects/peaks/open-to-us", "/api/v1/teams/peaks"
GATE: dict[str, Any] = {"runs": ["r1"], "baseline": "best"}
WAY: dict[str, Any] = {"metric": "loss", "better": "lower"}
IMPORTED: dict[str, Any] = {
    "source": "https://elsewhere.example.org/r1", "state": "finished",
    "created_at": "2024-01-01T00:00:00Z", "ended_at": "2024-01-01T01:00:00Z",
}  # fmt: skip
HERE = "@"
"""Where in a body the number goes."""
WHENS: list[dict[str, Any]] = [
    {"kind": "threshold", "metric": "x", "op": ">", "value": HERE},
    {"kind": "threshold", "metric": "x", "op": ">", "value": 1, "window": HERE},
    {"kind": "change", "metric": "x", "amount": HERE},
    {"kind": "plateau", "metric": "x", "steps": HERE},
    {"kind": "plateau", "metric": "x", "steps": 5, "tolerance": HERE},
    {"kind": "regression", "metric": "x", "better": "lower", "tolerance": HERE},
    {"kind": "regression", "metric": "x", "better": "lower", "every_steps": HERE},
    {"kind": "zscore", "metric": "x", "threshold": HERE},
    {"kind": "gpu_idle", "below": HERE},
]
NUMBERED: list[tuple[str, str, Any]] = [
    *[("POST", f"{PROJECT}/rules:preview", {"when": when}) for when in WHENS],
    *[("POST", f"{PROJECT}/rules", {"name": "n", "when": when}) for when in WHENS],
    ("POST", f"{PROJECT}/rules", {"name": "n", "when": {"kind": "alert"}, "cooldown_s": HERE}),
    ("POST", "/api/v1/artifacts:collect-garbage", {"dry_run": True, "grace_seconds": HERE}),
    ("POST", f"{PROJECT}/gate", {**GATE, "metrics": [WAY], "stale_after_s": HERE}),
    ("POST", f"{PROJECT}/gate", {**GATE, "metrics": [{**WAY, "tolerance": HERE}]}),
    *[("PUT", f"{TEAM}/retention", {name: HERE}) for name in ("runs_days", "console_days")],
    ("PUT", f"{PROJECT}/retention", {"thin_days": HERE, "thin_rows": 10}),
    ("PUT", f"{PROJECT}/retention", {"thin_days": 10, "thin_rows": HERE}),
    ("POST", f"{PROJECT}/runs:import", {**IMPORTED, "name": "i", "exit_code": HERE}),
    ("POST", f"{PROJECT}/reports", {"title": "t", "blocks": [{"kept": HERE}]}),
]
DATED: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", f"{TEAM}/maintenance", {"starts_at": HERE, "ends_at": HERE}),
    ("POST", f"{TEAM}/maintenance", {"starts_at": "2026-01-01T00:00:00Z", "ends_at": HERE}),
    ("POST", f"{TEAM}/maintenance", {"starts_at": HERE, "ends_at": "9999-12-31T23:59:59Z"}),
    ("POST", f"{TEAM}/service-accounts", {"name": "ci", "expires_at": HERE}),
    ("POST", f"{TEAM}/deliveries:replay", {"channel_id": "absent", "since": HERE, "until": HERE}),
    ("POST", f"{PROJECT}/runs:import", {**IMPORTED, "name": "i", "created_at": HERE}),
    ("POST", f"{PROJECT}/runs:import", {**IMPORTED, "name": "i", "ended_at": HERE}),
    ("POST", f"{PROJECT}/shares", {"runs": ["r1"], "expires_at": HERE}),
    ("POST", "/api/v1/users/mo/api-keys", {"name": "k", "expires_at": HERE}),
    ("POST", f"{PROJECT}/rules:preview", {"when": {"kind": "alert"}, "since": HERE}),
]
DESCRIBED = description()
NUMERIC = re.compile("integer|number|date-time")
QUERIED = [
    (path, one["name"])
    for path, verbs in DESCRIBED["paths"].items()
    for one in verbs.get("get", {}).get("parameters", [])
    if one["in"] == "query"
    and (
        one["name"] == "cursor" or re.search("integer|number|date-time", json.dumps(one["schema"]))
    )
    and not path.startswith("/api/v1/shared")
    and not path.endswith(("/live", "/export"))
]


@pytest.mark.parametrize(("path", "name"), QUERIED)
def test_in_a_query(asked: Asked, path: str, name: str) -> None:
    wanted = [one["name"] for one in DESCRIBED["paths"][path]["get"]["parameters"]
              if one["in"] == "query" and one.get("required")]  # fmt: skip
    for parameter, value in asked.existing.items():
        path = path.replace(f"{{{parameter}}}", value)
    for value in (*NUMBERS, *MOMENTS):
        query = {**dict.fromkeys(wanted, "x"), name: value}
        is_answered(asked.http.get(path, params=query, headers=asked.world.headers("root+")))


@pytest.mark.parametrize("sequence", [*NUMBERS[:4], "0", "-1", "9" * 400])
def test_in_a_path(asked: Asked, sequence: str) -> None:
    path = f"/api/v1/dead-letters/{sequence}:replay"
    is_answered(asked.http.post(path, headers=asked.world.headers("root+")))


@pytest.mark.parametrize(("method", "path", "body"), NUMBERED)
def test_in_a_body(asked: Asked, method: str, path: str, body: dict[str, Any]) -> None:
    for number in NUMBERS:
        ask(asked, method, path, json.dumps(body).replace(f'"{HERE}"', number))


@pytest.mark.parametrize(("method", "path", "body"), DATED)
def test_as_a_moment(asked: Asked, method: str, path: str, body: dict[str, Any]) -> None:
    for moment in MOMENTS:
        ask(asked, method, path, json.dumps(body).replace(HERE, moment))


TO = {"entity": "peaks", "project": "elsewhere"}
FREE: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", f"{PROJECT}/rules", {"name": "n", "when": {"kind": "alert"}, "payload": {"x": HERE}}),
    ("POST", f"{PROJECT}/rules", {"name": "n", "when": {"kind": "alert"}, "filters": {"x": HERE}}),
    ("POST", f"{PROJECT}/rules:preview", {"when": {"kind": "alert"}, "filters": {"x": HERE}}),
    ("POST", f"{PROJECT}/runs:copy", {"filters": {"x": HERE}, "to": TO}),
    (
        "POST", f"{TEAM}/channels",
        {"name": "c", "kind": "webhook", "url": "http://127.0.0.1:9/", "template": {"x": HERE}},
    ),
    ("PATCH", f"{PROJECT.replace('projects', 'runs')}/r1", {"config": {"x": HERE}}),
]  # fmt: skip
DEEP = ("[" * 300 + "]" * 300, '{"a":' * 300 + "1" + "}" * 300, "[" * 5_000 + "]" * 5_000)


@pytest.mark.parametrize(("method", "path", "body"), FREE)
def test_within_free_json(asked: Asked, method: str, path: str, body: dict[str, Any]) -> None:
    for value in (*NUMBERS, *DEEP, r'"\ud800"', r'"\ud83d\ude00"'):
        ask(asked, method, path, json.dumps(body).replace(f'"{HERE}"', value))


@pytest.mark.parametrize("field", ["history", "events", "log"])
def test_as_a_count_of_lines(asked: Asked, field: str) -> None:
    body = json.dumps({"history": 0, field: HERE})
    for number in NUMBERS:
        path = "/api/v1/runs/peaks/open-to-us/i:seal"
        ask(asked, "POST", path, body.replace(f'"{HERE}"', number))


def ask(asked: Asked, method: str, path: str, body: str) -> None:
    headers = asked.world.headers("root+") | {"Content-Type": "application/json"}
    is_answered(asked.http.request(method, path, content=body.encode(), headers=headers))
