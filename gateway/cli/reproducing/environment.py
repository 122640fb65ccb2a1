"""The environment lock: which packages the run had, and which the interpreter at hand has."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from gateway.cli.client import refuse

_ASK = (
    "import importlib.metadata as m, json;"
    "print(json.dumps({d.metadata['Name'].lower().replace('_', '-'): d.version "
    "for d in m.distributions() if d.metadata['Name']}))"
)
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)")


def differences(folder: Path, python: str) -> list[str]:
    """One line for each package that is missing or of another version."""
    lock = folder / "environment" / "requirements.txt"
    if not lock.exists():
        return []
    wanted = {
        found[1].lower().replace("_", "-"): found[2]
        for line in lock.read_text(encoding="utf-8").splitlines()
        if (found := _PINNED.match(line))
    }
    has = _installed(python)
    return [
        f"{name}: {has.get(name, 'not installed')}, was {version}"
        for name, version in sorted(wanted.items())
        if has.get(name) != version
    ]


def _installed(python: str) -> dict[str, str]:
    try:
        done = subprocess.run(  # noqa: S603 - the interpreter that the user named
            [python, "-c", _ASK], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as fault:
        refuse(f"--python {python} does not work ({fault})")
    found: dict[str, str] = json.loads(done.stdout)
    return found
