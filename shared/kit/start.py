"""`python -m shared.kit.start services.runs.app`: one service, a fifth sooner.

What is imported stays, and there is much of it: Python's looking for garbage among it, which finds
none, is a fifth of a start. `garbage.look_seldom` lets it look again once all is assembled.
"""

from __future__ import annotations

import gc
import importlib
import sys


def main() -> None:
    """The service whose module is named."""
    gc.disable()
    importlib.import_module(sys.argv[1]).main()


if __name__ == "__main__":
    main()
