"""A project worth importing, and everything of a run that an import has to keep."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.handmade_artifacts import Hand
from tests.sdk.wire import Wire

ROWS = [
    '{"_step":0,"_timestamp":1700000000.5,"loss":1.5,"a.b":1,"a":{"b":2}}',
    '{"_step":1,"_timestamp":1700000001.5,"loss":NaN,"big":123456789012345678901234567890}',
    '{"_step":7,"_timestamp":1700000002.5,"loss":-Infinity,"text":"ünï \\" ✓"}',
    '{"_step":900000,"_timestamp":1700000003.5,"loss":0.25,"list":[1,2,{"x":null}]}',
]
EVENTS = ['{"_timestamp":1700000001,"system.cpu":3.5}', '{"_timestamp":1700000009,"system.cpu":4}']
CONSOLE = ["2024-05-06T07:08:09.100000 hello", "ERROR 2024-05-06T07:08:10.200000 oh no", "bare"]
FILES = {"media/a b.txt": b"first", "wandb-metadata.json": b'{"os": "Linux"}'}
PENDING = """mutation($e: String, $p: String) { upsertBucket(
  input: {entityName: $e, modelName: $p, name: "waiting", state: "pending"}) { bucket { id } } }"""
EVERYTHING = """query($e: String!, $p: String!, $after: String) {
  project(name: $p, entityName: $e) {
  description
  runs(first: 20, after: $after, order: "+created_at") {
  pageInfo { endCursor hasNextPage } edges { node {
    name displayName state exitcode config summaryMetrics tags notes group jobType createdAt
    heartbeatAt historyLineCount eventsLineCount logLineCount
    history(minStep: 0, maxStep: 1000000, samples: 10000) events(samples: 1000)
    logLines(first: 1000) { edges { node { line timestamp level } } }
    files(first: 100) { edges { node { name sizeBytes md5 directUrl } } }
    outputArtifacts { edges { node { versionIndex digest } } }
    inputArtifacts { edges { node { versionIndex digest } } }
  } } } } }"""


def a_project(wire: Wire, project: str) -> None:
    """Two runs that ended and one that waits; a dataset of two versions between the two."""
    owner = wire.user.username
    for number, name in enumerate(("first", "second")):
        path = wire.a_run(
            project,
            name,
            config={"lr": {"value": 10**-number}, "_wandb": {"value": {"cli_version": "0.31.0"}}},
            summary={"loss": float("nan"), "best": number},
            tags=["kept", f"n{number}"],
            group="pair",
            jobType="train",
            displayName=f"The {name} of two",
            notes="with\nnotes",
        )
        files = {
            "wandb-history.jsonl": {"offset": 0, "content": ROWS[: 4 - number]},
            "wandb-events.jsonl": {"offset": 0, "content": EVENTS},
            "output.log": {"offset": 0, "content": CONSOLE},
        }
        assert wire.stream(path, files=files).status_code == 200
        for file, data in FILES.items():
            assert httpx.put(wire.upload_url(path, file), content=data).is_success
        wire.finish(path, exit_code=number)
    hand = Hand(wire.http, owner, project, "first")
    alias = [{"artifactCollectionName": "data", "alias": "best"}]
    hand.log("data", {"x.csv": b"1,2", "deep/y.csv": b"3"}, metadata='{"rows": 1}')
    version = hand.log("data", {"x.csv": b"1,2", "deep/y.csv": b"4"}, aliases=alias)
    use = """mutation($i: UseArtifactInput!) { useArtifact(input: $i) { artifact { id } } }"""
    place = {"entityName": owner, "projectName": project, "runName": "second"}
    wire.data(use, i={"artifactID": version, **place})
    about = {"description": "Worth keeping"}
    assert wire.rest("PATCH", f"/projects/{owner}/{project}", about).is_success
    wire.data(PENDING, e=owner, p=project)


def everything(wire: Wire, entity: str, project: str) -> dict[str, Any]:
    """Of each run that ended, in a form that says nothing of where it is; files by their bytes."""
    runs, after = [], None
    while True:
        found = wire.data(EVERYTHING, e=entity, p=project, after=after)["project"]
        runs += [edge["node"] for edge in found["runs"]["edges"]]
        after = found["runs"]["pageInfo"]["endCursor"]
        if not found["runs"]["pageInfo"]["hasNextPage"]:
            break
    for run in runs:
        for edge in run["files"]["edges"]:
            edge["node"]["bytes"] = httpx.get(edge["node"].pop("directUrl")).text
        for text in ("config", "summaryMetrics"):
            run[text] = json.dumps(json.loads(run[text]), sort_keys=True)
    kept = {run["name"]: run for run in runs if run["state"] != "pending"}
    return {"description": found["description"], "runs": kept}
