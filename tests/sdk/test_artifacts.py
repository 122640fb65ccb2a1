"""Artifacts with the real SDK: logged, found again, downloaded, used, and what happens twice."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.cordee import Cordee
from tests.handmade_artifacts import Hand, contents_of, whole_manifest
from tests.plain_http import TLS
from tests.sdk.conftest import RunScript
from tests.sdk.machine import Machine, User
from tests.sdk.overhearing import Overhearing

pytestmark = pytest.mark.sdk

LOGGING = """
    import json, os, pathlib, wandb

    def put(path, text):
        file = pathlib.Path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def dataset(name="data", extra=None):
        artifact = wandb.Artifact(name, type="dataset", description="first", metadata={"n": 3})
        artifact.add_dir("d")
        if extra:
            with artifact.new_file("extra.txt") as file:
                file.write(extra)
        return artifact

    def said(artifact):
        return [artifact.version, sorted(artifact.aliases)]

    put("d/plain.txt", "plain")
    put("d/deep/with blank & ü 100%.txt", "Grüße")
    put("d/same.txt", "plain")
    put("d/empty.txt", "")

    told = {}
    run = wandb.init(project="demo")
    first = run.log_artifact(dataset(), aliases=["best"], tags=["raw"]).wait()
    fits = first.digest == first.manifest.digest()
    told["first"] = [*said(first), first.size, first.file_count, fits]
    told["again"] = said(run.log_artifact(dataset(), aliases=["again"]).wait())
    told["second"] = said(run.log_artifact(dataset(extra="more")).wait())
    told["third"] = said(run.log_artifact(dataset(extra="most"), aliases=["best"]).wait())
    run.log_artifact(dataset("other")).wait()
    run.log({"t": wandb.Table(columns=["a", "b"], data=[[1, "x"], [2, "y"]])})
    holder = wandb.Artifact("tables", type="dataset")
    holder.add(wandb.Table(columns=["a"], data=[[1]]), "inner")
    told["table"] = run.log_artifact(holder).wait().get("inner").data
    far = wandb.Artifact("far", type="dataset")
    far.add_reference("hdfs://host/key", name="away")
    far.add_reference(os.environ["WANDB_BASE_URL"] + "/healthz", name="web.json")
    told["far"] = run.log_artifact(far).wait().file_count
    relay = wandb.Artifact("relay", type="dataset")
    relay.add_reference(first.get_path("plain.txt"), name="theirs.txt")
    told["relay"] = run.log_artifact(relay).wait().version
    put("model.pt", "weights")
    run.log_model("model.pt", "net", aliases=["fresh"])
    run.log_code(".", name="sources")
    run.finish()

    consumer = wandb.init(project="demo")
    used = consumer.use_artifact("data:v0")
    told["used"] = [used.version, used.type, used.description, used.metadata]
    told["path"] = pathlib.Path(consumer.use_model("net:fresh")).read_text()
    consumer.finish()
    told["runs"] = [run.path, consumer.path]
    print(json.dumps(told))
"""

READING = """
    import json, pathlib, sys, wandb

    api = wandb.Api()
    entity, first, second = sys.argv[1:]
    told = {}

    def tree(root):
        root = pathlib.Path(root)
        files = sorted(file for file in root.rglob("*") if file.is_file())
        return {str(file.relative_to(root)): file.read_text() for file in files}

    data = api.artifact(f"{entity}/demo/data:v0")
    told["download"] = tree(data.download(root="all"))
    data.verify("all")
    told["prefix"] = sorted(tree(data.download(root="some", path_prefix="deep")))
    told["one"] = pathlib.Path(data.get_entry("plain.txt").download(root="one")).read_text()
    files = data.files(per_page=2)
    told["files"] = [[file.name, file.size] for file in files]
    told["count"] = len(files)
    told["named"] = [file.name for file in data.files(names=["same.txt"])]
    told["manifest"] = sorted(data.manifest.entries)
    told["locals"] = [e.local_path for e in data.manifest.entries.values() if e.local_path]
    far = api.artifact(f"{entity}/demo/far:v0")
    told["ref"] = far.get_entry("away").ref
    told["web"] = pathlib.Path(far.get_entry("web.json").download(root="far")).read_text()
    told["listed"] = [file.name for file in far.files()]
    told["relay"] = tree(api.artifact(f"{entity}/demo/relay:latest").download(root="relay"))
    told["names"] = {
        name: api.artifact(f"{entity}/demo/{name}").version
        for name in ("data", "data:latest", "data:best", "data:v1", "data:again")
    }
    told["logged"] = [a.name for a in api.run(first).logged_artifacts(per_page=3)]
    told["inputs"] = [a.name for a in api.run(second).used_artifacts()]
    told["by"] = [data.logged_by().id, [run.id for run in data.used_by()]]
    told["code"] = sorted(tree(api.artifact(f"{entity}/demo/sources:v0").download(root="code")))
    told["table"] = api.artifact(f"{entity}/demo/run-{first.split('/')[-1]}-t:v0").get("t").data
    told["types"] = sorted(t.name for t in api.artifact_types(f"{entity}/demo"))
    told["sequences"] = sorted(
        c.name for c in api.artifact_type("dataset", f"{entity}/demo").collections(per_page=2)
    )
    told["versions"] = [
        a.version for a in api.artifacts("dataset", f"{entity}/demo/data", per_page=1)
    ]
    told["tagged"] = [
        a.version for a in api.artifacts("dataset", f"{entity}/demo/data", tags=["raw"])
    ]
    told["exists"] = [
        api.artifact_exists(f"{entity}/demo/data:v{n}") for n in (0, 7)
    ] + [api.artifact_collection_exists(f"{entity}/demo/nothing", "dataset")]
    told["all"] = sorted(c.name for c in api.project("demo", entity).collections())
    told["jobs"] = api.list_jobs(entity, "demo")
    try:
        api.artifact(f"{entity}/demo/data:v7")
    except Exception as error:
        told["missing"] = str(error)
    print(json.dumps(told))
"""


@dataclass(frozen=True, slots=True)
class Logged:
    """What one user logged, what the logging said, what reading it said, and what was asked for."""

    user: User
    logging: Overhearing
    reading: Overhearing
    told: dict[str, Any]
    read: dict[str, Any]


@pytest.fixture(scope="module")
def logged(cordee: Cordee, a_user: Callable[[], User]) -> Logged:
    user, logging, reading = a_user(), Overhearing(cordee.url), Overhearing(cordee.url)
    with logging, reading:  # what was logged refers to where it was logged
        with Machine(logging.url, user) as machine:
            told = machine.run(LOGGING).told
        paths = ["/".join(path) if isinstance(path, list) else path for path in told["runs"]]
        with Machine(reading.url, user) as machine:
            read = machine.run(READING, user.username, *paths).told
    return Logged(user, logging, reading, told, read)


PLAIN = {
    "deep/with blank & ü 100%.txt": "Grüße",
    "empty.txt": "",
    "plain.txt": "plain",
    "same.txt": "plain",
}


class TestLogging:
    def test_a_version_says_what_it_is(self, logged: Logged) -> None:
        version, aliases, size, count, digest_fits = logged.told["first"]
        assert (version, aliases) == ("v0", ["best", "latest"])
        assert size == len(b"plain" * 2) + len("Grüße".encode())
        assert count == 4
        assert digest_fits

    def test_the_same_content_is_the_same_version(self, logged: Logged) -> None:
        assert logged.told["again"] == ["v0", ["again", "best", "latest"]]

    def test_other_content_is_the_next_version_and_the_latest(self, logged: Logged) -> None:
        assert logged.told["second"] == ["v1", ["latest"]]
        assert logged.told["third"] == ["v2", ["best", "latest"]]

    def test_names_lead_to_versions(self, logged: Logged) -> None:
        assert logged.read["names"] == {
            "data": "v2",
            "data:latest": "v2",
            "data:best": "v2",
            "data:v1": "v1",
            "data:again": "v0",
        }

    def test_tables_inside_and_as_values(self, logged: Logged) -> None:
        assert logged.told["table"] == [[1]]
        assert logged.read["table"] == [[1, "x"], [2, "y"]]

    def test_models_and_code(self, logged: Logged) -> None:
        assert logged.told["path"] == "weights"
        assert "train.py" in logged.read["code"]

    def test_these_operations_did_it(self, logged: Logged) -> None:
        assert logged.logging.heard(
            *("ArtifactType", "CreateArtifact", "CreateArtifactManifest", "CreateArtifactFiles"),
            *("CommitArtifact", "ArtifactByID", "UseArtifact", "ArtifactMembershipByName"),
        )


class TestReading:
    def test_these_operations_did_it(self, logged: Logged) -> None:
        assert logged.reading.heard(
            *("ArtifactMembershipByName", "ArtifactMembershipFiles", "FetchArtifactManifest"),
            *("GetArtifactMembershipFileUrls", "ArtifactOfType"),
            *("ArtifactUsedBy", "ArtifactCreatedBy"),
            *("RunOutputArtifacts", "RunInputArtifacts", "ProjectArtifactTypes"),
            *("ProjectArtifactType", "ArtifactTypeArtifactCollections", "ProjectArtifacts"),
            "ProjectArtifactCollections",
        )

    def test_a_download_is_what_was_logged(self, logged: Logged) -> None:
        assert logged.read["download"] == PLAIN
        assert logged.read["prefix"] == ["deep/with blank & ü 100%.txt"]
        assert logged.read["one"] == "plain"

    def test_files_are_listed_in_pages(self, logged: Logged) -> None:
        names = sorted(PLAIN)
        assert [name for name, _ in logged.read["files"]] == names
        assert logged.read["count"] == 4
        assert logged.read["named"] == ["same.txt"]
        assert logged.read["manifest"] == names

    def test_the_manifest_tells_no_path_of_the_machine(self, logged: Logged) -> None:
        assert logged.read["locals"] == []

    def test_references(self, logged: Logged) -> None:
        assert logged.read["ref"] == "hdfs://host/key"
        assert logged.read["relay"] == {"theirs.txt": "plain"}

    def test_lineage(self, logged: Logged) -> None:
        first, second = (path.split("/")[-1] for path in map(str, _paths(logged)))
        assert logged.read["by"] == [first, [second]]
        assert sorted(logged.read["inputs"]) == ["data:v0", "net:v0"]
        # Artifacts of different names are uploaded side by side, so only these have an order.
        assert [name for name in logged.read["logged"] if name.startswith("data:")] == [
            "data:v0",
            "data:v1",
            "data:v2",
        ]
        assert sorted(logged.read["logged"]) == sorted(
            [
                *("data:v0", "data:v1", "data:v2", "other:v0", f"run-{first}-t:v0"),
                *("tables:v0", "far:v0", "relay:v0", "net:v0", "sources:v0"),
            ]
        )

    def test_types_collections_and_versions(self, logged: Logged) -> None:
        assert logged.read["types"] == ["code", "dataset", "model", "run_table"]
        assert logged.read["sequences"] == ["data", "far", "other", "relay", "tables"]
        assert set(logged.read["sequences"]) < set(logged.read["all"])
        assert logged.read["jobs"] == []
        assert logged.read["versions"] == ["v2", "v1", "v0"]
        assert logged.read["tagged"] == ["v0"]

    def test_what_is_not_there(self, logged: Logged) -> None:
        assert logged.read["exists"] == [True, False, False]
        assert "data:v7" in logged.read["missing"]


def _paths(logged: Logged) -> list[str]:
    return ["/".join(p) if isinstance(p, list) else p for p in logged.told["runs"]]


class TestRefusals:
    def test_another_type_under_the_same_name(self, logged: Logged, run_script: RunScript) -> None:
        told = run_script(
            """
            import json, wandb
            run = wandb.init(project="demo")
            artifact = wandb.Artifact("data", type="model")
            with artifact.new_file("x") as file:
                file.write("x")
            try:
                run.log_artifact(artifact).wait()
                print(json.dumps("taken"))
            except Exception as error:
                print(json.dumps(str(error)))
            run.finish()
            """,
            user=logged.user,
        ).told
        assert "type" in told

    def test_the_fallback_download_path(self, logged: Logged, cordee: Cordee) -> None:
        """With Basic auth, by the version's id; to a stranger it does not exist."""
        owner = httpx.BasicAuth("api", logged.user.api_key)
        name = logged.user.username
        query = """query($e: String, $p: String) { project(name: $p, entityName: $e) {
          artifact(name: "data:v0") { id } } }"""
        asked = httpx.post(
            f"{cordee.url}/graphql",
            json={"query": query, "variables": {"e": name, "p": "demo"}},
            auth=owner,
            verify=TLS,
        ).json()
        version = asked["data"]["project"]["artifact"]["id"]
        md5 = hashlib.md5(b"plain", usedforsecurity=False).hexdigest()
        path = f"{cordee.url}/artifactsV2/default/{name}/demo/data/{version}/{md5}/plain.txt"
        found = httpx.get(path, auth=owner, follow_redirects=True, verify=TLS)
        assert found.text == "plain"
        part = httpx.get(
            path, auth=owner, follow_redirects=True, headers={"Range": "bytes=1-2"}, verify=TLS
        )
        assert (part.status_code, part.text) == (206, "la")
        assert httpx.get(path, verify=TLS).status_code == 404

    def test_a_cut_upload_leaves_nothing_half(self, logged: Logged, cordee: Cordee) -> None:
        """And the next try of the same link makes it whole."""
        auth = httpx.BasicAuth("api", logged.user.api_key)
        http = httpx.Client(base_url=cordee.url, auth=auth, timeout=30, verify=TLS)
        mine, data = Hand(http, logged.user.username, "cuts"), os.urandom(4_000_000)
        found = 'mutation { upsertModel(input: {name: "cuts"}) { inserted } }'
        assert mine.data(found)["upsertModel"]["inserted"]
        version = mine.begin("cut", contents_of({"f": data}))
        (node,) = mine.announce(version, {"f": data})
        mine.manifest(version, whole_manifest(contents_of({"f": data})))
        url = urlsplit(node["uploadUrl"])
        with socket.create_connection(("127.0.0.1", cordee.port)) as connection:
            head = f"PUT {url.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n\r\n"
            connection.sendall(head.encode() + data[:3_000_000])
        assert mine.commit(version).status_code == 422
        damaged = httpx.put(node["uploadUrl"], content=bytes([data[0] ^ 1]) + data[1:], verify=TLS)
        assert damaged.status_code == 422
        assert httpx.put(node["uploadUrl"], content=data, verify=TLS).is_success
        assert mine.commit(version).status_code == 200


class TestRest:
    """What the web app reads of the same artifacts."""

    @pytest.fixture
    def get(self, logged: Logged, cordee: Cordee) -> Callable[..., Any]:
        auth = httpx.BasicAuth("api", logged.user.api_key)

        def ask(path: str, **query: Any) -> Any:
            url = f"{cordee.url}/api/v1{path}".replace("ME", logged.user.username)
            answer = httpx.get(url, auth=auth, params=query, timeout=20, verify=TLS)
            assert answer.status_code == 200, answer.text
            return answer.json()

        return ask

    def test_collections_in_pages(self, get: Callable[..., Any]) -> None:
        first = get("/projects/ME/demo/artifacts", type="dataset", limit=2)
        assert first["types"] == ["code", "dataset", "model", "run_table"]
        assert first["total"] == 5
        rest = get("/projects/ME/demo/artifacts", type="dataset", cursor=first["next"])
        names = [one["name"] for one in [*first["items"], *rest["items"]]]
        assert sorted(names) == ["data", "far", "other", "relay", "tables"]

    def test_a_collection_its_versions_and_their_files(
        self, get: Callable[..., Any], logged: Logged
    ) -> None:
        found = get("/artifacts/ME/demo/data")
        assert found["aliases"] == ["again", "best", "latest"]
        assert [one["version"] for one in found["items"]] == ["v2", "v1", "v0"]
        version = get("/artifacts/ME/demo/data/again")
        first, second = (path.split("/")[-1] for path in _paths(logged))
        assert (version["version"], version["metadata"]) == ("v0", {"n": 3})
        assert version["logged_by"]["name"] == first
        assert [one["name"] for one in version["used_by"]] == [second]
        files = get("/artifacts/ME/demo/data/v0/files", prefix="deep/")
        assert [one["path"] for one in files["items"]] == ["deep/with blank & ü 100%.txt"]
        assert httpx.get(files["items"][0]["url"], verify=TLS).text == "Grüße"

    def test_what_a_run_logged_and_used(self, get: Callable[..., Any], logged: Logged) -> None:
        _, second = (path.split("/")[-1] for path in _paths(logged))
        inputs = get(f"/runs/ME/demo/{second}/artifacts", direction="input")
        names = [(one["collection"]["name"], one["version"]) for one in inputs["items"]]
        assert names == [("data", "v0"), ("net", "v0")]
