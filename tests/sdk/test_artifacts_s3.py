"""The same artifacts with a bucket as blob store: bytes go between the SDK and the bucket alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests import large_files, s3
from tests.cordee import Cordee
from tests.handmade_artifacts import Hand, contents_of, whole_manifest
from tests.plain_http import TLS
from tests.sdk.machine import Machine, User

pytestmark = pytest.mark.sdk

BUCKET = "cordee-test"
SCRIPT = """
    import json, pathlib, wandb

    def dataset():
        artifact = wandb.Artifact("data", type="dataset")
        artifact.add_dir("d")
        return artifact

    root = pathlib.Path("d/deep")
    root.mkdir(parents=True)
    (root / "with blank & ü 100%.txt").write_text("Grüße")
    pathlib.Path("d/a.txt").write_text("plain")
    with wandb.init(project="demo") as run:
        first = run.log_artifact(dataset(), aliases=["best"]).wait()
        again = run.log_artifact(dataset()).wait()
        run.log({"t": wandb.Table(columns=["a", "b"], data=[[1, "x"]])})
    api = wandb.Api()
    got = pathlib.Path(api.artifact("demo/data:best").download(root="got"))
    told = {
        "first": [first.version, sorted(first.aliases)],
        "again": again.version,
        "table": api.artifact(f"demo/run-{run.id}-t:v0").get("t").data,
        "texts": {str(f.relative_to(got)): f.read_text() for f in got.rglob("*") if f.is_file()},
    }
    print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """The address of an S3 server with one bucket."""
    with s3.a_bucket(BUCKET) as url:
        yield url


@pytest.fixture(scope="module")
def stored(bucket: str) -> Iterator[Cordee]:
    """A Cordée that keeps its bytes there."""
    env = {"CORDEE_BLOB_URL": f"s3://{BUCKET}/kept", **s3.environment(bucket)}
    with Cordee(env=env) as running:
        yield running


@pytest.fixture(scope="module")
def owner(stored: Cordee) -> User:
    """Somebody there."""
    body = {"username": "ada", "email": "ada@example.com"}
    auth = httpx.BasicAuth("api", stored.admin_key)
    made = httpx.post(
        f"{stored.url}/api/v1/users", json=body, auth=auth, timeout=20, verify=TLS
    ).json()
    return User("ada", body["email"], made["api_key"])


def moved(stored: Cordee) -> dict[str, float]:
    """Bytes of files that went through the gateway, by `kind way`."""
    text = httpx.get(f"{stored.url}/metrics", timeout=20).text
    counts = re.findall(
        r'cordee_gateway_file_bytes_total\{kind="(\w+)",way="(\w+)"\} ([\d.e+]+)', text
    )
    return {f"{kind} {way}": float(count) for kind, way, count in counts}


def hand(stored: Cordee, owner: User) -> Hand:
    auth = httpx.BasicAuth("api", owner.api_key)
    return Hand(httpx.Client(base_url=stored.url, auth=auth, timeout=30, verify=TLS), "ada", "demo")


class TestBucket:
    def test_the_sdk_finds_what_it_logged(self, stored: Cordee, owner: User) -> None:
        with Machine(stored.url, owner) as machine:
            told: dict[str, Any] = machine.run(SCRIPT).told
        assert told == {
            "first": ["v0", ["best", "latest"]],
            "again": "v0",
            "table": [[1, "x"]],
            "texts": {"a.txt": "plain", "deep/with blank & ü 100%.txt": "Grüße"},
        }
        counts = moved(stored)
        assert counts["run in"] > 0  # the counter counts: files of runs do go through it
        assert not [name for name in counts if name.startswith("artifact")]

    def test_no_byte_goes_through_the_gateway(
        self, bucket: str, stored: Cordee, owner: User
    ) -> None:
        """Every link that is handed out leads to the bucket."""
        mine = hand(stored, owner)
        files = {"f": b"bytes of a file"}
        version = mine.begin("direct", contents_of(files))
        (node,) = mine.announce(version, files)
        assert node["uploadUrl"].startswith(bucket)
        mine.upload(version, files)
        mine.manifest(version, whole_manifest(contents_of(files)))
        assert mine.commit(version).status_code == 200
        query = """query($id: ID!) { artifact(id: $id) { files { edges { node { directUrl } } }
          currentManifest { file { directUrl } } } }"""
        found = mine.data(query, id=version)["artifact"]
        links = [edge["node"]["directUrl"] for edge in found["files"]["edges"]]
        links.append(found["currentManifest"]["file"]["directUrl"])
        assert all(link.startswith(bucket) for link in links)
        assert httpx.get(links[0], verify=TLS).content == files["f"]

    def test_a_large_file_goes_up_in_parts(self, bucket: str, stored: Cordee, owner: User) -> None:
        """From the SDK to the bucket: not a byte of them through the gateway."""
        mine = hand(stored, owner)
        large_files.goes_up_in_parts(mine)
        large_files.is_not_what_was_announced(mine)
        large_files.is_given_up(mine)
        parts = [b"x"]
        version = mine.begin("where", contents_of({"f": b"x"}))
        node = mine.announce_parts(version, "f", parts)
        (link,) = node["uploadMultipartUrls"]["uploadUrlParts"]
        assert link["uploadUrl"].startswith(bucket)

    def test_other_bytes_than_announced_are_refused(self, stored: Cordee, owner: User) -> None:
        mine = hand(stored, owner)
        files = {"f": b"what was announced"}
        version = mine.begin("forged", contents_of(files))
        (node,) = mine.announce(version, files)
        assert httpx.put(node["uploadUrl"], content=b"what was not said!", verify=TLS).is_success
        mine.manifest(version, whole_manifest(contents_of(files)))
        answer = mine.commit(version)
        assert answer.status_code == 422
        assert "other bytes" in answer.text

    def test_a_link_that_outlives_the_commit_changes_nothing(
        self, stored: Cordee, owner: User
    ) -> None:
        mine = hand(stored, owner)
        files = {"f": b"committed"}
        version = mine.begin("kept", contents_of(files))
        (node,) = mine.announce(version, files)
        assert httpx.put(node["uploadUrl"], content=files["f"], verify=TLS).is_success
        mine.manifest(version, whole_manifest(contents_of(files)))
        assert mine.commit(version).status_code == 200
        httpx.put(node["uploadUrl"], content=b"overwritten", verify=TLS)
        query = "query($id: ID!) { artifact(id: $id) { files { edges { node { directUrl } } } } }"
        (edge,) = mine.data(query, id=version)["artifact"]["files"]["edges"]
        assert httpx.get(edge["node"]["directUrl"], verify=TLS).content == files["f"]
