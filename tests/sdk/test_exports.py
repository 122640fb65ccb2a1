"""A run's history as Parquet, through the SDK's own `download_history_exports`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.cordee import Cordee
from tests.sdk.conftest import AMachine
from tests.sdk.machine import User
from tests.sdk.values import same
from tests.sdk.wire import Wire
from tests.servers import wait_for

pytestmark = pytest.mark.sdk

MANY, MORE = 2_000, 25
ASKING = {"WANDB_X_EXTRA_HTTP_HEADERS": '{"X-Cordee-History-Exports": "true"}'}
DOWNLOADING = """
    import json, sys, time, wandb

    settings = wandb.Settings(x_file_stream_transmit_interval=0.5)
    run = wandb.init(project="demo", id="running", settings=settings)
    for n in range(4):
        run.log({"n": n})
    api = wandb.Api()
    ended, running = api.run(sys.argv[1]), api.run(run.path)
    while running.lastHistoryStep < 2:
        time.sleep(0.1)
    part = running.download_history_exports("none", require_complete_history=False)
    scanned_while_it_runs = [row["n"] for row in running.scan_history(max_step=3)]
    run.finish()
    whole = ended.download_history_exports("exports")
    print(json.dumps({
        "while it runs": [len(part.paths), part.contains_live_data, scanned_while_it_runs],
        "paths": [str(path) for path in whole.paths],
        "live": whole.contains_live_data,
        "errors": whole.errors,
        "scanned": list(ended.scan_history()),
    }))
"""
SCANNING = """
    import json, sys, wandb

    run = wandb.Api().run(sys.argv[1])
    try:
        run.download_history_exports("exports")
    except wandb.apis.public.IncompleteRunHistoryError as error:
        print(json.dumps({"refused": type(error).__name__, "rows": list(run.scan_history())}))
"""


def a_row(step: int) -> dict[str, Any]:
    """One of every kind, and not every key in every row."""
    row: dict[str, Any] = {"_step": step, "loss": 1 / (step + 1), "even": step * 2, "ok": step > 5}
    if step % 3 == 0:
        row |= {"deep": {"er": {"est": step}}, "note": f"ü{step}", "odd/key.with dot": -step}
    if step % 500 == 0:
        row |= {"bins": {"_type": "histogram", "values": [1, step], "bins": [0.0, 0.5, 1.0]}}
    if step == 7:
        row |= {"loss": float("nan"), "even": float("inf"), "large": 2**62}
    return row


def flat(row: dict[str, Any]) -> dict[str, Any]:
    """As columns are named: what is nested by its leaves."""
    found = {key: value for key, value in row.items() if key != "deep"}
    return found | ({"deep.er.est": row["deep"]["er"]["est"]} if "deep" in row else {})


def table_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a table, each without what is missing in it."""
    rows = pq.read_table(path).to_pylist()
    return [{key: value for key, value in row.items() if value is not None} for row in rows]


def test_an_ended_run_is_exported_whole_to_who_asks(
    cordee: Cordee, user: User, a_machine: AMachine
) -> None:
    """Its segments and what was logged since, exactly as a scan reads them row by row."""
    wire, machine = Wire(cordee.url, user), a_machine(user)
    rows = [a_row(step) for step in range(MANY + MORE)]
    path = wire.a_run("demo", "ended")
    blobs = set(cordee.data_dir.rglob("*.parquet"))
    wire.log(path, [json.dumps(row) for row in rows[:MANY]])
    wire.finish(path)
    wait_for("a segment", lambda: set(cordee.data_dir.rglob("*.parquet")) - blobs)
    wire.log(path, [json.dumps(row) for row in rows[MANY:]], offset=MANY)
    wire.finish(path)

    told = machine.run(SCANNING, path).told
    assert told["refused"] == "IncompleteRunHistoryError"  # nobody asked for exports
    assert same(told["rows"], rows)

    told = machine.run(DOWNLOADING, path, **ASKING).told
    assert told["while it runs"] == [0, True, [0, 1, 2]]
    assert (told["live"], told["errors"]) == (False, {})
    [exported] = told["paths"]
    found = table_rows(machine.home / exported)
    assert same(found, [flat(row) for row in rows])
    scanned = [
        {key: value for key, value in row.items() if value is not None} for row in told["scanned"]
    ]
    assert same(scanned, found)
