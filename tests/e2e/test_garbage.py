"""Collecting garbage while others upload: what is kept for somebody is never taken."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.cordee import Cordee
from tests.handmade_artifacts import Hand

WORKERS = 3
SHARED = 12
"""Contents that come again and again, so that bytes lose their last version and get a new one."""

FILES = """query($id: ID!) { artifact(id: $id) { state files { edges { node {
  name directUrl } } } } }"""
DELETE = """mutation($id: ID!) { deleteArtifact(input: {artifactID: $id, deleteAliases: true}) {
  artifact { id } } }"""
NOW = {"grace_seconds": 0, "dry_run": False}
FOUND = """mutation { upsertModel(input: {entityName: "admin", name: "garbage"}) { inserted } }"""


@pytest.fixture(scope="module")
def cordee() -> Iterator[Cordee]:
    with Cordee() as running:
        yield running


def hand_of(cordee: Cordee) -> Hand:
    auth = httpx.BasicAuth("api", cordee.admin_key)
    return Hand(httpx.Client(base_url=cordee.url, auth=auth, timeout=60), "admin", "garbage")


def upload_until(
    stop: threading.Event, uploaded: threading.Semaphore, hand: Hand, worker: int
) -> dict[str, dict[str, bytes]]:
    """Versions that were committed and not deleted again, with what is in each."""
    chance, kept, turn = random.Random(worker), dict[str, dict[str, bytes]](), 0
    while not stop.is_set():
        turn += 1
        files = {
            "shared": b"shared %d" % chance.randrange(SHARED),
            "own": f"{worker} {turn}".encode() * 50,
        }
        version = hand.log(f"set-{worker}", files, clientID=f"{worker}-{turn}-{id(stop)}")
        kept[version] = files
        if chance.random() < 0.7:
            gone = chance.choice(sorted(kept))
            hand.data(DELETE, id=gone)
            del kept[gone]
        uploaded.release()
    return kept


def collect(cordee: Cordee, uploaded: threading.Semaphore, cycles: int) -> int:
    """As often as that, each beside an upload or more, with no grace; how many objects went."""
    with httpx.Client(base_url=cordee.url, auth=("api", cordee.admin_key), timeout=120) as http:
        taken = 0
        for _ in range(cycles):
            assert uploaded.acquire(timeout=60)
            answer = http.post("/api/v1/artifacts:collect-garbage", json=NOW)
            assert answer.status_code == 200, answer.text
            taken += answer.json()["blobs"]
        return taken


def nothing_that_lives_is_lost(cordee: Cordee, cycles: int) -> None:
    hand_of(cordee).data(FOUND)
    stop, uploaded = threading.Event(), threading.Semaphore(0)
    with ThreadPoolExecutor(WORKERS) as pool:
        uploads = [
            pool.submit(upload_until, stop, uploaded, hand_of(cordee), worker)
            for worker in range(WORKERS)
        ]
        try:
            taken = collect(cordee, uploaded, cycles)
        finally:
            stop.set()
        living = [kept for one in uploads for kept in one.result().items()]
    assert living
    assert taken > 0
    hand = hand_of(cordee)
    for version, files in living:
        found = hand.data(FILES, id=version)["artifact"]
        assert found["state"] == "COMMITTED"
        nodes = [edge["node"] for edge in found["files"]["edges"]]
        assert {one["name"]: httpx.get(one["directUrl"]).content for one in nodes} == files


def test_nothing_that_lives_is_lost(cordee: Cordee) -> None:
    nothing_that_lives_is_lost(cordee, 15)


@pytest.mark.drill
def test_nothing_that_lives_is_lost_in_a_thousand_cycles(cordee: Cordee) -> None:
    nothing_that_lives_is_lost(cordee, 1_000)
