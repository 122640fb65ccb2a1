"""`wandb verify`, the SDK's own acceptance test of a server, and what its documents are."""

from __future__ import annotations

import re

import pytest

from tests.sdk.conftest import AMachine
from tests.sdk.harvest import VERSIONS, harvest
from tests.sdk.machine import User

pytestmark = [pytest.mark.sdk, pytest.mark.drill]

GOOD, BAD = "\u2705", "\u274c"


def test_everything_passes_that_does_not_ask_for_https(a_machine: AMachine, user: User) -> None:
    machine = a_machine(user)
    said = machine.wandb("verify", "--host", machine.url, WANDB_SILENT="false", exits=0)
    found = dict(re.findall(rf"(Checking [^.]+)\.+([{GOOD}{BAD}])", said.out + said.err))
    failed = {check for check, mark in found.items() if mark == BAD}
    assert failed <= {
        "Checking requests to base url",
        "Checking requests made over signed URLs",
    }, said
    assert len(found) >= 10, said


@pytest.mark.parametrize("version", VERSIONS)
def test_the_kept_documents_are_those_of_the_package(version: str) -> None:
    from tests.sdk.coverage import operations

    kept = operations()[version]
    for name, documents in harvest(version).items():
        assert set(documents) <= set(kept[name]), name
