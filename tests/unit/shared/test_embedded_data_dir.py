"""The data dir: private, and for one Cordée at a time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shared.embedded.data_dir import DataDir
from shared.embedded.failures import CannotStart


def test_a_data_dir_in_use_is_refused_in_one_line_naming_its_holder(tmp_path: Path) -> None:
    with DataDir.open(tmp_path / "data"), pytest.raises(CannotStart) as refused:
        DataDir.open(tmp_path / "data")
    assert f"process {os.getpid()}" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_closed_data_dir_can_be_opened_again(tmp_path: Path) -> None:
    DataDir.open(tmp_path / "data").close()
    DataDir.open(tmp_path / "data").close()


def test_everything_in_it_is_for_its_owner_alone(tmp_path: Path) -> None:
    with DataDir.open(tmp_path / "deep" / "data") as data:
        folders = [data.root, *(path for path in data.root.iterdir() if path.is_dir())]
    assert {path.stat().st_mode & 0o777 for path in folders} == {0o700}


def test_a_path_that_cannot_be_a_folder_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart, match=r"Cannot use the data dir .*--data-dir"):
        DataDir.open(tmp_path / "file")
