"""Streams: may somebody log to a run, and is what was logged readable yet?"""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.runs.dependencies import MoveStore, ProjectStore, RunStore
from services.runs.handlers.finding import find_run
from shared.contracts.runs import OPEN_STREAM, OpenStream, RunPath, StreamGrant
from shared.messaging.answering import TheCaller, serve
from shared.permissions import Action

router = NatsRouter()


@serve(router, OPEN_STREAM)
async def open_stream(
    ask: OpenStream, caller: TheCaller, projects: ProjectStore, runs: RunStore, moves: MoveStore
) -> StreamGrant:
    """Where the chunks of this run go."""
    path = RunPath(entity=ask.entity, project=ask.project, run=ask.run)
    _, run = await find_run(projects, runs, moves, caller, path, action=Action.LOG)
    return StreamGrant(run_id=run.id, generation=run.generation, stop_requested=run.stop_requested)
