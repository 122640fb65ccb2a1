"""`cordee` itself, as somebody runs it in a shell or a CI job."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.cordee import Cordee
from tests.sdk.machine import User
from tests.servers import ROOT


class Command:
    """One user's commands to one Cordée; `env` is all that they know of the world."""

    def __init__(self, cordee: Cordee, user: User, **env: str) -> None:
        self._env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "WANDB_BASE_URL": cordee.url,
            "WANDB_API_KEY": user.api_key,
            **env,
        }

    def __call__(self, *args: str, exits: int = 0, **env: str) -> str:
        """What it prints; of wrong use (2) what it says on stderr."""
        code = "from gateway.cli import main; main()"
        argv = [sys.executable, "-P", "-c", code, *args]
        done = subprocess.run(
            argv, env={**self._env, **env}, capture_output=True, text=True, check=False
        )
        assert done.returncode == exits, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout if exits != 2 else done.stderr
