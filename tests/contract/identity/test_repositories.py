"""What the repositories promise, kept by a real MongoDB."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import monitoring

from services.identity.domain.api_key import ApiKey, Scope
from services.identity.domain.audit import Deed
from services.identity.domain.letter import Letter
from services.identity.domain.limit import Limit
from services.identity.domain.user import new_person
from services.identity.mint import PepperedMint
from services.identity.ports import Records
from services.identity.repository.canary import MongoCanary
from services.identity.repository.key_use import MongoKeyUse
from services.identity.repository.letters import MongoLetters
from services.identity.repository.limits import MongoLimits
from services.identity.repository.store import MongoStore
from shared.errors import Conflict, NotFound, RateLimited
from shared.kit import clock, mongo
from shared.kit.ids import new_id
from shared.kit.mongo import Client, Database
from shared.kit.outbox import Announcement, Outbox
from tests.servers import Servers

MINT = PepperedMint(b"a pepper for tests only, of 32 bytes")


@pytest.fixture
async def client(servers: Servers) -> AsyncIterator[Client]:
    found = mongo.connect(servers.root_mongo_url, "tests")
    yield found
    found.close()


@pytest.fixture
async def database(client: Client) -> Database:
    """Not the service's: an identity that finds people there makes no administrator."""
    return client["identity_repositories"]


@pytest.fixture
async def store(client: Client, database: Database) -> MongoStore:
    found = MongoStore(client, database, Outbox(database), MINT)
    await found.ensure()
    return found


def name(stem: str) -> str:
    return f"{stem}-{secrets.token_hex(4)}"


class TestChanges:
    async def test_all_or_nothing(self, store: MongoStore, database: Database) -> None:
        taken = name("taken")
        news = Announcement(new_id(), "events.identity.test", b"{}")

        async def fail(records: Records) -> None:
            await records.names.take(taken, "id")
            await records.tell([news])
            await records.audit.append(Deed(clock.now(), taken, "a", "x.y", "z"))
            raise Conflict("no")

        with pytest.raises(Conflict):
            await store.change(fail)
        assert await store.records.names.first_free([taken]) == taken
        assert await database["outbox"].find_one({"_id": news.id}) is None
        assert await store.records.audit.verify(taken) == (0, None)

    @pytest.mark.parametrize("held", [True, False])
    async def test_who_holds_a_thing_decides_on_what_others_have_decided(
        self, store: MongoStore, held: bool
    ) -> None:
        """Each takes a name of its own if nobody took any: seen alone, all of them may."""
        seats = [name("seat") for _ in range(5)]
        everybody_looked = asyncio.Barrier(5)
        looked: set[str] = set()

        async def work(own: str, records: Records) -> None:
            if held:
                await records.hold(seats[0])
            free = [await records.names.first_free([seat, "?"]) for seat in seats]
            if not held and own not in looked:  # whoever holds would wait here for the others
                looked.add(own)
                await everybody_looked.wait()
            if free == seats:
                await records.names.take(own, "id")

        await asyncio.gather(*(store.change(partial(work, seat)) for seat in seats))
        free = [await store.records.names.first_free([seat, "?"]) for seat in seats]
        assert free.count("?") == (1 if held else 5)

    async def test_outside_of_a_change_nothing_can_be_announced(self, store: MongoStore) -> None:
        with pytest.raises(RuntimeError):
            await store.records.tell([])

    async def test_those_who_take_turns_do_so(self, store: MongoStore) -> None:
        inside, most = 0, 0

        async def work(records: Records) -> None:
            nonlocal inside, most
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.01)
            inside -= 1

        await asyncio.gather(*(store.change(work, alone="x") for _ in range(5)))
        assert most == 1


class TestNames:
    async def test_one_name_has_one_owner_whatever_its_case(self, store: MongoStore) -> None:
        wanted = name("Wanted")

        async def work(records: Records) -> None:
            await records.names.take(wanted, "a")

        async def other(records: Records) -> None:
            await records.names.take(wanted.upper(), "b")

        await store.change(work)
        with pytest.raises(Conflict):
            await store.change(other)
        assert await store.records.names.first_free([wanted.lower(), "x" + wanted]) == "x" + wanted


class TestAccounts:
    async def test_come_back_as_they_went(self, store: MongoStore) -> None:
        user = new_person(new_id(), name("alice"), f"{name('a')}@example.com", clock.now())
        user.notifications = {"a.b": True, "$x": False}
        await store.records.users.add(user)
        assert await store.records.users.get(user.id) == user
        assert await store.records.users.by_login(user.username.upper()) == user
        assert await store.records.users.by_login((user.email or "").upper()) == user

    async def test_an_unknown_one_is_not_found(self, store: MongoStore) -> None:
        with pytest.raises(NotFound):
            await store.records.users.get("ghost")
        assert await store.records.users.by_login("ghost@example.com") is None


class TestKeys:
    async def test_resolving_reads_an_index_only(
        self, store: MongoStore, database: Database
    ) -> None:
        plan = await database.command(
            {"explain": {"find": "keys", "filter": {"digest": "x"}}, "verbosity": "queryPlanner"}
        )
        assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"])
        plan = await database.command(
            {"explain": {"find": "teams", "filter": {"members.id": "x", "deleted_at": None}}}
        )
        assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"])

    async def test_saving_never_undoes_a_last_use(
        self, store: MongoStore, database: Database
    ) -> None:
        now = clock.now()
        key = ApiKey(new_id(), "p", secrets.token_hex(32), "h", "k", Scope.FULL, now)
        await store.records.keys.add(key)
        use = MongoKeyUse(database["keys"])
        use.note(key.id, now)
        await use.flush()
        key.name = "other"
        await store.records.keys.save(key)
        found = await store.records.keys.get(key.id)
        assert (found.name, found.last_used_at) == ("other", now)

    async def test_a_key_in_constant_use_is_written_once_a_minute(self, servers: Servers) -> None:
        writes = Writes()
        client: Any = AsyncIOMotorClient(servers.root_mongo_url, event_listeners=[writes])
        use, now = MongoKeyUse(client["identity_repositories"]["keys"]), clock.now()
        for second in range(0, 180):
            use.note("some-key", now + timedelta(seconds=second))
            await use.flush()
        assert writes.count == 3
        client.close()


class Writes(monitoring.CommandListener):
    """Counts update commands."""

    count = 0

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.count += event.command_name == "update"

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing to do."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing to do."""


class TestLetters:
    async def test_wait_sealed_and_are_taken_by_one(
        self, database: Database, store: MongoStore
    ) -> None:
        kept = database[name("letters")]
        queue, letter = MongoLetters(kept, MINT), Letter("bob@example.com", "Hi", "token=abc", "x")
        await queue.put(letter)
        assert "abc" not in str(await kept.find_one({}))
        assert "bob" not in str(await kept.find_one({}))
        now = clock.now()
        both = await asyncio.gather(queue.take(now), queue.take(now))
        taken = [one for one in both if one is not None]
        assert [one.letter for one in taken] == [letter]
        await queue.put_back(taken[0], now + timedelta(seconds=5))
        assert await queue.take(now + timedelta(seconds=4)) is None
        again = await queue.take(now + timedelta(seconds=6))
        assert again is not None
        assert again.attempts == 2
        late = await queue.take(now + timedelta(minutes=3))
        assert late is not None
        await queue.remove(late)
        assert await kept.count_documents({}) == 0
        await kept.drop()


class TestLimits:
    async def test_are_shared_by_processes(self, servers: Servers, database: Database) -> None:
        url, limit = servers.root_mongo_url, Limit(name("test"), 3, 60, "slowly")
        one, other = (MongoLimits(url, database.name, MINT) for _ in range(2))
        for kept in (one, other, one):
            await kept.hit(limit, "alice", "192.0.2.0/24")
        with pytest.raises(RateLimited, match="slowly") as refused:
            await other.hit(limit, "alice", "192.0.2.0/24")
        assert refused.value.retry_after
        assert 0 < refused.value.retry_after <= 60
        await other.hit(limit, "bob", "192.0.2.0/24")
        one.close()
        other.close()

    async def test_what_is_counted_cannot_be_read(
        self, servers: Servers, database: Database
    ) -> None:
        limits = MongoLimits(servers.root_mongo_url, database.name, MINT)
        await limits.hit(Limit(name("test"), 3, 60, "slowly"), "somebody@example.com")
        async for document in database["limit_windows"].find({}):
            assert "somebody" not in str(document)
        limits.close()


class TestCanary:
    async def test_sings_while_writes_reach_the_disk(self, database: Database) -> None:
        assert await MongoCanary(database["held"]).sing() == ""

    async def test_falls_silent_where_they_do_not(self) -> None:
        client = mongo.connect("mongodb://127.0.0.1:9/?directConnection=true", "tests")
        assert "took no write" in await MongoCanary(client["x"]["y"]).sing()
        client.close()
