"""Becomes another program that ends when the process that started it ends.

Run as a file, `python -I -S leash.py PARENT PROGRAM ARGUMENT...`, because the kernel wants to be
told from inside the new process, and a `preexec_fn` is unsafe once there are threads.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, argv: list[str]) -> None:
    """Set the leash where the kernel has one, allow many open files, then become `argv`."""
    tie(parent)
    _allow_many_files()
    os.execvpe(argv[0], argv, os.environ)  # noqa: S606 - becoming another program is the point


def tie(parent: int) -> None:
    """From now on this process is told to end when the thread that started it ends."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:
        sys.exit("Its parent was gone before it began.")


def _allow_many_files() -> None:
    most = 10_240 if sys.platform == "darwin" else 65_536  # macOS refuses more
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most if hard == resource.RLIM_INFINITY else min(hard, most)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
