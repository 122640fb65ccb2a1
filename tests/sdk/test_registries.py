"""Registries of an organization: created, linked to, searched; members look and do not touch."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from tests.cordee import Cordee
from tests.sdk.conftest import RunScript
from tests.sdk.machine import User

pytestmark = pytest.mark.sdk

SCRIPT = """
    import json, pathlib, sys, wandb

    def fails(work):
        try:
            work()
        except Exception as error:
            return str(error)
        return None

    def log(run, name, kind, text):
        artifact = wandb.Artifact(name, type=kind)
        with artifact.new_file("weights.pt") as file:
            file.write(text)
        return run.log_artifact(artifact).wait()

    told = {}
    api = wandb.Api()
    made = api.create_registry(
        "shelf", visibility="organization", organization="default", artifact_types=["model"]
    )
    told["made"] = [made.full_name, made.visibility, list(made.artifact_types)]
    told["twice"] = fails(
        lambda: api.create_registry("shelf", visibility="organization", organization="default")
    )
    with wandb.init(project="demo") as run:
        net = log(run, "net", "model", "weights")
        linked = run.link_artifact(net, "wandb-registry-shelf/chosen", aliases=["production"])
        told["linked"] = [linked.name, sorted(linked.aliases)]
        data = log(run, "data", "dataset", "numbers")
        told["another type"] = fails(lambda: data.link("wandb-registry-shelf/other"))
    found = api.artifact("wandb-registry-shelf/chosen:production")
    text = pathlib.Path(found.download(root="d"), "weights.pt").read_text()
    told["found"] = [found.version, text]
    registry = api.registry("shelf", "default")
    registry.description = "what we ship"
    registry.save()
    told["saved"] = api.registry("shelf", "default").description
    told["search"] = [
        [one.name for one in api.registries("default", filter={"name": {"$regex": "she"}})],
        [one.name for one in api.registries("default", filter={"name": "nothing"})],
        [one.name for one in registry.collections()],
        [one.version for one in registry.versions(filter={"alias": "production"})],
        [one.version for one in registry.versions(filter={"alias": "staging"})],
    ]

    def members():
        return [
            [[one.user.username, one.role] for one in registry.user_members()],
            [[one.team.name, one.role] for one in registry.team_members()],
        ]

    person, team = api.user(sys.argv[1]), api.team(sys.argv[2])
    told["nobody yet"] = len(registry.members())
    registry.add_members(person, team)
    told["added"] = members()
    registry.update_member(person, role="admin").update_member(team, role="viewer")
    told["changed"] = members()
    registry.add_members(person)
    told["added again"] = members()
    told["no such role"] = fails(lambda: registry.update_member(person, "restricted_viewer"))
    registry.remove_members(team)
    told["removed"] = members()
    print(json.dumps(told))
"""
MEMBER = """
    import json, wandb

    told = {}
    found = wandb.Api().artifact("wandb-registry-shelf/chosen:latest")
    told["read"] = [found.version, found.download(root="d") is not None]
    with wandb.init(project="mine") as run:
        artifact = wandb.Artifact("mine", type="model")
        with artifact.new_file("x") as file:
            file.write("x")
        artifact = run.log_artifact(artifact).wait()
        try:
            artifact.link("wandb-registry-shelf/chosen")
        except Exception as error:
            told["link"] = str(error)
    print(json.dumps(told))
"""


def test_what_an_organizations_admin_does_and_a_member_may(
    run_script: RunScript, cordee: Cordee, user: User, a_user: Callable[[], User]
) -> None:
    admin = User("admin", "admin@example.com", cordee.admin_key)
    named, http = a_user(), httpx.Client(base_url=f"{cordee.url}/api/v1", timeout=20)
    team = f"{named.username}-team"
    http.post("/teams", json={"name": team}, auth=("api", named.api_key)).raise_for_status()
    told = run_script(SCRIPT, named.username, team, user=admin).told
    assert told["made"] == ["wandb-registry-shelf", "organization", ["model"]]
    assert told["twice"]
    assert told["linked"] == ["chosen:v0", ["latest", "production"]]
    assert "types" in told["another type"]
    assert told["found"] == ["v0", "weights"]
    assert told["saved"] == "what we ship"
    assert told["search"] == [["shelf"], [], ["chosen"], ["v0"], []]
    assert told["nobody yet"] == 0
    assert told["added"] == [[[named.username, "member"]], [[team, "member"]]]
    assert told["changed"] == [[[named.username, "admin"]], [[team, "viewer"]]]
    assert told["added again"] == told["changed"]
    assert "role: must be one of admin, member, viewer" in told["no such role"]
    assert told["removed"] == [[[named.username, "admin"]], []]

    written = http.get(
        "/teams/default/audit", params={"limit": 6}, auth=("api", admin.api_key)
    ).json()["items"]
    deeds = [(one["before"], one["after"]) for one in written if one["action"] == "project.member"]
    assert deeds[::-1] == [
        ({named.username: None}, {named.username: "member"}),
        ({f"team {team}": None}, {f"team {team}": "member"}),
        ({named.username: "member"}, {named.username: "admin"}),
        ({f"team {team}": "member"}, {f"team {team}": "viewer"}),
        ({f"team {team}": "viewer"}, {f"team {team}": None}),
    ]
    place = "/projects/default/wandb-registry-shelf/members"
    for who, name, status in (
        (user, user.username, 403),
        (named, user.username, 200),
        (named, "nobody-of-that-name", 404),
    ):
        given = http.put(f"{place}/{name}", json={"role": "viewer"}, auth=("api", who.api_key))
        assert given.status_code == status, given.text

    member = run_script(MEMBER, user=user).told
    assert member["read"] == ["v0", True]
    assert "permission" in member["link"]
