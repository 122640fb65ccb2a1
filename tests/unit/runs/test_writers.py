"""Lines of several writers get places one behind the other, each line once."""

from __future__ import annotations

from services.runs.domain.run import Progress
from services.runs.domain.writers import MOST_WRITERS, Places
from tests.unit.runs.builders import a_run


def test_each_writer_goes_on_behind_the_last_line_of_all() -> None:
    places = Places(a_run(progress=Progress(history=10)))
    assert places.take("a", "history", 0, 3) == (0, 10)
    assert places.take("b", "history", 0, 2) == (0, 13)
    assert places.take("a", "history", 3, 4) == (0, 15)
    assert places.take("c", "history", 0, 1) == (0, 19)


def test_what_comes_again_has_its_place_already() -> None:
    places = Places(a_run())
    places.take("a", "history", 0, 5)
    assert places.take("a", "history", 0, 5) == (5, 5)
    assert places.take("a", "history", 3, 4) == (2, 5)
    assert places.take("a", "history", 7, 1) == (0, 7)


def test_what_overlaps_from_before_counts_once_and_no_further_back() -> None:
    places = Places(a_run())
    places.take("a", "history", 0, 5)
    assert places.take("a", "history", 1, 2) == (2, 5)
    assert places.take("a", "history", 5, 2) == (0, 5)


def test_a_hole_of_a_writer_is_none_of_the_run() -> None:
    places = Places(a_run())
    places.take("a", "history", 0, 2)
    assert places.take("a", "history", 9, 2) == (0, 2)
    assert places.take("a", "history", 11, 1) == (0, 4)


def test_a_writer_that_begins_where_the_run_stood_is_new_there() -> None:
    places = Places(a_run(progress=Progress(history=10)))
    assert places.take("a", "history", 10, 3) == (0, 10)
    assert places.take("a", "history", 10, 3) == (3, 13)


def test_streams_are_counted_apart() -> None:
    places = Places(a_run())
    places.take("a", "history", 0, 5)
    assert places.take("a", "log", 0, 2) == (0, 0)
    assert places.take("a", "events", 0, 2) == (0, 0)
    assert places.writers == {"a": {"history": 5, "log": 2, "events": 2}}


def test_asking_changes_neither_the_run_nor_what_it_knows() -> None:
    run = a_run(writers={"a": {"history": 2}}, progress=Progress(history=2))
    for _ in range(2):
        assert Places(run).take("a", "history", 2, 3) == (0, 2)
    assert run.writers == {"a": {"history": 2}}
    assert run.progress == Progress(history=2)


def test_lines_that_know_their_places_move_the_end_on_and_never_back() -> None:
    places = Places(a_run(progress=Progress(history=10)))
    places.reach("history", 4)
    assert places.take("a", "history", 0, 1) == (0, 10)
    places.reach("history", 20)
    assert places.take("a", "history", 1, 1) == (0, 20)


def test_of_too_many_writers_the_one_is_forgotten_that_was_heard_of_least_lately() -> None:
    places = Places(a_run())
    for number in range(MOST_WRITERS):
        places.take(f"w{number}", "history", 0, 1)
    places.take("w0", "history", 1, 1)
    assert len(places.writers) == MOST_WRITERS
    places.take("new", "history", 0, 1)
    assert len(places.writers) == MOST_WRITERS
    assert "w0" in places.writers
    assert "w1" not in places.writers
