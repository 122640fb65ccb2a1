"""The wandb SDKs that the tests drive, each in a venv of its own: `install.py FOLDER`.

An SDK is installed once; a venv without its stamp, or with another one, is made anew. The SDK is
pinned, what it depends on is whatever its users would get today.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

NEWEST = "0.31.0"
VERSIONS = {
    NEWEST: ("numpy", "pandas", "pillow"),
    "0.30.0": (),
    "0.28.2": (),
}
"""Each with what its tests need beside it."""

UV = Path(sys.executable).with_name("uv")


def python_of(folder: Path, version: str) -> Path:
    """The interpreter of one SDK's venv."""
    return folder / version / "bin" / "python"


def install(folder: Path, version: str) -> None:
    """Raises CalledProcessError, with what was printed, when it does not work."""
    venv = folder / version
    with anew(venv, [f"wandb=={version}", *VERSIONS[version]]) as wanted:
        if wanted:
            _run("venv", "--python", sys.executable, str(venv))
            _run("pip", "install", "--python", str(python_of(folder, version)), *wanted)


@contextmanager
def anew(venv: Path, packages: Sequence[str]) -> Iterator[Sequence[str]]:
    """What is to be installed into a venv: nothing if it has this already. Stamped at the end."""
    stamp, said = venv / ".installed", "\n".join([sys.version, *packages])
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == said:
        yield ()
        return
    shutil.rmtree(venv, ignore_errors=True)
    yield packages
    stamp.write_text(said, encoding="utf-8")


def _run(*arguments: str) -> None:
    command = [str(UV), *arguments[:1], "--quiet", *arguments[1:]]
    subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def main(folder: Path) -> int:
    """Install what is missing, all at once; 1 when something could not be."""
    failed = 0
    with ThreadPoolExecutor() as pool:
        under_way = {version: pool.submit(install, folder, version) for version in VERSIONS}
    for version, done in under_way.items():
        error = done.exception()
        if error is not None:
            failed = 1
            said = error.stdout if isinstance(error, subprocess.CalledProcessError) else str(error)
            print(f"wandb {version} could not be installed into {folder}:\n{said}", file=sys.stderr)
    return failed


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: install.py FOLDER")
    sys.exit(main(Path(sys.argv[1])))
