"""What sweeps need from outside: where they are kept, and who searches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from services.runs.domain.sweep import Agent, Choice, Plan, Sweep, Trial


class Sweeps(Protocol):
    """Every sweep, its agents, and what was handed to them."""

    async def create(self, sweep: Sweep) -> None:
        """A new one."""

    async def get(self, sweep_id: str) -> Sweep:
        """Raises NotFound."""

    async def find(self, project_id: str, name: str) -> Sweep:
        """By its short id; raises NotFound."""

    async def save(self, sweep: Sweep) -> None:
        """Whatever people may change of it."""

    async def list(
        self, project_id: str, state: str | None, limit: int, after: str | None
    ) -> tuple[Sequence[Sweep], int, str | None]:
        """Newest first, how many there are in all, and the cursor of the next page."""

    async def add_agent(self, agent: Agent) -> None:
        """A new one."""

    async def agent(self, agent_id: str) -> Agent:
        """Raises NotFound."""

    async def agents(self, sweep_id: str) -> Sequence[Agent]:
        """Oldest first."""

    async def heard(self, agent: Agent, at: datetime) -> None:
        """The agent lives."""

    async def next_number(self, sweep_id: str, below: int | None) -> int | None:
        """A number that nobody else gets; None when the sweep goes no further than `below`."""

    async def hand_out(self, choice: Choice) -> None:
        """Remember it before the agent is told."""

    async def hand_on(self, choice: Choice, agent_id: str, at: datetime) -> bool:
        """To another agent, or the same again; False if somebody else was first."""

    async def judged(self, choice: Choice, band: int) -> None:
        """Its run has been looked at, at this band."""

    async def choices(self, sweep_id: str) -> Sequence[Choice]:
        """In the order in which they were handed out."""

    async def choice(self, sweep_id: str, run: str) -> Choice | None:
        """The one for this run."""

    async def never_begun(self, sweep: Sweep) -> Sequence[Choice]:
        """Those whose runs were never born: not those of deleted runs, nor of moved ones."""


class Searcher(Protocol):
    """Finds the next choice of a sweep that learns from what came of the earlier ones."""

    async def __call__(self, plan: Plan, trials: Sequence[Trial], seed: int) -> dict[str, Any]:
        """May take some hundred milliseconds."""


class ConfigReader(Protocol):
    """Reads a sweep's configuration."""

    def __call__(self, text: str) -> object:
        """Raises Invalid for what is not plain YAML."""
