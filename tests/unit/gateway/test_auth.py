"""Who asks is known from the key, for a moment from memory, and a fault is never a refusal."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any

import pytest

from gateway.auth import FRESH_S, REFUSED_S, Authenticator, Presented, key_of
from shared import credentials
from shared.contracts.identity import RESOLVE_KEY, Caller, ResolveKey
from shared.errors import CordeeError, Forbidden, NotFound, Unauthenticated, Unavailable

PEPPER = b"pepper"
KEY = "local-" + "a" * 40
ADA = Caller(principal_id="p1", kind="user", username="ada", key_id="k1", roles={"ada": "owner"})


@dataclass
class Identity:
    """A bus on which identity answers what it is told to."""

    answer: Caller | CordeeError = ADA
    asked: list[ResolveKey] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open.set()

    async def call(self, contract: Any, ask: ResolveKey, **_: Any) -> Caller:
        assert contract is RESOLVE_KEY
        self.asked.append(ask)
        answer = self.answer
        await self.open.wait()
        if isinstance(answer, CordeeError):
            raise answer
        return answer


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def identity() -> Identity:
    return Identity()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def authenticator(identity: Identity, clock: Clock) -> Authenticator:
    return Authenticator(identity, PEPPER, clock)  # type: ignore[arg-type]


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


class TestKeyOf:
    @pytest.mark.parametrize(
        "header",
        ["Digest abc", "abc", "Basic ???", "Basic YQ", "Basic /w==", "basic é", "Negotiate x"],
    )
    def test_another_scheme_or_broken_text_is_refused(self, header: str) -> None:
        with pytest.raises(Unauthenticated):
            key_of(header)

    @pytest.mark.parametrize("header", [None, "", "Bearer ", "Bearer", basic("api:"), basic("api")])
    def test_no_key_is_none(self, header: str | None) -> None:
        assert key_of(header) is None

    @pytest.mark.parametrize(
        "header",
        [
            basic(f"api:{KEY}"),
            basic(f":{KEY}"),
            f"Bearer {KEY}",
            f"bearer  {KEY} ",
            f"BEARER {KEY}",
        ],
    )
    def test_basic_with_any_name_and_bearer_are_read(self, header: str) -> None:
        assert key_of(header) == KEY

    def test_a_colon_belongs_to_the_key_after_the_first(self) -> None:
        assert key_of(basic("api:a:b")) == "a:b"


class TestCaller:
    @pytest.mark.parametrize("key", ["", "short", "a" * 39, "a" * 257, "é" * 40, KEY + "\n"])
    async def test_a_malformed_key_is_refused_without_asking(
        self, identity: Identity, authenticator: Authenticator, key: str
    ) -> None:
        for ask in (authenticator.caller(Presented(key=key)), authenticator.known(key)):
            with pytest.raises(Unauthenticated):
                await ask
        assert not identity.asked

    async def test_an_unknown_key_is_refused(
        self, identity: Identity, authenticator: Authenticator
    ) -> None:
        identity.answer = Unauthenticated("No account has this API key.")
        with pytest.raises(Unauthenticated, match="No account"):
            await authenticator.known(KEY)

    @pytest.mark.parametrize(
        "failure", [Unavailable("down"), NotFound("gone"), Forbidden("no"), CordeeError("odd")]
    )
    async def test_a_fault_of_identity_is_never_a_refusal_and_never_remembered(
        self, identity: Identity, authenticator: Authenticator, failure: CordeeError
    ) -> None:
        identity.answer = failure
        for _ in range(2):
            with pytest.raises(type(failure)) as raised:
                await authenticator.known(KEY)
            assert not isinstance(raised.value, Unauthenticated)
        identity.answer = ADA
        assert await authenticator.known(KEY) == ADA
        assert len(identity.asked) == 3

    async def test_a_fault_ends_what_was_remembered_at_its_age(
        self, identity: Identity, authenticator: Authenticator, clock: Clock
    ) -> None:
        await authenticator.known(KEY)
        identity.answer = Unavailable("down")
        clock.now += FRESH_S + 0.01
        with pytest.raises(Unavailable):
            await authenticator.known(KEY)

    async def test_without_a_key_nobody_in_particular_asks(
        self, identity: Identity, authenticator: Authenticator
    ) -> None:
        shown = Presented(address="::1", agent="curl", elevated=True, username="root")
        caller = await authenticator.caller(shown)
        assert (caller.principal_id, caller.kind, caller.elevated) == (None, "anonymous", False)
        assert (caller.address, caller.agent) == ("::1", "curl")
        assert not identity.asked

    async def test_only_the_digest_of_the_key_travels(
        self, identity: Identity, authenticator: Authenticator
    ) -> None:
        await authenticator.known(KEY)
        expected = hmac.new(PEPPER, KEY.encode(), hashlib.sha256).hexdigest()
        assert identity.asked == [ResolveKey(digest=expected)]

    @pytest.mark.parametrize(("admin", "elevated"), [(True, True), (False, False)])
    async def test_only_an_administrator_is_elevated(
        self, identity: Identity, authenticator: Authenticator, admin: bool, elevated: bool
    ) -> None:
        identity.answer = ADA.model_copy(update={"admin": admin})
        caller = await authenticator.caller(Presented(key=KEY, elevated=True))
        assert caller.elevated is elevated
        assert (await authenticator.caller(Presented(key=KEY))).elevated is False

    async def test_whom_the_headers_name_is_asked_about_and_kept_apart(
        self, identity: Identity, authenticator: Authenticator
    ) -> None:
        for shown in (
            Presented(key=KEY),
            Presented(key=KEY, username="bob"),
            Presented(key=KEY, email="bob@example.com"),
            Presented(key=KEY, username="bob"),
        ):
            await authenticator.caller(shown)
        assert [(ask.acting_username, ask.acting_email) for ask in identity.asked] == [
            (None, None),
            ("bob", None),
            (None, "bob@example.com"),
        ]


class TestFreshness:
    async def test_what_is_too_old_is_asked_again(
        self, identity: Identity, authenticator: Authenticator, clock: Clock
    ) -> None:
        await authenticator.known(KEY)
        clock.now += FRESH_S - 0.01
        await authenticator.known(KEY)
        assert len(identity.asked) == 1
        clock.now += 0.02
        await authenticator.known(KEY)
        assert len(identity.asked) == 2

    async def test_the_age_counts_from_the_question(
        self, identity: Identity, authenticator: Authenticator, clock: Clock
    ) -> None:
        identity.open.clear()
        first = asyncio.create_task(authenticator.known(KEY))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        clock.now += FRESH_S + 0.01
        identity.open.set()
        await first
        await authenticator.known(KEY)
        assert len(identity.asked) == 2

    async def test_a_refusal_is_remembered_for_less(
        self, identity: Identity, authenticator: Authenticator, clock: Clock
    ) -> None:
        identity.answer = Unauthenticated("No account has this API key.")
        for _ in range(3):
            with pytest.raises(Unauthenticated):
                await authenticator.known(KEY)
        assert len(identity.asked) == 1
        identity.answer = ADA
        clock.now += REFUSED_S + 0.01
        assert await authenticator.known(KEY) == ADA

    async def test_a_stampede_is_one_question(
        self, identity: Identity, authenticator: Authenticator
    ) -> None:
        callers = await asyncio.gather(*(authenticator.known(KEY) for _ in range(100)))
        assert set(map(id, callers)) == {id(ADA)}
        assert len(identity.asked) == 1

    async def test_one_who_gives_up_does_not_take_the_others_with_them(
        self, identity: Identity, authenticator: Authenticator
    ) -> None:
        identity.open.clear()
        tasks = [asyncio.create_task(authenticator.known(KEY)) for _ in range(3)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        await asyncio.sleep(0)
        identity.open.set()
        assert await asyncio.gather(*tasks[1:]) == [ADA, ADA]

    async def test_a_revoked_key_is_forgotten_at_once(
        self, identity: Identity, authenticator: Authenticator
    ) -> None:
        await authenticator.known(KEY)
        await authenticator.caller(Presented(key=KEY, username="bob"))
        authenticator.forget(credentials.digest(KEY, PEPPER))
        identity.answer = Unauthenticated("revoked")
        with pytest.raises(Unauthenticated):
            await authenticator.known(KEY)
        with pytest.raises(Unauthenticated):
            await authenticator.caller(Presented(key=KEY, username="bob"))

    async def test_changed_roles_are_forgotten_at_once(
        self, identity: Identity, authenticator: Authenticator
    ) -> None:
        await authenticator.known(KEY)
        authenticator.forget_principal("somebody else")
        await authenticator.known(KEY)
        assert len(identity.asked) == 1
        authenticator.forget_principal("p1")
        await authenticator.known(KEY)
        assert len(identity.asked) == 2

    async def test_guesses_do_not_fill_the_memory(
        self, identity: Identity, authenticator: Authenticator
    ) -> None:
        identity.answer = Unauthenticated("No account has this API key.")
        for number in range(10_100):
            with pytest.raises(Unauthenticated):
                await authenticator.known(f"local-{number:040}")
        assert len(authenticator._known) == 10_000
