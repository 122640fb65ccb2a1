"""Carrying moves out, batch by batch; what a crash interrupts is gone on with at the next start."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from pymongo.errors import DuplicateKeyError

from services.runs.domain.moving import Move, MoveState, sort_out
from services.runs.domain.run import Run
from services.runs.repository.copies import MongoCopies
from services.runs.repository.moves import MongoMoves
from shared.kit import logs
from shared.kit.outbox import Announcement

log = logs.get(__name__)

BATCH = 500

News = Callable[[Sequence[Run], str, str, str], Announcement]


class MoveCarrier:
    """The port `Carrier`."""

    def __init__(self, moves: MongoMoves, copies: MongoCopies, news: News) -> None:
        self._moves = moves
        self._copies = copies
        self._news = news
        self._busy: set[str] = set()

    async def carry_out(self, move: Move) -> Move:
        """Until nothing waits."""
        self._busy.add(move.id)
        try:
            while move.waiting:
                await self._carry_some(move)
            undone = move.state in (MoveState.UNDOING, MoveState.UNDONE)
            move.state = MoveState.UNDONE if undone else MoveState.DONE
            await self._moves.save(move)
        finally:
            self._busy.discard(move.id)
        return move

    async def resume(self) -> None:
        """Once at start, then nothing more to do; waits so that the service does not end."""
        for move in await self._moves.unfinished():
            if move.id not in self._busy:
                log.info("move resumed", move=move.id, waiting=len(move.waiting))
                await self.carry_out(move)
        await asyncio.Event().wait()

    async def _carry_some(self, move: Move) -> None:
        back = move.state is MoveState.UNDOING
        source, target = (move.target, move.source) if back else (move.source, move.target)
        some = move.waiting[: 1 if move.copies else BATCH]
        runs = await self._moves.load(source, some)
        taken = await self._moves.names_in(target, [run.name for run in runs])
        going, skipped = sort_out(runs, taken, copies=move.copies)
        before = (list(move.waiting), list(move.moved), list(move.skipped))
        move.waiting = move.waiting[len(some) :]
        move.skipped += skipped
        try:
            if move.copies:
                move.moved += [(await self._copies.copy(run, target)).id for run in going]
                await self._moves.save(move)
            else:
                move.moved += [run.id for run in going]
                news = [self._news(going, source, target, move.by)] if going else []
                await self._moves.carry(move, going, source, target, news)
        except DuplicateKeyError:
            # A run of the same name was born there meanwhile: look again.
            move.waiting, move.moved, move.skipped = before
