"""The commit of a run, with what was changed on top of it, as the folder's code."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from gateway.cli.client import refuse
from gateway.cli.reproducing.recipe import DIFF, Recipe

CODE = "code"
_ENVIRONMENT = "environment"


def wanted(recipe: Recipe) -> bool:
    """Whether the code comes from git: files that the server keeps itself go before."""
    kept = any(piece.path.startswith(f"{CODE}/") for piece in recipe.pieces)
    return bool(recipe.commit and recipe.remote and not kept)


def check_out(recipe: Recipe, folder: Path) -> None:
    """All of it or nothing: what fails in the middle leaves no code that looks like the run's."""
    commit, remote = recipe.commit or "", recipe.remote or ""
    if commit.startswith("-"):
        refuse(f"the server names a commit that is none: {commit!r}")
    if (folder / CODE).exists():
        refuse(f"{folder / CODE} is there already and no git repository: name another --into")
    diff = folder / _ENVIRONMENT / DIFF
    with tempfile.TemporaryDirectory(prefix=f".{CODE}-", dir=folder) as temporary:
        code = Path(temporary, CODE)
        _git("clone", "--quiet", "--no-checkout", "--", remote, str(code))
        _git("-C", str(code), "checkout", "--quiet", "--detach", commit)
        if diff.exists() and diff.stat().st_size:
            _git("-C", str(code), "apply", str(diff.resolve()))
        code.rename(folder / CODE)


def head(folder: Path) -> str | None:
    """The commit that is checked out in the folder; None where none is."""
    code = folder / CODE
    if not (code / ".git").exists():  # git would look in the folders above
        return None
    return _asked("-C", str(code), "rev-parse", "HEAD")


def full_name(recipe: Recipe, folder: Path) -> str | None:
    """Of the run's commit, which may have been given in short."""
    name = f"{recipe.commit}^{{commit}}"
    return _asked("-C", str(folder / CODE), "rev-parse", "--verify", "--end-of-options", name)


def _git(*args: str) -> None:
    done = subprocess.run(["git", *args], capture_output=True, text=True, check=False)  # noqa: S603, S607
    if done.returncode:
        said = done.stderr.strip() or done.returncode
        refuse(f"git {args[0] if args[0] != '-C' else args[2]} failed: {said}")


def _asked(*args: str) -> str | None:
    done = subprocess.run(["git", *args], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return done.stdout.strip() or None if done.returncode == 0 else None
