"""The first account of a new instance: who the environment names, or whoever has the link."""

from __future__ import annotations

from services.identity.domain import link as links
from services.identity.domain.link import Purpose
from services.identity.handlers import users
from services.identity.handlers.trail import SYSTEM
from services.identity.ports import Mint, Passwords, Records, Store
from shared.contracts.identity import CreateUser
from shared.errors import Conflict
from shared.kit import clock, logs

log = logs.get(__name__)


async def prepare(
    administrator: CreateUser | None,
    public_url: str,
    store: Store,
    mint: Mint,
    passwords: Passwords,
) -> None:
    """Do nothing where there is any account; else make one, or print a link to make one."""
    if await store.records.users.exist():
        return
    if administrator is not None:
        try:
            await users.admit(administrator, SYSTEM, store, mint, passwords, by_operator=True)
        except Conflict:
            if await store.records.users.exist():
                return  # another process of ours was quicker
            raise
        log.info("first start: administrator created", username=administrator.username)
        return
    token, digest = mint.token()
    link = links.made(digest, Purpose.FIRST_ADMINISTRATOR, clock.now())

    async def work(records: Records) -> None:
        await records.links.add(link)

    await store.change(work)
    log.warning(
        "first start: whoever opens this link first becomes the administrator",
        link=f"{public_url.rstrip('/')}/signup?token={token}",
    )
