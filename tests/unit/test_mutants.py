"""The mistakes that the drill of mistakes makes are mistakes, and only in what is behaviour."""

from __future__ import annotations

import ast

import pytest

from tests.mutation.mutants import mutants


def made(source: str) -> set[str]:
    return {ast.unparse(one.tree) for one in mutants(source)}


@pytest.mark.parametrize(
    ("source", "mistake"),
    [
        ("x = a < b", "x = a <= b"),
        ("x = a == b", "x = a != b"),
        ("x = a in b", "x = a not in b"),
        ("x = a and b", "x = a or b"),
        ("x = not a", "x = a"),
        ("x = 7", "x = 8"),
        ("x = True", "x = False"),
        ("x = 'a'", "x = 'a~'"),
        ("x = {a, b}", "x = {b}"),
        ("x = {a: b, c: d}", "x = {c: d}"),
        ("x = a - b", "x = a + b"),
        ("def f():\n    return a", "def f():\n    return None"),
        ("def f():\n    raise A('b')", "def f():\n    pass"),
        ("if a:\n    b()", "if not a:\n    b()"),
    ],
)
def test_each_kind_is_made(source: str, mistake: str) -> None:
    assert mistake in made(source)


@pytest.mark.parametrize(
    "source",
    [
        "'words'",
        "import a",
        "x: 'a'",
        "def f(a: 'b') -> 'c':\n    'words'",
        "x = f'a {b}'",
        "A = dict[str, int]",
    ],
)
def test_what_is_no_behaviour_is_left_alone(source: str) -> None:
    assert made(source) == set()


def test_no_mistake_is_the_source_itself() -> None:
    source = "def f(a):\n    if a > 1 and a in (1, 2):\n        return a * 2\n    raise B('c')"
    assert source not in made(source)
    assert len(made(source)) == sum(1 for _ in mutants(source))
