"""Reports: kept for the package that writes them, listed by the SDK."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.cordee import Cordee
from tests.sdk.conftest import AMachine
from tests.sdk.machine import User
from tests.sdk.wire import Wire

pytestmark = pytest.mark.sdk

UPSERT = """mutation upsertView($id: ID, $entityName: String, $projectName: String, $type: String,
  $displayName: String, $description: String, $spec: String!) {
  upsertView(input: {id: $id, entityName: $entityName, projectName: $projectName, type: $type,
    displayName: $displayName, description: $description, spec: $spec, createdUsing: WANDB_SDK}) {
    view { id type displayName spec project { name entityName } } inserted } }"""
DELETE = "mutation($id: ID!) { deleteView(input: {id: $id}) { success } }"
LIST = """
    import json, wandb

    reports = wandb.Api().reports("demo", per_page=2)
    print(json.dumps([[r.display_name, r.description, r.spec["blocks"], r.user["username"],
                       r.url] for r in reports]))
"""


def test_saved_changed_listed_deleted(a_machine: AMachine, cordee: Cordee, user: User) -> None:
    wire, machine = Wire(cordee.url, user), a_machine(user)
    wire.a_run("demo", "r1")

    def save(number: int, view_id: str | None = None) -> Any:
        return wire.data(
            UPSERT,
            id=view_id,
            entityName=user.username,
            projectName="demo",
            type="runs",
            displayName=f"Report {number}",
            description=f"about {number}",
            spec=json.dumps({"version": 5, "panelSettings": {}, "blocks": [number]}),
        )["upsertView"]

    saved = [save(number) for number in range(3)]
    assert all(one["inserted"] for one in saved)
    assert not save(9, saved[0]["view"]["id"])["inserted"]
    listed = machine.run(LIST).told
    assert [row[:4] for row in listed] == [
        [f"Report {n}", f"about {n}", [n], user.username] for n in (2, 1, 9)
    ]
    assert f"/{user.username}/demo/reports/Report-2--" in listed[0][4]

    # What is no block stays where people change the rest; reports of the web app are listed, too.
    there = f"{cordee.url}/api/v1/projects/{user.username}/demo/reports"
    headers = {"Authorization": f"Bearer {user.api_key}"}
    found = httpx.get(there, headers=headers).json()["items"]
    assert [one["title"] for one in found] == ["Report 2", "Report 1", "Report 9"]
    at = f"{cordee.url}/api/v1/reports/{found[0]['id']}"
    [other] = httpx.get(at, headers=headers).json()["blocks"]
    assert (other["kind"], other["kept"]) == ("other", 0)
    text = {"kind": "markdown", "text": "From the web"}
    change = {"blocks": [text, other], "unchanged_since": found[0]["updated_at"]}
    assert httpx.patch(at, json=change, headers=headers).status_code == 200
    assert httpx.patch(at, json=change, headers=headers).status_code == 409
    chart = {"kind": "charts", "charts": [{"metrics": ["loss"]}], "runs": ["r1"]}
    written = {"title": "Of the web", "blocks": [chart]}
    made = httpx.post(there, json=written, headers=headers)
    assert made.status_code == 201
    listed = machine.run(LIST).told
    assert [row[0] for row in listed] == ["Of the web", "Report 2", "Report 1", "Report 9"]
    grid, [first, second] = listed[0][2][0], listed[1][2]
    assert grid["metadata"]["runSets"][0]["selections"]["tree"] == ["r1"]
    assert (first["type"], first["content"], second) == ("markdown-block", "From the web", 2)
    gone = httpx.delete(f"{cordee.url}/api/v1/reports/{made.json()['id']}", headers=headers)
    assert gone.status_code == 204

    assert wire.data(DELETE, id=saved[1]["view"]["id"])["deleteView"]["success"]
    assert [row[0] for row in machine.run(LIST).told] == ["Report 2", "Report 9"]
