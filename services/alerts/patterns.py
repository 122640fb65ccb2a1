"""Regular expressions in filters of events: RE2's, which never backtracks."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

_MOST = 256


def accepted(pattern: str) -> bool:
    """Whether RE2 can compile it within a small budget."""
    if len(pattern) > _MOST:
        return False
    try:
        _compiled(pattern)
    except re2.error:
        return False
    return True


def found(pattern: str, text: str) -> bool:
    """Whether it is somewhere in the text."""
    return _compiled(pattern).search(text) is not None


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.max_mem = 1 << 20
    options.log_errors = False
    return re2.compile(pattern, options)
