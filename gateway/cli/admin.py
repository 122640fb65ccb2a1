"""`cordee admin`: what the administrator of an instance does from a shell."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from gateway.cli import client, retention

app = typer.Typer(help="Administer an instance, with an administrator's key.", no_args_is_help=True)
audit = typer.Typer(help="The audit log.", no_args_is_help=True)
app.add_typer(audit, name="audit")

dlq = typer.Typer(help="Messages that no handler could take.", no_args_is_help=True)
app.add_typer(dlq, name="dlq")

app.add_typer(retention.app, name="retention")

Url = Annotated[str | None, typer.Option(help="The server; else WANDB_BASE_URL, else this machine")]
Team = Annotated[str | None, typer.Option(help="Only this team's log; else every log there is")]
DOES_NOT_HOLD = 1


@app.command("gc")
def collect_garbage(
    url: Url = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go")] = False,
    grace_hours: Annotated[
        float, typer.Option(help="What was touched within so many hours stays", min=0)
    ] = 24.0,
) -> None:
    """Delete bytes of artifacts that no version refers to; safe while others upload."""
    body = {"dry_run": dry_run, "grace_seconds": grace_hours * 3600}
    patient = replace(client.connect(url), timeout_s=660.0)
    found = patient.post("/artifacts:collect-garbage", body)
    word = "would delete" if dry_run else "deleted"
    typer.echo(
        f"{word} {found['blobs']} files of {found['bytes']} bytes, "
        f"{found['pending']} versions that were never committed, "
        f"{found['orphans']} objects that nothing knows"
    )


@audit.command("verify")
def verify_audit(url: Url = None, team: Team = None) -> None:
    """Recompute every hash of the audit log and name the first entry that does not fit.

    Exit 0: every entry is what was written. Exit 1: one is not.
    """
    verdict = client.connect(url).get("/audit/verification", team=team)
    if verdict["ok"]:
        typer.echo(f"sound: {verdict['entries']} entries, every hash fits")
        return
    flaw = verdict["flaw"]
    where = f"{flaw['team'] or 'the instance'}, {flaw['day']}, entry {flaw['number']}"
    typer.echo(f"NOT sound: {where}: {flaw['reason']}")
    if flaw["id"]:
        typer.echo(f"id of the entry: {flaw['id']}")
    typer.echo(f"{verdict['entries']} entries before it fit")
    raise typer.Exit(DOES_NOT_HOLD)


@dlq.command("list")
def list_dead_letters(
    url: Url = None, limit: Annotated[int, typer.Option(min=1, max=200)] = 50
) -> None:
    """The newest first: number, time, who buried it, where it came from, and why."""
    page = client.connect(url).get("/dead-letters", limit=limit)
    for one in page["items"]:
        done = f"  (replayed by {one['replayed_by']})" if one["replayed_at"] else ""
        typer.echo(f"{one['sequence']}  {one['at']}  {one['service']}  {one['subject']}{done}")
        typer.echo(f"    {one['reason']}")
    if not page["items"]:
        typer.echo("none")


@dlq.command("replay")
def replay_dead_letters(
    numbers: Annotated[list[int] | None, typer.Argument(help="Which; see `list`.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All that were not replayed yet.")] = False,
    url: Url = None,
) -> None:
    """Have messages taken again, once the cause is gone. Oldest first.

    Exit 0: all were taken. Exit 1: some failed again, and why is printed.
    """
    server = client.connect(url)
    if not numbers and not every:
        client.refuse("say which dead letters, by their numbers, or --all")
    failed = 0
    for number in sorted(numbers or _waiting(server)):
        answer = server.request("POST", f"/dead-letters/{number}:replay")
        if answer.is_success:
            typer.echo(f"{number}: taken")
        else:
            failed += 1
            typer.echo(f"{number}: {answer.json().get('detail', answer.status_code)}")
    if failed:
        raise typer.Exit(DOES_NOT_HOLD)


def _waiting(server: client.Client) -> list[int]:
    found: list[int] = []
    cursor: str | None = None
    while True:
        page = server.get("/dead-letters", limit=200, cursor=cursor)
        found += [one["sequence"] for one in page["items"] if not one["replayed_at"]]
        cursor = page["next"]
        if cursor is None:
            return found
