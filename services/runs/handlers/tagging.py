"""Tags of many runs at once."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.runs.dependencies import ProjectStore, TagStore, TheClock
from services.runs.domain.tagging import Retagging
from services.runs.handlers.finding import find_project
from shared.contracts.runs import TAG_RUNS, RetaggedRun, RetaggedRuns, TagRuns
from shared.messaging.answering import TheCaller, serve
from shared.permissions import Action

router = NatsRouter()


@serve(router, TAG_RUNS)
async def tag_runs(
    ask: TagRuns, caller: TheCaller, projects: ProjectStore, tags: TagStore, clock: TheClock
) -> RetaggedRuns:
    """What was done to each is told, so that it can be undone."""
    change = Retagging.of(ask.add, ask.remove)
    project = await find_project(projects, caller, ask.entity, ask.project, Action.EDIT)
    done = await tags.retag(project.id, ask.runs, change, clock())
    return RetaggedRuns(
        items=[
            RetaggedRun(run=name, added=list(found.add), removed=list(found.remove))
            for name, found in done.items()
        ]
    )
