"""The GraphQL documents that the SDKs hold: `python -m tests.sdk.harvest` writes operations.json.

They stand as texts in the Python files and in the compiled helper. What cannot be parsed, because
Python fills it in at run time, is left out; the same operation is then known from another place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    parse,
    print_ast,
    visit,
)
from graphql.language import FragmentSpreadNode, Visitor

from tests.servers import ROOT

VERSIONS = ("0.28.2", "0.30.0", "0.31.0")
KEPT = Path(__file__).with_name("operations.json")
SDKS = ROOT / ".venv" / "sdk"

_START = re.compile(r"\b(?:query|mutation)\s+\w+\s*(?:\([^{}]*?\)\s*)?\{")
_FRAGMENT = re.compile(r"\bfragment\s+\w+\s+on\s+\w+\s*\{")
_LONGEST = 20_000
_FILLED_IN = "_PROJECT_QUERY_"

Operations = dict[str, list[str]]


def harvest(version: str) -> Operations:
    """Operation name → its documents, each complete with the fragments that it uses."""
    operations: list[OperationDefinitionNode] = []
    fragments: dict[str, FragmentDefinitionNode] = {}
    for text in _texts(SDKS / version):
        for document in _documents(text, _FRAGMENT):
            for node in document.definitions:
                if isinstance(node, FragmentDefinitionNode):
                    fragments.setdefault(node.name.value, node)
        for document in _documents(text, _START):
            operations += [
                node
                for node in document.definitions
                if isinstance(node, OperationDefinitionNode) and node.name
            ]
    found: dict[str, set[str]] = {}
    for node in operations:
        assert node.name
        found.setdefault(node.name.value, set()).add(_complete(node, fragments))
    return {name: sorted(found[name]) for name in sorted(found)}


def _texts(venv: Path) -> Iterator[str]:
    [package] = venv.glob("lib/python3*/site-packages/wandb")
    for file in sorted(package.rglob("*.py")):
        if "vendor" not in file.parts and "/launch/" not in str(file):
            yield file.read_text(encoding="utf-8")
    yield (package / "bin" / "wandb-core").read_bytes().decode("latin-1")


def _documents(text: str, start: re.Pattern[str]) -> Iterator[DocumentNode]:
    for match in start.finditer(text):
        end = _end_of_braces(text, match.end())
        if end is None or _FILLED_IN in text[match.start() : end]:
            continue
        try:
            yield parse(text[match.start() : end], no_location=True)
        except (GraphQLError, RecursionError):
            continue


def _end_of_braces(text: str, at: int) -> int | None:
    depth = 1
    for index in range(at, min(len(text), at + _LONGEST)):
        depth += {"{": 1, "}": -1}.get(text[index], 0)
        if depth == 0:
            return index + 1
    return None


def _complete(
    operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
) -> str:
    used: dict[str, FragmentDefinitionNode] = {}

    class Spreads(Visitor):
        def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
            name = node.name.value
            if name in fragments and name not in used:
                used[name] = fragments[name]
                visit(fragments[name], self)

    visit(operation, Spreads())
    return "\n".join(print_ast(node) for node in (operation, *used.values()))


def main() -> None:
    """Write what the installed SDKs hold."""
    found = {version: harvest(version) for version in VERSIONS}
    KEPT.write_text(json.dumps(found, indent=0, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
