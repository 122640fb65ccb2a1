"""Assembly of the gateway: settings → bus → routes; the only file here that knows all rooms."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Generator
from typing import Any

import nats
import uvicorn
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from nats.aio.client import Client
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError
from starlette.exceptions import HTTPException

from gateway.auth import Authenticator
from gateway.browsers import Browsers
from gateway.counting import tell_waiting
from gateway.exports import Exports
from gateway.graphql import route as graphql_route
from gateway.graphql import schema as graphql_schema
from gateway.graphql.documents import Documents
from gateway.graphql.fresh_keys import FreshKeys
from gateway.http import (
    alerts,
    api_keys,
    artifact_pages,
    artifacts,
    audit,
    channels,
    dead_letters,
    deliveries,
    docs,
    errors,
    files,
    frames,
    gate,
    health,
    imports,
    invitations,
    live,
    live_projects,
    logged_tables,
    mailboxes,
    maintenance,
    members,
    moves,
    oidc,
    organizations,
    pages,
    passwords,
    projects,
    reports,
    retention,
    rules,
    run_data,
    runs,
    service_accounts,
    sessions,
    shared,
    shares,
    sign_ups,
    sso,
    sweeps,
    teams,
    transfers,
    unsubscribe,
    users,
    views,
)
from gateway.http.middleware import Bounded, Stamped
from gateway.ingest.filestream import FileStream
from gateway.ingest.publisher import Publisher
from gateway.rates import Rates
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
from shared.kit import garbage, logs
from shared.kit.blobs import Blobs
from shared.kit.settings import settings_or_exit
from shared.messaging import connecting
from shared.messaging.bus import Bus

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
    dead_letters.router,
    projects.router,
    live_projects.router,
    run_data.router,
    logged_tables.router,
    views.router,
    runs.router,
    reports.router,
    sweeps.router,
    shares.router,
    shared.router,
    artifact_pages.router,
    moves.router,
    imports.router,
    retention.router,
    gate.router,
    maintenance.router,
    unsubscribe.router,
    rules.router,
    channels.router,
    alerts.router,
    deliveries.router,
)


class Gateway:
    """The whole application: what the SDK sends most in front, the framework behind it."""

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
        elif graphql_route.takes(scope):
            await graphql_route.serve(self.framework, scope, receive, send)
        elif (transfer := transfers.found(scope)) is not None:
            await transfers.serve(transfer, self.framework, scope, receive, send)
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
        app.add_exception_handler(ValidationError, errors.on_question)
        app.add_exception_handler(PydanticSerializationError, errors.on_half_a_sign)
        app.add_exception_handler(HTTPException, errors.on_http_error)
        app.add_exception_handler(Exception, errors.on_fault)
        # A request is compared with every route before its own: what an SDK asks ten thousand times
        # for one artifact stands first.
        app.include_router(artifacts.router)
        app.include_router(files.router)
        app.include_router(frames.router)
        app.include_router(graphql_route.router)
        for router in ROUTERS:
            app.include_router(router, prefix="/api/v1")
        app.include_router(oidc.token_router)
        app.include_router(health.router)
        app.include_router(docs.router)
        app.mount(docs.ASSETS, docs.STATIC)
        app.mount(pages.ASSETS, pages.STATIC)
        app.router.routes.append(pages.ROUTE)  # the last: it takes whatever nobody else did
        return app

    @contextlib.asynccontextmanager
    async def _lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        settings = self._settings
        connection = await _connect(settings)
        bus = Bus(connection)
        authenticator = Authenticator(bus, settings.key_pepper.get_secret_value().encode())
        self._publisher = publisher = Publisher(bus)
        tell_waiting(lambda: publisher.waiting_bytes)
        rates = Rates(settings.rate_requests)
        self._stream = FileStream(bus, authenticator, self._publisher, rates)
        await _forget_on_news(connection, authenticator, self._stream)
        app.state.bus = bus
        app.state.authenticator = authenticator
        app.state.rates = rates
        app.state.browsers = Browsers(
            settings.session_key.get_secret_value().encode(), settings.base_url
        )
        app.state.fresh_keys = FreshKeys()
        app.state.live = live.Live()
        app.state.signer = Signer(
            settings.url_signing_key.get_secret_value().encode(), settings.base_url
        )
        app.state.blobs = Blobs(settings.blob_url)
        app.state.exports = Exports(app.state.blobs)
        app.state.schema = graphql_schema.build()
        app.state.documents = Documents(app.state.schema)
        garbage.look_seldom()
        yield
        await self._publisher.drain()
        await connection.drain()


async def _connect(settings: GatewaySettings) -> Client:
    """Reconnects for ever; what is asked meanwhile is answered 503."""

    return await nats.connect(**connecting.options("gateway", settings))


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


class _Server(uvicorn.Server):
    """Ends with 0 when it was told to end: uvicorn's own sends itself the signal once more."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        with super().capture_signals():
            yield
            self._captured_signals.clear()


async def serve(settings: GatewaySettings) -> None:
    """Until SIGTERM; requests under way are finished first."""
    logs.set_up("gateway", level=settings.log_level, fmt=settings.log_format)
    gateway = Gateway(settings)
    config = uvicorn.Config(
        gateway,
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
    server = _Server(config)
    gateway.framework.state.stopping = lambda: server.should_exit  # for who reads live
    await server.serve()


def main() -> None:
    """`python -m gateway.app`."""
    import uvloop

    uvloop.run(serve(settings_or_exit(GatewaySettings, "gateway")))


if __name__ == "__main__":
    main()
