"""`POST /files/{entity}/{project}/{run}/file_stream`: where everything that is logged comes in.

A raw ASGI application mounted in front of the framework: a body of a mebibyte costs half a
millisecond of CPU here, and ten times that through a validated model. The answer is given once
the chunk is on disk; with `complete`, once it can be read back (wire-protocol §3).
"""

from __future__ import annotations

import hashlib
import re
import time
from typing import Any
from urllib.parse import unquote

import orjson
from msgspec.structs import replace

from gateway.auth import Authenticator, key_of
from gateway.http.bodies import announced_size, read_body
from gateway.http.errors import ingest_answer
from gateway.ingest.envelope import MOST_BODY, read_envelope
from gateway.ingest.grants import Grants
from gateway.ingest.packing import chunks_of
from gateway.ingest.publisher import Publisher
from gateway.rates import Headers, Rates
from shared.contracts.runs import SETTLE_SHARD, SettleShard
from shared.errors import CordeeError, Unauthenticated, Unavailable
from shared.kit import logs
from shared.messaging.bus import Bus
from shared.messaging.ingest import shard_of

log = logs.get(__name__)

Scope = dict[str, Any]

PATH = re.compile(rb"/files/([^/]+)/([^/]+)/([^/]+)/file_stream")
SETTLE_S = 25.0


class FileStream:
    """The application; `takes` says which requests are its."""

    def __init__(
        self, bus: Bus, authenticator: Authenticator, publisher: Publisher, rates: Rates
    ) -> None:
        self._bus = bus
        self._rates = rates
        self._authenticator = authenticator
        self._publisher = publisher
        self._grants = Grants(bus)

    def takes(self, scope: Scope) -> bool:
        """Whether the request is one of file_stream."""
        return (
            scope["type"] == "http"
            and scope["method"] == "POST"
            and PATH.fullmatch(_path(scope)) is not None
        )

    def forget_run(self, run_id: str) -> None:
        """A run was moved, deleted or started afresh: its grants are void."""
        self._grants.forget_run(run_id)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        extra: Headers
        try:
            status, (body, extra) = 200, await self._take(scope, receive)
        except CordeeError as error:
            status, body, extra = ingest_answer(error)
        except Exception:  # the edge: a fault must never look final to the SDK
            log.exception("fault in file_stream")
            status, body, extra = ingest_answer(Unavailable("internal fault", retry_after=5))
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [
                    (b"content-type", b"application/json"),
                    (b"content-length", str(len(body)).encode()),
                    *extra,
                ],
            }
        )
        await send({"type": "http.response.body", "body": body})

    async def _take(self, scope: Scope, receive: Any) -> tuple[bytes, Headers]:
        headers = dict(scope["headers"])
        authorization = headers.get(b"authorization")
        key = key_of(authorization.decode("latin-1") if authorization else None)
        if key is None:
            raise Unauthenticated("No API key was sent.")
        caller = await self._authenticator.known(key)
        missing = self._rates.take(caller.principal_id, announced_size(headers))
        envelope = read_envelope(await read_body(headers, receive, MOST_BODY))
        grant = await self._grants.of(caller, _names(scope))
        sequence, shard = 0, shard_of(grant.run_id)
        writer = _writer(headers)
        for chunk in chunks_of(envelope, grant, int(time.time() * 1000)):
            said = replace(chunk, writer=writer) if writer else chunk
            sequence = await self._publisher.publish(shard, said)
        if envelope.complete:
            await self._settle(shard, sequence)
        return orjson.dumps({"stopped": grant.stop_requested}), self._rates.headers(missing)

    async def _settle(self, shard: int, sequence: int) -> None:
        await self._bus.call(
            SETTLE_SHARD,
            SettleShard(shard=shard, sequence=sequence),
            at=str(shard),
            patience=SETTLE_S,
        )


def _writer(headers: dict[bytes, bytes]) -> str:
    """Who speaks of several that share a run (wire-protocol §1.4); nothing for all others."""
    if headers.get(b"x-wandb-use-async-filestream") != b"true":
        return ""
    name = headers.get(b"x-wandb-async-client-id", b"")
    return hashlib.blake2b(name, digest_size=8).hexdigest()  # a client's text is no key of ours


def _path(scope: Scope) -> bytes:
    raw = scope.get("raw_path") or scope["path"].encode()
    return bytes(raw).partition(b"?")[0]


def _names(scope: Scope) -> tuple[str, str, str]:
    found = PATH.fullmatch(_path(scope))
    if found is None:
        raise ValueError("not a file_stream path")
    entity, project, run = (unquote(part.decode("latin-1")) for part in found.groups())
    return entity, project, run
