"""What a password must be like. Length is what counts; rules about signs only annoy."""

from __future__ import annotations

from itertools import pairwise

from shared.errors import Invalid

SHORTEST = 12
SHORTEST_GIVEN = 8
"""What an administrator may give somebody, who then chooses a longer one."""
_LONGEST = 1024
_FEWEST_SIGNS = 5


def check(password: str, *, about: tuple[str, ...] = (), shortest: int = SHORTEST) -> str:
    """The password itself; `about` holds what an attacker would try first: name and mailbox."""
    if not shortest <= len(password) <= _LONGEST:
        raise Invalid(f"A password has {shortest} to {_LONGEST} characters.", field="password")
    if len(set(password)) < _FEWEST_SIGNS or _is_a_run(password):
        raise Invalid("This password is too easy to guess.", field="password")
    small = password.lower()
    for word in about:
        stem = word.lower().partition("@")[0]
        if len(stem) >= 4 and len(small.replace(stem, "")) < SHORTEST_GIVEN // 2:
            raise Invalid("A password is not one's own name.", field="password")
    return password


def _is_a_run(password: str) -> bool:
    """Whether it is one pattern again and again, or signs that follow one another."""
    steps = {ord(b) - ord(a) for a, b in pairwise(password)}
    repeats = any(
        password == (password[:size] * len(password))[: len(password)] for size in range(1, 4)
    )
    return len(steps) == 1 or repeats
