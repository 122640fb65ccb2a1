"""`cordee reproduce`: a run's code, inputs and environment in a folder; and the run once more."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import client
from gateway.cli.reproducing import again, environment, folder, recipe
from gateway.cli.run_paths import place_of

NOT_REPRODUCED = 1

Run = Annotated[str, typer.Argument(metavar="ENTITY/PROJECT/RUN", help="Or its page's address.")]


def reproduce(
    run: Run,
    run_it: Annotated[bool, typer.Option("--run", help="Run it again, and compare.")] = False,
    into: Annotated[Path | None, typer.Option(help="The folder; else one named after it")] = None,
    python: Annotated[str, typer.Option(help="The interpreter to run it with.")] = "python3",
    tolerance: Annotated[
        float, typer.Option(min=0, help="What a number may be off, relative to itself.")
    ] = 1e-6,
    url: Annotated[str | None, typer.Option(help="The server; else WANDB_BASE_URL")] = None,
) -> None:
    """Fetch what a run was made of, check every digest, and with --run do it again.

    Called again on the same folder, it fetches nothing and checks what is there.
    Exit 0: everything is what it was. Exit 1: something differs, and is named.
    """
    server = client.connect(url)
    place = place_of(run, os.environ, server)
    target = into or Path(f"reproduce-{place.run}")
    if (target / recipe.NAME).exists():
        known = recipe.read(target)
        if (known.entity, known.project, known.run) != (place.entity, place.project, place.run):
            client.refuse(f"{target} holds another run; name another folder with --into")
    else:
        target.mkdir(parents=True, exist_ok=True)
        known = recipe.ask(server, place)
        folder.fetch(known, target)
        known.write(target)
    different = [str(one) for one in folder.check(known, target)]
    for line in different:
        typer.echo(f"differs: {line}")
    if different:
        raise typer.Exit(NOT_REPRODUCED)
    typer.echo(
        f"{target}: {len(known.pieces)} files, every digest fits; "
        f"{len(known.inputs)} inputs; command: {known.program} {' '.join(known.args)}".rstrip()
    )
    for line in environment.differences(target, python):
        typer.echo(f"environment: {line}")
    if run_it:
        _again(known, target, server, python, tolerance)


def _again(
    known: recipe.Recipe, target: Path, server: client.Client, python: str, tolerance: float
) -> None:
    name = again.start(known, target, server, python)
    typer.echo(f"new run: {server.url}/{known.entity}/{known.project}/runs/{name}")
    different = again.inputs_that_differ(known, server, name)
    for line in different:
        typer.echo(f"differs: {line}")
    verdicts = again.compare(known, server, name, tolerance)
    for one in verdicts:
        off = "" if one.off is None else f" (off by {one.off:.3g})"
        typer.echo(f"{'same' if one.same else 'DIFFERS'}: {one.metric}: {one.said}{off}")
    if not verdicts:
        typer.echo("the run's summary has no numbers: there is nothing to compare")
    if unseen := again.left_out(known):
        typer.echo(f"{unseen} more metrics were not compared")
    if different or unseen or not verdicts or not all(one.same for one in verdicts):
        typer.echo("not reproduced")
        raise typer.Exit(NOT_REPRODUCED)
    typer.echo(f"reproduced: {len(verdicts)} metrics within {tolerance:g}")
