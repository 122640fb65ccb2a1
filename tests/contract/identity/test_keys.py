"""API keys, spoken to through subjects."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from shared.contracts.identity import (
    CREATE_API_KEY,
    DEACTIVATE_USER,
    DELETE_USER,
    KEY_REVOKED,
    LIST_API_KEYS,
    RESOLVE_KEY,
    REVOKE_API_KEY,
    ROTATE_API_KEY,
    CreateApiKey,
    DeactivateUser,
    DeleteUser,
    KeyRevoked,
    ListApiKeys,
    ResolveKey,
    RevokeApiKey,
    RotateApiKey,
)
from shared.errors import Forbidden, Invalid, NotFound, Unauthenticated
from shared.kit import mongo
from shared.kit.mongo import Database
from tests.contract.identity.world import ADMIN_KEY, World
from tests.servers import Servers


@pytest.fixture
async def database(servers: Servers) -> AsyncIterator[Database]:
    client = mongo.connect(servers.mongo_url("identity"), "tests")
    yield client.get_default_database()
    client.close()


async def let_expire(database: Database, key_id: str, expected: datetime) -> None:
    """A key that would count until `expected` has counted until a moment ago."""
    kept = await database["keys"].find_one({"_id": key_id})
    assert kept is not None
    assert abs(kept["expires_at"] - expected) < timedelta(minutes=1)
    past = datetime.now(UTC) - timedelta(milliseconds=1)
    await database["keys"].update_one({"_id": key_id}, {"$set": {"expires_at": past}})


class TestResolving:
    async def test_an_unknown_key_is_nobody(self, world: World) -> None:
        with pytest.raises(Unauthenticated):
            await world.with_key("x" * 40)

    async def test_the_first_administrator_has_exactly_the_key_of_the_environment(
        self, world: World
    ) -> None:
        caller = await world.with_key(ADMIN_KEY)
        assert (caller.username, caller.admin, caller.elevated) == ("admin", True, False)
        assert caller.roles == {"admin": "owner"}
        assert caller.organizations == {"default": "member"}

    async def test_headers_that_name_others_mean_nothing_for_a_persons_key(
        self, world: World
    ) -> None:
        alice = await world.person()
        caller = await world.with_key(ADMIN_KEY, acting_username=alice.username)
        assert (caller.username, caller.acting_for, caller.acting_note) == ("admin", None, None)

    async def test_an_expired_key_is_nobody(self, world: World, database: Database) -> None:
        alice = await world.person()
        later = datetime.now(UTC) + timedelta(days=1)
        key = await world.call(CREATE_API_KEY, CreateApiKey(expires_at=later), alice)
        assert key.key
        await world.with_key(key.key)
        await let_expire(database, key.id, later)
        with pytest.raises(Unauthenticated):
            await world.with_key(key.key)

    async def test_a_deleted_account_is_nobody(self, world: World) -> None:
        alice = await world.person()
        await world.call(DELETE_USER, DeleteUser(username=alice.username), await world.admin())
        with pytest.raises(Unauthenticated):
            await world.again(alice)

    async def test_a_deactivated_account_is_nobody_until_it_is_opened_again(
        self, world: World
    ) -> None:
        alice, admin = await world.person(), await world.admin()
        await world.call(DEACTIVATE_USER, DeactivateUser(username=alice.username), admin)
        with pytest.raises(Unauthenticated):
            await world.again(alice)
        again = DeactivateUser(username=alice.username, active=True)
        await world.call(DEACTIVATE_USER, again, admin)
        assert (await world.again(alice)).username == alice.username


class TestMaking:
    async def test_others_cannot_make_a_key_for_somebody(self, world: World) -> None:
        alice, mallory = await world.person(), await world.person("mallory")
        with pytest.raises(NotFound):
            await world.call(CREATE_API_KEY, CreateApiKey(username=alice.username), mallory)

    async def test_a_narrowed_key_cannot_make_a_wider_one(self, world: World) -> None:
        alice = await world.person()
        key = await world.call(CREATE_API_KEY, CreateApiKey(scope="read"), alice)
        narrowed = await world.with_key(key.key or "")
        with pytest.raises(Forbidden):
            await world.call(CREATE_API_KEY, CreateApiKey(), narrowed)

    async def test_an_unknown_scope_is_refused_by_name(self, world: World) -> None:
        with pytest.raises(Invalid) as refused:
            await world.call(CREATE_API_KEY, CreateApiKey(scope="all"), await world.person())
        assert refused.value.field == "scope"

    async def test_a_key_is_told_once(self, world: World) -> None:
        alice = await world.person()
        made = await world.call(CREATE_API_KEY, CreateApiKey(name="laptop"), alice)
        assert made.key
        listed = await world.call(LIST_API_KEYS, ListApiKeys(), alice)
        assert [(key.name, key.key) for key in listed.items] == [("key", None), ("laptop", None)]

    async def test_an_administrator_makes_a_key_for_anybody(self, world: World) -> None:
        alice = await world.person()
        ask = CreateApiKey(username=alice.username, name="ci")
        made = await world.call(CREATE_API_KEY, ask, await world.admin())
        assert (await world.with_key(made.key or "")).username == alice.username


class TestRotating:
    async def test_both_keys_count_for_a_while(self, world: World, database: Database) -> None:
        alice = await world.person()
        old = await world.call(CREATE_API_KEY, CreateApiKey(name="ci", scope="read"), alice)
        ask = RotateApiKey(id=old.id, overlap_s=600)
        until = datetime.now(UTC) + timedelta(seconds=600)
        new = await world.call(ROTATE_API_KEY, ask, alice)
        assert (new.name, new.scope) == ("ci", "read")
        await world.with_key(old.key or "")
        await let_expire(database, old.id, until)
        await world.with_key(new.key or "")
        with pytest.raises(Unauthenticated):
            await world.with_key(old.key or "")


class TestRevoking:
    async def test_others_keys_are_not_found(self, world: World) -> None:
        alice, mallory = await world.person(), await world.person("mallory")
        with pytest.raises(NotFound):
            await world.call(REVOKE_API_KEY, RevokeApiKey(id=alice.key_id or ""), mallory)

    async def test_a_revoked_key_is_nobody_at_once_and_everybody_hears_of_it(
        self, world: World
    ) -> None:
        alice = await world.person()
        heard = await world.bus.connection.subscribe(KEY_REVOKED.subject)
        await world.call(REVOKE_API_KEY, RevokeApiKey(id=alice.key_id or ""), alice)
        with pytest.raises(Unauthenticated):
            await world.again(alice)
        async with asyncio.timeout(5):
            async for message in heard.messages:
                news = KeyRevoked.model_validate_json(message.data)
                if news.key_id == alice.key_id:
                    break
        assert news.digest == world.digest(alice.agent or "")

    async def test_revoking_twice_finds_nothing(self, world: World) -> None:
        alice = await world.person()
        made = await world.call(CREATE_API_KEY, CreateApiKey(), alice)
        await world.call(REVOKE_API_KEY, RevokeApiKey(id=made.id), alice)
        with pytest.raises(NotFound):
            await world.call(REVOKE_API_KEY, RevokeApiKey(id=made.id), alice)


async def test_the_last_use_is_written_within_seconds(world: World) -> None:
    alice = await world.person()
    async with asyncio.timeout(15):
        while True:
            listed = await world.call(LIST_API_KEYS, ListApiKeys(), alice)
            if listed.items[0].last_used_at is not None:
                break
            await asyncio.sleep(0.2)


async def test_a_digest_of_rubbish_is_nobody(world: World) -> None:
    for digest in ("", "$where", "\u0000", "x" * 10_000):
        with pytest.raises(Unauthenticated):
            await world.call(RESOLVE_KEY, ResolveKey(digest=digest))
