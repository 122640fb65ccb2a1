"""Small mistakes, one at a time, in a module's source: what a tired programmer might write."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult,
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
_COLLECTIONS = (ast.Tuple, ast.List, ast.Set)


@dataclass(frozen=True)
class Mutant:
    """Where the mistake is, what it is, and the module with it."""

    line: int
    what: str
    tree: ast.Module


def mutants(source: str) -> Iterator[Mutant]:
    """Every one of them. Texts that people read, annotations and imports are left alone."""
    tree = ast.parse(source)
    unread = _unread(tree)
    for number, node in enumerate(ast.walk(tree)):
        if id(node) in unread:
            continue
        for what, change in _changes(node):
            altered = copy.deepcopy(tree)
            twin = next(one for at, one in enumerate(ast.walk(altered)) if at == number)
            change(twin)
            line = getattr(node, "lineno", 0)
            yield Mutant(line, what, ast.fix_missing_locations(altered))


def _unread(tree: ast.Module) -> set[int]:
    """What is no behaviour: docstrings, annotations, the words of a failure, type checks."""
    found: set[int] = set()

    def skip(node: ast.AST | None) -> None:
        if node is not None:
            found.update(id(inner) for inner in ast.walk(node))

    for node in ast.walk(tree):
        if isinstance(node, ast.Raise):
            for word in ast.walk(node):
                if isinstance(word, ast.Constant | ast.JoinedStr):
                    skip(word)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skip(node)
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
            found.add(id(node.slice))  # what a generic type is of
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "TypeVar":
            skip(node)
        elif isinstance(node, ast.AnnAssign):
            skip(node.annotation)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            skip(node.returns)
            for one in (*node.args.args, *node.args.kwonlyargs, *node.args.posonlyargs):
                skip(one.annotation)
            for decorator in node.decorator_list:
                skip(decorator)
        elif isinstance(node, ast.ClassDef):
            for decorator in node.decorator_list:
                skip(decorator)
        elif isinstance(node, ast.JoinedStr | ast.ImportFrom | ast.Import):
            skip(node)
    return found


def _changes(node: ast.AST) -> Iterator[tuple[str, Any]]:
    if isinstance(node, ast.Compare):
        for at, operator in enumerate(node.ops):
            other = SWAPPED[type(operator)]
            yield (
                f"{_name(operator)} → {other.__name__}",
                lambda one, at=at, other=other: one.ops.__setitem__(at, other()),
            )
    elif isinstance(node, ast.BoolOp | ast.BinOp | ast.AugAssign) and type(node.op) in SWAPPED:
        other = SWAPPED[type(node.op)]
        yield f"{_name(node.op)} → {other.__name__}", lambda one: setattr(one, "op", other())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "without not", lambda one: _become(one, one.operand)
    elif isinstance(node, ast.Constant):
        yield from _constant(node)
    elif isinstance(node, ast.If | ast.IfExp | ast.While):
        yield (
            "condition negated",
            lambda one: setattr(one, "test", ast.UnaryOp(ast.Not(), one.test)),
        )
    elif isinstance(node, ast.Raise):
        yield "no raise", lambda one: _become(one, ast.Pass())
    elif isinstance(node, ast.Return) and node.value is not None:
        yield "return None", lambda one: setattr(one, "value", ast.Constant(None))
    elif isinstance(node, _COLLECTIONS):
        for at in range(len(node.elts) if len(node.elts) > 1 else 0):
            yield f"without element {at}", lambda one, at=at: one.elts.pop(at)
    elif isinstance(node, ast.Dict) and len(node.keys) > 1:
        for at in range(len(node.keys)):
            yield f"without entry {at}", lambda one, at=at: (one.keys.pop(at), one.values.pop(at))


def _constant(node: ast.Constant) -> Iterator[tuple[str, Any]]:
    value = node.value
    if isinstance(value, bool):
        yield f"{value} → {not value}", lambda one: setattr(one, "value", not value)
    elif isinstance(value, int | float):
        yield f"{value} → {value + 1}", lambda one: setattr(one, "value", value + 1)
    elif isinstance(value, str | bytes) and value:
        other = value + ("~" if isinstance(value, str) else b"~")
        yield f"{value!r:.30} → {other!r:.30}", lambda one: setattr(one, "value", other)


def _become(node: ast.AST, other: ast.AST) -> None:
    node.__class__ = other.__class__
    node.__dict__.clear()
    node.__dict__.update(other.__dict__)


def _name(node: ast.AST) -> str:
    return type(node).__name__
