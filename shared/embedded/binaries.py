"""Finding mongod and nats-server: from the environment, from wheels, from the PATH."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.embedded.failures import CannotStart

_VERSION = re.compile(r"v(\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True)
class Binary:
    """A server program that has been seen to run here."""

    path: Path
    version: tuple[int, int, int]

    @property
    def series(self) -> str:
        """Major and minor: what decides whether two mongods read each other's files."""
        return f"{self.version[0]}.{self.version[1]}"

    def __str__(self) -> str:
        """The version, as people write it."""
        return ".".join(map(str, self.version))


def find_mongod(
    written_by: str | None = None, environment: Mapping[str, str] = os.environ
) -> Binary:
    """The mongod to run: `CORDEE_MONGOD`, else the newest of the wheel's and the PATH's.

    Data that exist decide first: a mongod refuses files that are two series older, so one of
    the series that wrote them (`written_by`) is taken before a newer one.
    """
    chosen = environment.get("CORDEE_MONGOD")
    if chosen:
        return inspect(Path(chosen), remedy="Correct CORDEE_MONGOD.")
    packaged = [
        Path(sysconfig.get_path(scheme)) / "fiftyone/db/bin/mongod"
        for scheme in ("purelib", "platlib")
    ]
    found = _existing(packaged)[:1] + _on_path("mongod", environment)
    if not found:
        raise CannotStart(
            "No mongod found. Run `make setup`, install MongoDB 6.0 or newer, name one in "
            "CORDEE_MONGOD, or give a running server with --mongo-url."
        )
    remedy = "Install what it misses (on Debian: libcurl4), or name another in CORDEE_MONGOD."
    candidates = [inspect(path, remedy=remedy) for path in found]
    same_series = [one for one in candidates if one.series == written_by]
    return max(same_series or candidates, key=lambda one: one.version)


def find_nats_server(environment: Mapping[str, str] = os.environ) -> Binary:
    """The nats-server to run: the wheel's, else the PATH's."""
    packaged = Path(sysconfig.get_path("scripts")) / "nats-server"
    found = _existing([packaged]) or _on_path("nats-server", environment)
    if not found:
        raise CannotStart(
            "No nats-server found. Run `make setup`, install nats-server 2.11 or newer, "
            "or give a running server with --nats-url."
        )
    return inspect(found[0], remedy="Install nats-server 2.11 or newer.")


def inspect(path: Path, *, remedy: str) -> Binary:
    """Run `path --version`; `remedy` ends the sentence that says why it does not work."""
    try:
        asked = subprocess.run(  # noqa: S603 - a program the operator or our wheel names
            [path, "--version"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotStart(f"{path} does not run ({error}). {remedy}") from error
    version = _VERSION.search(asked.stdout)
    if asked.returncode != 0 or version is None:
        said = (asked.stderr or asked.stdout).strip().splitlines()[:1] or ["it says nothing"]
        raise CannotStart(f"{path} does not run here: {said[0]}. {remedy}")
    major, minor, patch = map(int, version.groups())
    return Binary(path, (major, minor, patch))


def _existing(paths: list[Path]) -> list[Path]:
    return [path for path in paths if os.access(path, os.X_OK)]


def _on_path(name: str, environment: Mapping[str, str]) -> list[Path]:
    found = shutil.which(name, path=environment.get("PATH"))
    return [Path(found)] if found else []
