"""What a training script logs reads back exactly, the moment it has finished."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.conftest import RunScript
from tests.sdk.install import VERSIONS
from tests.sdk.values import differences

pytestmark = pytest.mark.sdk

SCRIPT = Path(__file__).parent / "scripts" / "round_trip.py"


@pytest.mark.parametrize("version", sorted(VERSIONS))
def test_everything_logged_reads_back_at_once(version: str, run_script: RunScript) -> None:
    [trip] = run_script(SCRIPT, "1", version=version).told
    check(trip)


def test_twenty_times_in_a_row(run_script: RunScript) -> None:
    trips = run_script(SCRIPT, "20").told
    assert len(trips) == 20
    for trip in trips:
        check(trip)


def check(trip: dict[str, Any]) -> None:
    logged, read = trip["logged"], trip["read"]
    assert read["state"] == "finished"
    assert read["config"] == {
        "lr": 3e-4,
        "layers": [64, 64],
        "optimizer": {"name": "adam", "betas": [0.9, 0.999]},
    }
    assert (sorted(read["tags"]), read["group"], read["notes"]) == (
        ["baseline", "büro"],
        "g1",
        "Überall.",
    )
    assert read["summary"] == {**logged[-1], "best": 0.125}
    assert math.isnan(logged[7]["metric_3"])
    assert math.isinf(logged[8]["metric_4"])
    assert [row["_step"] for row in read["rows"]] == list(range(1_000))
    assert differences(logged, read["rows"]) == []
    assert read["samples"] == 100
