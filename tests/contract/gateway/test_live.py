"""Live streams tell everything that happens to runs, whoever did it, and begin afresh with them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from queue import Empty, Queue
from typing import Any

import httpx
import pytest

from tests.contract.gateway.edge import Edge, Person
from tests.contract.gateway.stream import Stream
from tests.servers import wait_for

SOON_S = 10.0
EVENTS = {"Accept": "text/event-stream"}
REWIND = """mutation($e: String, $p: String, $r: String!, $step: Float!) {
  rewindRun(input: {entityName: $e, projectName: $p, runName: $r, metricName: "_step",
    metricValue: $step}) { rewoundRun { id } }
}"""


STATE = """mutation($id: ID!) { updateRunState(input: {id: $id, state: "failed"}) { success } }"""


class Heard:
    """What a stream tells, in a thread of its own."""

    def __init__(self, response: httpx.Response) -> None:
        self._told: Queue[tuple[str, Any]] = Queue()
        self._response = response
        self.open = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def next(self, name: str, wanted: Callable[[Any], bool] = lambda _: True) -> Any:
        """The next event of this name that is wanted."""
        return wait_for(f"event {name}", lambda: self._found(name, wanted), SOON_S)

    def rest(self, seconds: float) -> list[tuple[str, Any]]:
        """What else comes within so many seconds."""
        found = []
        try:
            while True:
                found.append(self._told.get(timeout=seconds))
        except Empty:
            return found

    def _found(self, name: str, wanted: Callable[[Any], bool]) -> Any:
        while not self._told.empty():
            told, data = self._told.get()
            if told == name and wanted(data):
                return data
        return None

    def _listen(self) -> None:
        name = ""
        try:
            for line in self._response.iter_lines():
                self.open.set()
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    self._told.put((name, json.loads(line.removeprefix("data: "))))
        except (httpx.HTTPError, httpx.StreamError):
            return  # the test has closed it


@contextmanager
def hearing(person: Person, path: str, **query: Any) -> Iterator[Heard]:
    with person.http.stream("GET", path, params=query, headers=EVENTS) as response:
        assert response.status_code == 200
        heard = Heard(response)
        assert heard.open.wait(SOON_S)
        yield heard


@pytest.fixture
def ada(edge: Edge) -> Person:
    return edge.person("ada")


def rows(*steps: int) -> list[str]:
    return [json.dumps({"_step": step, "loss": step / 2}) for step in steps]


class TestProject:
    def test_what_people_do_to_a_run_is_told(self, ada: Person) -> None:
        Stream(ada, "r1").log(0, rows(0))
        run = f"/api/v1/runs/{ada.username}/bodies/r1"
        with hearing(ada, f"/api/v1/projects/{ada.username}/bodies/live") as heard:
            ada.post(f"{run}:stop")
            told = heard.next("run", lambda run: run["stop_requested"])
            assert (told["name"], told["read_only"], told["summary"]["loss"]) == ("r1", False, 0)
            assert ada.http.delete(run).status_code == 204
            assert heard.next("deleted") == {"id": told["id"], "name": "r1"}
            ada.post(f"{run}:undelete")
            assert heard.next("run")["deleted_at"] is None

    def test_what_is_set_by_hand_is_told(self, ada: Person) -> None:
        Stream(ada, "r1")
        with hearing(ada, f"/api/v1/projects/{ada.username}/bodies/live") as heard:
            stream = Stream(ada, "r2")
            found = heard.next("run", lambda run: run["name"] == "r2")
            answer = stream.graphql(STATE, id=stream.run("id")["id"])
            assert "errors" not in answer.json(), answer.text
            told = heard.next("run", lambda run: run["state"] == "failed")
            assert told["id"] == found["id"]

    def test_nothing_is_told_twice(self, ada: Person) -> None:
        stream = Stream(ada, "r1")
        with hearing(ada, f"/api/v1/projects/{ada.username}/bodies/live") as heard:
            stream.settle()
            heard.next("run", lambda run: run["state"] == "finished")
            assert heard.rest(3.0) == []

    def test_each_reader_hears_what_they_may_change(self, edge: Edge, ada: Person) -> None:
        Stream(ada, "r1")
        path = f"/api/v1/projects/{ada.username}/bodies"
        assert ada.http.patch(path, json={"visibility": "public"}).is_success
        with ExitStack() as both:
            mine = both.enter_context(hearing(ada, f"{path}/live"))
            theirs = both.enter_context(hearing(edge.person("bob"), f"{path}/live"))
            Stream(ada, "r2").log(0, rows(0))
            assert mine.next("run")["read_only"] is False
            assert theirs.next("run")["read_only"] is True

    def test_who_may_no_more_is_sent_away_and_others_hear_on(self, edge: Edge, ada: Person) -> None:
        Stream(ada, "r1")
        path = f"/api/v1/projects/{ada.username}/bodies"
        assert ada.http.patch(path, json={"visibility": "public"}).is_success
        with ExitStack() as both:  # the stranger first: it is as them that runs are looked for
            theirs = both.enter_context(hearing(edge.person("bob"), f"{path}/live"))
            mine = both.enter_context(hearing(ada, f"{path}/live"))
            assert ada.http.patch(path, json={"visibility": "private"}).is_success
            assert "not found" in theirs.next("gone")["reason"]
            Stream(ada, "r2")
            mine.next("run", lambda run: run["name"] == "r2")
            assert theirs.rest(1.0) == []

    def test_one_caller_has_a_limit(self, ada: Person) -> None:
        Stream(ada, "r1")
        path = f"/api/v1/projects/{ada.username}/bodies/live"
        with ExitStack() as many:
            client = many.enter_context(
                httpx.Client(
                    base_url=ada.http.base_url,
                    auth=ada.http.auth,
                    limits=httpx.Limits(max_connections=60),
                )
            )
            told = [many.enter_context(client.stream("GET", path)).iter_raw() for _ in range(50)]
            assert {next(one) for one in told} == {b": alive\n\n"}
            refused = client.get(path)
            assert (refused.status_code, "retry-after" in refused.headers) == (429, True)
        wait_for("room again", lambda: _is_open(ada, path), SOON_S)


def _is_open(person: Person, path: str) -> bool:
    with person.http.stream("GET", path) as answer:
        return answer.status_code == 200


class TestRun:
    def test_a_rewound_run_is_told_from_where_it_goes_on(self, ada: Person) -> None:
        stream = Stream(ada, "r1")
        assert stream.log(0, rows(*range(6))).is_success
        path = f"/api/v1/runs/{ada.username}/bodies/r1/history"
        with hearing(ada, path, min_step=0) as heard:
            heard.next("points", lambda told: told["last_step"] == 5)
            place = {"e": ada.username, "p": "bodies", "r": "r1", "step": 2}
            answer = stream.graphql(REWIND, **place)
            assert answer.json()["data"]["rewindRun"]["rewoundRun"], answer.text
            heard.next("run", lambda run: run["last_step"] == 2)
            assert stream.log(3, rows(3, 4)).is_success
            told = heard.next("points")["rows"]
            while told[-1]["_step"] != 4:
                told += heard.next("points")["rows"]
            assert [row["_step"] for row in told] == [3, 4]

    def test_many_readers_each_hear_everything(self, ada: Person) -> None:
        stream = Stream(ada, "r1")
        assert stream.log(0, rows(0, 1)).is_success
        wait_for("the lines", lambda: len(stream.lines()) == 2)
        path = f"/api/v1/runs/{ada.username}/bodies/r1/history"
        with ExitStack() as three:
            asked = ({"keys": "loss"}, {"min_step": 0}, {"min_step": 1})
            heard = [three.enter_context(hearing(ada, path, **query)) for query in asked]
            assert stream.log(2, rows(2, 3)).is_success
            stream.settle()
            for one, first in zip(heard, (2, 0, 1), strict=True):
                told = [data for name, data in _to_its_end(one) if name == "points"]
                steps = [row["_step"] for data in told for row in data["rows"]]
                assert steps == list(range(first, 4))


def _to_its_end(heard: Heard) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []

    def over() -> bool:
        found.extend(heard.rest(0.1))
        return bool(found) and found[-1][0] == "end"

    wait_for("the end", over, SOON_S)
    return found
