"""Argon2id in a few threads, so that many sign-ins at once never starve the rest."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_MEMORY_KIB, _PASSES, _LANES = 64 * 1024, 3, 1
_THREADS = 4

T = TypeVar("T")


class Argon2Passwords:
    """64 MiB and three passes a hash; at most four hashes at a time."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(
            time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=_LANES
        )
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="argon2")
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """The form in which it is kept."""
        return await self._in_thread(self._hasher.hash, password)

    async def fits(self, password: str, kept: str | None) -> bool:
        """Whether it is the one; where there is none, somebody's unknown one is tried instead."""
        if self._nobody is None:
            self._nobody = await self.hash(secrets.token_urlsafe(32))
        fits = await self._in_thread(self._verify, kept or self._nobody, password)
        return fits and kept is not None

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, work: Callable[..., T], *arguments: str) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
