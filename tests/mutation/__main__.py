"""Whether the tests notice mistakes: `python -m tests.mutation [SUBJECT…]`, or `make mutation`.

Each subject is a module where a mistake would be a hole, and the tests that guard it. One mistake
at a time is made in it, in a forked process that has everything else imported already, and its
tests are run until one fails. Prints each subject's score and every mistake that no test noticed,
and exits with 1 where a score is below `ENOUGH`.

The tools that there are do not fit: mutmut changes functions and leaves tables alone, which is what
permissions, closed networks and known fields are; cosmic-ray starts a Python for each mistake.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.mutation.mutants import Mutant, mutants

ROOT = Path(__file__).parents[2]
ENOUGH = 0.85
PATIENCE_S = 120
"""A mistake that makes its tests run for ever is noticed, too."""
_OURS = ("shared", "services", "gateway", "tests")
_OPTIONS = [
    *("-x", "-q", "--no-header", "-p", "no:cacheprovider", "-p", "no:xdist"),
    *("-o", "addopts=--import-mode=importlib"),
]


@dataclass(frozen=True)
class Subject:
    """A module, and the tests that must notice."""

    module: str
    tests: tuple[str, ...]

    @property
    def file(self) -> Path:
        return ROOT / f"{self.module.replace('.', '/')}.py"


SUBJECTS = {
    "authorisation": Subject(
        "shared.permissions",
        ("tests/unit/shared/test_permissions.py", "tests/unit/runs/test_access.py"),
    ),
    "filters": Subject(
        "services.runs.domain.filters",
        ("tests/unit/runs/test_filter_words.py", "tests/unit/runs/test_filters.py"),
    ),
    "egress": Subject(
        "shared.kit.egress",
        ("tests/unit/shared/test_egress_judging.py", "tests/unit/shared/test_egress.py"),
    ),
    "keys": Subject("shared.credentials", ("tests/unit/shared/test_credentials.py",)),
    "links": Subject(
        "gateway.signing",
        ("tests/unit/gateway/test_signing.py", "tests/unit/gateway/test_signed_uploads.py"),
    ),
    "webhooks": Subject(
        "services.alerts.domain.signing",
        ("tests/unit/alerts/test_signing.py", "tests/unit/alerts/test_messages.py"),
    ),
    "offsets": Subject("services.runs.domain.lines", ("tests/unit/runs/test_lines.py",)),
    "places": Subject("services.runs.domain.writers", ("tests/unit/runs/test_writers.py",)),
}


class _Swapped(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from a tree instead of its file."""

    def __init__(self, subject: Subject, tree: ast.Module) -> None:
        self._subject = subject
        self._tree = tree

    def find_spec(
        self, name: str, path: Any = None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != self._subject.module:
            return None
        return importlib.util.spec_from_loader(name, self, origin=str(self._subject.file))

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._tree, str(self._subject.file), "exec"), module.__dict__)  # noqa: S102


def is_noticed(subject: Subject, tree: ast.Module) -> bool:
    """Whether its tests fail with this tree as the module."""
    child = os.fork()
    if child == 0:
        _become_a_test_run(subject, tree)
    _, status = os.waitpid(child, 0)
    return status != 0


def _become_a_test_run(subject: Subject, tree: ast.Module) -> None:
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(silence, stream)
    signal.alarm(PATIENCE_S)
    code = 1
    try:
        _forget_ours()
        sys.meta_path.insert(0, _Swapped(subject, tree))
        examples = ["--hypothesis-seed=0", "--hypothesis-profile=mistakes"]
        code = int(pytest.main([*_OPTIONS, *examples, *subject.tests]))
    finally:
        os._exit(min(code, 1))


def _forget_ours() -> None:
    for name in [name for name in sys.modules if name.split(".")[0] in _OURS]:
        del sys.modules[name]


def judge(name: str, subject: Subject, every: int) -> bool:
    """Prints; whether enough was noticed."""
    source = subject.file.read_text(encoding="utf-8")
    if is_noticed(subject, ast.parse(source)):
        raise SystemExit(f"{name}: its tests fail as they are")
    tried = list(mutants(source))[::every]
    survivors: list[Mutant] = [one for one in tried if not is_noticed(subject, one.tree)]
    score = 1 - len(survivors) / len(tried)
    print(f"{name}: {score:.1%} of {len(tried)} noticed ({subject.module})", flush=True)
    for one in survivors:
        print(f"    line {one.line}: {one.what}", flush=True)
    return score >= ENOUGH


def main(argv: Sequence[str]) -> int:
    """Exit 1 where too little was noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=", ".join(SUBJECTS))
    parser.add_argument("--every", type=int, default=1, help="try each n-th mistake only")
    given = parser.parse_args(argv)
    os.chdir(ROOT)
    chosen = {name: SUBJECTS[name] for name in given.subjects or SUBJECTS}
    files = [file for subject in chosen.values() for file in subject.tests]
    with Path(os.devnull).open("w") as silence, contextlib.redirect_stdout(silence):
        pytest.main([*_OPTIONS, "--collect-only", *files])  # imports what all of them need
    _let_examples_be_quick()
    scores = [judge(name, one, given.every) for name, one in chosen.items()]
    return 0 if all(scores) else 1


def _let_examples_be_quick() -> None:
    """One that fails is enough: to make it small would take longer than to find it.

    Not imported before pytest has been: it rewrites what its plugins are made of.
    """
    from hypothesis import HealthCheck, Phase, settings

    settings.register_profile(
        "mistakes",
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
