"""When Python looks for cycles of garbage: seldom, and never among what start-up has made.

Its default is to look through the youngest objects after every 700 allocations and through all of
them now and then: for a process that holds a whole framework and answers small questions that is a
tenth of its work. Most of what a question leaves behind is no cycle and is freed without that.
"""

from __future__ import annotations

import gc

YOUNG, MIDDLE, OLD = 20_000, 20, 20


def look_seldom() -> None:
    """Called once everything is assembled: what is there now stays until the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
    gc.enable()  # `shared.kit.start` begins without
