"""Which mongod and nats-server are run."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.embedded.binaries import find_mongod, find_nats_server
from shared.embedded.failures import CannotStart


def a_program(folder: Path, says: str, name: str = "mongod", code: int = 0) -> Path:
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n", encoding="utf-8")
    program.chmod(0o755)
    return program


def test_one_that_lacks_a_library_is_one_clear_line(tmp_path: Path) -> None:
    broken = a_program(tmp_path, "libcurl.so.4: cannot open shared object file", code=127)
    with pytest.raises(CannotStart, match=r"libcurl.* Correct CORDEE_MONGOD"):
        find_mongod(environment={"CORDEE_MONGOD": str(broken)})


def test_one_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="does not run"):
        find_mongod(environment={"CORDEE_MONGOD": str(tmp_path / "nowhere")})


def test_the_named_one_wins(tmp_path: Path) -> None:
    old = a_program(tmp_path, "db version v4.4.1")
    found = find_mongod(environment={"CORDEE_MONGOD": str(old)})
    assert (found.path, found.series, str(found)) == (old, "4.4", "4.4.1")


def test_a_newer_one_on_the_path_wins_for_new_data(tmp_path: Path) -> None:
    newer = a_program(tmp_path, "db version v8.0.4")
    assert find_mongod(environment={"PATH": str(tmp_path)}).path == newer


def test_an_older_one_on_the_path_does_not(tmp_path: Path) -> None:
    older = a_program(tmp_path, "db version v4.4.1")
    assert find_mongod(environment={"PATH": str(tmp_path)}).path != older


def test_data_stay_with_the_series_that_wrote_them(tmp_path: Path) -> None:
    packaged = find_mongod(environment={"PATH": ""})
    a_program(tmp_path, "db version v8.0.4")
    found = find_mongod(packaged.series, environment={"PATH": str(tmp_path)})
    assert found == packaged


def test_nats_server_is_found() -> None:
    assert find_nats_server().version >= (2, 11, 0)
