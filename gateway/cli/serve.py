"""`cordee identity | runs | alerts | gateway`: one service in the foreground."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from shared.embedded.environment import MALLOC

MODULES = {
    "identity": "services.identity.app",
    "runs": "services.runs.app",
    "alerts": "services.alerts.app",
    "gateway": "gateway.app",
}
"""Named and never imported: the gateway's package knows the services by their subjects alone."""


def argv_of(service: str) -> tuple[str, ...]:
    """The command that runs one service.

    `-P` keeps the current folder off the import path: one that happens to hold a `shared` or a
    `services` of its own would otherwise be taken for ours.
    """
    return (sys.executable, "-P", "-m", "shared.kit.start", MODULES[service])


def command_for(service: str) -> Callable[[], None]:
    """The command that becomes that service, so that signals reach it directly."""

    def serve() -> None:
        argv = argv_of(service)
        os.execve(argv[0], argv, {**MALLOC, **os.environ})  # noqa: S606 - our own interpreter

    return serve
