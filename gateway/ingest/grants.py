"""Who may log to which run: asked together while one question is under way, remembered briefly.

The SDK is heard of every fifteen seconds, so what is remembered for one second helps only those who
log much; for ten thousand quiet runs each request needs an answer of its own. Those that wait
together ask together: load makes questions longer instead of more.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from dataclasses import dataclass

from shared.contracts.identity import Caller
from shared.contracts.runs import OPEN_STREAMS, OpenStreams, StreamAnswer, StreamAsk, StreamGrant
from shared.errors import BY_CODE, CordeeError, Unavailable
from shared.kit import logs
from shared.lifetimes import STREAM_GRANT_S
from shared.messaging.bus import Bus

Names = tuple[str, str, str]
"""Entity, project and run, as they stand in the path."""
_Place = tuple[str, ...]

log = logs.get(__name__)

MOST_AT_ONCE = 256
UNDER_WAY = 2
"""Questions at a time: while the one is answered, the other gathers or travels."""
_KEPT = 100_000


@dataclass(slots=True)
class _Waiting:
    place: _Place
    ask: StreamAsk
    done: asyncio.Future[StreamGrant]


class Grants:
    """One instance per process."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._known: OrderedDict[_Place, tuple[float, StreamGrant]] = OrderedDict()
        self._waiting: deque[_Waiting] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._asking = 0

    async def of(self, caller: Caller, names: Names) -> StreamGrant:
        """Raises what the owner of runs says against it."""
        place = (caller.principal_id or "", caller.key_id or "", *names)
        kept = self._known.get(place)
        if kept is not None and kept[0] > time.monotonic():
            return kept[1]
        entity, project, run = names
        ask = StreamAsk(caller=caller, entity=entity, project=project, run=run)
        waiting = _Waiting(place, ask, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._asking < UNDER_WAY:
            self._asking += 1
            task = asyncio.create_task(self._work_off())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await waiting.done

    def forget_run(self, run_id: str) -> None:
        """A run was moved, deleted or started afresh: its grants are void."""
        for place in [p for p, (_, grant) in self._known.items() if grant.run_id == run_id]:
            del self._known[place]

    async def _work_off(self) -> None:
        try:
            while self._waiting:
                count = min(MOST_AT_ONCE, len(self._waiting))
                await self._settle([self._waiting.popleft() for _ in range(count)])
        finally:  # in the step that saw nobody waiting; a callback comes too late for some
            self._asking -= 1

    async def _settle(self, group: list[_Waiting]) -> None:
        """Everybody in the group gets an answer, and nobody the fault of another's question."""
        try:
            await self._ask(group)
        except Unavailable as error:
            _fail(group, error)
        except Exception as error:
            if len(group) > 1:
                for one in group:
                    await self._settle([one])
                return
            log.exception("fault in asking for a grant")
            _fail(group, error if isinstance(error, CordeeError) else Unavailable("internal fault"))

    async def _ask(self, group: list[_Waiting]) -> None:
        asked = time.monotonic()  # an answer may already be as old as it took to come
        question = OpenStreams(asks=[one.ask for one in group])
        found = await self._bus.call(OPEN_STREAMS, question, again=True)
        for one, answer in zip(group, found.answers, strict=True):
            if answer.grant is not None:
                self._known[one.place] = (asked + STREAM_GRANT_S, answer.grant)
                self._known.move_to_end(one.place)
            if one.done.done():  # who asked has gone away
                continue
            if answer.grant is not None:
                one.done.set_result(answer.grant)
            else:
                one.done.set_exception(_failure(answer))
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)


def _fail(group: list[_Waiting], error: CordeeError) -> None:
    for one in group:
        if not one.done.done():
            one.done.set_exception(type(error)(error.message))


def _failure(answer: StreamAnswer) -> CordeeError:
    return BY_CODE.get(answer.error or "", Unavailable)(answer.message)
