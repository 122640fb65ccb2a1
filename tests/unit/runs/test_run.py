"""A run's life: started, heard from, ended, lost, taken up again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.runs.domain.run import ENDED, Progress, State, checked_run_name, checked_tags
from shared.errors import Invalid
from tests.unit.runs.builders import LATER, NOON, a_run

ALIVE = sorted(set(State) - ENDED)


class TestSetState:
    @pytest.mark.parametrize(
        ("state", "wanted"),
        [
            *[(state, "pending") for state in (State.FINISHED, State.KILLED, State.PREEMPTING)],
            *[(state, "failed") for state in (State.FINISHED, State.CRASHED, State.KILLED)],
            (State.PENDING, "running"),
            (State.PENDING, "finished"),
            (State.RUNNING, "finished"),
            (State.RUNNING, "crashed"),
            (State.RUNNING, "nonsense"),
            (State.RUNNING, ""),
        ],
    )
    def test_another_move_is_refused(self, state: State, wanted: str) -> None:
        run = a_run(state)
        with pytest.raises(Invalid) as refused:
            run.set_state(wanted, LATER)
        assert refused.value.field == "state"
        assert run == a_run(state)

    @pytest.mark.parametrize(
        ("state", "wanted"),
        [
            (State.RUNNING, "pending"),
            (State.FAILED, "pending"),
            (State.CRASHED, "pending"),
            (State.PREEMPTED, "pending"),
            (State.PENDING, "failed"),
            (State.RUNNING, "failed"),
        ],
    )
    def test_what_the_api_allows_is_done(self, state: State, wanted: str) -> None:
        run = a_run(state, reason="old")
        run.set_state(wanted, LATER)
        assert (run.state, run.updated_at) == (wanted, LATER)
        assert run.reason == ("Set by hand." if wanted == "failed" else None)


class TestComplete:
    @pytest.mark.parametrize(
        ("state", "stop", "exit_code", "ends_as"),
        [
            (State.RUNNING, False, 0, State.FINISHED),
            (State.RUNNING, True, 0, State.FINISHED),
            (State.PREEMPTING, False, 0, State.FINISHED),
            (State.RUNNING, False, 1, State.FAILED),
            (State.RUNNING, False, 255, State.FAILED),
            (State.RUNNING, False, -9, State.FAILED),
            (State.RUNNING, True, 255, State.KILLED),
            (State.PREEMPTING, False, 1, State.PREEMPTED),
            (State.PREEMPTING, True, 1, State.PREEMPTED),
            (State.CRASHED, False, 0, State.FINISHED),
        ],
    )
    def test_exit_code_and_circumstances_decide_the_state(
        self, state: State, stop: bool, exit_code: int, ends_as: State
    ) -> None:
        run = a_run(state, stop_requested=stop)
        run.complete(exit_code)
        assert (run.state, run.exit_code) == (ends_as, exit_code)
        assert (run.reason is None) is (ends_as is State.FINISHED)

    def test_a_failure_says_the_exit_code(self) -> None:
        run = a_run()
        run.complete(137)
        assert "137" in (run.reason or "")

    def test_said_twice_it_is_the_same(self) -> None:
        run = a_run()
        run.complete(1)
        again = replace(run)
        again.complete(1)
        assert again == run


class TestHeardFrom:
    @pytest.mark.parametrize("state", sorted(ENDED))
    def test_a_bare_completion_does_not_revive_an_ended_run(self, state: State) -> None:
        run = a_run(state, reason="old", exit_code=1)
        run.heard_from(LATER, only_completes=True)
        assert (run.state, run.reason, run.exit_code) == (state, "old", 1)
        assert run.heartbeat_at == LATER

    @pytest.mark.parametrize("state", sorted(ENDED))
    def test_data_for_an_ended_run_revives_it(self, state: State) -> None:
        run = a_run(state, reason="old", exit_code=1)
        run.heard_from(LATER, only_completes=False)
        assert (run.state, run.reason, run.exit_code) == (State.RUNNING, None, None)

    @pytest.mark.parametrize("only_completes", [True, False])
    def test_a_pending_run_begins_with_the_first_word(self, only_completes: bool) -> None:
        run = a_run(State.PENDING)
        run.heard_from(LATER, only_completes=only_completes)
        assert run.state is State.RUNNING

    @pytest.mark.parametrize("state", [State.RUNNING, State.PREEMPTING])
    def test_a_living_run_stays_as_it_is(self, state: State) -> None:
        run = a_run(state, stop_requested=True)
        run.heard_from(LATER, only_completes=False)
        assert (run.state, run.stop_requested) == (state, True)
        assert run.heartbeat_at == run.updated_at == LATER

    def test_what_arrives_late_does_not_turn_back_the_clock(self) -> None:
        run = a_run(heartbeat_at=LATER, updated_at=LATER)
        run.heard_from(NOON, only_completes=False)
        assert run.heartbeat_at == run.updated_at == LATER

    def test_a_request_to_stop_outlives_a_revival(self) -> None:
        run = a_run(State.CRASHED, stop_requested=True)
        run.heard_from(LATER, only_completes=False)
        assert run.stop_requested


class TestLost:
    @pytest.mark.parametrize(
        ("state", "ends_as"),
        [(State.RUNNING, State.CRASHED), (State.PREEMPTING, State.PREEMPTED)],
    )
    def test_silence_ends_a_run(self, state: State, ends_as: State) -> None:
        run = a_run(state)
        run.lost(LATER, timedelta(minutes=5))
        assert (run.state, run.updated_at) == (ends_as, LATER)
        assert run.reason == "No heartbeat for 300 seconds."
        assert run.heartbeat_at == NOON


class TestStartAfresh:
    def test_everything_that_was_logged_goes_out_of_sight(self) -> None:
        run = a_run(
            State.FAILED,
            generation=4,
            progress=Progress(3, 2, 1),
            last_step=7,
            compacted=3,
            summary='{"loss":1}',
            system='{"cpu":1}',
            config='{"lr":{"value":1}}',
            exit_code=1,
            position=99,
        )
        run.start_afresh(LATER)
        assert run == a_run(
            State.RUNNING,
            generation=5,
            config='{"lr":{"value":1}}',
            position=99,
            created_at=LATER,
            heartbeat_at=LATER,
            updated_at=LATER,
        )
        assert not run.has_data

    @pytest.mark.parametrize("progress", [Progress(1), Progress(0, 1), Progress(0, 0, 1)])
    def test_data_of_any_kind_is_data(self, progress: Progress) -> None:
        assert a_run(progress=progress).has_data


class TestStop:
    def test_a_request_is_remembered_until_somebody_begins_anew(self) -> None:
        run = a_run()
        run.request_stop(LATER)
        assert run.stop_requested
        run.revive(LATER)
        assert not run.stop_requested


class TestNames:
    @pytest.mark.parametrize(
        "name",
        ["", " a", "a ", "a" * 129, *(f"a{c}b" for c in ":;,#?/'\x00\n\x7f"), "\u3000a"],
    )
    def test_a_run_id_that_breaks_urls_or_paths_is_refused(self, name: str) -> None:
        with pytest.raises(Invalid) as refused:
            checked_run_name(name)
        assert refused.value.field == "name"

    @pytest.mark.parametrize("name", ["a", "a" * 128, "a b", "é😀", "..", "a.b-c_d", "%2F", "$x"])
    def test_any_other_is_kept(self, name: str) -> None:
        assert checked_run_name(name) == name


class TestTags:
    @pytest.mark.parametrize("tag", ["", "a" * 65])
    def test_one_too_short_or_too_long_is_refused(self, tag: str) -> None:
        with pytest.raises(Invalid) as refused:
            checked_tags(["fine", tag])
        assert refused.value.field == "tags"

    def test_each_is_kept_once_in_order(self) -> None:
        assert checked_tags(["b", "a", "b", "a" * 64]) == ["b", "a", "a" * 64]
