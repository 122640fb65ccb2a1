"""Carrying moves out, batch by batch; what a fault or a crash interrupts is gone on with."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta

from pymongo.errors import DuplicateKeyError, PyMongoError

from services.runs.archive.following import ArtifactFollower
from services.runs.domain.moving import TAKEN, Move, MoveState, sort_out
from services.runs.domain.run import Run
from services.runs.repository.copies import MongoCopies
from services.runs.repository.moves import MongoMoves
from shared.errors import CordeeError, NotFound
from shared.kit import clock, logs
from shared.kit.ids import new_id
from shared.kit.outbox import Announcement

log = logs.get(__name__)

BATCH = 500
LOOK_EVERY_S = 10.0
IDLE = timedelta(seconds=30)
"""Who carries a move says so more often; one that was not touched for so long nobody carries."""
_SAVE_S = 5.0
"""A move of many runs is a large document: it is not written after each artifact of them."""
_TOUCH_S = IDLE.total_seconds() / 4

News = Callable[[Sequence[Run], str, str, str], Announcement]


class MoveCarrier:
    """The port `Carrier`."""

    def __init__(
        self, moves: MongoMoves, copies: MongoCopies, follower: ArtifactFollower, news: News
    ) -> None:
        self._moves = moves
        self._follower = follower
        self._copies = copies
        self._news = news
        self._busy: set[str] = set()
        self._begun: set[asyncio.Task[None]] = set()

    async def carry_out(self, move: Move) -> Move:
        """Until nothing waits. Raises Conflict when somebody else has begun to."""
        self._busy.add(move.id)
        touching = asyncio.create_task(self._keep(move))
        try:
            await self._moves.save(move)
            while move.waiting or move.followed:
                if move.followed:
                    await self._let_follow(move)
                else:
                    await self._carry_some(move)
            undone = move.state in (MoveState.UNDOING, MoveState.UNDONE)
            move.state = MoveState.UNDONE if undone else MoveState.DONE
            await self._moves.save(move)
        finally:
            touching.cancel()
            self._busy.discard(move.id)
        return move

    async def _keep(self, move: Move) -> None:
        """One artifact may be larger than a whole batch: it is still us."""
        while True:
            await asyncio.sleep(_TOUCH_S)
            with suppress(PyMongoError):
                await self._moves.touch(move)

    def begin(self, move: Move) -> None:
        """The same, without waiting for it."""
        task = asyncio.create_task(self._try(move))
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)

    async def resume(self) -> None:
        """For ever: what an earlier life, or a process that died, left unfinished.

        Should somebody still carry it, who comes second finds out at the first batch.
        """
        while True:
            try:
                left = await self._moves.unfinished(clock.now() - IDLE)
            except PyMongoError as error:
                log.warning("moves not looked for", error=str(error))
                left = []
            for move in [move for move in left if move.id not in self._busy]:
                log.info("move resumed", move=move.id, waiting=len(move.waiting))
                await self._try(move)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _try(self, move: Move) -> None:
        """A fault is only told: the move stays unfinished, and is found again."""
        try:
            await self.carry_out(move)
        except (PyMongoError, CordeeError) as error:
            log.warning("move interrupted", move=move.id, error=str(error))
        except Exception:  # it must end neither the other moves nor the process
            log.exception("fault in a move", move=move.id)

    async def _let_follow(self, move: Move) -> None:
        """The artifacts of runs that have gone: done again after a crash, until it is saved."""
        source, target = _way(move)
        saved_at = time.monotonic()

        async def between() -> None:
            nonlocal saved_at
            if time.monotonic() - saved_at > _SAVE_S:
                await self._moves.save(move)
                saved_at = time.monotonic()

        if move.copies:
            for pair in move.followed:
                await self._copy(move, pair, source, target)
        else:
            move.skipped += await self._follower.follow(
                move.followed, source, target, freely=move.freely, between=between
            )
        move.followed = []
        await self._moves.save(move)

    async def _copy(self, move: Move, pair: str, source: str, target: str) -> None:
        """The copy's id was kept before there is a copy: however often it is begun, it is one."""
        old, _, new = pair.partition(":")
        if not await self._copies.exists(new):
            runs = await self._moves.load(source, [old])
            reason = await self._copy_run(runs[0], new, target) if runs else ""
            if reason is not None:
                move.moved.remove(new)
                move.skipped += [(run.name, reason) for run in runs]
                return
        move.skipped += await self._follower.copy(old, new, source, target)

    async def _copy_run(self, run: Run, new: str, target: str) -> str | None:
        """Why it cannot be."""
        try:
            await self._copies.copy(run, new, target)
        except DuplicateKeyError:  # born there meanwhile
            reason = TAKEN
        except NotFound:
            reason = "Some of its bytes are not there."
        else:
            return None
        await self._copies.forget(new)
        return reason

    async def _carry_some(self, move: Move) -> None:
        source, target = _way(move)
        some = move.waiting[: 1 if move.copies else BATCH]
        runs = await self._moves.load(source, some)
        taken = await self._moves.names_in(target, [run.name for run in runs])
        going, skipped = sort_out(runs, taken, copies=move.copies)
        before = (list(move.waiting), list(move.moved), list(move.skipped))
        move.waiting = move.waiting[len(some) :]
        move.skipped += skipped
        try:
            if move.copies:
                copies = [(run.id, new_id()) for run in going]
                move.moved += [new for _, new in copies]
                move.followed = [f"{old}:{new}" for old, new in copies]
                await self._moves.save(move)
            else:
                await self._moves.carry(
                    move,
                    going,
                    source,
                    target,
                    lambda gone: [self._news(gone, source, target, move.by)],
                )
        except DuplicateKeyError:
            # A run of the same name was born there meanwhile: look again.
            move.waiting, move.moved, move.skipped = before
            move.followed = []


def _way(move: Move) -> tuple[str, str]:
    """From where to where; an undone move goes back."""
    back = move.state is MoveState.UNDOING
    return (move.target, move.source) if back else (move.source, move.target)
