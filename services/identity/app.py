"""Identity's assembly: settings, database, broker, handlers, and the first account."""

from __future__ import annotations

import asyncio

import httpx
from faststream import FastStream

from services.identity.handlers import ROUTERS, first_start, organizations
from services.identity.mailer.postman import Postman
from services.identity.mailer.smtp import SmtpMail
from services.identity.mint import PepperedMint
from services.identity.passwords import Argon2Passwords
from services.identity.ports import SsoProvider
from services.identity.providers.ci_tokens import OpenIdCiTokens
from services.identity.providers.openid import OpenIdProviders
from services.identity.providers.single_sign_on import NoSso, OidcSso
from services.identity.repository.canary import MongoCanary
from services.identity.repository.dead_letters import StreamDeadLetters, last_replayed
from services.identity.repository.key_use import MongoKeyUse
from services.identity.repository.letters import MongoLetters
from services.identity.repository.limits import MongoLimits
from services.identity.repository.store import MongoStore
from services.identity.settings import IdentitySettings
from shared.contracts.identity import CreateUser
from shared.kit import mongo, schema
from shared.kit.egress import GuardedTransport
from shared.kit.errands import TaskErrands
from shared.kit.outbox import Outbox
from shared.kit.settings import Settings, settings_or_exit
from shared.messaging.broker import Service
from shared.messaging.bus import Bus
from shared.messaging.streams import DEAD_LETTERS


def service(settings: Settings) -> Service:
    """The service with its handlers, not yet connected to anything."""
    found = Service("identity", settings)
    for router in ROUTERS:
        found.broker.include_router(router)
    return found


def specification() -> FastStream:
    """For `faststream docs gen --factory services.identity.app:specification`."""
    return service(Settings()).app


async def serve(settings: IdentitySettings) -> None:
    """Answer until told to stop."""
    identity = service(settings)
    client = mongo.connect(settings.mongo_url.get_secret_value(), "identity")
    database = client.get_default_database("identity")
    outbox = Outbox(database)
    mint = PepperedMint(settings.key_pepper.get_secret_value().encode())
    store = MongoStore(client, database, outbox, mint)
    passwords = Argon2Passwords()
    key_use = MongoKeyUse(database["keys"])
    errands = TaskErrands()
    trusted = httpx.AsyncClient()
    guarded = httpx.AsyncClient(transport=GuardedTransport(settings.egress_allow))
    limits = MongoLimits(settings.mongo_url.get_secret_value(), database.name, mint)

    async def assemble(bus: Bus) -> None:
        await schema.bring_up(database)
        await store.ensure()
        identity.provide(
            store=store,
            mint=mint,
            passwords=passwords,
            key_use=key_use,
            limits=limits,
            policy=settings.policy(),
            errands=errands,
            sso=_sso(settings, trusted),
            ci_tokens=OpenIdCiTokens(OpenIdProviders(guarded)),
            dead_letters=StreamDeadLetters(bus.js, database["dead_letters"]),
            canary=MongoCanary(database["held"]),
        )
        identity.in_background(lambda: outbox.relay(bus.announce))
        identity.in_background(key_use.run)
        if settings.smtp_url is not None:
            mail = SmtpMail(settings.smtp_url.get_secret_value(), settings.sender)
            letters = MongoLetters(database["letters"], mint)
            identity.in_background(Postman(letters, mail).run)
        await organizations.ensure_default(store)
        await first_start.prepare(
            _administrator(settings), settings.public_url, store, mint, passwords
        )

    async def beyond_marks() -> dict[str, int]:
        """New letters are never those that were replayed, should the stream have been lost."""
        return {DEAD_LETTERS.name: await last_replayed(database["dead_letters"]) + 1}

    identity.at_end(errands.finish)
    identity.at_end(key_use.flush)
    identity.at_end(trusted.aclose)
    identity.at_end(guarded.aclose)
    await identity.run(assemble, beyond_marks)
    passwords.close()
    limits.close()
    client.close()


def _sso(settings: IdentitySettings, client: httpx.AsyncClient) -> SsoProvider:
    secret = settings.oidc_client_secret
    if settings.oidc_issuer is None or settings.oidc_client_id is None or secret is None:
        return NoSso()
    return OidcSso(settings.oidc_issuer, settings.oidc_client_id, secret.get_secret_value(), client)


def _administrator(settings: IdentitySettings) -> CreateUser | None:
    """Who the environment names, if it names anybody; the settings made sure that it is whole."""
    password, key = settings.admin_password, settings.admin_api_key
    if settings.admin_email is None or password is None or key is None:
        return None
    return CreateUser(
        username=settings.admin_username,
        email=settings.admin_email,
        password=password.get_secret_value(),
        api_key=key.get_secret_value(),
        admin=True,
    )


def main() -> None:
    """Run until SIGTERM; what makes a start impossible is one line and exit code 2."""
    asyncio.run(serve(settings_or_exit(IdentitySettings, "identity")))


if __name__ == "__main__":
    main()
