"""Nobody sees or changes an artifact that is not theirs, by name, by id or by digest."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from tests.contract.isolation.judging import PRINCIPALS, REFUSALS
from tests.contract.isolation.world import PLACES, READERS, WRITERS, World, mark
from tests.handmade_artifacts import Hand, contents_of, version_digest, whole_manifest
from tests.plain_http import TLS

WHOLE = """id state digest description metadata size fileCount aliases { alias }
  files { edges { node { name directUrl } } } currentManifest { file { directUrl } }
  createdBy { ... on Run { id name notes } } usedBy { edges { node { id } } }
  artifactSequence { id name project { name } aliases { edges { node { alias } } } }
  artifactMemberships { edges { node { artifactCollection { name } } } }"""


def hand(world: World, who: str, place: str = "team") -> Hand:
    entity, project = PLACES[place]
    http = httpx.Client(base_url=world.url, headers=world.headers(who), timeout=30, verify=TLS)
    return Hand(http, entity, project, "r1")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("who", PRINCIPALS)
def test_reading_by_id_by_client_id_and_by_the_fallback_path(
    world: World, who: str, place: str
) -> None:
    version = world.ids[place]["artifact"]
    mine = hand(world, who)
    by_id = mine.ask(f"query($id: ID!) {{ artifact(id: $id) {{ {WHOLE} }} }}", id=version)
    mapped = mine.ask(
        "query($c: ID!) { clientIDMapping(clientID: $c) { serverID } }", c=mark(place)
    )
    md5 = base64.b64decode(contents_of({"x": mark(place).encode()})["x"]["digest"]).hex()
    path = f"/artifactsV2/default/{'/'.join(PLACES[place])}/r1/{version}/{md5}/x"
    bytes_of_it = mine.http.get(path, follow_redirects=True)
    if who in READERS[place]:
        assert mark(place) in by_id.text
        assert mapped.json()["data"]["clientIDMapping"] == {"serverID": version}
        assert bytes_of_it.text == mark(place)
        return
    for answer in (by_id, mapped, bytes_of_it):
        assert mark(place) not in answer.text
    if who != "revoked":
        assert by_id.json()["data"]["artifact"] is None
        assert mapped.json()["data"]["clientIDMapping"] is None
        assert bytes_of_it.status_code == 404


MUTATIONS: dict[str, tuple[str, Any]] = {
    "deleteArtifact": ("DeleteArtifactInput", {"deleteAliases": True}),
    "updateArtifact": ("UpdateArtifactInput", {"description": "mine now"}),
    "commitArtifact": ("CommitArtifactInput", {}),
    "createArtifactManifest": (
        "CreateArtifactManifestInput",
        {"name": "m", "digest": "", "entityName": "", "projectName": "", "runName": ""},
    ),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("who", ["anonymous", "out", "vi", "mo", "bot"])
def test_changing(world: World, who: str, place: str) -> None:
    if who in WRITERS[place]:
        return
    entity, project = PLACES[place]
    mine, version = hand(world, who, place), world.ids[place]["artifact"]
    alias = {
        "artifactCollectionName": "r1",
        "alias": "mine",
        "entityName": entity,
        "projectName": project,
    }
    wanted = dict(MUTATIONS)
    wanted["addAliases"] = ("AddAliasesInput", {"aliases": [alias]})
    wanted["deleteAliases"] = ("DeleteAliasesInput", {"aliases": [alias | {"alias": mark(place)}]})
    for name, (kind, body) in wanted.items():
        query = f"mutation($i: {kind}!) {{ {name}(input: $i) {{ __typename }} }}"
        answer = mine.ask(query, i={"artifactID": version, **body})
        assert answer.status_code in REFUSALS, (name, who, answer.text)
    created = mine.create("r1", "0" * 32)
    assert created.status_code in REFUSALS, (who, created.text)
    link = "mutation($i: LinkArtifactInput!) { linkArtifact(input: $i) { versionIndex } }"
    place_of_theirs = {"entityName": entity, "projectName": project, "artifactPortfolioName": "p"}
    answer = mine.ask(link, i={"artifactID": world.ids["public"]["artifact"], **place_of_theirs})
    assert answer.status_code in REFUSALS, (who, answer.text)
    tag = {"artifactCollectionName": "r1", "entityName": entity, "projectName": project}
    query = """mutation($i: CreateArtifactCollectionTagAssignmentsInput!) {
      createArtifactCollectionTagAssignments(input: $i) { tags { name } } }"""
    answer = mine.ask(query, i={**tag, "tags": [{"tagName": "mine"}]})
    assert answer.status_code in REFUSALS, (who, answer.text)
    owner = hand(world, "mo" if place == "personal" else "ada", place)
    kept = owner.data(f"query($id: ID!) {{ artifact(id: $id) {{ {WHOLE} }} }}", id=version)
    assert kept["artifact"]["description"] == mark(place)
    assert sorted(one["alias"] for one in kept["artifact"]["aliases"]) == [mark(place), "latest"]


def test_using_what_one_cannot_see(world: World) -> None:
    """Nor does a reader make an input of a run that is not theirs to write."""
    query = "mutation($i: UseArtifactInput!) { useArtifact(input: $i) { artifact { id } } }"
    mine = hand(world, "mo")
    entity, project = PLACES["team"]
    run = {"entityName": entity, "projectName": project, "runName": "r1"}
    hidden = mine.ask(query, i={"artifactID": world.ids["restricted"]["artifact"], **run})
    assert hidden.status_code == 404
    viewer = hand(world, "vi").ask(query, i={"artifactID": world.ids["team"]["artifact"], **run})
    assert viewer.status_code == 403


def test_a_digest_of_another_team_is_no_key_to_its_bytes(world: World) -> None:
    """Who knows what a file's MD5 is still has to bring the bytes."""
    secret = {"stolen.bin": mark("team").encode()}
    mine = Hand(
        httpx.Client(base_url=world.url, headers=world.headers("out"), timeout=30, verify=TLS),
        "valley",
        "loot",
    )
    made = mine.ask(
        """mutation { upsertModel(input: {entityName: "valley", name: "loot"}) { inserted } }"""
    )
    assert made.status_code == 200, made.text
    contents = contents_of(secret)
    artifact = mine.begin("stolen", contents)
    (node,) = mine.announce(artifact, secret)
    assert node["uploadUrl"] is not None
    mine.manifest(artifact, whole_manifest(contents))
    refused = mine.commit(artifact)
    assert refused.status_code == 422
    assert "not uploaded" in refused.text
    for birth in (world.ids["team"]["artifact"], None):
        claimed = {"stolen.bin": {**contents["stolen.bin"], "birthArtifactID": birth}}
        again = mine.create("stolen", version_digest(claimed)).json()["data"]
        other = again["createArtifact"]["artifact"]["id"]
        mine.manifest(other, whole_manifest(claimed))
        answer = mine.commit(other)
        assert answer.status_code == 422, answer.text


def test_a_manifest_cannot_name_a_version_of_a_locked_project(world: World) -> None:
    """Of the same team, but not for this member: what they cannot read they cannot carry over."""
    contents = contents_of({"x.bin": mark("restricted").encode()})
    contents["x.bin"]["birthArtifactID"] = world.ids["restricted"]["artifact"]
    mine = hand(world, "mo")
    artifact = mine.begin("carried", contents)
    mine.manifest(artifact, whole_manifest(contents))
    assert mine.commit(artifact).status_code == 422


def test_a_protected_alias_is_for_those_who_manage(world: World) -> None:
    """A member logs and tags as before, but cannot say what is in production."""
    entity, project = PLACES["team"]
    path = f"/api/v1/projects/{entity}/{project}/artifact-policy"
    world.must("PUT", path, "ada", {"protected_aliases": ["production"]})
    member, admin = hand(world, "mo"), hand(world, "ada")
    try:
        version = member.log("guarded", {"f": b"guarded"})
        alias = {
            "artifactCollectionName": "guarded",
            "alias": "production",
            "entityName": entity,
            "projectName": project,
        }
        add = "mutation($i: AddAliasesInput!) { addAliases(input: $i) { success } }"
        remove = "mutation($i: DeleteAliasesInput!) { deleteAliases(input: $i) { success } }"
        given = {"artifactID": version, "aliases": [alias]}
        assert member.ask(add, i=given).status_code == 403
        assert admin.ask(add, i=given).status_code == 200
        assert member.ask(remove, i=given).status_code == 403
        delete = "mutation($i: DeleteArtifactInput!) { deleteArtifact(input: $i) { __typename } }"
        gone = {"artifactID": version, "deleteAliases": True}
        assert member.ask(delete, i=gone).status_code == 403
        taken = member.create("guarded", "0" * 32, aliases=[{k: alias[k] for k in WANTED}])
        assert taken.status_code == 403
        assert admin.ask(delete, i=gone).status_code == 200
    finally:
        world.must("PUT", path, "ada", {"protected_aliases": []})


def test_what_is_in_use_elsewhere_is_not_deleted_from_behind(world: World) -> None:
    """By a link under a protected alias, also in a project that the caller cannot see."""
    member, admin = hand(world, "mo"), hand(world, "ada")
    for place in ("public", "restricted"):
        entity, project = PLACES[place]
        path = f"/api/v1/projects/{entity}/{project}/artifact-policy"
        world.must("PUT", path, "ada", {"protected_aliases": ["production"]})
        version = member.log(f"used-{place}", {"f": place.encode()})
        link = "mutation($i: LinkArtifactInput!) { linkArtifact(input: $i) { versionIndex } }"
        wanted = {
            "artifactID": version,
            "artifactPortfolioName": f"chosen-{place}",
            "entityName": entity,
            "projectName": project,
            "aliases": [{"artifactCollectionName": f"chosen-{place}", "alias": "production"}],
        }
        try:
            assert admin.ask(link, i=wanted).status_code == 200
            whole = "query($id: ID!) { artifact(id: $id) { artifactSequence { id } } }"
            home = admin.data(whole, id=version)["artifact"]["artifactSequence"]["id"]
            for name, gone in (
                ("DeleteArtifact", {"artifactID": version, "deleteAliases": True}),
                ("DeleteArtifactSequence", {"artifactSequenceID": home}),
            ):
                verb = name[0].lower() + name[1:]
                delete = f"mutation($i: {name}Input!) {{ {verb}(input: $i) {{ __typename }} }}"
                refused = member.ask(delete, i=gone)
                assert refused.status_code == 403, (place, name, refused.text)
                assert (project in refused.text) == (place == "public")
            assert admin.data(whole, id=version)["artifact"] is not None
            assert admin.ask(delete, i=gone).status_code == 200
        finally:
            world.must("PUT", path, "ada", {"protected_aliases": []})


def test_what_is_in_use_does_not_leave_with_its_run(world: World) -> None:
    """Who does not manage both projects moves the run without it; who does takes it along."""
    entity, project = PLACES["team"]
    path = f"/api/v1/projects/{entity}/{project}/artifact-policy"
    create = """mutation($e: String, $p: String) { upsertBucket(input:
      {entityName: $e, modelName: $p, name: "leaver"}) { bucket { id } } }"""
    assert world.graphql("mo", create, e=entity, p=project).is_success
    member = Hand(hand(world, "mo").http, entity, project, "leaver")
    version = member.log("in-use", {"f": b"in use"}, aliases=[])
    alias = {"artifactCollectionName": "in-use", "alias": "production"}
    alias |= {"entityName": entity, "projectName": project}
    add = "mutation($i: AddAliasesInput!) { addAliases(input: $i) { success } }"
    assert member.ask(add, i={"artifactID": version, "aliases": [alias]}).status_code == 200
    world.must("PUT", path, "ada", {"protected_aliases": ["production"]})
    whole = "query($id: ID!) { artifact(id: $id) { artifactSequence { project { name } } } }"
    runs, away = {"runs": ["leaver"]}, "for-leavers"
    try:
        there = f"/api/v1/projects/{entity}/{project}/runs:move"
        back = f"/api/v1/projects/{entity}/{away}/runs:move"
        moved = world.must("POST", there, "mo", runs | {"to": {"entity": entity, "project": away}})
        assert moved["moved"] == 1
        assert ["in-use:v0" in one["reason"] for one in moved["skipped"]] == [True]
        kept = hand(world, "ada").data(whole, id=version)["artifact"]["artifactSequence"]
        assert kept == {"project": {"name": project}}
        home = {"to": {"entity": entity, "project": project}}
        assert world.must("POST", back, "ada", runs | home)["skipped"] == []
        moved = world.must("POST", there, "ada", runs | {"to": {"entity": entity, "project": away}})
        assert (moved["moved"], moved["skipped"]) == (1, [])
        gone = hand(world, "ada").data(whole, id=version)["artifact"]["artifactSequence"]
        assert gone == {"project": {"name": away}}
    finally:
        world.must("PUT", path, "ada", {"protected_aliases": []})


WANTED = ("artifactCollectionName", "alias")


@pytest.mark.parametrize(
    "contents",
    [
        {"../up": b"x"},
        {"/etc/cron.d/x": b"x"},
        {"a": b"x", "a/b": b"x"},
        {"C:\\x": b"x"},
    ],
)
def test_a_hostile_manifest_is_refused_whole(world: World, contents: dict[str, bytes]) -> None:
    """What it would write outside of the folder never becomes a version."""
    mine = hand(world, "mo")
    answer = mine.try_contents("hostile", contents_of(contents), contents)
    assert answer.status_code == 422, answer.text
    entity, project = PLACES["team"]
    path = f"/api/v1/artifacts/{entity}/{project}/hostile/latest"
    assert world.ask("GET", path, "mo").status_code == 404


def test_sizes_are_those_of_the_bytes(world: World) -> None:
    mine, files = hand(world, "mo"), {"f": b"four"}
    contents = contents_of(files)
    contents["f"]["size"] = 4_000
    answer = mine.try_contents("lying", contents, files)
    assert answer.status_code == 422
    assert "4 bytes" in answer.text
