"""Histories, summaries and console lines read back through `wandb.Api()`."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cordee import Cordee
from tests.sdk.conftest import Read, RunScript
from tests.sdk.machine import Machine, User
from tests.sdk.values import differences, same
from tests.sdk.wire import Wire
from tests.servers import wait_for

pytestmark = pytest.mark.sdk

TRAINING = """
    import json, sys, time, wandb

    run = wandb.init(project="demo", config={"lr": 0.1})
    run.define_metric("loss", summary="min")
    run.define_metric("score", summary="max,mean")
    run.define_metric("val/*", step_metric="epoch")
    print("epoch 1")
    print("watch out", file=sys.stderr)
    for step in range(60):
        row = {"loss": abs(step - 40) + 1, "score": step / 2, "even": {"deep": {"er": step}}}
        if step % 2:
            row["odd"] = step
        if step % 20 == 0:
            row |= {"val/acc": step / 100, "epoch": step // 20}
        run.log(row)
    run.log({"loss": 99}, step=500)
    run.summary["nested"] = {"best": {"epoch": 2, "at": [1, 2]}, "note": "ä"}
    print("done")
    run.finish()
    print(json.dumps(run.path))
"""


ASKED = {
    "spread": '[row["_step"] for row in run.history(samples=7, pandas=False)]',
    "frame": "[len(frame := run.history()), *sorted(frame.columns)]",
    "both": 'run.history(keys=["loss", "odd"], pandas=False)',
    "deep": 'run.history(keys=["even.deep.er"], pandas=False)',
    "by epoch": 'run.history(keys=["val/acc"], x_axis="epoch", pandas=False)',
    "none": 'run.history(keys=["loss", "nobody"], pandas=False)',
    "few": 'run.history(keys=["loss"], samples=5, pandas=False)',
    "system": 'run.history(stream="system", pandas=False)',
    "last step": "run.lastHistoryStep",
    "scan": "list(run.scan_history())",
    "scan of keys": 'list(run.scan_history(keys=["_step", "odd"]))',
    "window": '[row["_step"] for row in run.scan_history(min_step=10, max_step=20)]',
    "window of a key": """[
        row["loss"] for row in run.scan_history(keys=["loss"], min_step=10, max_step=20)
    ]""",
    "end": '[row["_step"] for row in run.scan_history(min_step=58)]',
    "pages": '[row["_step"] for row in run.scan_history(page_size=7, max_step=30)]',
    "gap": "list(run.scan_history(min_step=100, max_step=400))",
    "summary": "run.summary._json_dict",
    "console": """[
        [line.number, line.content, line.level, line.timestamp is not None]
        for line in run.console_logs()
    ]""",
}
"""What is asked of one trained run: by one program, because to start one takes seconds."""


@dataclass(frozen=True, slots=True)
class Trained:
    """Whose run it is, and its path."""

    user: User
    path: str


def a_trained(cordee: Cordee, user: User, *rows: str, **fields: Any) -> Trained:
    """A run made by hand, with these history lines."""
    wire = Wire(cordee.url, user)
    path = wire.a_run("demo", "r1", **fields)
    wire.log(path, list(rows))
    return Trained(user, path)


@pytest.fixture(scope="module")
def told(cordee: Cordee, a_user: Callable[[], User]) -> dict[str, Any]:
    """The answers to `ASKED`, on a machine that knows nothing of the run."""
    user = a_user()
    with Machine(cordee.url, user) as machine:
        path = machine.run(TRAINING).told
    answers = ", ".join(f"{name!r}: {question}" for name, question in ASKED.items())
    script = f"import json, sys, wandb\nrun = wandb.Api().run(sys.argv[1])\ntold = {{{answers}}}\n"
    with Machine(cordee.url, user) as machine:
        found: dict[str, Any] = machine.run(f"{script}print(json.dumps(told))", path).told
        return found


class TestHistory:
    def test_rows_spread_over_the_run(self, told: dict[str, Any]) -> None:
        steps = told["spread"]
        assert len(steps) == 7
        assert steps == sorted(steps)
        assert steps[0] < 10
        assert steps[-1] > 50

    def test_as_a_data_frame(self, told: dict[str, Any]) -> None:
        columns = told["frame"]
        assert columns[0] == 61
        assert {"loss", "score", "odd", "even", "val/acc", "_step"} <= set(columns[1:])

    def test_chosen_keys_give_the_rows_that_have_them_all(self, told: dict[str, Any]) -> None:
        odd = range(1, 60, 2)
        assert told["both"] == [{"_step": s, "loss": abs(s - 40) + 1, "odd": s} for s in odd]
        assert told["deep"] == [{"_step": s, "even.deep.er": s} for s in range(60)]
        assert told["by epoch"] == [{"epoch": e, "val/acc": e / 5} for e in range(3)]
        assert told["none"] == []
        assert len(told["few"]) == 5

    def test_system_metrics(self, told: dict[str, Any]) -> None:
        assert told["system"]
        assert any(key.startswith("system.") for row in told["system"] for key in row)

    def test_the_last_step(self, told: dict[str, Any]) -> None:
        assert told["last step"] == 500


class TestScan:
    def test_whole_rows_keep_their_nesting(self, told: dict[str, Any]) -> None:
        rows = told["scan"]
        assert [row["_step"] for row in rows] == [*range(60), 500]
        assert rows[21]["even"] == {"deep": {"er": 21}}
        assert rows[21]["odd"] == 21
        assert "odd" not in rows[20]

    def test_chosen_keys_give_the_rows_that_have_them_all(self, told: dict[str, Any]) -> None:
        odd = range(1, 60, 2)
        assert told["scan of keys"] == [{"_step": step, "odd": step} for step in odd]

    def test_from_a_step_up_to_another(self, told: dict[str, Any]) -> None:
        steps = list(range(10, 20))
        assert told["window"] == steps
        assert told["window of a key"] == [abs(step - 40) + 1 for step in steps]
        assert told["end"] == [58, 59, 500]
        assert told["pages"] == list(range(30))
        assert told["gap"] == []


class TestSummary:
    def test_what_was_defined_and_what_was_set(self, told: dict[str, Any]) -> None:
        summary = told["summary"]
        assert summary["loss"] == {"min": 1}
        assert summary["score"] == {"max": 29.5, "mean": sum(range(60)) / 2 / 60}
        assert summary["odd"] == 59
        assert summary["nested"] == {"best": {"epoch": 2, "at": [1, 2]}, "note": "ä"}
        assert summary["_step"] == 500

    def test_changed_afterwards(self, cordee: Cordee, user: User, read: Read) -> None:
        summary = {"loss": 1, "kept": {"a": 1}}
        told = read(
            a_trained(cordee, user, summary=summary),
            """
            run.summary["loss"] = 0.5
            run.summary["nested"] = {"deep": [1, None]}
            run.summary.update()
            told = wandb.Api().run(sys.argv[1]).summary._json_dict
            """,
        )
        assert told == {"loss": 0.5, "kept": {"a": 1}, "nested": {"deep": [1, None]}}


class TestConsole:
    def test_lines_with_their_stream_and_time(self, told: dict[str, Any]) -> None:
        lines = told["console"]
        assert [number for number, *_ in lines] == list(range(len(lines)))
        assert all(timed for *_, timed in lines)
        said = {content: level for _, content, level, _ in lines}
        assert said["watch out"] == "error"
        assert said["epoch 1"] == said["done"] == ""

    def test_the_last_lines_and_small_pages(self, cordee: Cordee, user: User, read: Read) -> None:
        wire = Wire(cordee.url, user)
        path = wire.a_run("demo", "r1")
        lines = [json.dumps({"ts": "2026-11-22T17:08:27", "content": f"n{n}"}) for n in range(25)]
        files = {"output.log": {"offset": 0, "content": lines}}
        assert wire.stream(path, files=files, complete=True, exitcode=0).status_code == 200
        told = read(
            Trained(user, path),
            """
            told = [
                [line.content for line in run.console_logs(last=3)],
                [line.content for line in run.console_logs(per_page=10)],
            ]
            """,
        )
        assert told == [["n22", "n23", "n24"], [f"n{n}" for n in range(25)]]

    def test_a_progress_bar_leaves_its_last_state(self, run_script: RunScript) -> None:
        lines = run_script(
            r"""
            import json, sys, time, wandb

            settings = wandb.Settings(x_file_stream_transmit_interval=1.0)
            run = wandb.init(project="demo", settings=settings)
            print("before")
            for percent in range(0, 101, 10):
                sys.stdout.write(f"\r{percent} %")
                sys.stdout.flush()
                time.sleep(0.3)
            print("\nafter")
            run.finish()
            lines = wandb.Api().run(run.path).console_logs()
            print(json.dumps([line.content for line in lines]))
            """
        ).told
        assert lines == ["before", "100 %", "after"]


def test_chosen_keys_that_no_json_can_say(cordee: Cordee, user: User, read: Read) -> None:
    """What the SDK reads nested must be strict JSON, so NaN comes as the word for it."""
    deep = "[" * 31 + "NaN" + "]" * 31
    lines = ('{"_step":0,"a":NaN}', '{"_step":1,"a":-Infinity}', f'{{"_step":2,"a":{deep}}}')
    told = read(
        a_trained(cordee, user, *lines),
        """
        told = [
            [row["a"] for row in run.history(keys=["a"], pandas=False)],
            [row["a"] for row in run.scan_history(keys=["a"])],
            repr([row["a"] for row in run.scan_history()]),
        ]
        """,
    )
    nested = json.loads(deep.replace("NaN", '"NaN"'))
    assert told[:2] == [["NaN", "-Infinity", nested]] * 2
    assert told[2] == f"[nan, -inf, {deep.lower()}]"
    rest = Wire(cordee.url, user).rest("GET", f"/runs/{user.username}/demo/r1/history?keys=a")
    assert rest.json()["rows"] == [[0, "NaN"], [1, "-Infinity"], [2, nested]]


def test_values_come_back_as_they_were(run_script: RunScript) -> None:
    told = run_script(
        """
        import json, math, wandb

        rows = [
            {"big": 2**63 - 1, "small": -(2**63), "tiny": 5e-324, "most": 1.7976931348623157e308},
            {"ünïcode/key": 1, "with.dot": 2, "$dollar": 3, "a b": 4, "percent%2F": 5},
            {"text": "a\\nb \\u0000 \\U0001f40d", "yes": True, "nothing": None, "list": [1, [2]]},
            {"deep": {"a.b": {"c": [{"d": None}]}}, "none": []},
            {"bad": math.nan, "high": math.inf, "low": -math.inf, "in": [1.5, math.nan]},
            {"mixed": 1}, {"mixed": "one"}, {"mixed": 1.5}, {"mixed": [1]}, {"mixed": {"a": 1}},
        ]
        run = wandb.init(project="demo", config={"$k": {"a.b": [1, None]}, "ü": math.inf})
        for row in rows:
            run.log(row)
        run.finish()
        run = wandb.Api().run(run.path)
        read = list(run.scan_history())
        print(json.dumps({"logged": rows, "read": read, "config": run.config}))
        """
    ).told
    assert differences(told["logged"], told["read"]) == []
    assert told["config"] == {"$k": {"a.b": [1, None]}, "ü": float("inf")}


def test_a_long_history_reads_back_equal(cordee: Cordee, user: User, read: Read) -> None:
    """Long enough to be moved into segments, in the middle and at the end."""
    count, chunk, gap = 40_000, 2_000, 1_500
    wire = Wire(cordee.url, user)
    path, before = wire.a_run("demo", "long"), segments(cordee)
    odd = [math.nan, -math.inf, 2**63 - 1, "ü", None, True, [1, [2]], {"a.b": {"c": {}}}]
    rows: list[dict[str, Any]] = [
        {"_step": n, "odd/key": odd[n % 8], "rare": n} if n % 999 == 0 else {"_step": n, "n": n / 8}
        for n in (*range(count // 2), *range(count // 2 + gap, count + gap))
    ]
    for first in range(0, count, chunk):
        wire.log(path, [json.dumps(row) for row in rows[first : first + chunk]], offset=first)
    wire.finish(path)
    expected = {
        "state": "finished",
        "last": count + gap - 1,
        "rows": rows,
        "rare": [row["rare"] for row in rows if "rare" in row],
        "window": [n / 8 for n in (*range(19_990, 20_000), *range(21_500, 21_510))],
        "sampled": 500,
    }
    assert same(read(Trained(user, path), READ_ALL), expected)
    wait_for("segments", lambda: segments(cordee) - before)
    assert same(read(Trained(user, path), READ_ALL), expected)


READ_ALL = """
    window = run.scan_history(keys=["n"], min_step=19_990, max_step=21_510)
    told = {
        "state": run.state,
        "last": run.lastHistoryStep,
        "rows": list(run.scan_history()),
        "rare": [row["rare"] for row in run.scan_history(keys=["rare"])],
        "window": [row["n"] for row in window],
        "sampled": len(run.history(keys=["n"], samples=500, pandas=False)),
    }
"""


def segments(cordee: Cordee) -> set[Path]:
    return set(cordee.data_dir.rglob("*.parquet"))
