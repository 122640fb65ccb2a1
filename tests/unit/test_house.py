"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST = 400
HOMELESS = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers"}
TABLES = {"gateway/http/errors.py", "gateway/graphql/errors.py"}
READINESS = "gateway/http/health.py"
STATUSES = {401, 403, 404, 405, 409, 410, 413, 415, 422, 429, 501, 502, 503, 504}


def sources() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    return [name for name in listed.stdout.split("\n") if name and (ROOT / name).exists()]


def tree_of(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def ours() -> list[str]:
    return [name for name in sources() if name.split("/")[0] in ("shared", "services", "gateway")]


def test_no_file_is_too_long_to_read() -> None:
    lengths = {name: len((ROOT / name).read_text().splitlines()) for name in sources()}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_every_file_says_what_it_is(ours: list[str]) -> None:
    full = [name for name in ours if (ROOT / name).stat().st_size]
    assert [name for name in full if not ast.get_docstring(tree_of(name))] == []


def test_nothing_is_named_after_having_no_home(ours: list[str]) -> None:
    words = {name: set(name.removesuffix(".py").replace("_", "/").split("/")) for name in ours}
    assert [name for name, found in words.items() if found & HOMELESS] == []


def test_statuses_stand_in_the_two_tables_of_errors(ours: list[str]) -> None:
    edge = [name for name in ours if name.startswith("gateway/") and name not in TABLES]
    found = {
        f"{name}:{node.lineno} {node.value}"
        for name in edge
        if name != READINESS
        for node in ast.walk(tree_of(name))
        if isinstance(node, ast.Constant) and type(node.value) is int and node.value in STATUSES
    }
    assert found == set()


def test_a_subject_is_said_in_its_contract_only(ours: list[str]) -> None:
    owners = ("identity.", "runs.", "alerts.")
    found = {
        f"{name}:{node.lineno} {node.value}"
        for name in ours
        if not name.startswith("shared/contracts/")
        for node in ast.walk(tree_of(name))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.startswith(owners)
        and node.value.count(".") == 2
        and " " not in node.value
    }
    assert found == set()
