"""What every resolver has at hand, and which fields a document asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from graphql import FieldNode, FragmentSpreadNode, GraphQLResolveInfo, SelectionSetNode

from gateway.dependencies import Asker
from gateway.exports import Exports
from gateway.graphql.fresh_keys import FreshKeys
from gateway.signing import Signer
from shared.kit.blobs import Blobs


@dataclass(frozen=True, slots=True)
class Context:
    """One request. `several_writers` is the SDK's shared mode; `exports` is there for who asks."""

    ask: Asker
    signer: Signer
    fresh_keys: FreshKeys
    several_writers: bool
    blobs: Blobs
    exports: Exports | None


Info: TypeAlias = GraphQLResolveInfo[Context]


def context_of(info: Info) -> Context:
    """The request that a resolver works for."""
    return info.context


def selected(info: Info) -> frozenset[str]:
    """The names of all fields below this one, however deep, fragments included."""
    nodes = [node.selection_set for node in info.field_nodes if node.selection_set]
    return frozenset(name for node in nodes for name in _names(node, info))


def run_texts(info: Info) -> list[str]:
    """Which long texts of runs the document asks for: what is not named is not loaded."""
    asked = selected(info)
    texts = {
        "config": {"config", "wandbConfig"},
        "summary": {"summaryMetrics"},
        "system_metrics": {"systemMetrics"},
    }
    return [name for name, fields in texts.items() if asked & fields]


def _names(selection: SelectionSetNode, info: Info) -> Iterator[str]:
    for node in selection.selections:
        if isinstance(node, FragmentSpreadNode):
            yield from _names(info.fragments[node.name.value].selection_set, info)
            continue
        if isinstance(node, FieldNode):
            yield node.name.value
        inner = getattr(node, "selection_set", None)
        if inner is not None:
            yield from _names(inner, info)
