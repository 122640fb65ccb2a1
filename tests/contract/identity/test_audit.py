"""The audit log: written with every change, read by those who may, and whole."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from shared.contracts.identity import (
    CREATE_SERVICE_ACCOUNT,
    LIST_AUDIT,
    RECORD_AUDIT,
    SET_TEAM_PRIVACY,
    VERIFY_AUDIT,
    CreateServiceAccount,
    ListAudit,
    RecordAudit,
    SetTeamPrivacy,
    VerifyAudit,
)
from shared.errors import Forbidden, Invalid, NotFound
from tests.contract.identity.world import World
from tests.servers import Servers

Collection = Any


class TestReading:
    async def test_members_and_outsiders_may_not(self, world: World) -> None:
        alice, bob, mallory = [await world.person(n) for n in ("a", "b", "m")]
        team = await world.team(alice, (bob, "member"))
        await world.call(SET_TEAM_PRIVACY, SetTeamPrivacy(name=team, hidden=True), alice)
        with pytest.raises(Forbidden):
            await world.call(LIST_AUDIT, ListAudit(team=team), bob)
        with pytest.raises(NotFound):
            await world.call(LIST_AUDIT, ListAudit(team=team), mallory)
        with pytest.raises(Forbidden):
            await world.call(LIST_AUDIT, ListAudit(), alice)

    async def test_who_did_what_with_which_key_the_newest_first(self, world: World) -> None:
        alice, bob = await world.person(), await world.person("bob")
        team = await world.team(alice, (bob, "member"))
        await world.call(SET_TEAM_PRIVACY, SetTeamPrivacy(name=team, hidden=True), alice)
        found = await world.call(LIST_AUDIT, ListAudit(team=team), alice)
        assert [(one.actor, one.action) for one in found.items] == [
            (alice.username, "team.set_privacy"),
            (bob.username, "member.join"),
            (alice.username, "invitation.create"),
            (alice.username, "team.create"),
        ]
        latest = found.items[0]
        assert latest.key_id == alice.key_id
        assert latest.before
        assert latest.after
        assert (latest.before["hidden"], latest.after["hidden"]) == (False, True)

    async def test_another_service_writes_for_a_service_account_that_acts_for_somebody(
        self, world: World
    ) -> None:
        alice = await world.person()
        team = await world.team(alice)
        bot = await world.call(
            CREATE_SERVICE_ACCOUNT, CreateServiceAccount(team=team, name="ci"), alice
        )
        caller = await world.with_key(bot.api_key, acting_username=alice.username)
        caller = caller.model_copy(update={"address": "192.0.2.7", "agent": "wandb/0.31.0"})
        odd = {"a.b": 1, "$where": "x", "é": [None, 1.5]}
        ask = RecordAudit(
            team=team, action="run.move", object="p/r1", before=odd, after={"to": "q"}
        )
        await world.call(RECORD_AUDIT, ask, caller)
        found = await world.call(LIST_AUDIT, ListAudit(team=team, action="run.*"), alice)
        entry = found.items[0]
        assert (entry.actor, entry.on_behalf_of) == (bot.username, alice.username)
        assert (entry.address, entry.agent) == ("192.0.2.7", "wandb/0.31.0")
        assert (entry.before, entry.after) == (odd, {"to": "q"})
        bad = ask.model_copy(update={"action": "no verb"})
        with pytest.raises(Invalid):
            await world.call(RECORD_AUDIT, bad, caller)

    async def test_filters_and_pages(self, world: World) -> None:
        alice = await world.person()
        team = await world.team(alice)
        for number in range(5):
            ask = RecordAudit(team=team, action="run.move", object=f"r{number}")
            await world.call(RECORD_AUDIT, ask, alice)
        seen, cursor = [], None
        while True:
            wanted = ListAudit(team=team, action="run.move", limit=2, cursor=cursor)
            page = await world.call(LIST_AUDIT, wanted, alice)
            seen += [one.object for one in page.items]
            cursor = page.next
            if cursor is None:
                break
        assert seen == ["r4", "r3", "r2", "r1", "r0"]
        later = datetime.now(UTC) + timedelta(hours=1)
        for nothing in (
            ListAudit(team=team, since=later),
            ListAudit(team=team, actor="ghost"),
            ListAudit(team=team, until=later - timedelta(days=1)),
        ):
            assert not (await world.call(LIST_AUDIT, nothing, alice)).items


Tamper = Callable[[Collection, Collection, str], Awaitable[Any]]


async def edit(entries: Collection, _heads: Collection, team: str) -> None:
    await entries.update_one({"team": team, "number": 4}, {"$set": {"actor": "somebody-else"}})


async def delete(entries: Collection, _heads: Collection, team: str) -> None:
    await entries.delete_one({"team": team, "number": 4})


async def reorder(entries: Collection, _heads: Collection, team: str) -> None:
    await entries.update_one({"team": team, "number": 4}, {"$set": {"number": 99}})
    await entries.update_one({"team": team, "number": 5}, {"$set": {"number": 4}})
    await entries.update_one({"team": team, "number": 99}, {"$set": {"number": 5}})


async def truncate(entries: Collection, _heads: Collection, team: str) -> None:
    await entries.delete_many({"team": team, "number": {"$gte": 4}})


async def truncate_with_head(entries: Collection, heads: Collection, team: str) -> None:
    await entries.delete_many({"team": team, "number": {"$gte": 4}})
    last = await entries.find_one({"team": team, "number": 3})
    await heads.update_one({"team": team}, {"$set": {"count": 3, "last_hash": last["hash"]}})


async def lose_the_head(_entries: Collection, heads: Collection, team: str) -> None:
    await heads.delete_one({"team": team})


async def invent(entries: Collection, _heads: Collection, team: str) -> None:
    last = await entries.find_one({"team": team, "number": 6})
    await entries.insert_one(last | {"_id": "zzz", "number": 7})


class TestVerifying:
    async def written(self, world: World) -> tuple[str, Any]:
        alice = await world.person()
        team = await world.team(alice)
        for number in range(5):
            ask = RecordAudit(team=team, action="run.move", object=f"r{number}")
            await world.call(RECORD_AUDIT, ask, alice)
        return team, alice

    async def test_what_was_written_is_whole(self, world: World) -> None:
        team, alice = await self.written(world)
        verdict = await world.call(VERIFY_AUDIT, VerifyAudit(team=team), alice)
        assert (verdict.ok, verdict.entries) == (True, 6)
        with pytest.raises(Forbidden):
            await world.call(VERIFY_AUDIT, VerifyAudit(), alice)

    async def test_what_is_written_at_once_is_one_chain(self, world: World) -> None:
        team, alice = await self.written(world)
        asks = [RecordAudit(team=team, action="run.move", object=f"p{n}") for n in range(30)]
        await asyncio.gather(*(world.call(RECORD_AUDIT, ask, alice) for ask in asks))
        verdict = await world.call(VERIFY_AUDIT, VerifyAudit(team=team), alice)
        assert (verdict.ok, verdict.entries) == (True, 36)

    @pytest.mark.parametrize(
        ("tamper", "number"),
        [
            (edit, 4),
            (delete, 4),
            (reorder, 4),
            (truncate, 4),
            (truncate_with_head, 0),
            (lose_the_head, 1),
            (invent, 7),
        ],
    )
    async def test_the_first_bad_entry_is_named(
        self, world: World, servers: Servers, tamper: Tamper, number: int
    ) -> None:
        team, alice = await self.written(world)
        client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(servers.mongo_url("identity"))
        database = client.get_default_database()
        await tamper(database["audit"], database["audit_heads"], team)
        verdict = await world.call(VERIFY_AUDIT, VerifyAudit(team=team), alice)
        assert not verdict.ok
        assert verdict.flaw
        assert (verdict.flaw.team, verdict.flaw.number) == (team, number)
        whole = await world.call(VERIFY_AUDIT, VerifyAudit(), await world.admin())
        assert not whole.ok
        await database["audit"].delete_many({"team": team})
        await database["audit_heads"].delete_many({"team": team})
        client.close()
