"""What only older SDKs still ask."""

from __future__ import annotations

from typing import Any

from ariadne import ObjectType

from gateway.graphql.context import Info, context_of
from gateway.graphql.resolvers.runs import resolve_runs
from shared.contracts.runs import GET_RUN, GetRun, ProjectView, RunPath, RunView
from shared.dialect import decode_row

project, run = ObjectType("Project"), ObjectType("Run")

_PLAIN = ("program", "args", "os", "python", "colab", "executable", "gpu")


@project.field("repo")
@project.field("dockerImage")
def resolve_nothing(_found: ProjectView, _: Info) -> None:
    """Projects have neither; runs have their own repositories."""


@project.field("buckets")
async def resolve_buckets(
    found: ProjectView,
    info: Info,
    first: int | None = None,
    after: str | None = None,
    order: str | None = None,
) -> dict[str, Any]:
    return await resolve_runs(found, info, None, after, first, order)


@run.field("runInfo")
async def resolve_run_info(found: RunView, info: Info) -> dict[str, Any] | None:
    """From the environment that the SDK keeps in the config, of the first of its writers."""
    if found.config is None:
        ask = GetRun(path=RunPath(id=found.id), fields=["config"])
        found = await context_of(info).ask(GET_RUN, ask)
    own = decode_row(found.config or "{}").get("_wandb")
    value = own.get("value") if isinstance(own, dict) else None
    writers = value.get("e") if isinstance(value, dict) else None
    about = next(iter(writers.values()), None) if isinstance(writers, dict) else None
    if not isinstance(about, dict):
        return None
    return {name: about.get(name) for name in _PLAIN} | {
        "codeSaved": bool(about.get("codePath")),
        "cpuCount": about.get("cpu_count_logical") or about.get("cpu_count"),
        "gpuCount": about.get("gpu_count"),
        "git": about.get("git"),
    }


BINDABLES = (project, run)
