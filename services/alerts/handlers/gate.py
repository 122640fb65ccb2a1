"""The gate: whether runs hold up against a baseline, as their asker may see both."""

from __future__ import annotations

import asyncio

from faststream.nats import NatsRouter

from services.alerts.dependencies import TheClock, TheRuns
from services.alerts.domain import gate
from services.alerts.domain.baseline import Baseline, Sample, baseline_of, meant, wanted
from services.alerts.domain.curve import at_step
from services.alerts.domain.gate import Finding, finding, values_of
from services.alerts.domain.statistics import Bound
from services.alerts.domain.window import ENDED
from services.alerts.ports import ProjectFacts, Runs
from shared.contracts.alerts import (
    JUDGE_RUNS,
    GateFinding,
    GateMetric,
    GateReport,
    GateRun,
    JudgeRuns,
)
from shared.contracts.identity import Caller
from shared.errors import NotFound
from shared.messaging.answering import TheCaller, serve

router = NatsRouter()


@serve(router, JUDGE_RUNS)
async def judge_runs(
    ask: JudgeRuns, caller: TheCaller, runs: TheRuns, clock: TheClock
) -> GateReport:
    """For whoever may read the project; nothing is written down."""
    baseline = baseline_of(ask.baseline, ask.last)
    project = await runs.project(caller, ask.entity, ask.project)
    ours = await _named(runs, caller, project, ask)
    looked = [_look(runs, caller, project, baseline, ours, metric) for metric in ask.metrics]
    results = await asyncio.gather(*looked)
    against = {sample.id: sample for _, samples in results for sample in samples}
    findings = [found for found, _ in results]
    age = gate.age(against.values(), clock())
    return GateReport.model_validate(
        {
            "verdict": gate.overall(findings),
            "entity": project.entity,
            "project": project.name,
            "runs": [GateRun.model_validate(_shown(one)) for one in ours],
            "baseline": ask.baseline,
            "baseline_runs": [GateRun.model_validate(_shown(one)) for one in against.values()],
            "baseline_age_s": age.total_seconds() if age is not None else None,
            "stale": age is not None and age.total_seconds() > ask.stale_after_s,
            "findings": [_told(found) for found in findings],
        }
    )


async def _named(runs: Runs, caller: Caller, project: ProjectFacts, ask: JudgeRuns) -> list[Sample]:
    """The runs that are judged, in the order in which they were named; the newest of a name."""
    metrics = [metric.metric for metric in ask.metrics]
    place = (project.entity, project.name)
    found = []
    for name in ask.runs:
        sample = await runs.named(caller, place, name, metrics)
        if sample is None:
            raise NotFound(f"run {project.entity}/{project.name}/{name} not found")
        found.append(sample)
    return found


async def _look(
    runs: Runs,
    caller: Caller,
    project: ProjectFacts,
    baseline: Baseline,
    ours: list[Sample],
    metric: GateMetric,
) -> tuple[Finding, list[Sample]]:
    """One metric of the runs beside the baseline's, and the runs that this was."""
    bound = Bound(metric.better == "higher", metric.tolerance, metric.relative)
    place = (project.entity, project.name)
    if baseline.run is not None:
        pinned = await runs.named(caller, place, baseline.run, [metric.metric])
        found = [pinned] if pinned is not None else []
    else:
        asked = wanted(
            baseline,
            metric.metric,
            higher_is_better=bound.higher_is_better,
            but_not=[sample.name for sample in ours],
        )
        found = list(await runs.samples(caller, place, asked, [metric.metric]))
    others = list(meant(baseline, found))
    until = min((one.step for one in ours if one.state not in ENDED), default=None)
    if until is None:
        compared = values_of(others, metric.metric)
    else:
        curves = [await runs.curve(caller, one.id, metric.metric) for one in others]
        at = [at_step(curve, until) for curve in curves]
        compared = [value for value in at if value is not None]
    history = values_of(found, metric.metric)
    values = values_of(ours, metric.metric)
    return finding(metric.metric, bound, baseline, values, compared, history), others


def _shown(sample: Sample) -> dict[str, object]:
    return {
        "name": sample.name,
        "display_name": sample.display_name,
        "state": sample.state,
        "created_at": sample.at,
    }


def _told(found: Finding) -> GateFinding:
    judged, bound = found.judged, found.bound
    return GateFinding.model_validate(
        {
            "metric": found.metric,
            "better": "higher" if bound.higher_is_better else "lower",
            "tolerance": bound.tolerance,
            "relative": bound.relative,
            "verdict": judged.verdict,
            "test": judged.test,
            "value": judged.value,
            "baseline": judged.baseline,
            "change": found.change,
            "relative_change": found.relative_change,
            "score": judged.score,
            "values": found.values,
            "against": found.against,
            "drift": found.drift,
            "noted": found.noted,
        }
    )
