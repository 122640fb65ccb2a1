"""A clean computer on which somebody uses the wandb SDK, exactly as PyPI ships it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.sdk.install import NEWEST, python_of
from tests.sdk.interpreters import Forked, interpreter
from tests.servers import ROOT, wait_for

SDKS = ROOT / ".venv" / "sdk"
PATIENCE_S = 150.0
"""For one program; drills take more."""
NOWHERE = "http://127.0.0.1:9"
"""A proxy that does not answer: whatever is not meant for loopback fails at once."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody known to a Cordée."""

    username: str
    email: str
    api_key: str


@dataclass(frozen=True, slots=True)
class Ran:
    """How a program ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> Any:
        """What the program printed last, read as JSON; NaN and infinities are themselves."""
        return json.loads(self.out.splitlines()[-1])

    def __str__(self) -> str:
        return f"exit code {self.code}\n--- out\n{self.out[-4_000:]}\n--- err\n{self.err[-4_000:]}"


class Stayed(AssertionError):
    """A program did not end; what it said holds where it was."""

    def __init__(self, arguments: list[str], ran: Ran) -> None:
        super().__init__(f"{arguments} did not end: {ran}")
        self.ran = ran


class Machine:
    """A home and a working directory of their own, one SDK, and who is signed in."""

    def __init__(
        self,
        url: str,
        user: User | None = None,
        version: str = NEWEST,
        *,
        folder: Path = SDKS,
        patience_s: float | None = None,
    ) -> None:
        """`folder` has a venv for each version; those of the tests' own are imported once."""
        self.url = url
        self._patience_s = patience_s or PATIENCE_S
        self.user = user
        self.home = Path(tempfile.mkdtemp(prefix="sdk-"))  # short: the SDK opens sockets below
        self._said = Path(tempfile.mkdtemp(prefix="said-"))
        self._forked = folder == SDKS
        self._python = python_of(folder, version)
        if not self._python.exists():
            raise AssertionError(f"wandb {version} is not installed; run `make sdk`.")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.rmtree(self._said, ignore_errors=True)

    def run(self, script: str | Path, *args: str, exits: int = 0, **env: str) -> Ran:
        """Run a script, given as text or as a file, to its end; it must exit with `exits`."""
        return self._finished([self._placed(script), *args], exits, env)

    def read(self, script: str, *args: str) -> Any:
        """What a script that only reads told at last, even if its interpreter then stays.

        With 0.28.2 it once did, after it had written out all it had to say.
        """
        try:
            return self.run(script, *args).told
        except Stayed as late:
            if not late.ran.out.endswith("\n"):
                raise
            return late.ran.told

    def wandb(self, *args: str, exits: int = 0, **env: str) -> Ran:
        """The SDK's command line."""
        return self._finished(["-m", "wandb", *args], exits, env)

    def start(self, script: str | Path, *args: str, **env: str) -> Started:
        """Run a script beside the test."""
        return self._started([self._placed(script), *args], env)

    def _placed(self, script: str | Path) -> str:
        if isinstance(script, Path):
            return str(script)
        (self.home / "train.py").write_text(textwrap.dedent(script), encoding="utf-8")
        return "train.py"

    def _finished(self, arguments: list[str], exits: int, env: Mapping[str, str]) -> Ran:
        started = self._started(arguments, env)
        try:
            return started.ended(exits, self._patience_s)
        except subprocess.TimeoutExpired:
            raise Stayed(arguments, started.abort()) from None

    def _started(self, arguments: list[str], env: Mapping[str, str]) -> Started:
        said = Path(tempfile.mkdtemp(dir=self._said))
        with (said / "out").open("wb") as out, (said / "err").open("wb") as err:
            if self._forked:
                warm = interpreter(self._python)
                return Started(warm.start(arguments, self.home, self._env(env), out, err), said)
            command = [str(self._python), *arguments]
            return Started(
                subprocess.Popen(
                    command,
                    cwd=self.home,
                    env=self._env(env),
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=err,
                    start_new_session=True,
                ),
                said,
            )

    def _env(self, more: Mapping[str, str]) -> dict[str, str]:
        """Nothing of the test's own environment but the path; later ones win, empty ones go."""
        env = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "PYTHONFAULTHANDLER": "1",
            "HOME": str(self.home),
            "TMPDIR": str(self.home),
            "HTTP_PROXY": NOWHERE,
            "HTTPS_PROXY": NOWHERE,
            "NO_PROXY": "127.0.0.1,localhost",
            "WANDB_BASE_URL": self.url,
            "WANDB_API_KEY": self.user.api_key if self.user else "",
            "WANDB_SILENT": "true",
            "WANDB_ERROR_REPORTING": "false",
            **more,
        }
        return {name: value for name, value in env.items() if value}


class Started:
    """A script that runs, in a process group with everything that the SDK starts for it."""

    def __init__(self, process: subprocess.Popen[bytes] | Forked, said: Path) -> None:
        """`said` holds its output and its errors."""
        self.process = process
        self._out, self._err = said / "out", said / "err"

    def wait_told(self, seconds: float = 60.0) -> Any:
        """What it printed last, read as JSON, as soon as there is a whole line."""

        def line() -> str | None:
            assert self.process.poll() in (None, 0), str(self._so_far())
            lines = self._out.read_text(encoding="utf-8").splitlines(keepends=True)
            return next((line for line in reversed(lines) if line.endswith("\n")), None)

        return json.loads(wait_for("a line of the script", line, seconds))

    def kill(self) -> None:
        """kill -9 of the script and of the SDK's own process: the machine is gone."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def abort(self) -> Ran:
        """End it; Python and Go both say where they are."""
        os.killpg(self.process.pid, signal.SIGABRT)
        self.process.wait()
        return self._so_far()

    def ended(self, exits: int = 0, seconds: float = 60.0) -> Ran:
        """Wait for its end; it must exit with `exits`."""
        self.process.wait(seconds)
        ran = self._so_far()
        assert ran.code == exits, str(ran)
        return ran

    def _so_far(self) -> Ran:
        out, err = (file.read_text(encoding="utf-8") for file in (self._out, self._err))
        return Ran(-1 if self.process.poll() is None else self.process.returncode, out, err)
