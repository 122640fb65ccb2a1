"""Imports what services are made of once, and forks each of them: run by `nursery.Nursery`.

Alone, each of four services spends two seconds of CPU on importing mostly the same, and keeps a
copy of its own; forks share one. What is asked comes over a socket, one JSON object a message:
first `{"modules": […]}`, then for each service `{"module": …, "env": {…}}` with two files: where
its output goes, and where to tell its pid and, once it has ended, its exit code.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
from typing import Any, Never

from setproctitle import setproctitle

from shared.embedded import leash

MOST_BYTES, FILES = 256 * 1024, 2


def serve(asking: socket.socket) -> None:
    """Until the other side is gone; in a fork, until the service has ended."""
    woken = _woken_by_children()
    telling: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([asking.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            _tell_who_ended(telling)
        if asking.fileno() in ready:
            said, files, _, _ = socket.recv_fds(asking, MOST_BYTES, FILES)
            if not said:
                return
            out, told = files
            parent, pid = os.getpid(), os.fork()
            if pid == 0:
                for file in (asking.detach(), woken, told, *telling.values()):
                    os.close(file)
                _become(json.loads(said), out, parent)
            os.close(out)
            telling[pid] = told
            _tell(told, pid)


def _woken_by_children() -> int:
    """What can be read as soon as a child has ended."""
    woken, waking = os.pipe()
    os.set_blocking(waking, False)
    signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return woken


def _tell_who_ended(telling: dict[int, int]) -> None:
    while telling:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        told = telling.pop(pid)
        _tell(told, os.waitstatus_to_exitcode(status))
        os.close(told)


def _tell(told: int, number: int) -> None:
    try:
        os.write(told, f"{number}\n".encode())
    except BrokenPipeError:
        return  # who asked for it does not listen any more


def _become(asked: dict[str, Any], out: int, parent: int) -> Never:
    """The service, as if it had been started alone."""
    os.close(signal.set_wakeup_fd(-1))
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    leash.tie(parent)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for file, number in ((nothing, 0), (out, 1), (out, 2)):
        os.dup2(file, number)
    for file in (nothing, out):
        os.close(file)
    module: str = asked["module"]
    sys.argv = [module]
    # Before the environment is another: the title is written where the first one stood.
    setproctitle(f"cordee-{module.split('.')[-2]}: {module}")
    os.environ.clear()
    os.environ.update(asked["env"])
    importlib.import_module(module).main()
    sys.exit(0)


def main() -> None:
    """`python -m shared.embedded.forking SOCKET`, a descriptor."""
    with socket.socket(fileno=int(sys.argv[1])) as asking:
        gc.disable()  # `garbage.look_seldom` lets each fork look again
        for module in json.loads(asking.recv(MOST_BYTES))["modules"]:
            importlib.import_module(module)
        gc.freeze()  # to look at it would copy it
        serve(asking)


if __name__ == "__main__":
    main()
