"""What one `cordee gate` costs on a large project: `python -m benchmarks.gate_cost [runs]`.

One run is logged through a whole Cordée; its document is then multiplied in MongoDB, because ten
thousand runs take minutes to log. The command is the real one, in a process of its own.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import time

import pymongo

from tests.cordee import Cordee
from tests.sdk.command import Command
from tests.sdk.machine import User
from tests.sdk.wire import Wire

RUNS, ASKED, KEYS = 10_000, 9, 50
BASELINES = ('{"tags": "main"}', "best", "tag:main", "run-00000042")


def multiply(cordee: Cordee, count: int) -> None:
    """Copies of the one run that there is, each with values of its own."""
    url = next((cordee.data_dir / "secrets").glob("**/mongo_url_runs")).read_text().strip()
    client: pymongo.MongoClient = pymongo.MongoClient(url)
    runs = client["cordee_runs"]["runs"]
    first, chance = runs.find_one({}), random.Random(1)
    assert first is not None
    batch = []
    for number in range(count):
        value = chance.gauss(0.9, 0.004)
        pairs = [
            {"k": pair["k"], "v": value if pair["k"] == "val/acc" else pair["v"]}
            for pair in first["summary_pairs"]
        ]
        own = {"_id": f"{number:026d}", "name": f"run-{number:08d}", "summary_pairs": pairs}
        batch.append(first | own)
    runs.insert_many(batch, ordered=False)
    client.close()


def main(count: int) -> int:
    slowest = 0.0
    with Cordee() as cordee:
        user = User("admin", "admin@example.com", cordee.admin_key)
        wire = Wire(cordee.url, user)
        summary = {f"metric/{number}": number / 7 for number in range(KEYS)} | {"val/acc": 0.9}
        for name in ("first", "candidate"):
            path = wire.a_run("big", name, summary=summary, tags=["main"])
            wire.finish(path)
        multiply(cordee, count)
        command = Command(cordee, user, WANDB_PROJECT="big", WANDB_ENTITY="admin")
        print(f"{count} runs with {KEYS + 1} summary keys each, {os.cpu_count()} cores")
        for baseline in BASELINES:
            times = []
            for _ in range(ASKED):
                began = time.monotonic()
                command(
                    *("gate", "candidate", "--baseline", baseline, "--metric", "val/acc:higher"),
                    *("--metric", "metric/3:lower", "--max-drop", "5%"),
                )
                times.append(time.monotonic() - began)
            slowest = max(slowest, statistics.median(times))
            print(
                f"  {baseline:<20} median {statistics.median(times):.2f} s, "
                f"slowest {max(times):.2f} s",
                flush=True,
            )
        alone = []
        for _ in range(ASKED):
            began = time.monotonic()
            subprocess.run([sys.executable, "-c", "import gateway.cli"], check=True)
            alone.append(time.monotonic() - began)
        print(f"  of which starting Python and the command line: {statistics.median(alone):.2f} s")
    return 0 if slowest < 1.0 else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS))
