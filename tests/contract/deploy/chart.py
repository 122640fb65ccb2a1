"""The Helm chart as it comes out, for tests on machines that have no helm.

The templates keep to what is read here: values, names, files, and four filters.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
CHART = ROOT / "deploy" / "helm" / "cordee"
RELEASE = {"Name": "peaks", "Revision": "1"}
ACTION = re.compile(r"\{\{ (.*?) \}\}")


def values() -> dict[str, Any]:
    """What an operator may change."""
    found: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    return found


def templates() -> dict[str, str]:
    """Their text, by name."""
    folder = CHART / "templates"
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(folder.iterdir())}


def paths_of(found: Any, before: str = "") -> set[str]:
    """Where each value is, with dots; what is given out whole is one."""
    if not isinstance(found, dict) or before.endswith((".resources", ".settings")):
        return {before}
    return {
        path
        for name, inner in found.items()
        for path in paths_of(inner, f"{before}.{name}" if before else name)
    }


def render(given: dict[str, Any]) -> list[dict[str, Any]]:
    """Every object of every template."""
    texts = [_rendered(text, given) for text in templates().values()]
    return [found for text in texts for found in yaml.safe_load_all(text)]


def _rendered(text: str, given: dict[str, Any]) -> str:
    return ACTION.sub(lambda action: _evaluated(action[1], given), text)


def _evaluated(action: str, given: dict[str, Any]) -> str:
    source, *filters = action.split(" | ")
    what = _sourced(source, given)
    for each in filters:
        name, _, argument = each.partition(" ")
        if name == "indent":
            what = "\n".join(" " * int(argument) + line for line in str(what).split("\n"))
        elif name == "sha256sum":
            what = hashlib.sha256(str(what).encode()).hexdigest()
        else:
            raise ValueError(f"no filter {each}")
    return str(what)


def _sourced(source: str, given: dict[str, Any]) -> Any:
    if source.startswith("toJson "):
        return json.dumps(_sourced(source.removeprefix("toJson "), given))
    if file := re.fullmatch(r'\.Files\.Get "(.*)"', source):
        return (CHART / file[1]).read_text(encoding="utf-8")
    if source.startswith(".Release."):
        return RELEASE[source.removeprefix(".Release.")]
    if not source.startswith(".Values."):
        raise ValueError(f"not understood: {source}")
    found: Any = given
    for name in source.removeprefix(".Values.").split("."):
        found = found[name]
    return found
