"""Tracking stores and event files, written by hand as MLflow and TensorBoard write them."""

from __future__ import annotations

import json
import sqlite3
import struct
from pathlib import Path

import pytest

from gateway.cli.ferry.cargo import Run, Skipped, Trouble
from gateway.cli.ferry.mlflow_rows import Point, rows_of
from gateway.cli.ferry.mlflow_store import MlflowFolder, MlflowSqlite, project_name
from gateway.cli.ferry.tensorboard import TensorboardFolder
from gateway.cli.ferry.tensorboard_events import masked_crc

RUN_ID = "0123456789abcdef0123456789abcdef"
META = f"""artifact_uri: file:///gone/elsewhere
end_time: 1700000009000
lifecycle_stage: active
run_id: {RUN_ID}
run_name: brave
start_time: 1700000000000
status: 3
user_id: mo
"""


def only_run(source: MlflowFolder | MlflowSqlite | TensorboardFolder) -> Run:
    [run] = [run for project in source.projects() for run in project.runs() if isinstance(run, Run)]
    return run


class TestRowsOfMetrics:
    def test_a_metric_logged_twice_at_a_step_is_there_twice(self) -> None:
        points = [Point("a", 1, 1_000, 5), Point("a", 2, 2_000, 5), Point("b", 3, 1_500, 5)]
        rows = list(rows_of(points, 0))
        assert [(row["_step"], row.get("a"), row.get("b")) for row in rows] == [
            (5, 1, 3),
            (5, 2, None),
        ]

    def test_steps_below_zero_are_counted_from_the_first(self) -> None:
        rows = list(rows_of([Point("a", 1, 0, -2), Point("a", 2, 0, 3)], 0))
        assert [(row["_step"], row["mlflow/step"]) for row in rows] == [(0, -2), (5, 3)]


class TestMlflow:
    def test_a_folder_that_was_moved_is_read_with_its_artifacts(self, tmp_path: Path) -> None:
        home = tmp_path / "1" / RUN_ID
        for path, text in {
            "../meta.yaml": "name: nets/a\nlifecycle_stage: active\n",
            "meta.yaml": META,
            "metrics/val/acc": "1700000001000 0.5 1\n1700000002000 nan 2\n",
            "params/lr": "0.1",
            "tags/mlflow.note.content": "a note",
            "tags/kind": "test",
            "artifacts/deep/x.txt": "hello",
        }.items():
            (home / path).parent.mkdir(parents=True, exist_ok=True)
            (home / path).write_text(text, encoding="utf-8")
        run = only_run(MlflowFolder(tmp_path))
        assert (run.name, run.state, run.username) == (RUN_ID, "finished", "mo")
        assert (run.display_name, run.notes) == ("brave", "a note")
        assert (run.ended_at - run.created_at).total_seconds() == 9
        assert json.loads(run.config) == {
            "lr": {"value": "0.1"},
            "mlflow.tags": {"value": {"kind": "test"}},
        }
        assert list(run.history()) == [
            '{"_step":1,"val/acc":0.5,"_timestamp":1700000001,"_runtime":1}',
            '{"_step":2,"val/acc":NaN,"_timestamp":1700000002,"_runtime":2}',
        ]
        [file] = run.files()
        with file.open() as pieces:
            assert (file.name, b"".join(pieces)) == ("deep/x.txt", b"hello")

    def test_a_database_is_read_and_what_still_runs_is_left(self, tmp_path: Path) -> None:
        path = tmp_path / "mlflow.db"
        with sqlite3.connect(path) as made:
            made.executescript(
                """CREATE TABLE experiments (experiment_id, name, lifecycle_stage);
                CREATE TABLE runs (run_uuid, name, status, user_id, start_time, end_time,
                  artifact_uri, experiment_id, lifecycle_stage);
                CREATE TABLE params (run_uuid, key, value);
                CREATE TABLE tags (run_uuid, key, value);
                CREATE TABLE metrics (run_uuid, key, value, timestamp, step, is_nan);
                INSERT INTO experiments VALUES (1, 'nets', 'active'), (2, 'old', 'deleted');
                INSERT INTO runs VALUES ('a', 'n', 'FAILED', 'mo', 1000, 2000, '', 1, 'active'),
                  ('b', 'n', 'RUNNING', 'mo', 1000, NULL, '', 1, 'active'),
                  ('c', 'n', 'FAILED', 'mo', 1000, 2000, '', 1, 'deleted');
                INSERT INTO metrics VALUES ('a', 'x', 1.7976931348623157e308, 1500, 0, 0),
                  ('a', 'x', 0, 1600, 1, 1);"""
            )
        [project] = MlflowSqlite(path).projects()
        assert (project.name, project.count) == ("nets", 2)
        found = list(project.runs())
        assert [type(one) for one in found] == [Run, Skipped]
        run = only_run(MlflowSqlite(path))
        assert next(json.loads(line)["x"] for line in run.history()) == float("inf")
        assert '"x":NaN' in list(run.history())[1]

    @pytest.mark.parametrize("wrong", ["nothing", "text"])
    def test_what_is_no_store_is_told(self, tmp_path: Path, wrong: str) -> None:
        (tmp_path / "text").write_text("hello", encoding="utf-8")
        with pytest.raises(Trouble, match="no tracking store"):
            MlflowSqlite(tmp_path / wrong)
        with pytest.raises(Trouble, match="no experiments"):
            MlflowFolder(tmp_path)

    def test_names_that_are_paths_become_names(self) -> None:
        assert project_name("/Users/mo@x.org/My tries #2") == "Users-mo@x.org-My tries -2"


class TestTensorboard:
    def test_half_a_record_at_the_end_is_left_out(self, tmp_path: Path) -> None:
        whole = record(event(1.0, 0, "loss", 0.5)) + record(event(3.0, 7, "loss", 0.25))
        (tmp_path / "a").mkdir()
        file = tmp_path / "a" / "events.out.tfevents.1.host"
        file.write_bytes(whole + record(event(4.0, 8, "loss", 1.0))[:-3])
        run = only_run(TensorboardFolder(tmp_path))
        assert (run.display_name, run.lines) == ("a", 2)
        assert [json.loads(line)["loss"] for line in run.history()] == [0.5, 0.25]
        assert (run.ended_at - run.created_at).total_seconds() == 2

    def test_a_damaged_file_is_told_of(self, tmp_path: Path) -> None:
        file = tmp_path / "events.out.tfevents.1.host"
        data = bytearray(record(event(1.0, 0, "loss", 0.5)))
        data[0] ^= 1
        file.write_bytes(bytes(data))
        [found] = next(iter(TensorboardFolder(tmp_path).projects())).runs()
        assert isinstance(found, Skipped)
        assert "is damaged at byte 0" in found.reason


def record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked_crc(length)) + data + b"\0\0\0\0"


def event(at: float, step: int, tag: str, value: float) -> bytes:
    inner = b"\x0a" + bytes([len(tag)]) + tag.encode() + b"\x15" + struct.pack("<f", value)
    summary = b"\x0a" + bytes([len(inner)]) + inner
    return (
        b"\x09"
        + struct.pack("<d", at)
        + b"\x10"
        + bytes([step])
        + b"\x2a"
        + bytes([len(summary)])
        + summary
    )
