"""`kill -9` among commits of artifacts: each version is whole or absent, and no index is lost."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.cordee import Cordee
from tests.handmade_artifacts import Hand

VICTIMS = ("gateway", "runs", "nats", "mongod")
WORKERS, EACH, KILLS, PATIENCE_S = 4, 5, 2, 90.0


class Stubborn(Hand):
    """As the SDK: what is not answered, or with 5xx, is said again."""

    def send(self, method: str, url: str, **more: Any) -> httpx.Response:
        return again(lambda: self.http.request(method, url, **more))

    def put(self, url: str, data: bytes) -> None:
        assert again(lambda: httpx.put(url, content=data, timeout=20)).is_success


def again(once: Callable[[], httpx.Response]) -> httpx.Response:
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            answer = once()
            if answer.status_code < 500 or time.monotonic() > until:
                return answer
        except httpx.HTTPError:
            if time.monotonic() > until:
                raise
        threading.Event().wait(0.05)


def hand_of(cordee: Cordee) -> Stubborn:
    auth = httpx.BasicAuth("api", cordee.admin_key)
    return Stubborn(httpx.Client(base_url=cordee.url, auth=auth, timeout=20), "admin", "crashes")


def files_of(worker: int, turn: int) -> dict[str, bytes]:
    """One that all have, and one of its own."""
    return {"shared": b"shared", f"own-{worker}-{turn}": f"{worker} {turn}".encode() * 500}


def under_fire(cordee: Cordee, name: str, victims: list[str], seed: int) -> None:
    chance, logged = random.Random(seed), threading.Semaphore(0)
    made = 'mutation { upsertModel(input: {entityName: "admin", name: "crashes"}) { inserted } }'
    hand_of(cordee).data(made)

    def log(worker: int) -> dict[str, tuple[int, int]]:
        mine = hand_of(cordee)
        done = {}
        for turn in range(EACH):
            files = files_of(worker, turn)
            version = mine.log(name, files, clientID=f"{name}-{worker}-{turn}")
            done[version] = (worker, turn)
            logged.release()
        return done

    def strike() -> None:
        for victim in victims:
            for _ in range(WORKERS * EACH // (len(victims) + 1)):
                assert logged.acquire(timeout=PATIENCE_S)
            threading.Event().wait(chance.random() * 0.05)
            cordee.kill(victim)

    with ThreadPoolExecutor(WORKERS + 1) as threads:
        struck = threads.submit(strike)
        acknowledged = {k: v for one in threads.map(log, range(WORKERS)) for k, v in one.items()}
        struck.result()
    all_is_whole(cordee, name, acknowledged)


def all_is_whole(cordee: Cordee, name: str, wanted: dict[str, tuple[int, int]]) -> None:
    query = """query($e: String, $p: String, $n: String!) { project(name: $p, entityName: $e) {
      artifactCollection(name: $n) { artifacts(first: 500) { edges { node { id versionIndex state
      fileCount aliases { alias } files { edges { node { name directUrl } } } } } } } } }"""
    found = hand_of(cordee).data(query, e="admin", p="crashes", n=name)
    edges = found["project"]["artifactCollection"]["artifacts"]["edges"]
    versions = [edge["node"] for edge in edges]
    assert {one["id"] for one in versions} == set(wanted)
    assert sorted(one["versionIndex"] for one in versions) == list(range(WORKERS * EACH))
    assert [one["versionIndex"] for one in versions if one["aliases"]] == [WORKERS * EACH - 1]
    for one in versions:
        files = {edge["node"]["name"]: edge["node"]["directUrl"] for edge in one["files"]["edges"]}
        kept = {path: again(lambda url=url: httpx.get(url)).content for path, url in files.items()}
        assert kept == files_of(*wanted[one["id"]])
        assert one["fileCount"] == len(files)


@pytest.mark.parametrize("victim", ["runs", "mongod"])
def test_each_version_is_whole_or_absent(cordee: Cordee, victim: str) -> None:
    under_fire(cordee, f"killed-{victim}", [victim], seed=1)


@pytest.mark.drill
@pytest.mark.parametrize("victim", VICTIMS)
def test_struck_again_and_again(cordee: Cordee, victim: str) -> None:
    under_fire(cordee, f"again-{victim}", [victim] * KILLS, seed=1)


@pytest.mark.drill
@pytest.mark.parametrize("seed", range(2, 12))
def test_whoever_is_struck_and_whenever(cordee: Cordee, seed: int) -> None:
    victims = random.Random(seed).choices(VICTIMS, k=2 * KILLS)
    under_fire(cordee, f"seed-{seed}", victims, seed)
