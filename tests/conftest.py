"""What holds for every test: how examples are judged, and who shares servers."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

# Examples are judged by what they do, never by how long they take.
settings.register_profile(
    "house",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("house")

ROOMS = (
    "tests/contract/gateway",
    "tests/contract/generated",
    "tests/contract/isolation",
)
"""Folders whose tests ask one Cordée that costs more to start than a test."""
SIEGE = "one Cordée whose processes are killed"
BESIEGED = (
    "tests/e2e/test_alert_crashes.py",
    "tests/e2e/test_artifact_crashes.py",
    "tests/e2e/test_crashes.py",
    "tests/e2e/test_three_gateways.py",
)


class Rooms(LoadFileScheduling):
    """Files are dealt out to workers, and rooms whole: a worker more is a Cordée more."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file in BESIEGED:
            return SIEGE
        folder = str(PurePosixPath(file).parent)
        return folder if folder in ROOMS else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Any:
    """With more than one worker."""
    return Rooms(config, log)
