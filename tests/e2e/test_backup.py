"""A backup under load, the loss of everything, and a Cordée that goes on where it stood."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from pymongo import MongoClient
from typer.testing import CliRunner, Result

from gateway.cli import app
from shared.contracts.identity import TEAM_DELETED, TeamDeleted
from shared.messaging import headers
from tests.contract.gateway.test_dead_letters import bury
from tests.cordee import Cordee
from tests.e2e.climbers import Climber, Party, verdict

CHUNKS, LINES, RUNS = 60, 5, 4


def cordee_says(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def party_of(cordee: Cordee, stem: str, key: str) -> Party:
    climbers = [Climber(f"{stem}-{n}", CHUNKS, LINES) for n in range(RUNS)]
    return Party(cordee.url, key, "admin", climbers)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    shutil.rmtree(tmp_path)


def upload(cordee: Cordee, key: str) -> None:
    """A file of a run, so that there is a blob."""
    query = """mutation { createRunFiles(input: {entityName: "admin", projectName: "crash",
      runName: "before-0", files: ["weights.bin"]}) { files { uploadUrl } } }"""
    asked = httpx.post(f"{cordee.url}/graphql", json={"query": query}, auth=("api", key))
    [file] = asked.json()["data"]["createRunFiles"]["files"]
    assert httpx.put(file["uploadUrl"], content=b"weights").is_success


def letters(cordee: Cordee, key: str) -> list[dict[str, Any]]:
    """Every dead letter, the newest first."""
    answer = httpx.get(f"{cordee.url}/api/v1/dead-letters", auth=("api", key))
    found: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
    return found


def bury_two(cordee: Cordee) -> None:
    """Events that could be handled after all."""
    gone = TeamDeleted(team="nobody").model_dump_json().encode()
    for reason in ("for now", "für immer"):
        bury(cordee, f"dead.runs.{TEAM_DELETED.subject}", gone, headers.one_line(reason))


def replay(cordee: Cordee, key: str, sequence: int) -> None:
    url = f"{cordee.url}/api/v1/dead-letters/{sequence}:replay"
    httpx.post(url, auth=("api", key)).raise_for_status()


async def test_nothing_acknowledged_is_lost(folder: Path) -> None:
    kept = folder / "die Sicherung"
    with Cordee(folder / "the first Cordée") as first:
        key = first.admin_key
        await asyncio.to_thread(bury_two, first)
        await asyncio.to_thread(replay, first, key, 2)
        buried = await asyncio.to_thread(letters, first, key)
        assert [bool(one["replayed_at"]) for one in buried] == [True, False]
        before, during = party_of(first, "before", key), party_of(first, "during", key)
        await before.climb()
        await asyncio.to_thread(upload, first, key)
        async with asyncio.TaskGroup() as at_once:
            at_once.create_task(during.climb())
            await during.reached(20)
            acknowledged = {one.name: one.acknowledged for one in during.climbers}
            made = await asyncio.to_thread(back_up, first, kept)
            assert made.exit_code == 0, made.output
    shutil.rmtree(folder / "the first Cordée")

    assert cordee_says("verify", str(kept)).exit_code == 0
    second_dir = folder / "the second Cordée" / "data"
    put_back = await asyncio.to_thread(
        cordee_says, "restore", str(kept), "--data-dir", str(second_dir)
    )
    assert put_back.exit_code == 0, put_back.output
    with Cordee(folder / "the second Cordée", port=first.port) as second:
        assert await asyncio.to_thread(letters, second, key) == buried
        again = Party(second.url, key, "admin", before.climbers)
        for climber in before.climbers:
            found = verdict(climber, await again.read(climber))
            assert found["ok"] == CHUNKS * LINES
            assert sum(found.values()) == CHUNKS * LINES
        for climber in during.climbers:
            lines = await read_unfinished(second, key, climber)
            assert (
                lines[: acknowledged[climber.name]]
                == [line for n in range(CHUNKS) for line in climber.lines(n)][
                    : acknowledged[climber.name]
                ]
            )
        await party_of(second, "after", key).climb()
    shutil.rmtree(second_dir / "nats")
    with Cordee(folder / "the second Cordée", port=first.port) as third:
        await asyncio.to_thread(bury_two, third)
        new = await asyncio.to_thread(letters, third, key)
        assert [one["replayed_at"] for one in new] == [None, None]
        without = party_of(third, "without-streams", key)
        await without.climb()
        for climber in without.climbers:
            found = verdict(climber, await without.read(climber))
            assert found["ok"] == CHUNKS * LINES


async def read_unfinished(cordee: Cordee, key: str, climber: Climber) -> list[str]:
    """What is there of a run that may have been in the middle."""
    query = """query($n: String!) { project(name: "crash", entityName: "admin") {
      run(name: $n) { history(minStep: 0, maxStep: 1000000, samples: 1000000) } } }"""
    asked = {"query": query, "variables": {"n": climber.name}}
    async with httpx.AsyncClient(auth=("api", key), timeout=30) as http:
        answer = await http.post(f"{cordee.url}/graphql", json=asked)
    lines: list[str] = answer.json()["data"]["project"]["run"]["history"]
    return lines


@dataclass(frozen=True)
class Kept:
    """A Cordée with one run and its file, and a backup of it."""

    cordee: Cordee
    backup: Path


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    folder = tmp_path_factory.mktemp("kept")
    with Cordee(folder / "cordee") as cordee:
        party = Party(cordee.url, cordee.admin_key, "admin", [Climber("before-0", 5, 5)])
        asyncio.run(party.climb())
        upload(cordee, cordee.admin_key)
        made = back_up(cordee, folder / "it")
        assert made.exit_code == 0, made.output
        yield Kept(cordee, folder / "it")


def back_up(cordee: Cordee, to: Path) -> Result:
    return cordee_says("backup", str(to), "--data-dir", str(cordee.data_dir))


class TestABackupThatIsNotSound:
    @pytest.fixture
    def sound(self, kept: Kept) -> Path:
        return kept.backup

    def spoilt(self, sound: Path, folder: Path) -> Path:
        return Path(shutil.copytree(sound, folder / "copy"))

    def test_a_flipped_byte_is_found_and_nothing_restored(self, sound: Path, folder: Path) -> None:
        copy = self.spoilt(sound, folder)
        path = copy / "documents/runs/runs.bson.zst"
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        assert "runs.bson.zst" in cordee_says("verify", str(copy)).output
        done = cordee_says("restore", str(copy), "--data-dir", str(folder / "data"))
        assert done.exit_code == 1
        assert not (folder / "data").exists()

    def test_a_lost_blob_is_named(self, sound: Path, folder: Path) -> None:
        copy = self.spoilt(sound, folder)
        blobs = [path for path in (copy / "blobs").rglob("*") if path.is_file()]
        blobs[0].unlink()
        done = cordee_says("verify", str(copy))
        assert (done.exit_code, "missing" in done.output) == (1, True)

    def test_one_that_was_not_finished_is_none(self, sound: Path, folder: Path) -> None:
        copy = self.spoilt(sound, folder)
        (copy / "catalogue.json").unlink()
        done = cordee_says("restore", str(copy), "--data-dir", str(folder / "data"))
        assert done.exit_code == 2
        assert "no finished backup" in done.output

    def test_what_is_there_is_never_written_over(self, sound: Path, folder: Path) -> None:
        (folder / "data").mkdir()
        (folder / "data" / "mine").touch()
        done = cordee_says("restore", str(sound), "--data-dir", str(folder / "data"))
        assert (done.exit_code, "not empty" in done.output) == (2, True)
        done = cordee_says("backup", str(sound), "--data-dir", str(folder / "data"))
        assert done.exit_code == 2


class TestBlobsThatAreNotThere:
    @pytest.fixture(scope="class")
    def cordee(self, kept: Kept) -> Cordee:
        """Whose only file has lost its bytes."""
        blobs = kept.cordee.data_dir / "blobs"
        [blob] = [path for path in blobs.rglob("*") if path.is_file()]
        blob.unlink()
        return kept.cordee

    def test_what_is_needed_is_named_and_all_else_restored(
        self, cordee: Cordee, folder: Path
    ) -> None:
        made = back_up(cordee, folder / "it")
        assert (made.exit_code, "is not in the backup" in made.output) == (1, True)
        assert cordee_says("verify", str(folder / "it")).exit_code == 1
        done = cordee_says("restore", str(folder / "it"), "--data-dir", str(folder / "data"))
        assert done.exit_code == 0, done.output
        assert "warning: runs.files" in done.output

    def test_what_the_trash_let_go_of_meanwhile_is_no_loss(
        self, cordee: Cordee, folder: Path
    ) -> None:
        with MongoClient[dict[str, Any]](cordee.mongo_url("runs")) as client:
            client.get_default_database()["runs"].update_many({}, {"$set": {"purging": True}})
        made = back_up(cordee, folder / "it")
        assert made.exit_code == 0, made.output
        assert cordee_says("verify", str(folder / "it")).exit_code == 0
