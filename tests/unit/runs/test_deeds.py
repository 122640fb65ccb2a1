"""What is done to a run by hand, and what a run has in common with another one."""

from __future__ import annotations

import json

import pytest

from services.runs.domain.branching import BranchPoint, branch_point
from services.runs.domain.duplicates import fingerprint
from services.runs.domain.run import ENDED, TRASH_FOR, State
from shared.errors import Conflict, Gone, Invalid
from tests.unit.runs.builders import LATER, NOON, a_run


class TestTrash:
    def test_a_run_comes_back_for_seven_days(self) -> None:
        run = a_run()
        run.delete(NOON)
        run.undelete(NOON + TRASH_FOR)
        assert run.deleted_at is None

    def test_then_it_is_gone(self) -> None:
        run = a_run()
        run.delete(NOON)
        with pytest.raises(Gone):
            run.undelete(LATER + TRASH_FOR)


class TestStop:
    def test_a_running_run_is_asked_once(self) -> None:
        run = a_run()
        assert run.request_stop(LATER)
        assert not run.request_stop(LATER)

    @pytest.mark.parametrize("state", sorted(ENDED))
    def test_an_ended_one_never(self, state: State) -> None:
        run = a_run(state)
        assert not run.request_stop(LATER)
        assert not run.stop_requested


class TestOverride:
    @pytest.mark.parametrize("state", sorted(State))
    def test_to_any_end_with_a_reason_that_names_who(self, state: State) -> None:
        run = a_run(state)
        run.override_state("killed", "ada", LATER)
        assert (run.state, run.reason) == (State.KILLED, "Set to killed by ada.")

    @pytest.mark.parametrize("wanted", ["running", "pending", "", "odd"])
    def test_never_to_life(self, wanted: str) -> None:
        with pytest.raises(Invalid):
            a_run().override_state(wanted, "ada", LATER)

    def test_a_sweeps_run_is_the_sweeps_to_judge(self) -> None:
        with pytest.raises(Conflict):
            a_run(sweep="s1").set_state("failed", LATER)


def config(**values: object) -> str:
    return json.dumps({key: {"value": value} for key, value in values.items()})


class TestFingerprint:
    def test_neither_order_nor_what_the_sdk_adds_counts(self) -> None:
        one = fingerprint(config(a=1, b={"c": [1, None]}, _wandb={"t": 1}), "abc")
        two = fingerprint(config(_wandb={"t": 2}, b={"c": [1, None]}, a=1), "abc")
        assert one == two is not None

    @pytest.mark.parametrize(
        ("text", "commit"), [(config(a=2), "abc"), (config(a=1), "def"), (config(a="1"), "abc")]
    )
    def test_every_value_and_the_commit_count(self, text: str, commit: str) -> None:
        assert fingerprint(text, commit) != fingerprint(config(a=1), "abc")

    @pytest.mark.parametrize(
        ("text", "commit"), [(config(_wandb={}), "abc"), (config(a=1), None), (config(a=1), "")]
    )
    def test_where_nothing_is_known_nothing_is_the_same(
        self, text: str, commit: str | None
    ) -> None:
        assert fingerprint(text, commit) is None


class TestBranchPoint:
    def test_of_a_fork(self) -> None:
        text = config(_wandb={"branch_point": {"run_id": "p", "step": 4.0}})
        assert branch_point(text, "child") == BranchPoint("p", 4)

    @pytest.mark.parametrize(
        "point",
        [None, 5, {}, {"run_id": "p"}, {"run_id": 1, "step": 1}, {"run_id": "p", "step": 1.5},
         {"run_id": "child", "step": 1}],
    )  # fmt: skip
    def test_of_anything_else_none(self, point: object) -> None:
        assert branch_point(config(_wandb={"branch_point": point}), "child") is None
