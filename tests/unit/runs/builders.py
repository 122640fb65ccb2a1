"""A run as tests of the domain need it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.runs.domain.run import Run, State

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)


def a_run(state: State = State.RUNNING, **more: object) -> Run:
    """One that was born at noon."""
    run = Run(
        id="run1",
        project_id="project1",
        name="abc",
        display_name="calm-peak-1",
        state=state,
        created_at=NOON,
        updated_at=NOON,
        heartbeat_at=NOON,
    )
    return replace(run, **more)  # type: ignore[arg-type]
