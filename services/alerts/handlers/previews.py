"""What a rule would have fired on: the last runs of a project, gone through as if they ran now."""

from __future__ import annotations

from datetime import UTC, datetime

from faststream.nats import NatsRouter

from services.alerts.dependencies import TheRuns
from services.alerts.domain.alert import RunFacts
from services.alerts.domain.condition import Condition, condition_of
from services.alerts.domain.memory import Memory
from services.alerts.domain.track import Firing
from services.alerts.ports import Runs
from shared.contracts.alerts import PREVIEW_RULE, Preview, PreviewFiring, PreviewRule
from shared.contracts.identity import Caller
from shared.errors import Invalid
from shared.messaging.answering import TheCaller, serve

router = NatsRouter()

_OF_POINTS = ("threshold", "change", "nan", "plateau")


@serve(router, PREVIEW_RULE)
async def preview_rule(ask: PreviewRule, caller: TheCaller, runs: TheRuns) -> Preview:
    """The first firing in each run, as the caller may see them."""
    when = condition_of(ask.when.model_dump())
    metric = _metric_of(when)
    project = await runs.project(caller, ask.entity, ask.project)
    seen = await runs.last_runs(caller, project, ask.filters, ask.runs)
    found = []
    for run in seen:
        firing = await _first_firing(runs, caller, when, metric, run)
        if firing is not None:
            found.append(
                PreviewFiring(
                    run=run.name,
                    display_name=run.display_name,
                    metric=metric,
                    value=firing.value if firing.value is not None else 0.0,
                    step=firing.step or 0,
                    reason=firing.reason,
                )
            )
    return Preview(looked_at=len(seen), items=found)


async def _first_firing(
    runs: Runs, caller: Caller, when: Condition, metric: str, run: RunFacts
) -> Firing | None:
    memory = Memory("preview", 0)
    for point in await runs.points(caller, run, metric):
        firing = memory.observe(when, point, datetime.fromtimestamp(point.at, UTC))
        if firing is not None:
            return firing
    return None


def _metric_of(when: Condition) -> str:
    if when.kind not in _OF_POINTS or when.stream != "history" or when.glob is None:
        raise Invalid(
            f"when.kind: only {', '.join(_OF_POINTS)} can be previewed.", field="when.kind"
        )
    if any(sign in when.glob for sign in "*?["):
        raise Invalid("when.metric: a preview needs one metric's name.", field="when.metric")
    return when.glob
