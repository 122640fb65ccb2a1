"""The first page of a large project: `python -m benchmarks.project_list RUNS [plain]`.

Seeds a real MongoDB with real run documents (200 config and 200 summary keys each), asks for the
first page sorted by a summary metric, all of them and filtered by two config keys, and for all runs
in pages; the register is made first, as a Cordée does when somebody asks. Prints medians and 95th
percentiles in milliseconds, and what all pages cost in memory. `plain` leaves the register out.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from services.runs.domain.filters import Every, parse, parse_field
from services.runs.domain.run import Run, State
from services.runs.patterns import accepted
from services.runs.ports import Order, RunQuery
from services.runs.repository import documents
from tests.contract.runs.world import Kept
from tests.servers import Servers

KEYS = 200
PAGE = 50
MANY = 500
"""So many the panels of the web app ask for."""
SHOWN = ["config.lr", "config.seed", "config.absent", "summary.loss", "summary.metric_7"]
ASKED = 60
START = datetime(2026, 1, 1, tzinfo=UTC)
FILTERS: dict[str, dict[str, Any]] = {
    "one of 20 × one of 25": {"config.seed": 7, "config.fold": 3},
    "one of 4 × one of 5": {"config.optimizer": "adam", "config.layers": 4},
    "a range × one of 4": {"config.lr": {"$lt": 0.01}, "config.optimizer": "adam"},
}


CHOSEN: dict[str, Any] = {
    "seed": range(20),
    "fold": range(25),
    "optimizer": ["adam", "sgd", "lion", "adafactor"],
    "layers": [2, 4, 8, 16, 32],
}


def a_document(rng: random.Random) -> dict[str, Any]:
    """What the repository itself makes of a run with so many keys."""
    config: dict[str, Any] = {f"option_{n}": {"value": n * 0.5} for n in range(KEYS - 5)}
    config |= {key: {"value": values[0]} for key, values in CHOSEN.items()}
    config["lr"] = {"value": 0.1}
    summary = {f"metric_{n}": rng.random() for n in range(KEYS - 1)} | {"loss": 0.5}
    run = Run(
        id="0",
        project_id="big",
        name="run0",
        display_name="calm-peak-1",
        state=State.FINISHED,
        created_at=START,
        updated_at=START,
        heartbeat_at=START,
        username="ada",
        tags=["seeded"],
        config=json.dumps(config),
        summary=json.dumps(summary),
    )
    return documents.to_document(run)


def altered(document: dict[str, Any], number: int, rng: random.Random) -> dict[str, Any]:
    """The same shape with values of its own: encoding every text anew would take an hour."""
    at = START + timedelta(seconds=number)
    config = {pair["k"]: pair["v"] for pair in document["config_pairs"]}
    config |= {key: rng.choice(values) for key, values in CHOSEN.items()} | {
        "lr": rng.random() / 10
    }
    return document | {
        "_id": f"{number:026d}",
        "name": f"run{number}",
        "created_at": at,
        "updated_at": at,
        "heartbeat_at": at,
        "config_pairs": [{"k": key, "v": value} for key, value in config.items()],
        "summary_pairs": [{"k": p["k"], "v": rng.random()} for p in document["summary_pairs"]],
    }


async def pack(kept: Kept) -> None:
    """All runs into blocks."""
    began, blocks = time.perf_counter(), 0
    while await kept.runs.register.pack("big"):
        blocks += 1
    print(f"{blocks} blocks made in {time.perf_counter() - began:.0f} s")
    stats = await kept.database.command("collStats", "run_columns")
    print(f"which take {stats['storageSize'] >> 20} MiB")


async def seed(kept: Kept, runs: int) -> None:
    """In batches; the indexes are there already, as in a project that has grown."""
    rng = random.Random(1)
    document = a_document(rng)
    for first in range(0, runs, 200):
        batch = [altered(document, n, rng) for n in range(first, min(runs, first + 200))]
        await kept.database["runs"].insert_many(batch, ordered=False)


async def measure(
    kept: Kept,
    order: Order,
    filters: dict[str, Any] | None,
    limit: int = PAGE,
    keys: list[str] | None = None,
) -> tuple[float, float]:
    """Median and 95th percentile; without `keys` whole texts, as the SDK asks for them."""
    where = parse(json.dumps(filters), accepted) if filters else Every(())
    texts = frozenset({"config", "summary"})
    query = RunQuery("big", where, order, limit, texts=texts, keys=keys)
    spent = []
    for _ in range(ASKED):
        began = time.perf_counter()
        await kept.runs.query(query)
        spent.append((time.perf_counter() - began) * 1_000)
    return statistics.median(spent), statistics.quantiles(spent, n=20)[-1]


async def all_pages(kept: Kept) -> tuple[int, float]:
    """How many runs, and how many MiB the process grew by."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found, cursor = 0, None
    while True:
        order = Order(parse_field("created_at"), descending=False)
        page, cursors = await kept.runs.query(
            RunQuery("big", Every(()), order, 1_000, cursor, frozenset({"config", "summary"}))
        )
        found += len(page)
        if len(page) < 1_000:
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            return found, grown / 1_024
        cursor = cursors[-1]


async def report(servers: Servers, folder: Path, runs: int, *, plain: bool) -> None:
    """Seed, measure, print."""
    kept = await Kept(servers, folder).prepare()
    began = time.perf_counter()
    await seed(kept, runs)
    print(f"{runs} runs seeded in {time.perf_counter() - began:.0f} s")
    stats = await kept.database.command("collStats", "runs")
    print(f"{stats['size'] / runs:.0f} B a run, indexes {stats['totalIndexSize'] >> 20} MiB")
    if not plain:
        await pack(kept)
    newest = Order(parse_field("created_at"), descending=True)
    spent = await measure(kept, newest, None)
    print("newest first: p50 {:.0f} ms, p95 {:.0f} ms".format(*spent))
    for keys in (None, SHOWN):
        spent = await measure(kept, newest, None, MANY, keys)
        name = "whole" if keys is None else f"{len(keys)} keys of"
        print(f"{name} {MANY} runs: " + "p50 {:.0f} ms, p95 {:.0f} ms".format(*spent))
    by_loss = Order(parse_field("summary_metrics.loss"), descending=False)
    for name, filters in {"all": {}, **FILTERS}.items():
        where = parse(json.dumps(filters), accepted)
        count = await kept.runs.count("big", where)
        spent = await measure(kept, by_loss, filters)
        print(f"{name} ({count} runs): " + "p50 {:.0f} ms, p95 {:.0f} ms".format(*spent))
    began = time.perf_counter()
    found, grown = await all_pages(kept)
    print(f"all {found} runs in {time.perf_counter() - began:.0f} s, {grown:.0f} MiB more")
    kept.close()


def main(runs: int, *, plain: bool) -> None:
    """On servers of its own."""
    with tempfile.TemporaryDirectory() as folder, Servers() as servers:
        asyncio.run(report(servers, Path(folder), runs, plain=plain))


if __name__ == "__main__":
    main(int(next(iter(sys.argv[1:]), 100_000)), plain="plain" in sys.argv)
