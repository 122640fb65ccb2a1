"""What a run was made of: code, command, configuration, environment and inputs, with digests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

import httpx

from gateway.cli.client import Client, refuse
from gateway.cli.run_paths import RunPlace

NAME = "recipe.json"
METADATA, REQUIREMENTS, DIFF = "wandb-metadata.json", "requirements.txt", "diff.patch"


@dataclass(frozen=True)
class Piece:
    """One file: where it goes below the folder, its MD5 (base64) and where it comes from."""

    path: str
    md5: str
    size: int
    url: str = ""


@dataclass(frozen=True)
class Input:
    """A version that the run used."""

    name: str
    type: str
    digest: str
    path: str


@dataclass
class Recipe:
    """Everything that is needed to do it again; `commit` is of the git repository, if any."""

    entity: str
    project: str
    run: str
    program: str
    args: list[str]
    python: str
    config: dict[str, Any]
    summary: dict[str, Any]
    remote: str | None = None
    commit: str | None = None
    pieces: list[Piece] = field(default_factory=list)
    inputs: list[Input] = field(default_factory=list)

    def write(self, folder: Path) -> None:
        """Beside what it describes; links are not kept, because they do not last."""
        found = asdict(self)
        for piece in found["pieces"]:
            del piece["url"]
        (folder / NAME).write_text(json.dumps(found, indent=2), encoding="utf-8")


def read(folder: Path) -> Recipe:
    """The one that an earlier call wrote."""
    try:
        found = json.loads((folder / NAME).read_text(encoding="utf-8"))
        found["pieces"] = [Piece(**piece) for piece in found["pieces"]]
        found["inputs"] = [Input(**one) for one in found["inputs"]]
        return Recipe(**found)
    except (OSError, ValueError, KeyError, TypeError) as fault:
        refuse(f"{folder / NAME} cannot be read ({fault}); name another folder with --into")


def ask(server: Client, place: RunPlace) -> Recipe:
    """From the server, without fetching any file but the run's own metadata."""
    base = f"/runs/{place.quoted}/{quote(place.run, safe='')}"
    run = server.get(base)
    files = {one["name"]: one for one in items(server, f"{base}/files")}
    metadata = _metadata(files)
    git = metadata.get("git") or {}
    recipe = Recipe(
        entity=run["entity"],
        project=run["project"],
        run=run["name"],
        program=metadata.get("codePathLocal") or metadata.get("codePath") or "",
        args=[str(one) for one in metadata.get("args") or []],
        python=metadata.get("python") or "",
        config=run["config"],
        summary=run["summary"],
        remote=git.get("remote") or run.get("repo"),
        commit=git.get("commit") or run.get("commit"),
    )
    for name, one in files.items():
        if name in (METADATA, REQUIREMENTS, DIFF, "conda-environment.yaml"):
            recipe.pieces.append(Piece(f"environment/{name}", one["md5"], one["size"], one["url"]))
        elif name.startswith("code/"):
            recipe.pieces.append(Piece(name, one["md5"], one["size"], one["url"]))
    for version in items(server, f"{base}/artifacts?direction=output"):
        if version["type"] == "code":
            recipe.pieces += _files(server, version, "code")
    for version in items(server, f"{base}/artifacts?direction=input"):
        name = f"{version['source']['name']}:{version['source']['version']}"
        path = f"inputs/{name.replace(':', '-')}"
        recipe.inputs.append(Input(name, version["type"], version["digest"], path))
        recipe.pieces += _files(server, version, path)
    return recipe


def items(server: Client, path: str) -> Iterator[dict[str, Any]]:
    """All pages of a list."""
    route, _, query = path.partition("?")
    asked = dict(pair.split("=") for pair in query.split("&") if pair)
    cursor = None
    while True:
        page = server.get(route, **asked, cursor=cursor, limit=500)
        yield from page["items"]
        cursor = page["next"]
        if cursor is None:
            return


def version_path(version: dict[str, Any]) -> str:
    """Of a version's own collection, below `/artifacts`."""
    source = version["source"]
    names = (source["entity"], source["project"], source["name"], source["version"])
    if None in names:
        refuse(f"artifact {source['name']} is in a project that you may not read")
    return "/artifacts/" + "/".join(quote(str(one), safe="") for one in names)


def _files(server: Client, version: dict[str, Any], below: str) -> list[Piece]:
    """Its files; what is a reference is not ours to fetch and is left to the program."""
    return [
        Piece(safe(f"{below}/{one['path']}"), one["md5"], one["size"], one["url"])
        for one in items(server, f"{version_path(version)}/files")
        if one["reference"] is None
    ]


def safe(path: str) -> str:
    """A path that stays below the folder, whatever a server says."""
    parts = PurePosixPath(path).parts
    if path.startswith("/") or ".." in parts or "\\" in path or "\x00" in path:
        refuse(f"the server names a file that leads out of the folder: {path!r}")
    return path


def _metadata(files: dict[str, Any]) -> dict[str, Any]:
    if METADATA not in files:
        refuse(f"the run has no {METADATA}: how it was started is not known")
    found = httpx.get(files[METADATA]["url"], timeout=60).json()
    if not isinstance(found, dict):
        refuse(f"the run's {METADATA} is not in its usual form")
    return found
