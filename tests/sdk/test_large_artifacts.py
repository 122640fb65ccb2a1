"""Artifacts that are large, or logged by many at once, with the unmodified SDK."""

from __future__ import annotations

import hashlib
import os
import re
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests import large_files
from tests.cordee import Cordee
from tests.handmade_artifacts import Hand, contents_of, md5, whole_manifest
from tests.sdk.conftest import RunScript
from tests.sdk.machine import Machine, User

pytestmark = pytest.mark.sdk

GIB = 1024**3
MOST_RESIDENT = 300 * 1024**2
"""Bytes of memory that a process may have at its worst while the bytes go by."""

LOG_ONE = """
    import sys, wandb

    with wandb.init(project="many", id=f"hand-{sys.argv[1]}") as run:
        model = wandb.Artifact("weights", type="model")
        with model.new_file("w.txt") as file:
            file.write(f"weights of {sys.argv[1]}")
        print(run.log_artifact(model).wait().version)
"""
VERSIONS = """
    import json, sys, wandb

    collection = wandb.Api().artifact_collection("model", f"{sys.argv[1]}/many/weights")
    told = {one.version: one.aliases for one in collection.artifacts()}
    print(json.dumps(told))
"""
LOG_LARGE = """
    import sys, wandb

    with wandb.init(project="large") as run:
        data = wandb.Artifact("points", type="dataset")
        data.add_file(sys.argv[1], skip_cache=True, policy="immutable")
        run.log_artifact(data).wait()
"""
FETCH_LARGE = """
    import pathlib, sys, wandb

    saved = wandb.Api().artifact(f"{sys.argv[1]}/large/points:latest")
    saved.download(root=sys.argv[2], skip_cache=True)
"""


def log_by_many(run_script: RunScript, user: User, count: int, together: int) -> None:
    def log(hand: int) -> None:
        run_script(LOG_ONE, str(hand), user=user, WANDB_ENTITY=user.username)

    with ThreadPoolExecutor(together) as pool:
        list(pool.map(log, range(count)))
    versions = run_script(VERSIONS, user.username, user=user).told
    assert sorted(versions, key=lambda name: int(name[1:])) == [f"v{n}" for n in range(count)]
    assert [name for name, aliases in versions.items() if "latest" in aliases] == [f"v{count - 1}"]


def test_several_at_once_get_versions_without_a_gap(
    run_script: RunScript, a_user: Callable[[], User]
) -> None:
    log_by_many(run_script, a_user(), 4, 4)


@pytest.mark.drill
def test_fifty_at_once_get_versions_without_a_gap(
    run_script: RunScript, a_user: Callable[[], User]
) -> None:
    log_by_many(run_script, a_user(), 50, 50)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cordee]:
    """One whose processes have met nothing large yet."""
    with Cordee(tmp_path_factory.mktemp("fresh")) as running:
        yield running


@pytest.mark.drill
def test_five_gigabytes_go_by_in_little_memory(fresh: Cordee, tmp_path: Path) -> None:
    admin = User("admin", "admin@example.com", fresh.admin_key)
    machine = Machine(fresh.url, admin, patience_s=1_800)
    source, target = tmp_path / "points.bin", tmp_path / "back"
    with source.open("wb") as file:
        file.truncate(5 * GIB)
        for place in (0, 3 * GIB + 7, 5 * GIB - 4096):
            file.seek(place)
            file.write(os.urandom(4096))
    with machine:
        machine.run(LOG_LARGE, str(source))
        machine.run(FETCH_LARGE, "admin", str(target))
    assert digest_of(target / source.name) == digest_of(source)
    resident = {name: most_resident(fresh.pid_of(name)) for name in ("gateway", "runs")}
    print({name: f"{size / 1024**2:.0f} MiB" for name, size in resident.items()})
    assert max(resident.values()) < MOST_RESIDENT


@pytest.fixture
def hand(cordee: Cordee, a_user: Callable[[], User]) -> Hand:
    """Somebody with a project."""
    user = a_user()
    auth = httpx.BasicAuth("api", user.api_key)
    found = Hand(httpx.Client(base_url=cordee.url, auth=auth, timeout=30), user.username, "cut")
    found.data(
        "mutation($e: String, $p: String!) { upsertModel(input: {entityName: $e, name: $p}) "
        "{ inserted } }",
        e=user.username,
        p="cut",
    )
    return found


class TestInParts:
    def test_a_large_file_goes_up_in_parts(self, hand: Hand) -> None:
        large_files.goes_up_in_parts(hand)

    def test_what_is_not_as_announced_is_refused(self, hand: Hand) -> None:
        large_files.is_not_what_was_announced(hand)

    def test_an_upload_is_given_up(self, hand: Hand) -> None:
        large_files.is_given_up(hand)

    def test_a_part_of_other_bytes_or_cut_off_is_said_again(self, hand: Hand) -> None:
        parts = [os.urandom(4 * 1024**2), b"the end"]
        version = hand.begin("cut", contents_of({"f": b"".join(parts)}))
        node = hand.announce_parts(version, "f", parts)
        assert large_files.put(node, 2, parts[1]).is_success
        assert large_files.put(node, 1, parts[0][::-1]).status_code == 422
        put_half(node["uploadMultipartUrls"]["uploadUrlParts"][0]["uploadUrl"], parts[0])
        large_files.refused(hand.complete(node, large_files.etags(parts)), "part 1 was not")
        assert large_files.put(node, 1, parts[0]).is_success
        assert "errors" not in hand.complete(node, large_files.etags(parts)).json()


def test_an_upload_that_is_cut_off_leaves_nothing_and_is_said_again(hand: Hand) -> None:
    files = {"half.bin": os.urandom(8 * 1024**2)}
    contents = contents_of(files)
    artifact = hand.begin("halves", contents)
    (node,) = hand.announce(artifact, files)
    put_half(node["uploadUrl"], files["half.bin"])
    hand.manifest(artifact, whole_manifest(contents))
    refused = hand.commit(artifact)
    assert "half.bin" in refused.text
    assert "errors" in refused.json()
    hand.put(node["uploadUrl"], files["half.bin"])
    committed = hand.commit(artifact).json()
    assert committed["data"]["commitArtifact"]["artifact"]["versionIndex"] == 0


def put_half(url: str, data: bytes) -> None:
    """Announce all of it, send half, and hang up."""
    at = urlsplit(url)
    head = (
        f"PUT {at.path} HTTP/1.1\r\nHost: {at.netloc}\r\nContent-Length: {len(data)}\r\n"
        f"Content-MD5: {md5(data)}\r\n\r\n"
    )
    with socket.create_connection((at.hostname or "", at.port or 80), timeout=30) as connection:
        connection.sendall(head.encode() + data[: len(data) // 2])


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def most_resident(pid: int) -> int:
    """Bytes, at its worst so far."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) * 1024
