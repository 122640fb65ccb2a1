"""What charts, consoles and lists of files ask for, of runs that the SDK logged."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest

from tests.cordee import Cordee
from tests.sdk.conftest import RunScript
from tests.sdk.machine import Machine, User

SPIKE = 1_234
SCRIPT = f"""
import math, wandb
run = wandb.init(project="read", id="r1")
print("a line of the console")
for step in range(3_000):
    run.log({{"loss": 100.0 if step == {SPIKE} else math.sin(step / 50), "nested": {{"a": step}},
             **({{"odd": math.nan if step == 1 else step}} if step < 3 else {{}})}})
run.finish()
"""


class Reader:
    """REST as one user, below one run."""

    def __init__(self, cordee: Cordee, user: User) -> None:
        self.user = user
        self.project = f"{cordee.url}/api/v1/projects/{user.username}/read"
        self.run = f"{cordee.url}/api/v1/runs/{user.username}/read/r1"
        self.http = httpx.Client(headers={"Authorization": f"Bearer {user.api_key}"}, timeout=30)

    def get(self, path: str, **query: Any) -> Any:
        answer = self.http.get(f"{self.run}/{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def curve(self, key: str, **query: Any) -> Any:
        return self.get("curves", key=key, **query)["curves"][key]


@pytest.fixture(scope="module")
def reader(cordee: Cordee, a_user: Callable[[], User]) -> Iterator[Reader]:
    """Of a run with 3,000 steps and one spike."""
    user = a_user()
    with Machine(cordee.url, user) as machine:
        machine.run(SCRIPT)
    found = Reader(cordee, user)
    yield found
    found.http.close()


def events(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    """Name and data of each event of a stream."""
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


class TestCurves:
    def test_a_thinned_curve_keeps_the_spike_and_both_ends(self, reader: Reader) -> None:
        curve = reader.curve("loss", points=100)
        assert curve["total"] == 3_000
        assert len(curve["x"]) == len(curve["y"]) <= 104
        assert (SPIKE, 100.0) in zip(curve["x"], curve["y"], strict=True)
        assert (curve["x"][0], curve["x"][-1]) == (0, 2_999)

    def test_a_range_is_told_in_full_where_it_fits(self, reader: Reader) -> None:
        curve = reader.curve("loss", low=SPIKE - 2, high=SPIKE + 2)
        assert curve["x"] == [SPIKE - 2, SPIKE - 1, SPIKE, SPIKE + 1, SPIKE + 2]
        assert curve["y"][2] == 100.0

    def test_what_is_not_finite_is_named(self, reader: Reader) -> None:
        curve = reader.curve("odd")
        assert (curve["y"], curve["odd"]) == ([0, None, 2], {"1": "NaN"})

    def test_nested_keys_and_another_axis(self, reader: Reader) -> None:
        assert reader.curve("nested.a", points=6_000)["y"][-1] == 2_999
        assert reader.curve("loss", x="nested.a", low=5, high=6)["x"] == [5, 6]

    def test_an_absent_metric_is_an_empty_curve(self, reader: Reader) -> None:
        assert reader.curve("absent") == {"x": [], "y": [], "total": 0, "odd": {}}


class TestHistory:
    def test_parquet_has_a_column_for_each_key(self, reader: Reader) -> None:
        answer = reader.http.get(
            f"{reader.run}/history",
            params={"keys": "loss"},
            headers={"Accept": "application/vnd.apache.parquet"},
        )
        table = pq.read_table(io.BytesIO(answer.content))
        assert table.column_names == ["_step", "loss"]
        assert table.num_rows == 3_000
        assert table["loss"][SPIKE].as_py() == 100.0

    def test_more_values_than_one_answer_holds_are_refused_by_name(self, reader: Reader) -> None:
        keys = ",".join(f"k{number}" for number in range(1_055))
        query = {"keys": f"loss,{keys}"}
        refused = reader.http.get(f"{reader.run}/history", params=query)
        assert (refused.status_code, refused.json()["field"]) == (422, "samples")
        assert "samples=2838" in refused.json()["detail"]

    def test_a_table_of_several_pages_is_whole(self, reader: Reader) -> None:
        keys = ",".join(f"k{number}" for number in range(98))
        answer = reader.http.get(
            f"{reader.run}/history",
            params={"keys": f"loss,{keys}"},
            headers={"Accept": "application/vnd.apache.parquet"},
        )
        table = pq.read_table(io.BytesIO(answer.content))
        assert (table.num_rows, table.num_columns) == (3_000, 100)
        assert table["_step"].to_pylist() == list(range(3_000))

    def test_a_stream_tells_what_is_behind_a_step_and_ends_with_the_run(
        self, reader: Reader
    ) -> None:
        with reader.http.stream(
            "GET",
            f"{reader.run}/history",
            params={"keys": "loss", "min_step": 2_998},
            headers={"Accept": "text/event-stream"},
        ) as stream:
            told = list(events(stream.iter_lines()))
        assert [name for name, _ in told] == ["points", "run", "end"]
        points = told[0][1]
        assert [row["_step"] for row in points["rows"]] == [2_998, 2_999]
        assert set(points["rows"][0]) == {"_step", "loss"}
        assert told[-1][1] == {"state": "finished"}

    def test_strangers_hear_nothing(self, reader: Reader, a_user: Callable[[], User]) -> None:
        for path in (f"{reader.run}/history", f"{reader.project}/live"):
            answer = httpx.get(
                path,
                headers={
                    "Authorization": f"Bearer {a_user().api_key}",
                    "Accept": "text/event-stream",
                },
            )
            assert answer.status_code == 404

    def test_a_project_tells_of_a_run_that_is_born(
        self, reader: Reader, run_script: RunScript
    ) -> None:
        script = 'import wandb; wandb.init(project="read", id="born").finish()'
        with reader.http.stream("GET", f"{reader.project}/live") as stream:
            lines = stream.iter_lines()
            assert next(lines) == ": alive"
            run_script(script, user=reader.user)
            told = events(lines)
            name, run = next(one for one in told if one[1]["name"] == "born")
        assert (name, run["project"]) == ("run", "read")


class TestTheRest:
    def test_keys_console_system_and_files(self, reader: Reader) -> None:
        assert set(reader.get("keys")["keys"]) >= {"loss", "nested.a", "odd"}
        assert reader.get("console", last=5)["items"][0]["line"] == "a line of the console"
        assert reader.get("system")["items"][0]["_runtime"] >= 0
        files = {one["name"]: one for one in reader.get("files")["items"]}
        config = httpx.get(files["config.yaml"]["url"])
        assert config.status_code == 200
        assert len(config.content) == files["config.yaml"]["size"]

    def test_runs_are_counted(self, reader: Reader) -> None:
        filters = json.dumps({"state": "finished", "name": "r1"})
        answer = reader.http.get(f"{reader.project}/run-count", params={"filters": filters})
        assert answer.json() == {"count": 1}

    def test_both_ends_of_a_console_are_not_asked_for_at_once(self, reader: Reader) -> None:
        answer = reader.http.get(f"{reader.run}/console", params={"last": 1, "after": 0})
        assert (answer.status_code, answer.json()["field"]) == (422, "last")
