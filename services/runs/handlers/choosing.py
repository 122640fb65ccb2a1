"""What an agent is handed next: a choice that nobody began, or a new one."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.runs.domain import filters
from services.runs.domain.run import ENDED, Run
from services.runs.domain.searchable import config_pairs
from services.runs.domain.sweep import (
    MOST_TRIES,
    SILENT_FOR,
    Agent,
    Choice,
    Plan,
    Sweep,
    SweepState,
    Trial,
)
from services.runs.handlers.sweeps import runs_of, short_name, value_in
from services.runs.ports import Order, RunQuery, Runs
from services.runs.sweep_ports import Searcher, Sweeps
from shared.dialect import decode_row

MOST_RUNS = 1_000
"""So many of a sweep's latest runs are learnt from."""
_SUMMARY = frozenset({"summary"})
_NEWEST = Order(filters.Field("run", "created_at"), descending=True)


async def next_choice(
    agent: Agent,
    sweep: Sweep,
    plan: Plan,
    prior: filters.Node | None,
    runs: Runs,
    sweeps: Sweeps,
    search: Searcher,
    at: datetime,
) -> Choice | None:
    """What was handed out and never begun goes first; None when there is nothing left."""
    waiting = await sweeps.never_begun(sweep)
    silent = await _silent(waiting, agent, sweeps, at)
    for choice in silent:
        if choice.tries < MOST_TRIES and await sweeps.hand_on(choice, agent.id, at):
            return choice
    number = await sweeps.next_number(sweep.id, plan.size)
    if number is None:
        given_up = [choice for choice in silent if choice.tries >= MOST_TRIES]
        if len(given_up) == len(waiting) and not await runs.count(sweep.project_id, _going(sweep)):
            sweep.become(SweepState.FINISHED, at)
            await sweeps.save(sweep)
        return None
    trials = await _trials(sweep, plan, waiting, prior, runs, sweeps)
    choice = Choice(
        run=short_name(),
        sweep_id=sweep.id,
        agent_id=agent.id,
        number=number,
        chosen=await _chosen(number, plan, trials, search),
        at=at,
    )
    await sweeps.hand_out(choice)
    return choice


async def _silent(
    waiting: Sequence[Choice], agent: Agent, sweeps: Sweeps, at: datetime
) -> list[Choice]:
    """An answer may have been lost, or a machine: nothing is going to be heard of these runs."""
    if not waiting:
        return []
    heard = {one.id: one.heartbeat_at for one in await sweeps.agents(agent.sweep_id)}
    return [
        choice
        for choice in waiting
        if choice.agent_id == agent.id or at - heard.get(choice.agent_id, choice.at) > SILENT_FOR
    ]


def _going(sweep: Sweep) -> filters.Node:
    """The condition that finds runs of the sweep that have not ended."""
    state = filters.Field("run", "state")
    ended = filters.Compare(state, "in", tuple(sorted(map(str, ENDED))))
    return filters.Every((runs_of(sweep), filters.Not(ended)))


async def _chosen(
    number: int, plan: Plan, trials: Sequence[Trial], search: Searcher
) -> dict[str, Any]:
    if plan.method == "grid":
        return plan.in_grid(number)
    if plan.method == "bayes":
        return await search(plan, trials, secrets.randbits(32))
    even = secrets.SystemRandom()
    return plan.at_random([even.random() for _ in plan.parameters])


async def _trials(
    sweep: Sweep,
    plan: Plan,
    waiting: Sequence[Choice],
    prior: filters.Node | None,
    runs: Runs,
    sweeps: Sweeps,
) -> list[Trial]:
    """What there is to learn from: this sweep's runs, and those that it was told of.

    Of a run that is deleted, moved away, or older than the latest there is nothing to be learnt.
    """
    if plan.method != "bayes" or plan.metric is None:
        return []
    found = []
    for run in await _prior(sweep, prior, runs):
        value = value_in(run.summary, plan.metric.name)
        if value is not None:
            chosen = dict(config_pairs(decode_row(run.config)))
            found.append(Trial(chosen, plan.metric.loss(value)))
    known = {run.name: run for run in await latest_runs(sweep, runs, _SUMMARY)}
    for choice in await sweeps.choices(sweep.id):
        born = known.get(choice.run)
        if born is None:
            continue
        value = value_in(born.summary, plan.metric.name)
        if born.state not in ENDED:
            found.append(Trial(choice.chosen))
        elif value is not None:
            found.append(Trial(choice.chosen, plan.metric.loss(value)))
    return found + [Trial(choice.chosen) for choice in waiting]


async def _prior(sweep: Sweep, prior: filters.Node | None, runs: Runs) -> Sequence[Run]:
    if prior is None:
        return []
    texts = frozenset({"config", "summary"})
    query = RunQuery(sweep.project_id, prior, _NEWEST, MOST_RUNS, texts=texts)
    found, _ = await runs.query(query)
    return [run for run in found if run.sweep != sweep.name]


async def latest_runs(sweep: Sweep, runs: Runs, texts: frozenset[str]) -> Sequence[Run]:
    """Of a sweep; so many as there is anything to learn from."""
    query = RunQuery(sweep.project_id, runs_of(sweep), _NEWEST, MOST_RUNS, texts=texts)
    found, _ = await runs.query(query)
    return found
