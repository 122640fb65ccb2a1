"""Documents parsed and validated once, within limits, and remembered.

Parsing and validating is nine tenths of a mutation's cost, and the SDK sends the same few dozen
documents for ever.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    Node,
    parse,
    validate,
)

from shared.errors import Invalid

MOST_KEPT = 512
LONGEST = 64 * 1024
MOST_TOKENS = 10_000
DEEPEST = 14
MOST_FIELDS = 1_000


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document, or what is wrong with it."""

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()


class Documents:
    """A bounded memory of prepared documents; the least recently used go first."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: OrderedDict[str, Prepared] = OrderedDict()

    def prepare(self, text: str) -> Prepared:
        """Raises Invalid for a text beyond the limits; errors of the document are in the answer."""
        kept = self._kept.get(text)
        if kept is not None:
            self._kept.move_to_end(text)
            return kept
        if len(text) > LONGEST:
            raise Invalid(f"query: more than {LONGEST} characters.", field="query")
        prepared = self._prepare(text)
        if prepared.document is not None:
            self._kept[text] = prepared
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return prepared

    def _prepare(self, text: str) -> Prepared:
        try:
            document = parse(text, no_location=True, max_tokens=MOST_TOKENS)
        except (GraphQLError, RecursionError) as error:
            found = error if isinstance(error, GraphQLError) else GraphQLError("nested too deep")
            return Prepared(None, (found,))
        _refuse_excess(document)
        errors = validate(self._schema, document, max_errors=5)
        return Prepared(None, tuple(errors)) if errors else Prepared(document)


def _refuse_excess(document: DocumentNode) -> None:
    """Depth and breadth, fragments counted wherever they are spread."""
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    for node in document.definitions:
        if not isinstance(node, FragmentDefinitionNode):
            count = _count(node, fragments, 0, ())
            if count > MOST_FIELDS:
                raise Invalid(f"query: more than {MOST_FIELDS} fields.", field="query")


def _count(
    node: Node, fragments: dict[str, FragmentDefinitionNode], depth: int, seen: tuple[str, ...]
) -> int:
    if depth > DEEPEST:
        raise Invalid(f"query: nested deeper than {DEEPEST} levels.", field="query")
    if isinstance(node, FragmentSpreadNode):
        name = node.name.value
        if name in seen or name not in fragments:
            return 0
        return _count(fragments[name], fragments, depth, (*seen, name))
    own = 1 if isinstance(node, FieldNode) else 0
    selection = getattr(node, "selection_set", None)
    if selection is None:
        return own
    total = own
    for child in selection.selections:
        total += _count(child, fragments, depth + own, seen)
        if total > MOST_FIELDS:
            return total
    return total
