"""Running it again as a new run, and comparing the two metric by metric."""

from __future__ import annotations

import math
import os
import secrets
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gateway.cli.client import Client, refuse
from gateway.cli.reproducing.checkout import CODE
from gateway.cli.reproducing.recipe import Recipe, items, version_path

MOST_KEYS = 200


@dataclass(frozen=True)
class Verdict:
    """One metric; `off` is the largest relative difference, None where it cannot be compared."""

    metric: str
    same: bool
    off: float | None
    said: str


def start(recipe: Recipe, folder: Path, server: Client, python: str) -> str:
    """The command once more, to its end; the name of the new run."""
    program = folder / CODE / recipe.program
    if not recipe.program or not program.is_file():
        refuse(
            f"the run's program ({recipe.program or 'unknown'}) is not among what was saved; "
            "log it with save_code=True, run.log_code() or from a git repository"
        )
    name = f"{recipe.run[:100]}-again-{secrets.token_hex(3)}"
    env = {
        **os.environ,
        "WANDB_BASE_URL": server.url,
        "WANDB_API_KEY": server.key,
        "WANDB_ENTITY": recipe.entity,
        "WANDB_PROJECT": recipe.project,
        "WANDB_RUN_ID": name,
        "WANDB_NOTES": f"Reproduces {recipe.entity}/{recipe.project}/{recipe.run}.",
        "CORDEE_REPRODUCES": f"{recipe.entity}/{recipe.project}/{recipe.run}",
    }
    for unwanted in ("WANDB_RESUME", "WANDB_SWEEP_ID", "WANDB_MODE"):
        env.pop(unwanted, None)
    done = subprocess.run(  # noqa: S603 - to run what the user asked to run again is the purpose
        [python, recipe.program, *recipe.args], cwd=folder / CODE, env=env, check=False
    )
    _link(recipe, server, name)
    if done.returncode:
        refuse(f"the program ended with exit code {done.returncode}")
    return name


def inputs_that_differ(recipe: Recipe, server: Client, name: str) -> list[str]:
    """Inputs of the new run that are not the old one's, file by file."""
    base = f"/runs/{_quoted(recipe)}/{quote(name, safe='')}"
    used = {
        one["source"]["name"]: one for one in items(server, f"{base}/artifacts?direction=input")
    }
    said = []
    for one in recipe.inputs:
        collection = one.name.rpartition(":")[0]
        now = used.get(collection)
        if now is None:
            said.append(f"input {one.name} was not used")
        elif now["digest"] != one.digest:
            version = now["source"]["version"]
            said.append(
                f"input {one.name}: digest is {now['digest']} ({version}), was {one.digest}"
            )
            said += _files_that_differ(recipe, server, one.path, now)
    return said


def compare(recipe: Recipe, server: Client, name: str, tolerance: float) -> list[Verdict]:
    """The numbers of the summary, with all their points: the first `MOST_KEYS` of them."""
    old = f"/runs/{_quoted(recipe)}/{quote(recipe.run, safe='')}"
    new = f"/runs/{_quoted(recipe)}/{quote(name, safe='')}"
    wanted = _numbers(recipe.summary)
    found = _numbers(server.get(new)["summary"])
    verdicts = []
    for metric in sorted(wanted)[:MOST_KEYS]:
        if metric not in found:
            verdicts.append(Verdict(metric, False, None, "was not logged"))
            continue
        before, after = _points(server, old, metric), _points(server, new, metric)
        if len(before) != len(after):
            said = f"has {len(after)} points, had {len(before)}"
            verdicts.append(Verdict(metric, False, None, said))
            continue
        pairs = [*zip(before, after, strict=True), (wanted[metric], found[metric])]
        off = max(_off(one, other) for one, other in pairs)
        said = f"{wanted[metric]!r} → {found[metric]!r}"
        verdicts.append(Verdict(metric, off <= tolerance, off, said))
    return verdicts


def left_out(recipe: Recipe) -> int:
    """How many numbers of the summary `compare` does not look at."""
    return max(0, len(_numbers(recipe.summary)) - MOST_KEYS)


def _link(recipe: Recipe, server: Client, name: str) -> None:
    """The new run says what it repeats, in its tags, whatever the program set."""
    path = f"/runs/{_quoted(recipe)}/{quote(name, safe='')}"
    answer = server.request("GET", path)
    if not answer.is_success:
        return
    tag = f"reproduces-{recipe.run}"[:64]
    tags = [*answer.json()["tags"], tag]
    server.request("PATCH", path, {"tags": list(dict.fromkeys(tags))})


def _files_that_differ(
    recipe: Recipe, server: Client, below: str, now: dict[str, Any]
) -> list[str]:
    had = {
        piece.path.removeprefix(f"{below}/"): piece.md5
        for piece in recipe.pieces
        if piece.path.startswith(f"{below}/")
    }
    has = {one["path"]: one["md5"] for one in items(server, f"{version_path(now)}/files")}
    return [
        f"  {path}: MD5 is {has.get(path, 'missing')}, was {had.get(path, 'missing')}"
        for path in sorted(had.keys() | has.keys())
        if had.get(path) != has.get(path)
    ]


def _points(server: Client, base: str, metric: str) -> list[float]:
    rows = server.get(f"{base}/history", keys=metric)["rows"]
    return [number for row in rows if (number := _number(row[1])) is not None]


def _numbers(summary: Mapping[str, Any]) -> dict[str, float]:
    """What was measured: not the SDK's own entries, which are times."""
    found = {name: _number(value) for name, value in summary.items() if not name.startswith("_")}
    return {name: value for name, value in found.items() if value is not None}


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if value in ("NaN", "Infinity", "-Infinity"):
        return float(value.lower().replace("infinity", "inf"))
    return None


def _off(one: float, other: float) -> float:
    """Relative to the larger of the two; NaN is like NaN and like nothing else."""
    if one == other or (math.isnan(one) and math.isnan(other)):
        return 0.0
    if not (math.isfinite(one) and math.isfinite(other)):
        return math.inf
    return abs(one - other) / max(abs(one), abs(other))


def _quoted(recipe: Recipe) -> str:
    return f"{quote(recipe.entity, safe='')}/{quote(recipe.project, safe='')}"
