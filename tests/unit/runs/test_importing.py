"""An imported run: whose it is, when it was, and that nothing that arrives makes it live."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.runs.domain.importing import author_of, checked_times, ended_state
from services.runs.domain.run import State
from shared.errors import Invalid, Unavailable
from tests.unit.runs.builders import NOON, a_run


def test_a_member_of_the_team_gets_their_own_runs_back() -> None:
    assert author_of("mo", "ada", {"mo", "ada"}, "https://x").username == "mo"
    other = author_of("mo", "ada", {"ada"}, "https://x")
    assert (other.username, other.note) == ("ada", "Logged by mo at https://x; imported by ada.")


@pytest.mark.parametrize("state", ["running", "pending", "preempting", "", "FINISHED"])
def test_what_has_not_ended_is_not_imported(state: str) -> None:
    with pytest.raises(Invalid, match="state"):
        ended_state(state)


@pytest.mark.parametrize(
    ("born", "ended", "field"),
    [
        (NOON + timedelta(days=1), NOON + timedelta(days=2), "created_at"),
        (NOON - timedelta(hours=1), NOON - timedelta(hours=2), "ended_at"),
        (datetime(1970, 1, 1, tzinfo=UTC), NOON, "created_at"),
        (NOON.replace(tzinfo=None), NOON, "created_at"),
    ],
)
def test_times_are_in_order_and_in_the_past(born: datetime, ended: datetime, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_times(born, ended, NOON)
    assert refused.value.field == field


def test_lines_that_arrive_leave_state_and_heartbeat_as_they_were() -> None:
    run = a_run(state=State.FAILED, importing=True)
    before = run.heartbeat_at
    run.heard_from(NOON + timedelta(hours=1), only_completes=False)
    run.complete(0)
    assert (run.state, run.heartbeat_at) == (State.FAILED, before)


def test_it_is_sealed_only_once_every_line_is_written_down() -> None:
    run = a_run(importing=True)
    run.progress.history = 9
    with pytest.raises(Unavailable, match="history: 9 of 10"):
        run.seal(10, 0, 0, '{"loss": 1}', NOON)
    assert run.importing
    run.progress.history = 10
    run.seal(10, 0, 0, '{"loss": 1}', NOON)
    assert (run.importing, run.summary) == (False, '{"loss": 1}')
