"""Streams: may somebody log to a run, and where do its chunks go?"""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.runs.dependencies import MoveStore, PlaceStore, ProjectStore, RunStore
from services.runs.handlers.finding import find_run
from services.runs.ports import Moves, Projects, Runs
from shared.contracts.identity import Caller
from shared.contracts.runs import (
    OPEN_STREAM,
    OPEN_STREAMS,
    OpenStream,
    OpenStreams,
    RunPath,
    StreamAnswer,
    StreamAnswers,
    StreamAsk,
    StreamGrant,
)
from shared.errors import CordeeError
from shared.messaging.answering import TheCaller, serve
from shared.permissions import Action, may

router = NatsRouter()


@serve(router, OPEN_STREAM)
async def open_stream(
    ask: OpenStream, caller: TheCaller, projects: ProjectStore, runs: RunStore, moves: MoveStore
) -> StreamGrant:
    """Where the chunks of this run go."""
    return await _granted(ask, caller, projects, runs, moves)


@serve(router, OPEN_STREAMS)
async def open_streams(
    ask: OpenStreams,
    places: PlaceStore,
    projects: ProjectStore,
    runs: RunStore,
    moves: MoveStore,
) -> StreamAnswers:
    """The same for many: two looks for all whose run is there, one by one for the others."""
    found = await places.find([(one.entity, one.project, one.run) for one in ask.asks])
    answers: list[StreamAnswer] = []
    for one in ask.asks:
        place = found.get((one.entity, one.project, one.run))
        if place is not None and may(one.caller, Action.LOG, place.project):
            grant = StreamGrant(
                run_id=place.run_id,
                generation=place.generation,
                stop_requested=place.stop_requested,
            )
            answers.append(StreamAnswer(grant=grant))
        else:
            answers.append(await _answered(one, projects, runs, moves))
    return StreamAnswers(answers=answers)


async def _answered(ask: StreamAsk, projects: Projects, runs: Runs, moves: Moves) -> StreamAnswer:
    try:
        return StreamAnswer(grant=await _granted(ask, ask.caller, projects, runs, moves))
    except CordeeError as error:
        return StreamAnswer(error=error.code, message=error.message)


async def _granted(
    ask: OpenStream, caller: Caller, projects: Projects, runs: Runs, moves: Moves
) -> StreamGrant:
    path = RunPath(entity=ask.entity, project=ask.project, run=ask.run)
    _, run = await find_run(projects, runs, moves, caller, path, action=Action.LOG)
    return StreamGrant(run_id=run.id, generation=run.generation, stop_requested=run.stop_requested)
