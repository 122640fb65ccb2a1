"""An interpreter that has imported the SDK, and forks for each program: `warm.py SOCKET`.

To import wandb is a second of CPU, and all that most programs of the tests cost. Runs in the SDK's
venv, where there is nothing of ours; `tests/sdk/interpreters.py` is its other side.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import signal
import socket
import sys
import tempfile
import types
from pathlib import Path
from typing import Any, cast

import wandb  # noqa: F401 - what all this is for

MOST_BYTES, FILES = 128 * 1024, 4
FOLDERS = [one for one in gc.get_objects() if isinstance(one, tempfile.TemporaryDirectory)]
KEPT: list[tempfile.TemporaryDirectory[str]] = []


def serve(asking: socket.socket) -> dict[str, Any] | None:
    """Fork for each that is asked for; the fork returns what it is to be, we None at the end."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        said, files, _, _ = socket.recv_fds(asking, MOST_BYTES, FILES)
        if not said:
            return None
        if os.fork() == 0:
            asking.close()
            watch_over(files)
            return cast(dict[str, Any], json.loads(said))
        for file in files:
            os.close(file)


def watch_over(files: list[int]) -> None:
    """Fork once more, and tell of the fork's pid and end; returns in the fork alone.

    `files` are its standard input, output and errors, and where to tell.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    *standard, telling = files
    program = os.fork()
    if program:
        os.write(telling, f"{program}\n".encode())
        _, status = os.waitpid(program, 0)
        os.write(telling, f"{os.waitstatus_to_exitcode(status)}\n".encode())
        os._exit(0)
    os.setsid()
    for number, file in enumerate(standard):
        os.dup2(file, number)
    for file in files:
        os.close(file)


def become(asked: dict[str, Any]) -> None:
    """What `python` with these arguments, environment and folder would be."""
    os.environ.clear()
    os.environ.update(asked["env"])
    os.chdir(asked["folder"])
    folders_of_its_own()
    sys.argv = asked["argv"]
    if sys.argv[0] == "-m":
        del sys.argv[0]
        sys.path[0] = str(Path.cwd())
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        return
    script = Path.cwd() / sys.argv[0]
    sys.path[0] = str(script.parent)
    # Not `runpy.run_path`, which takes `__main__` away before what was left for the exit runs.
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    main.__file__ = str(script)
    code = compile(script.read_bytes(), script, "exec")
    exec(code, vars(main))  # noqa: S102 - a program is what this is asked to run


def folders_of_its_own() -> None:
    """Modules made temporary folders when they were imported; two programs must not share one."""
    tempfile.tempdir = None
    for folder in FOLDERS:
        folder._finalizer.detach()
        fresh = tempfile.TemporaryDirectory(Path(folder.name).name)
        vars(folder).update(vars(fresh))
        KEPT.append(fresh)


if __name__ == "__main__":
    gc.freeze()  # nothing imported is looked at again, or every fork would copy it all
    asked = serve(socket.socket(fileno=int(sys.argv[1])))
    if asked is not None:
        become(asked)
