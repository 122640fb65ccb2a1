"""`cordee bench`: how fast a running Cordée takes runs in and gives them back."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.client import Client, connect, refuse

if TYPE_CHECKING:
    from gateway.cli.benching.cordee import Target
    from gateway.cli.benching.work import Logged, Written

DIFFERS = 1
PROJECT = "cordee-bench"
TINY_STEPS, TINY_METRICS = 10, 5


@dataclass(frozen=True)
class Measured:
    """One kind of work. `points` were acknowledged; those that did not read back are `lost`."""

    work: str
    writers: int
    points: int
    lost: int
    points_per_s: float
    readable_per_s: float
    runs_per_s: float
    wait_p50_ms: float
    wait_p99_ms: float
    refused: list[str]


def bench(
    url: Annotated[str | None, typer.Option(help="Where it answers.")] = None,
    runs: Annotated[int, typer.Option(min=1, max=10_000)] = 20,
    steps: Annotated[int, typer.Option(min=1, max=100_000)] = 1_000,
    metrics: Annotated[int, typer.Option(min=1, max=100)] = 10,
    writers: Annotated[int, typer.Option(min=1, max=256)] = 8,
    entity: Annotated[str | None, typer.Option(help="Yours, unless you name another.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Log runs of random numbers to the project `cordee-bench`, read them back, delete them.

    Two works: runs with `steps` of `metrics`, and as many tiny ones. Exit 1: what was acknowledged
    did not read back as it was sent, or something was refused.
    """
    client = connect(url)
    owner = entity or _entity(client)
    found = asyncio.run(_measure(client, owner, runs, steps, metrics, writers))
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], indent=2))
    else:
        _show(found)
    if any(one.lost or one.refused for one in found):
        raise typer.Exit(DIFFERS)


async def _measure(
    client: Client, owner: str, runs: int, steps: int, metrics: int, writers: int
) -> list[Measured]:
    # Here, for numpy takes longer to load than most commands take.
    from gateway.cli.benching.cordee import Target
    from gateway.cli.benching.work import made_runs

    target = Target(client.url, client.key, owner, PROJECT)
    mark = secrets.token_hex(4)  # the name of a deleted run cannot be used again
    long = made_runs(f"long-{mark}-", runs, steps, metrics)
    tiny = made_runs(f"tiny-{mark}-", runs, TINY_STEPS, TINY_METRICS)
    try:
        made = await target.create([run.name for run in long], writers)
        if made.refused:
            refuse(f"no run could be made in {owner}/{PROJECT}: {made.refused[0]}")
        return [
            await _checked("long runs", target, long, writers, await target.write(long, writers)),
            await _checked("tiny runs", target, tiny, writers, await target.live(tiny, writers)),
        ]
    finally:
        await target.discard([run.name for run in (*long, *tiny)], writers)


async def _checked(
    work: str, target: Target, runs: Sequence[Logged], writers: int, written: Written
) -> Measured:
    import numpy as np

    from gateway.cli.benching.work import percentile

    lost = [run for run in runs if not np.array_equal(await target.kept(run), run.values)]
    return Measured(
        work=work,
        writers=writers,
        points=written.points,
        lost=sum(run.points for run in lost),
        points_per_s=written.rate,
        readable_per_s=written.points / (written.readable or written.seconds),
        runs_per_s=len(runs) / written.seconds,
        wait_p50_ms=percentile(written.waits, 0.5) * 1000,
        wait_p99_ms=percentile(written.waits, 0.99) * 1000,
        refused=written.refused[:3],
    )


def _show(found: Sequence[Measured]) -> None:
    for one in found:
        typer.echo(
            f"{one.work}, {one.writers} writers: {one.points_per_s:,.0f} points/s acknowledged, "
            f"{one.readable_per_s:,.0f}/s readable, {one.runs_per_s:,.1f} runs/s, "
            f"p50 {one.wait_p50_ms:.1f} ms, p99 {one.wait_p99_ms:.1f} ms"
        )
        for trouble in (*one.refused, *([f"{one.lost} points did not read back"] * bool(one.lost))):
            typer.echo(f"  {trouble}", err=True)


def _entity(client: Client) -> str:
    """The one that the key's owner logs to when none is named."""
    me = client.get("/users/me")
    return str(me.get("default_entity") or me["username"])
