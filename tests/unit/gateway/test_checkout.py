"""A run's code from git: the commit and what was changed on top of it, whole or not at all."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from gateway.cli.reproducing import folder
from gateway.cli.reproducing.recipe import Piece, Recipe

Says = Callable[[Recipe], list[str]]
PATCH = """diff --git a/train.py b/train.py
--- a/train.py
+++ b/train.py
@@ -1 +1 @@
-print(1)
+print(2)
"""


def git(where: Path, *args: str) -> str:
    command = ["git", "-C", str(where), "-c", "user.name=ada", "-c", "user.email=ada@example.com"]
    done = subprocess.run([*command, *args], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits: the run was of the first."""
    found = tmp_path / "repository"
    found.mkdir()
    git(found, "init", "--quiet", "--initial-branch=main")
    for text in ("print(1)\n", "print(3)\n"):
        (found / "train.py").write_text(text)
        git(found, "add", "train.py")
        git(found, "commit", "--quiet", "-m", text)
    return found


@pytest.fixture
def target(tmp_path: Path) -> Path:
    found = tmp_path / "copy"
    (found / "environment").mkdir(parents=True)
    return found


def a_recipe(repository: Path, commit: str | None = None, *pieces: Piece) -> Recipe:
    return Recipe(
        entity="team",
        project="demo",
        run="abc",
        program="train.py",
        args=[],
        python="",
        config={},
        summary={},
        remote=repository.as_uri(),
        commit=commit or git(repository, "rev-parse", "HEAD~1"),
        pieces=list(pieces),
    )


def differing(recipe: Recipe, target: Path) -> list[str]:
    return [str(one) for one in folder.check(recipe, target)]


@pytest.mark.parametrize("patched", [True, False])
def test_the_commit_with_what_was_changed(repository: Path, target: Path, patched: bool) -> None:
    if patched:
        (target / "environment/diff.patch").write_text(PATCH)
    recipe = a_recipe(repository)
    folder.fetch(recipe, target)
    assert (target / "code/train.py").read_text() == ("print(2)\n" if patched else "print(1)\n")
    assert differing(recipe, target) == []
    git(target / "code", "checkout", "--quiet", "--force", "main")
    now = git(repository, "rev-parse", "main")
    assert differing(recipe, target) == [f"code: commit is {now}, was {recipe.commit}"]


def test_a_short_name_is_the_same_commit(repository: Path, target: Path) -> None:
    recipe = a_recipe(repository, git(repository, "rev-parse", "--short", "HEAD~1"))
    folder.fetch(recipe, target)
    assert differing(recipe, target) == []


@pytest.mark.parametrize("fault", ["commit", "patch"])
def test_what_fails_in_the_middle_leaves_no_code(
    repository: Path, target: Path, fault: str
) -> None:
    recipe = a_recipe(repository, "f" * 40 if fault == "commit" else None)
    if fault == "patch":
        (target / "environment/diff.patch").write_text(PATCH.replace("print(1)", "print(7)"))
    for _ in range(2):
        with pytest.raises(typer.Exit) as refused:
            folder.fetch(recipe, target)
        assert refused.value.exit_code == 2
        assert differing(recipe, target) == [f"code: is missing (commit {recipe.commit})"]
    assert sorted(path.name for path in target.iterdir()) == ["environment"]


def test_code_that_the_server_keeps_needs_no_git(repository: Path, target: Path) -> None:
    (target / "code").mkdir()
    (target / "code/train.py").write_text("print(1)\n")
    md5 = folder.md5_of(target / "code/train.py")
    recipe = a_recipe(repository, None, Piece("code/train.py", md5, 9))
    assert differing(recipe, target) == []


def test_a_commit_that_would_be_an_option_is_refused(repository: Path, target: Path) -> None:
    with pytest.raises(typer.Exit):
        folder.fetch(a_recipe(repository, "--orphan=x"), target)
