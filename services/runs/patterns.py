"""Which regular expressions a user's filter may hold: those in RE2's reach."""

from __future__ import annotations

import re2


def accepted(pattern: str) -> bool:
    """Whether RE2, which never backtracks, can compile it within a small budget."""
    options = re2.Options()
    options.max_mem = 1 << 20
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error:
        return False
    return True
