"""What a data dir remembers between starts."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from shared.embedded.failures import CannotStart
from shared.embedded.installation import FORMAT, Installation


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "installation.json"


def test_data_of_a_newer_cordee_are_refused(path: Path) -> None:
    newer = {"format": FORMAT + 1, "ports": {}, "mongod_series": "9.0"}
    path.write_text(json.dumps(newer), encoding="utf-8")
    with pytest.raises(CannotStart, match="newer Cordée"):
        Installation.load(path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "x"}', '{"format":1,"ports":[]}'])
def test_a_damaged_file_is_one_clear_line(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CannotStart, match="damaged"):
        Installation.load(path)


def test_ports_stay_the_same(path: Path) -> None:
    first = Installation.load(path)
    ports = [first.port_of(name) for name in ("mongod", "nats")]
    first.save()
    again = Installation.load(path)
    assert not again.fresh
    assert [again.port_of(name) for name in ("mongod", "nats")] == ports
    assert len(set(ports)) == 2


def test_a_port_that_somebody_took_is_replaced(path: Path) -> None:
    installation = Installation.load(path)
    port = installation.port_of("mongod")
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", port))
        somebody.listen()
        assert installation.port_of("mongod") != port
