"""An audit fails on findings, and on nothing else that is not its own fault."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

AUDIT = Path(__file__).parents[3] / "deploy" / "audit"
CLEAN: dict[str, Any] = {"name": "anyio", "version": "4.16.0", "vulns": []}
FLAWED: dict[str, Any] = {
    "name": "old",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["1.1"], "description": "bad"}],
}
UNKNOWN: dict[str, Any] = {"name": "odd", "skip_reason": "Dependency not found on PyPI"}


@pytest.fixture
def audited(tmp_path: Path) -> Any:
    """Run it with a tool that reports so, or reports nothing and says so on stderr."""

    def run(dependencies: list[dict[str, Any]] | None, said: str = "") -> Any:
        report = "" if dependencies is None else json.dumps({"dependencies": dependencies})
        tool = tmp_path / "tool"
        tool.write_text(
            f"#!{sys.executable}\nimport pathlib, sys\n"
            f"pathlib.Path(sys.argv[sys.argv.index('--output') + 1]).write_text({report!r})\n"
            f"sys.exit({said!r} or 0)\n"
        )
        tool.chmod(0o700)
        command = [sys.executable, str(AUDIT), str(tool), "requirements.lock"]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run


def test_a_finding_fails_and_is_named(audited: Any) -> None:
    done = audited([CLEAN, FLAWED], "Found 1 known vulnerability")
    assert done.returncode == 1
    assert "old 1.0: PYSEC-2026-1, mended in 1.1" in done.stdout


def test_nothing_known_passes(audited: Any) -> None:
    done = audited([CLEAN])
    assert (done.returncode, done.stdout) == (0, "1 dependencies audited, 0 findings\n")


def test_what_could_not_be_asked_about_is_said(audited: Any) -> None:
    done = audited([CLEAN, UNKNOWN])
    assert done.returncode == 0
    assert "not audited, for nobody knew them: 1 of 2" in done.stderr


def test_a_finding_fails_even_where_others_could_not_be_asked_about(audited: Any) -> None:
    assert audited([UNKNOWN, FLAWED], "Found 1").returncode == 1


def test_a_service_that_is_away_does_not_fail(audited: Any) -> None:
    done = audited(None, "ERROR: ConnectionError. Tip: your network may be blocking this service.")
    assert done.returncode == 0
    assert "nothing was audited" in done.stderr


def test_a_tool_that_does_not_work_does(audited: Any) -> None:
    assert audited(None, "error: unrecognized arguments: --format").returncode == 2
