"""`cordee gate`: whether a run holds up against a baseline, for CI."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli import client
from gateway.cli.client import Client, refuse
from gateway.cli.pull_request import comment, lines
from gateway.cli.run_paths import RunPlace, place_of

REGRESSED, NOT_ENOUGH_DATA = 1, 3

Runs = Annotated[
    list[str],
    typer.Argument(
        metavar="RUN...",
        help="entity/project/run, or what the run's page has as address. Several are taken for "
        "the seeds of one experiment.",
    ),
]
Baseline = Annotated[
    str,
    typer.Option(help='A run, "best", "tag:NAME" (the last run with it), or a filter\'s JSON.'),
]
Metrics = Annotated[
    list[str],
    typer.Option("--metric", help="NAME:higher or NAME:lower, and with :1% a drop of its own."),
]
Drop = Annotated[str, typer.Option(help="What may be lost: 1% of the baseline, or 0.01 of it all.")]
Url = Annotated[str | None, typer.Option(help="The server; else WANDB_BASE_URL or CORDEE_URL")]


def gate(
    run: Runs,
    baseline: Baseline,
    metric: Metrics,
    max_drop: Drop = "0%",
    last: Annotated[int, typer.Option(min=3, max=200, help="Runs of a filter to look at.")] = 10,
    stale_after: Annotated[str, typer.Option(help="From when on a baseline is old.")] = "30d",
    not_enough_data: Annotated[
        int, typer.Option(min=0, max=255, help="Exit code when nothing can be said.")
    ] = NOT_ENOUGH_DATA,
    as_json: Annotated[bool, typer.Option("--json", help="The whole report, as JSON.")] = False,
    markdown: Annotated[
        Path | None, typer.Option(help="Write a pull request's comment to this file.")
    ] = None,
    url: Url = None,
) -> None:
    """Compare a run's metrics with a baseline's.

    Exit 0: it holds up. Exit 1: it has regressed. Exit 3: there is not enough data.
    """
    server = client.connect(url)
    places = [place_of(text, os.environ, server) for text in run]
    here = {(place.entity, place.project) for place in places}
    if len(here) > 1:
        refuse("the runs are in different projects; a gate compares within one")
    body = {
        "runs": [place.run for place in places],
        "baseline": baseline,
        "metrics": [metric_of(text, max_drop) for text in metric],
        "last": last,
        "stale_after_s": seconds_of(stale_after),
    }
    report = _asked(server, places[0], body)
    if markdown is not None:
        try:
            markdown.write_text(comment(report, server.url), encoding="utf-8")
        except OSError as fault:
            refuse(f"--markdown {markdown}: {fault.strerror}")
    typer.echo(json.dumps(report, indent=2) if as_json else "\n".join(lines(report)))
    exits = {"passed": 0, "regressed": REGRESSED}
    raise typer.Exit(exits.get(report["verdict"], not_enough_data))


def metric_of(text: str, max_drop: str) -> dict[str, Any]:
    """`val/acc:higher`, or with a drop of its own `loss:lower:2%`; names may have colons."""
    name, _, better = text.rpartition(":")
    drop = max_drop
    if better not in ("higher", "lower"):
        rest, drop = name, better
        name, _, better = rest.rpartition(":")
    if not name or better not in ("higher", "lower"):
        refuse(f"--metric {text}: NAME:higher or NAME:lower, such as val/acc:higher")
    return {"metric": name, "better": better, **_tolerance(drop)}


def seconds_of(text: str) -> float:
    """`30d`, `12h`, `90m`, `45s`."""
    units = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
    try:
        found = float(text[:-1]) * units[text[-1:]]
    except (KeyError, ValueError):
        found = 0.0
    if not 0 < found < float("inf"):
        refuse(f"{text!r} is no length of time: 30d, 12h, 90m or 45s")
    return found


def _tolerance(text: str) -> dict[str, Any]:
    try:
        relative = text.endswith("%")
        found = float(text.removesuffix("%")) / (100.0 if relative else 1.0)
    except ValueError:
        found = -1.0
    if not 0 <= found < float("inf"):
        refuse(f"--max-drop {text}: a part such as 1%, or an amount such as 0.01")
    return {"tolerance": found, "relative": relative}


def _asked(server: Client, place: RunPlace, body: dict[str, Any]) -> dict[str, Any]:
    path = f"/projects/{place.quoted}/gate"
    found: dict[str, Any] = server.post(path, body)
    return found
