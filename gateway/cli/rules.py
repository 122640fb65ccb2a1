"""`cordee rules`: a project's rules kept in a repository, reviewed, and brought to a server."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import httpx
import typer

from gateway.cli import client
from gateway.cli.client import USAGE, Client, refuse
from gateway.cli.gate import seconds_of
from gateway.cli.pull_request import printable
from gateway.cli.run_paths import project_of

if TYPE_CHECKING:
    from gateway.cli.rule_files import Place, RuleInFile, Wanted

app = typer.Typer(help="Keep rules in files: plan, apply, export, replay.", no_args_is_help=True)

DIFFERENT = 1
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Files *.yaml below it are read.")]
Url = Annotated[str | None, typer.Option(help="The server; else WANDB_BASE_URL or CORDEE_URL")]
Prune = Annotated[bool, typer.Option(help="Delete rules that no file has.")]


@dataclass
class Plan:
    """What would have to be done so that a place is as its files say."""

    place: Place
    new: list[Wanted] = field(default_factory=list)
    changed: list[tuple[Wanted, Mapping[str, Any], dict[str, tuple[Any, Any]]]] = field(
        default_factory=list
    )
    unknown: list[Mapping[str, Any]] = field(default_factory=list)
    same: int = 0

    @property
    def differs(self) -> bool:
        """Whether server and files are not the same."""
        return bool(self.new or self.changed or self.unknown)


@app.command()
def plan(
    folder: Folder,
    check: Annotated[bool, typer.Option(help="Exit 1 when anything differs.")] = False,
    url: Url = None,
) -> None:
    """Show what `apply` would do, and what was changed on the server past the files."""
    plans = _plans(client.connect(url), folder)
    for one in plans:
        typer.echo("\n".join(_lines(one)))
    if check and any(one.differs for one in plans):
        raise typer.Exit(DIFFERENT)


@app.command()
def apply(folder: Folder, prune: Prune = False, url: Url = None) -> None:
    """Make the server's rules those of the files."""
    server = client.connect(url)
    for one in _plans(server, folder):
        for wanted in one.new:
            _send(server, "POST", f"{_path(one.place)}/rules", wanted)
            typer.echo(f"created  {one.place}: {wanted.rule.name}")
        for wanted, known, _ in one.changed:
            _send(server, "PATCH", f"/rules/{known['id']}", wanted)
            typer.echo(f"changed  {one.place}: {wanted.rule.name}")
        for known in one.unknown if prune else ():
            _refused(server.request("DELETE", f"/rules/{known['id']}"), str(one.place))
            typer.echo(f"deleted  {one.place}: {known['name']}")
        for known in () if prune else one.unknown:
            typer.echo(f"kept     {one.place}: {known['name']} (in no file; --prune deletes it)")


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the file is written.")],
    project: Annotated[str | None, typer.Option(help="entity/project")] = None,
    team: Annotated[str | None, typer.Option(help="The rules of a whole team instead")] = None,
    url: Url = None,
) -> None:
    """Write the server's rules as a file that `apply` changes nothing of."""
    from gateway.cli.rule_files import of_server, written

    server = client.connect(url)
    place = _named(server, project, team)
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^A-Za-z0-9._-]", "_", str(place).replace("/", "."))
    file = folder / f"{name}.yaml"
    rules = [of_server(rule) for rule in _known(server, place)]
    file.write_text(written(place, rules), encoding="utf-8")
    typer.echo(f"{len(rules)} rules written to {file}")


@app.command()
def replay(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Rules of files; else the server's own.")
    ] = None,
    since: Annotated[str, typer.Option(help="How far back: 30d, 12h.")] = "30d",
    project: Annotated[str | None, typer.Option(help="entity/project, without DIR")] = None,
    url: Url = None,
) -> None:
    """Say what rules would have fired on past runs. Nobody is told anything."""
    from gateway.cli.rule_files import of_server

    server = client.connect(url)
    start = (datetime.now(UTC) - timedelta(seconds=seconds_of(since))).isoformat()
    if folder is None:
        place = _named(server, project, None)
        rules = {place: [of_server(rule) for rule in _known(server, place)]}
    else:
        rules = {place: [one.rule for one in found] for place, found in _read(folder).items()}
    for place, known in rules.items():
        for rule in known:
            typer.echo("\n".join(_replayed(server, place, rule, start)))


def _plans(server: Client, folder: Path) -> list[Plan]:
    from gateway.cli.rule_files import differences, of_server

    plans = []
    for place, wanted in _read(folder).items():
        known = {rule["name"]: rule for rule in _known(server, place)}
        one = Plan(place)
        for rule in wanted:
            there = known.pop(rule.rule.name, None)
            if there is None:
                one.new.append(rule)
            elif found := differences(rule.rule, of_server(there)):
                one.changed.append((rule, there, found))
            else:
                one.same += 1
        one.unknown = list(known.values())
        plans.append(one)
    return plans


def _lines(one: Plan) -> Iterator[str]:
    yield f"{one.place}"
    for wanted in one.new:
        yield f"  + {wanted.rule.name}  ({wanted.at})"
        for name, value in wanted.rule.model_dump(mode="json", exclude_defaults=True).items():
            if name != "name":
                yield f"      {name}: {_shown(value)}"
    for wanted, known, fields in one.changed:
        yield f"  ~ {wanted.rule.name}  ({wanted.at}; on the server since {known['updated_at']})"
        for name, (theirs, ours) in fields.items():
            yield f"    - {name}: {_shown(theirs)}"
            yield f"    + {name}: {_shown(ours)}"
    for known in one.unknown:
        yield f"  ? {known['name']}  (only on the server, by {known['created_by']})"
    yield (
        f"  {len(one.new)} to create, {len(one.changed)} to change, "
        f"{len(one.unknown)} only on the server, {one.same} the same"
    )


def _replayed(server: Client, place: Place, rule: RuleInFile, start: str) -> Iterator[str]:
    if place.project is None:
        yield f"{rule.name}: is a whole team's; name a project to replay it on"
        return
    when = rule.when.model_dump(mode="json")
    body: dict[str, Any] = {"when": when, "filters": rule.filters, "since": start, "runs": 100}
    looked_at, found = 0, []
    while True:
        answer = server.request("POST", f"{_path(place)}/rules:preview", body)
        if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
            yield f"{rule.name}: {answer.json()['detail']}"
            return
        _refused(answer, rule.name)
        page = answer.json()
        looked_at += page["looked_at"]
        found += page["items"]
        if page["next"] is None:
            break
        body["cursor"] = page["next"]
    yield f"{rule.name}: would have fired in {len(found)} of {looked_at} runs"
    for one in found:
        at = f" at step {one['step']}" if one["step"] is not None else ""
        run = printable(f"{one['display_name']} ({one['run']})")
        yield f"  {one['created_at'][:16]}  {run}{at}: {printable(one['reason'])}"


def _read(folder: Path) -> dict[Place, list[Wanted]]:
    from gateway.cli.rule_files import Wrong, read  # brings the contracts along

    if not folder.is_dir():
        refuse(f"{folder} is no folder")
    try:
        found = read(folder)
    except Wrong as wrong:
        typer.echo(str(wrong), err=True)
        raise typer.Exit(USAGE) from None
    if not found:
        refuse(f"{folder} has no *.yaml")
    return found


def _known(server: Client, place: Place) -> list[Mapping[str, Any]]:
    rules = server.get(f"{_path(place)}/rules")["items"]
    return [rule for rule in rules if rule["project"] == place.project]


def _named(server: Client, project: str | None, team: str | None) -> Place:
    from gateway.cli.rule_files import Place

    if team is not None:
        return Place(team, None)
    said = project or os.environ.get("WANDB_PROJECT", "")
    if not said:
        refuse("which project? Give --project entity/project, or set WANDB_PROJECT")
    found = project_of(said, os.environ, server)
    return Place(found.entity, found.project)


def _send(server: Client, method: str, path: str, wanted: Wanted) -> None:
    body = wanted.rule.model_dump(mode="json", exclude_none=method == "POST")
    if method == "PATCH":  # what the file does not have is taken away
        empty = {"title": "", "text": "", "payload": "", "filters": {}}
        body = {name: empty.get(name) if value is None else value for name, value in body.items()}
    _refused(server.request(method, path, body), wanted.at)


def _refused(answer: Any, where: str) -> None:
    """The server's own words, beside the line that they are about."""
    if answer.is_success:
        return
    try:
        said = answer.json()["detail"]
    except (ValueError, KeyError):
        said = f"the server answered {answer.status_code}"
    refuse(f"{where}: {said}")


def _path(place: Place) -> str:
    entity = quote(place.entity, safe="")
    if place.project is None:
        return f"/teams/{entity}"
    return f"/projects/{entity}/{quote(place.project, safe='')}"


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
