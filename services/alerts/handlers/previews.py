"""What a rule would have fired on: past runs of a project, gone through as if they ran now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from faststream.nats import NatsRouter

from services.alerts.dependencies import TheRuns
from services.alerts.domain.artifact import ArtifactChange
from services.alerts.domain.baseline import Sample, before, since, wanted
from services.alerts.domain.comparison import Regression, Zscore
from services.alerts.domain.condition import Condition, GpuIdle, Scripted, Silence, StateChange
from services.alerts.domain.kinds import condition_of
from services.alerts.domain.memory import Memory
from services.alerts.domain.track import Firing
from services.alerts.domain.verdict import of_regression, of_zscore
from services.alerts.ports import ProjectFacts, Runs
from shared.contracts.alerts import PREVIEW_RULE, Preview, PreviewFiring, PreviewRule
from shared.contracts.identity import Caller
from shared.errors import Invalid
from shared.messaging.answering import TheCaller, serve

router = NatsRouter()

MOST_METRICS = 20
"""Of one run, that match a pattern."""
_NOT_KEPT = (Scripted, Silence, GpuIdle, ArtifactChange)
"""What histories do not tell afterwards."""


@serve(router, PREVIEW_RULE)
async def preview_rule(ask: PreviewRule, caller: TheCaller, runs: TheRuns) -> Preview:
    """The first firing in each run, as the caller may see them."""
    when = condition_of(ask.when.model_dump())
    if isinstance(when, _NOT_KEPT):
        raise Invalid(f"when.kind: past runs do not tell of {when.kind}.", field="when.kind")
    project = await runs.project(caller, ask.entity, ask.project)
    place = (project.entity, project.name)
    asked = since(ask.filters, ask.since, ask.runs)
    seen, cursor = await runs.page(caller, place, asked, ask.cursor)
    found = []
    for run in seen:
        firing = await _first_firing(runs, caller, project, when, run)
        if firing is not None:
            found.append(_told(run, firing))
    return Preview(looked_at=len(seen), items=found, next=cursor)


async def _first_firing(
    runs: Runs, caller: Caller, project: ProjectFacts, when: Condition, run: Sample
) -> Firing | None:
    if isinstance(when, StateChange):
        state = "started" if run.state == "running" else run.state
        return Firing(f"it is {state}", key=state) if state in when.states else None
    if isinstance(when, Regression | Zscore):
        return await _compared(runs, caller, project, when, run)
    memory = Memory("preview", 0)
    firings = []
    for metric in await _metrics(runs, caller, when, run):
        for point in await runs.points(caller, run.id, metric):
            firing = memory.observe(when, point, datetime.fromtimestamp(point.at, UTC))
            if firing is not None:
                firings.append(firing)
                break
    return min(firings, key=lambda one: one.step or 0, default=None)


async def _compared(
    runs: Runs, caller: Caller, project: ProjectFacts, when: Regression | Zscore, run: Sample
) -> Firing | None:
    """Beside the runs that there were when it was created."""
    if run.state != "finished":
        return None
    place, metric = (project.entity, project.name), when.metric
    itself = await runs.named(caller, place, run.name, [metric])
    value = itself.values.get(metric) if itself is not None else None
    if value is None:
        return None
    if when.measure.run is not None:
        pinned = await runs.named(caller, place, when.measure.run, [metric])
        others = [pinned] if pinned is not None and pinned.id != run.id else []
    else:
        better = isinstance(when, Regression) and when.bound.higher_is_better
        asked = wanted(when.measure, metric, higher_is_better=better, but_not=[run.name])
        others = list(await runs.samples(caller, place, before(asked, run.at), [metric]))
    return (
        of_regression(when, value, others)
        if isinstance(when, Regression)
        else of_zscore(when, value, others)
    )


async def _metrics(runs: Runs, caller: Caller, when: Condition, run: Sample) -> Sequence[str]:
    if when.glob is None or when.stream != "history":
        raise Invalid("when.metric: only metrics of histories are kept.", field="when.metric")
    if not any(sign in when.glob for sign in "*?["):
        return [when.glob]
    names = await runs.metrics(caller, run.id)
    return [name for name in names if fnmatchcase(name, when.glob)][:MOST_METRICS]


def _told(run: Sample, firing: Firing) -> PreviewFiring:
    return PreviewFiring(
        run=run.name,
        display_name=run.display_name,
        created_at=run.at,
        metric=firing.metric,
        value=firing.value,
        step=firing.step,
        reason=firing.reason,
    )
