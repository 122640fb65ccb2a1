"""`kill -9` in the middle of an ingest: everything comes back by itself, and nothing is lost."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cordee import Cordee
from tests.e2e.climbers import Climber, Party, verdict
from tests.sdk.install import NEWEST
from tests.sdk.machine import Machine, User
from tests.sdk.values import differences
from tests.servers import wait_for

VICTIMS = ("gateway", "runs", "nats", "mongod")
CHUNKS, RUNS, LINES, KILLS = 2_000, 8, 5, 3


def party_of(cordee: Cordee, name: str, chunks: int, lines_each: int) -> Party:
    climbers = [Climber(f"{name}-{n}", chunks, lines_each) for n in range(RUNS)]
    return Party(cordee.url, cordee.admin_key, "admin", climbers)


async def strike(cordee: Cordee, party: Party, victims: Sequence[str], seed: int) -> None:
    """Kill one victim after the other at moments that the seed chooses, each in mid-request."""
    chance, chunks = random.Random(seed), sum(one.chunks for one in party.climbers)
    moments = sorted(chance.sample(range(chunks // 20, chunks - chunks // 20), len(victims)))
    for victim, moment in zip(victims, moments, strict=True):
        await party.reached(moment)
        await asyncio.sleep(chance.random() * 0.02)
        await asyncio.to_thread(cordee.kill, victim)


async def all_is_there(party: Party) -> None:
    """Every line was acknowledged, and every acknowledged line is there once, in its place."""
    for climber in party.climbers:
        assert climber.acknowledged == climber.chunks * climber.lines_each
        found = verdict(climber, await party.read(climber))
        bad = dict.fromkeys(("lost", "duplicated", "invented", "unknown", "misplaced"), 0)
        assert found == {"ok": climber.acknowledged, **bad}


async def ingest_under_fire(cordee: Cordee, victims: Sequence[str], seed: int) -> None:
    """2,000 chunks of 8 runs while the victims are killed; then everything is read at once."""
    name = f"{'-'.join(dict.fromkeys(victims))}-{seed}"
    party = party_of(cordee, name, CHUNKS // RUNS, LINES)
    async with asyncio.TaskGroup() as at_once:
        at_once.create_task(party.climb())
        at_once.create_task(strike(cordee, party, victims, seed))
    await all_is_there(party)
    await asyncio.to_thread(cordee.wait_ready)


@pytest.mark.parametrize(
    ("lines", "bad"),
    [
        ([0, 1, 2, 3], {}),
        ([0, 1, 3], {"lost": 1}),
        ([0, 1, 1, 2, 3], {"duplicated": 1}),
        ([0, 1, 2, 3, 99], {"invented": 1}),
        ([0, 2, 1, 3], {"misplaced": 1}),
        ([0, 1, 2, 3, 5], {}),
    ],
)
def test_the_verdict_sees_what_went_wrong(lines: list[int], bad: dict[str, int]) -> None:
    """Of six lines, four were acknowledged and two more were only sent."""
    climber = Climber("c", chunks=5, lines_each=2, sent=6, acknowledged=4)
    text = [line for chunk in range(50) for line in climber.lines(chunk)]
    fine = {"lost": 0, "duplicated": 0, "invented": 0, "unknown": 2, "misplaced": 0}
    ok = 4 - bad.get("lost", 0) - bad.get("duplicated", 0)
    assert verdict(climber, [text[n] for n in lines]) == {"ok": ok, **fine, **bad}


@pytest.mark.parametrize("victim", [*VICTIMS, "nursery"])
async def test_every_acknowledged_line_is_there_once(cordee: Cordee, victim: str) -> None:
    await ingest_under_fire(cordee, [victim] * KILLS, seed=1)


@pytest.mark.drill
@pytest.mark.parametrize("seed", range(2, 22))
async def test_whoever_is_struck_and_whenever(cordee: Cordee, seed: int) -> None:
    await ingest_under_fire(cordee, random.Random(seed).choices(VICTIMS, k=2 * KILLS), seed)


@pytest.mark.parametrize("victim", ["runs", "mongod"])
async def test_a_kill_while_histories_are_compacted_costs_nothing(
    cordee: Cordee, victim: str
) -> None:
    """The runs end, and are long enough to be moved into segments at once."""
    before = segments(cordee)
    party = party_of(cordee, f"compacted-{victim}", chunks=3, lines_each=1_000)
    await party.climb()
    await asyncio.to_thread(wait_for, "the first segment", lambda: segments(cordee) - before, 60.0)
    cordee.kill(victim)
    await all_is_there(party)
    await asyncio.to_thread(
        wait_for, "all segments", lambda: len(segments(cordee) - before) >= RUNS, 60.0
    )
    await all_is_there(party)


def segments(cordee: Cordee) -> set[Path]:
    return set(cordee.data_dir.rglob("*.parquet"))


TRAINING = """
    import json, pathlib, time, wandb

    settings = wandb.Settings(x_file_stream_transmit_interval=1.0)
    run = wandb.init(project="demo", config={"lr": 0.1}, settings=settings)
    print(json.dumps("begun"), flush=True)
    logged = []
    while not pathlib.Path("enough").exists():
        logged.append({"n": len(logged), "text": f"line {len(logged)}"})
        run.log(logged[-1])
        time.sleep(0.02)
    run.summary["best"] = 1
    run.finish()
    run = wandb.Api().run(run.path)
    print(json.dumps({
        "logged": logged,
        "read": list(run.scan_history()),
        "state": run.state,
        "best": run.summary["best"],
        "files": sorted(file.name for file in run.files()),
    }))
"""


@pytest.mark.sdk
def test_the_sdk_only_waits(cordee: Cordee) -> None:
    """A training goes on while everything is killed once; what it logged is all there."""
    admin = User("admin", "admin@example.com", cordee.admin_key)
    with Machine(cordee.url, admin, NEWEST) as machine:
        training = machine.start(TRAINING)
        training.wait_told()
        for victim in VICTIMS:
            cordee.kill(victim)
            cordee.wait_ready()
        (machine.home / "enough").touch()
        told = training.ended(seconds=120).told
    assert told["state"] == "finished"
    assert differences(told["logged"], told["read"]) == []
    assert told["best"] == 1
    assert {"config.yaml", "wandb-metadata.json", "wandb-summary.json"} <= set(told["files"])
