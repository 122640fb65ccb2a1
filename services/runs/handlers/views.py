"""Runs as callers see them, and the news of their states."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.runs.domain.project import Project
from services.runs.domain.run import Run, State
from shared.contracts.identity import Caller
from shared.contracts.runs import (
    RUN_DELETED,
    RUN_STATE_CHANGED,
    RUNS_MOVED,
    STREAM_CLOSED,
    RunDeleted,
    RunsMoved,
    RunStateChanged,
    RunView,
    StreamClosed,
)
from shared.kit import clock
from shared.kit.outbox import Announcement
from shared.messaging.bus import announcement
from shared.permissions import Action, may


def run_view(run: Run, project: Project, caller: Caller, texts: frozenset[str]) -> RunView:
    """With those of its texts that were loaded."""
    return RunView(
        id=run.id,
        name=run.name,
        entity=project.entity,
        project=project.name,
        project_id=project.id,
        project_number=project.number,
        display_name=run.display_name,
        state=run.state,
        reason=run.reason,
        duplicate_of=run.duplicate_of,
        forked_from=run.forked_from,
        origin=run.origin,
        deleted_at=run.deleted_at,
        read_only=not may(caller, Action.EDIT, project),
        username=run.username,
        service_account=run.service_account,
        attribution_note=run.attribution_note,
        ci=run.ci,
        group=run.group,
        job_type=run.job_type,
        sweep=run.sweep,
        commit=run.commit,
        repo=run.repo,
        host=run.host,
        program=run.program,
        description=run.description,
        notes=run.notes,
        tags=run.tags,
        config=run.config if "config" in texts else None,
        summary=run.summary if "summary" in texts else None,
        system_metrics=run.system if "system" in texts else None,
        created_at=run.created_at,
        updated_at=run.updated_at,
        heartbeat_at=run.heartbeat_at,
        exit_code=run.exit_code,
        stop_requested=run.stop_requested,
        history_lines=run.progress.history,
        events_lines=run.progress.events,
        log_lines=run.progress.log,
        last_step=run.last_step,
    )


def state_changed(run: Run, project: Project, previous: State | None, at: datetime) -> Announcement:
    """The news that a run went from one state to another."""
    return announcement(
        RUN_STATE_CHANGED,
        RunStateChanged(
            run_id=run.id,
            entity=project.entity,
            project=project.name,
            project_id=project.id,
            name=run.name,
            display_name=run.display_name,
            state=run.state,
            previous=previous,
            reason=run.reason,
            at=at,
        ),
    )


def run_deleted(
    run: Run, project: Project, by: str, at: datetime, *, delete_artifacts: bool = False
) -> list[Announcement]:
    """The news that a run went into the trash, and that nobody may log to it any more."""
    gone = RunDeleted(
        run_id=run.id,
        project_id=project.id,
        entity=project.entity,
        project=project.name,
        name=run.name,
        delete_artifacts=delete_artifacts,
        by=by,
        at=at,
    )
    return [
        announcement(RUN_DELETED, gone),
        announcement(STREAM_CLOSED, StreamClosed(run_id=run.id)),
    ]


def runs_moved(runs: Sequence[Run], source: str, target: str, by: str) -> Announcement:
    """The news that runs went to another project."""
    moved = RunsMoved(
        run_ids=[run.id for run in runs],
        from_project_id=source,
        to_project_id=target,
        by=by,
        at=clock.now(),
    )
    return announcement(RUNS_MOVED, moved)
