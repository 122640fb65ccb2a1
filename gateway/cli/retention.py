"""`cordee admin retention`: how long a team or a project keeps what, and legal hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import quote

import typer

from gateway.cli import client

app = typer.Typer(help="How long what is kept, and legal hold.", no_args_is_help=True)

Place = Annotated[str, typer.Argument(metavar="TEAM[/PROJECT]")]
Url = Annotated[str | None, typer.Option(help="The server; else WANDB_BASE_URL, else this machine")]
Days = Annotated[int | None, typer.Option(help="Days after a run was last logged to or edited")]


@app.command("show")
def show(place: Place, url: Url = None) -> None:
    """What is said there, and what holds."""
    _tell(client.connect(url).get(_path(place)))


@app.command("set")
def set_(
    place: Place,
    runs: Days = None,
    console: Days = None,
    thin: Days = None,
    rows: Annotated[int | None, typer.Option(help="How many rows a thinned history has")] = None,
    url: Url = None,
) -> None:
    """Say all of it anew: until runs go, consoles go, histories are thinned to so many rows."""
    rule = {"runs_days": runs, "console_days": console, "thin_days": thin, "thin_rows": rows}
    _tell(client.connect(url).put(_path(place), rule))


@app.command("hold")
def hold(
    place: Place,
    reason: Annotated[str, typer.Option(help="Why; everybody who is refused is told")],
    url: Url = None,
) -> None:
    """From now on nothing there goes for good."""
    _tell(client.connect(url).put(f"{_path(place)}/hold", {"reason": reason}))


@app.command("release")
def release(place: Place, url: Url = None) -> None:
    """End a hold."""
    _tell(client.connect(url).put(f"{_path(place)}/hold", {"reason": None}))


@app.command("apply")
def apply(
    place: Place,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; else only say what would go")] = False,
    url: Url = None,
) -> None:
    """To a project, now instead of within the hour."""
    if "/" not in place:
        client.refuse(f"{place}: a project is meant, TEAM/PROJECT")
    patient = replace(client.connect(url), timeout_s=180.0)
    done = patient.post(f"{_path(place)}:apply", {"dry_run": not yes})
    if done["held"]:
        typer.echo("on legal hold: nothing is done")
    word = "" if yes else "would be "
    for what, deed in (("runs", "deleted"), ("consoles", "deleted"), ("histories", "thinned")):
        names = done[what]
        typer.echo(f"{len(names)} {what} {word}{deed}" + (f": {', '.join(names)}" if names else ""))


def _path(place: str) -> str:
    team, _, project = place.partition("/")
    if not project:
        return f"/teams/{quote(team, safe='')}/retention"
    return f"/projects/{quote(team, safe='')}/{quote(project, safe='')}/retention"


def _tell(found: dict[str, Any]) -> None:
    rule = found["effective"]
    for field, what in (
        ("runs_days", "runs are deleted"),
        ("console_days", "consoles are deleted"),
        ("thin_days", f"histories are thinned to {rule['thin_rows']} rows"),
    ):
        days = rule[field]
        typer.echo(f"{what}: " + ("never" if days is None else f"after {days} days"))
    held = found["hold"]
    if held:
        typer.echo(f"on legal hold since {held['since']} by {held['by']}: {held['reason']}")
