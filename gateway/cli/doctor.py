"""`cordee doctor`: what is wrong with an installation, and what to do about it."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from shared.checkup.finding import Finding, Verdict

DOES_NOT_HOLD = 1
_COLOURS = {
    Verdict.OK: "green",
    Verdict.WARN: "yellow",
    Verdict.BAD: "bold red",
    Verdict.SKIPPED: "dim",
}


def doctor(
    data_dir: Annotated[
        Path, typer.Option(envvar="CORDEE_DATA_DIR", help="The data dir to look at.")
    ] = Path("data"),
    url: Annotated[
        str, typer.Option(envvar="CORDEE_PUBLIC_URL", help="Where it answers.")
    ] = "http://127.0.0.1:8080",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Look at the data dir, the databases and the way in. Nothing is changed.

    Exit 0: nothing is bad. Exit 1: something is, and its remedy is printed.
    """
    from shared.checkup import servers, storage  # bring the database's driver along

    running = _is_held(data_dir / "cordee.lock")
    found = [
        *storage.examine(data_dir.absolute()),
        *servers.examine_mongo(servers.mongo_url(data_dir, os.environ), running=running),
        *servers.examine_gateway(url.rstrip("/"), running=running),
        *servers.examine_binding(os.environ),
    ]
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], indent=2))
    else:
        _show(found)
    if any(one.verdict is Verdict.BAD for one in found):
        raise typer.Exit(DOES_NOT_HOLD)


def _is_held(lock: Path) -> bool:
    """Whether a Cordée runs on this data dir now; its own lock says so."""
    if not lock.exists():
        return False
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _show(found: list[Finding]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for one in found:
        colour = _COLOURS[one.verdict]
        said = one.said if not one.remedy else f"{one.said}\n→ {one.remedy}"
        table.add_row(Text(one.verdict, style=colour), one.check, Text(said))
    Console().print(table)
