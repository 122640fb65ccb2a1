"""Everything is restarted, one after the other, beneath a training that notices nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from tests.cluster.cluster import EVERYBODY, Cluster
from tests.cluster.ingest import all_is_there, ingest_while
from tests.sdk.install import NEWEST
from tests.sdk.machine import Machine, User
from tests.sdk.values import differences
from tests.servers import wait_for

TRAINING = """
    import json, logging, pathlib, time, wandb

    settings = wandb.Settings(x_file_stream_transmit_interval=1.0)
    run = wandb.init(project="rolling", config={"lr": 0.1}, settings=settings)
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
    }))
"""


async def restart(cluster: Cluster, names: Sequence[str]) -> None:
    """As an orchestrator does: the next one once the one before works again."""
    for name in names:
        node = cluster.nodes[name]
        assert await asyncio.to_thread(node.terminate) == 0, node.last_words()
        node.start()
        await asyncio.to_thread(wait_for, f"{name} works", node.works, 60.0)
        await asyncio.to_thread(cluster.wait_whole)


@pytest.mark.sdk
@pytest.mark.drill
async def test_a_training_goes_on(cluster: Cluster) -> None:
    admin = User("admin", "admin@example.com", cluster.admin_key)
    with Machine(cluster.balancer.url, admin, NEWEST) as machine:
        training = machine.start(TRAINING, WANDB_SILENT="")
        await asyncio.to_thread(training.wait_told)
        party = await ingest_while(cluster, lambda: restart(cluster, EVERYBODY))
        (machine.home / "enough").touch()
        ran = await asyncio.to_thread(training.ended, 0, 120)
    await all_is_there(party)
    told = ran.told
    assert told["state"] == "finished"
    assert differences(told["logged"], told["read"]) == []
    assert told["best"] == 1
    assert "wandb: ERROR" not in ran.err, ran.err
