"""Two teams, ten principals, four kinds of project; everything private carries its owner's mark."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.handmade_artifacts import Hand
from tests.plain_http import TLS

PLACES = {
    "team": ("peaks", "open-to-us"),
    "restricted": ("peaks", "locked"),
    "public": ("peaks", "shown"),
    "personal": ("mo", "diary"),
}
"""Kind of project → where it is."""
TABLE = "media/table/t.table.json"
PASSWORD = "a long enough passphrase"

READERS: dict[str, frozenset[str]] = {
    "team": frozenset({"ada", "mo", "vi", "bot", "root+"}),
    "restricted": frozenset({"ada", "root+"}),
    "public": frozenset(
        {"anonymous", "ada", "mo", "vi", "bot", "root+", "root", "out", "valley_bot", "gone"}
    ),
    "personal": frozenset({"mo", "root+"}),
}
"""Who may read each, written out by hand: the one reviewed table of this test."""
WRITERS: dict[str, frozenset[str]] = {
    "team": frozenset({"ada", "mo", "bot", "root+"}),
    "restricted": frozenset({"ada", "root+"}),
    "public": frozenset({"ada", "mo", "bot", "root+"}),
    "personal": frozenset({"mo", "root+"}),
}
COMMENTERS = WRITERS | {"team": WRITERS["team"] | {"vi"}, "public": WRITERS["public"] | {"vi"}}
MANAGERS: dict[str, frozenset[str]] = {
    "team": frozenset({"ada", "root+"}),
    "restricted": frozenset({"ada", "root+"}),
    "public": frozenset({"ada", "root+"}),
    "personal": frozenset({"mo", "root+"}),
}


def mark(place: str) -> str:
    """What every string of a place carries, and no other string anywhere does."""
    return f"MARKED-{place}-{'x' * 6}"


@dataclass
class World:
    """`keys` maps a principal to its API key, None for an anonymous visitor."""

    url: str
    admin_key: str
    keys: dict[str, str | None] = field(default_factory=dict)
    runs: dict[str, str] = field(default_factory=dict)
    ids: dict[str, dict[str, str]] = field(default_factory=dict)
    things: dict[str, str] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, who: str, body: Any = None, **more: Any
    ) -> httpx.Response:
        """One request as a principal; `root+` is the instance admin with elevated rights."""
        return httpx.request(
            method,
            self.url + path,
            headers=self.headers(who),
            json=body,
            timeout=30,
            verify=TLS,
            **more,
        )

    def headers(self, who: str) -> dict[str, str]:
        key = self.keys[who]
        found = {"Authorization": f"Bearer {key}"} if key else {}
        return found | ({"Use-Admin-Privileges": "true"} if who == "root+" else {})

    def graphql(self, who: str, query: str, **variables: Any) -> httpx.Response:
        body = {"query": query, "variables": variables}
        return self.ask("POST", "/graphql", who, body)

    def must(self, method: str, path: str, who: str, body: Any = None) -> Any:
        """The same, for what must succeed while the world is made."""
        answer = self.ask(method, path, who, body)
        assert answer.is_success, (method, path, who, answer.status_code, answer.text)
        return answer.json() if answer.content else None


def build(url: str, admin_key: str) -> World:
    """Made through the API alone."""
    world = World(url, admin_key, {"root": admin_key, "root+": admin_key, "anonymous": None})
    for name in ("ada", "mo", "vi", "out", "gone"):
        body = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
        world.keys[name] = world.must("POST", "/api/v1/users", "root", body)["api_key"]
    _teams(world)
    for place, (entity, project) in PLACES.items():
        _project(world, place, entity, project)
    revoked = world.must("POST", "/api/v1/users/mo/api-keys", "mo", {"name": "old"})
    world.keys["revoked"] = revoked["key"]
    world.must("DELETE", f"/api/v1/users/mo/api-keys/{revoked['id']}", "mo")
    world.must("DELETE", "/api/v1/teams/peaks/members/gone", "ada")
    kept = world.must("GET", "/api/v1/users/mo/api-keys", "mo")["items"]
    world.things["key of mo"] = kept[0]["id"]
    return world


def _teams(world: World) -> None:
    world.must("POST", "/api/v1/teams", "ada", {"name": "peaks"})
    world.must("POST", "/api/v1/teams", "out", {"name": "valley"})
    world.must("PATCH", "/api/v1/teams/peaks/privacy", "ada", {"hidden": True})
    for name, role in (("mo", "member"), ("vi", "viewer"), ("gone", "member")):
        invitation = {"username": name, "role": role}
        made = world.must("POST", "/api/v1/teams/peaks/invitations", "ada", invitation)
        world.must("POST", f"/api/v1/invitations/{made['id']}/accept", name)
    waiting = {"email": f"{mark('peaks')}@example.org", "role": "member"}
    made = world.must("POST", "/api/v1/teams/peaks/invitations", "ada", waiting)
    world.things["invitation"] = made["id"]
    channel = {"name": mark("peaks"), "kind": "webhook", "url": "https://example.org/"}
    made = world.must("POST", "/api/v1/teams/peaks/channels", "ada", channel)
    world.things["channel"] = made["id"]
    for principal, team, admin in (("bot", "peaks", "ada"), ("valley_bot", "valley", "out")):
        made = world.must(
            "POST", f"/api/v1/teams/{team}/service-accounts", admin, {"name": mark(team)}
        )
        world.keys[principal] = made["api_key"]
        world.things[f"{principal} name"] = made["username"]


def _project(world: World, place: str, entity: str, project: str) -> None:
    owner = "mo" if place == "personal" else "ada"
    run = world.graphql(
        owner,
        """mutation($e: String, $p: String, $t: String, $c: JSONString, $s: JSONString) {
          upsertBucket(input: {entityName: $e, modelName: $p, name: "r1", displayName: $t,
            notes: $t, groupName: $t, config: $c, summaryMetrics: $s})
          { bucket { id project { id } } } }""",
        e=entity,
        p=project,
        t=mark(place),
        c=f'{{"secret": {{"value": "{mark(place)}"}}}}',
        s=f'{{"secret": "{mark(place)}"}}',
    )
    assert run.is_success, run.text
    bucket = run.json()["data"]["upsertBucket"]["bucket"]
    lines = [f'{{"_step": {step}, "{mark(place)}": {step}}}' for step in range(3)]
    body = {
        "files": {
            "wandb-history.jsonl": {"offset": 0, "content": lines},
            "wandb-events.jsonl": {"offset": 0, "content": lines},
            "output.log": {"offset": 0, "content": [mark(place)]},
        },
        "complete": True,
        "exitcode": 0,
    }
    world.must("POST", f"/files/{entity}/{project}/r1/file_stream", owner, body)
    if place == "public":
        world.must("PATCH", "/api/v1/projects/peaks/shown", owner, {"visibility": "public"})
    if place == "restricted":
        world.must("PATCH", "/api/v1/projects/peaks/locked", owner, {"visibility": "restricted"})
    world.must("PATCH", f"/api/v1/projects/{entity}/{project}", owner, {"description": mark(place)})
    files = world.graphql(
        owner,
        """mutation($e: String!, $p: String!, $n: [String!]!) {
          createRunFiles(input: {entityName: $e, projectName: $p, runName: "r1", files: $n})
          { files { id uploadUrl } } }""",
        e=entity,
        p=project,
        n=[f"{mark(place)}.txt", TABLE],
    ).json()["data"]["createRunFiles"]["files"]
    for file, content in zip(files, (mark(place), _table(mark(place))), strict=True):
        assert httpx.put(file["uploadUrl"], content=content.encode(), verify=TLS).is_success
    hand = Hand(
        httpx.Client(base_url=world.url, headers=world.headers(owner), verify=TLS), entity, project
    )
    version = Hand(hand.http, entity, project, "r1").log(
        "r1",
        {f"{mark(place)}.bin": mark(place).encode()},
        description=mark(place),
        metadata=f'{{"secret": "{mark(place)}"}}',
        aliases=[{"artifactCollectionName": "r1", "alias": mark(place)}],
        clientID=mark(place),
    )
    described = """mutation($id: ID!, $d: String) { updateArtifactSequence(
        input: {artifactSequenceID: $id, description: $d}) { artifactCollection { id } } }"""
    found = hand.data(
        "query($id: ID!) { artifact(id: $id) { artifactSequence { id } } }", id=version
    )
    hand.data(described, id=found["artifact"]["artifactSequence"]["id"], d=mark(place))
    world.ids[place] = _shown(world, place, owner, entity, project)
    rule = {"name": mark(place), "when": {"kind": "state", "states": ["failed"]}}
    ruled = world.must("POST", f"/api/v1/projects/{entity}/{project}/rules", owner, rule)
    view = {"name": mark(place), "search": "cols=state"}
    kept = world.must("POST", f"/api/v1/projects/{entity}/{project}/views", owner, view)
    body = {"runs": ["absent"], "to": {"entity": entity, "project": f"{project}-too"}}
    moved = world.must("POST", f"/api/v1/projects/{entity}/{project}/runs:move", owner, body)
    world.ids[place] |= {
        "run": bucket["id"],
        "project": bucket["project"]["id"],
        "file": files[0]["id"],
        "move": moved["id"],
        "artifact": version,
        "rule": ruled["id"],
        "view": kept["id"],
    }


def _table(name: str) -> str:
    return f'{{"columns": ["{name}"], "data": [[1]]}}'


def _shown(world: World, place: str, owner: str, entity: str, project: str) -> dict[str, str]:
    """A report with a comment, a sweep, and a link that shows the run."""
    there = f"/api/v1/projects/{entity}/{project}"
    chart = {"metrics": [mark(place)]}
    written = {
        "title": mark(place),
        "blocks": [
            {"kind": "markdown", "text": mark(place)},
            {"kind": "charts", "charts": [chart], "runs": ["r1"]},
        ],
    }
    report = world.must("POST", f"{there}/reports", owner, written)
    said = {"text": mark(place)}
    comment = world.must("POST", f"/api/v1/reports/{report['id']}/comments", owner, said)
    sweep = world.graphql(
        owner,
        """mutation($e: String, $p: String, $t: String, $c: String) { upsertSweep(input: {
          entityName: $e, projectName: $p, displayName: $t, config: $c}) { sweep { name } } }""",
        e=entity,
        p=project,
        t=mark(place),
        c="method: random\nmetric: {name: loss, goal: minimize}\nparameters: {x: {value: 1}}",
    ).json()["data"]["upsertSweep"]["sweep"]["name"]
    share = world.must("POST", f"{there}/shares", owner, {"runs": ["r1"]})
    return {
        "report": report["id"],
        "comment": comment["id"],
        "sweep": sweep,
        "share": share["id"],
        "link": share["token"],
    }
