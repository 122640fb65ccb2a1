"""Assembly of the gateway: settings → bus → routes; the only file here that knows all rooms."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import nats
import uvicorn
from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from nats.aio.client import Client
from pydantic_core import PydanticSerializationError
from starlette.exceptions import HTTPException

from gateway.auth import Authenticator
from gateway.browsers import Browsers
from gateway.graphql import route as graphql_route
from gateway.graphql import schema as graphql_schema
from gateway.graphql.documents import Documents
from gateway.graphql.fresh_keys import FreshKeys
from gateway.http import (
    alerts,
    api_keys,
    audit,
    channels,
    deliveries,
    docs,
    errors,
    files,
    health,
    invitations,
    mailboxes,
    members,
    moves,
    oidc,
    organizations,
    passwords,
    projects,
    rules,
    service_accounts,
    sessions,
    sign_ups,
    sso,
    teams,
    users,
)
from gateway.http.middleware import Bounded, Stamped
from gateway.ingest.filestream import FileStream
from gateway.ingest.publisher import Publisher
from gateway.settings import GatewaySettings
from gateway.signing import Signer
from shared.contracts.identity import (
    KEY_REVOKED,
    PRINCIPAL_CHANGED,
    SESSION_REVOKED,
    KeyRevoked,
    PrincipalChanged,
    SessionRevoked,
)
from shared.contracts.runs import STREAM_CLOSED, StreamClosed
from shared.errors import CordeeError
from shared.kit import logs
from shared.kit.blobs import Blobs
from shared.messaging.bus import Bus
from shared.messaging.grants import inbox_prefix

log = logs.get(__name__)

ROUTERS = (
    users.router,
    api_keys.router,
    sessions.router,
    sign_ups.router,
    passwords.router,
    mailboxes.router,
    sso.router,
    teams.router,
    members.router,
    invitations.router,
    service_accounts.router,
    oidc.router,
    organizations.router,
    audit.router,
    projects.router,
    moves.router,
    rules.router,
    channels.router,
    alerts.router,
    deliveries.router,
)


class Gateway:
    """The whole application: file_stream in front, the framework behind it."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._stream: FileStream | None = None
        self._publisher: Publisher | None = None
        self.framework = self._framework()
        self._app = Stamped(self._dispatch)
        self._bounded = Bounded(self.framework)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        await self._app(scope, receive, send)

    async def _dispatch(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if self._stream is not None and self._stream.takes(scope):
            await self._stream(scope, receive, send)
        else:
            await self._bounded(scope, receive, send)

    def _framework(self) -> FastAPI:
        app = FastAPI(
            title="Cordée",
            version="1",
            openapi_url="/api/v1/openapi.json",
            docs_url=None,
            redoc_url=None,
            lifespan=self._lifespan,
        )
        app.add_exception_handler(CordeeError, errors.on_cordee_error)
        app.add_exception_handler(RequestValidationError, errors.on_validation_error)
        app.add_exception_handler(PydanticSerializationError, errors.on_half_a_sign)
        app.add_exception_handler(HTTPException, errors.on_http_error)
        app.add_exception_handler(Exception, errors.on_fault)
        api = APIRouter(prefix="/api/v1")
        for router in ROUTERS:
            api.include_router(router)
        app.include_router(api)
        app.include_router(graphql_route.router)
        app.include_router(oidc.token_router)
        app.include_router(files.router)
        app.include_router(health.router)
        app.include_router(docs.router)
        app.mount(docs.ASSETS, docs.STATIC)
        return app

    @contextlib.asynccontextmanager
    async def _lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        settings = self._settings
        connection = await _connect(settings)
        bus = Bus(connection)
        authenticator = Authenticator(bus, settings.key_pepper.get_secret_value().encode())
        self._publisher = Publisher(bus)
        self._stream = FileStream(bus, authenticator, self._publisher)
        await _forget_on_news(connection, authenticator, self._stream)
        app.state.bus = bus
        app.state.authenticator = authenticator
        app.state.browsers = Browsers(
            settings.session_key.get_secret_value().encode(), settings.base_url
        )
        app.state.fresh_keys = FreshKeys()
        app.state.signer = Signer(
            settings.url_signing_key.get_secret_value().encode(), settings.base_url
        )
        app.state.blobs = Blobs(settings.blob_url)
        app.state.schema = graphql_schema.build()
        app.state.documents = Documents(app.state.schema)
        yield
        await self._publisher.drain()
        await connection.drain()


async def _connect(settings: GatewaySettings) -> Client:
    """Reconnects for ever; what is asked meanwhile is answered 503."""

    async def on_error(error: Exception) -> None:
        log.error("nats", error=str(error))

    seed = settings.nats_nkey.get_secret_value() if settings.nats_nkey else None
    return await nats.connect(
        settings.nats_url,
        name="cordee-gateway",
        nkeys_seed_str=seed,
        inbox_prefix=inbox_prefix("gateway").encode(),
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        pending_size=64 * 1024 * 1024,
        error_cb=on_error,
    )


async def _forget_on_news(
    connection: Client, authenticator: Authenticator, stream: FileStream
) -> None:
    """News makes revocation quick; the age limit of what is remembered makes it certain."""

    async def on_key(message: Any) -> None:
        authenticator.forget(KeyRevoked.model_validate_json(message.data).digest)

    async def on_session(message: Any) -> None:
        authenticator.forget(SessionRevoked.model_validate_json(message.data).digest)

    async def on_principal(message: Any) -> None:
        changed = PrincipalChanged.model_validate_json(message.data)
        authenticator.forget_principal(changed.principal_id)

    async def on_closed(message: Any) -> None:
        stream.forget_run(StreamClosed.model_validate_json(message.data).run_id)

    for event, handler in (
        (KEY_REVOKED, on_key),
        (SESSION_REVOKED, on_session),
        (PRINCIPAL_CHANGED, on_principal),
        (STREAM_CLOSED, on_closed),
    ):
        await connection.subscribe(event.subject, cb=handler)


async def serve(settings: GatewaySettings) -> None:
    """Until SIGTERM; requests under way are finished first."""
    logs.set_up("gateway", level=settings.log_level, fmt=settings.log_format)
    config = uvicorn.Config(
        Gateway(settings),
        host=settings.host,
        port=settings.port,
        loop="none",
        http="httptools",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=20,
        lifespan="on",
    )
    await uvicorn.Server(config).serve()


def main() -> None:
    """`python -m gateway.app`."""
    import uvloop

    uvloop.run(serve(GatewaySettings()))


if __name__ == "__main__":
    main()
