"""A disk that is full: refused at once and in time, nothing lost, and well again by itself."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.cordee import Cordee
from tests.e2e.volumes import MIB, Volume, volume

pytestmark = pytest.mark.drill

SIZES = {"nats": 400 * MIB, "mongo": 600 * MIB, "blobs": 100 * MIB}
AT_ONCE_S, AGAIN_S = 5.0, 60.0
CHUNKS = 40
CREATE = """mutation($n: String, $c: JSONString) {
  upsertBucket(input: {modelName: "full", name: $n, config: $c}) { bucket { id } } }"""
FILES = """mutation($i: CreateRunFilesInput!) {
  createRunFiles(input: $i) { files { uploadUrl } } }"""
MOST_RUNS = 500
BIG = "x" * 20_000


@pytest.fixture(scope="module")
def volumes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Volume]]]:
    folder = tmp_path_factory.mktemp("full")
    with ExitStack() as mounted:
        found = {
            name: mounted.enter_context(volume(folder / "data" / name, size))
            for name, size in SIZES.items()
        }
        yield folder, found


@pytest.fixture(scope="module")
def cordee(volumes: tuple[Path, dict[str, Volume]]) -> Iterator[Cordee]:
    with Cordee(volumes[0]) as running:
        yield running


class Logger:
    """One run, logged to by hand; every answer with the time that it took."""

    def __init__(self, cordee: Cordee, name: str) -> None:
        """Once the server is well, whatever happened to it before."""
        cordee.wait_ready()
        self._http = httpx.Client(
            base_url=cordee.url, auth=httpx.BasicAuth("api", cordee.admin_key), timeout=60
        )
        self._name = name
        self._path = f"/files/admin/full/{name}/file_stream"
        self.slowest = 0.0
        self.taken = 0
        assert self.make(name).is_success

    def log(self) -> httpx.Response:
        """The next line, or, as long as it is refused, the same one again."""
        line = json.dumps({"_step": self.taken, "big": BIG, "n": self.taken})
        files = {"wandb-history.jsonl": {"offset": self.taken, "content": [line]}}
        began = time.monotonic()
        answer = self._http.post(self._path, json={"files": files})
        self.slowest = max(self.slowest, time.monotonic() - began)
        if answer.is_success:
            self.taken += 1
        return answer

    def until(self, *, taken: bool, seconds: float) -> float:
        """Log until it is answered so; how long that took."""
        began = time.monotonic()
        while refused(self.log()) is taken:
            assert time.monotonic() - began < seconds, f"not within {seconds} s: taken={taken}"
        return time.monotonic() - began

    def make(self, name: str) -> httpx.Response:
        """A run whose config is large, and like nothing else."""
        config = json.dumps({"big": {"value": secrets.token_urlsafe(MIB)}})
        began = time.monotonic()
        asked = {"query": CREATE, "variables": {"n": name, "c": config}}
        answer = self._http.post("/graphql", json=asked)
        self.slowest = max(self.slowest, time.monotonic() - began)
        return answer

    def upload_url(self, file: str) -> str:
        """Where a file of the run goes."""
        wanted = {"entityName": "admin", "projectName": "full", "runName": self._name}
        asked = {"query": FILES, "variables": {"i": {**wanted, "files": [file]}}}
        answer = self._http.post("/graphql", json=asked).json()
        url: str = answer["data"]["createRunFiles"]["files"][0]["uploadUrl"]
        return url

    def steps(self) -> list[int]:
        """What is there in the end."""
        answer = self._http.post(self._path, json={"complete": True, "exitcode": 0})
        assert answer.is_success, answer.text
        found = self._http.get(f"/api/v1/runs/admin/full/{self._name}/history?keys=n").json()[
            "rows"
        ]
        return [row[0] for row in found]


def refused(answer: httpx.Response) -> bool:
    """Whether it is; then only as what passes, and with when to come again."""
    if answer.is_success:
        return False
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["Retry-After"]) >= 1
    return True


def test_a_full_stream_refuses_in_time_and_takes_lines_again_unaided(
    cordee: Cordee, volumes: tuple[Path, dict[str, Volume]]
) -> None:
    disk, logger = volumes[1]["nats"], Logger(cordee, "on-nats")
    for _ in range(CHUNKS):
        assert logger.log().is_success
    disk.fill()
    try:
        logger.until(taken=False, seconds=AGAIN_S)
        assert logger.slowest < AT_ONCE_S
    finally:
        disk.free()
    took = logger.until(taken=True, seconds=AGAIN_S)
    for _ in range(CHUNKS):
        logger.until(taken=True, seconds=AGAIN_S)
    assert logger.steps() == list(range(logger.taken))
    print(f"nats: slowest answer {logger.slowest:.1f} s, taken again after {took:.1f} s")


def test_a_full_database_loses_nothing_that_was_taken_and_comes_back_unaided(
    cordee: Cordee, volumes: tuple[Path, dict[str, Volume]]
) -> None:
    """Lines wait in the stream meanwhile; runs cannot be made."""
    disk, logger = volumes[1]["mongo"], Logger(cordee, "on-mongo")
    maker = Logger(cordee, "maker")
    disk.fill()
    try:
        for number in range(MOST_RUNS):
            refused(logger.log())
            if refused(maker.make(f"large-{number}")):
                break
        else:
            pytest.fail("the database never was full")
        for number in range(3):
            refused(maker.make(f"more-{number}"))
        assert max(maker.slowest, logger.slowest) < AT_ONCE_S
    finally:
        disk.free()
    began = time.monotonic()
    while refused(maker.make("after")):
        assert time.monotonic() - began < AGAIN_S, "no run could be made again"
    took = time.monotonic() - began
    for _ in range(CHUNKS):
        logger.until(taken=True, seconds=AGAIN_S)
    assert logger.steps() == list(range(logger.taken))
    print(f"mongo: slowest answer {maker.slowest:.1f} s, made again after {took:.1f} s")


def test_a_full_store_refuses_files_and_takes_them_again(
    cordee: Cordee, volumes: tuple[Path, dict[str, Volume]]
) -> None:
    disk, maker = volumes[1]["blobs"], Logger(cordee, "on-blobs")
    url, data = maker.upload_url("large.bin"), secrets.token_bytes(MIB)
    disk.fill()
    try:
        began = time.monotonic()
        assert refused(httpx.put(url, content=data, timeout=60))
        assert time.monotonic() - began < AT_ONCE_S
    finally:
        disk.free()
    assert httpx.put(url, content=data, timeout=60).is_success
