"""Signing up, in and out where no mail can be sent and anybody may sign up."""

from __future__ import annotations

import asyncio

import pytest

from services.identity.handlers.sessions import sign_in
from services.identity.mint import PepperedMint
from services.identity.passwords import Argon2Passwords
from services.identity.repository.limits import MongoLimits
from services.identity.repository.store import MongoStore
from shared.contracts.identity import (
    ANONYMOUS,
    CHANGE_PASSWORD,
    DEACTIVATE_USER,
    GET_SIGN_IN_OPTIONS,
    INVITE,
    ISSUE_PASSWORD_RESET,
    LIST_MY_INVITATIONS,
    LIST_SESSIONS,
    RESET_PASSWORD,
    RESOLVE_SESSION,
    REVOKE_OTHER_SESSIONS,
    REVOKE_SESSION,
    SIGN_IN,
    SIGN_UP,
    START_EMAIL_CHANGE,
    START_PASSWORD_RESET,
    START_SIGN_UP,
    Caller,
    ChangePassword,
    DeactivateUser,
    GetSignInOptions,
    Invite,
    IssuePasswordReset,
    ListMyInvitations,
    ListSessions,
    NewSession,
    ResetPassword,
    ResolveSession,
    RevokeOtherSessions,
    RevokeSession,
    SignIn,
    SignUp,
    StartEmailChange,
    StartPasswordReset,
    StartSignUp,
)
from shared.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    RateLimited,
    Unauthenticated,
)
from shared.kit import mongo
from shared.kit.outbox import Outbox
from tests.contract.identity.world import World
from tests.servers import Servers

SETTINGS = {"CORDEE_SIGNUP": "open"}
PASSWORD = "seven blue mountains"


class Counted(Argon2Passwords):
    """The real ones, which remember against what they were tried."""

    def __init__(self) -> None:
        super().__init__()
        self.tried: list[str] = []

    def _verify(self, kept: str, password: str) -> bool:
        self.tried.append(kept)
        return super()._verify(kept, password)


def somewhere(address: str = "192.0.2.1") -> Caller:
    return ANONYMOUS.model_copy(update={"address": address, "agent": "Firefox"})


async def newcomer(world: World, stem: str = "alice", address: str = "192.0.2.1") -> NewSession:
    username = world.name(stem)
    ask = SignUp(username=username, email=f"{username}@example.com", password=PASSWORD)
    return await world.call(SIGN_UP, ask, somewhere(address))


async def with_cookie(world: World, begun: NewSession) -> Caller:
    return await world.call(RESOLVE_SESSION, ResolveSession(digest=world.digest(begun.token)))


class TestSigningUp:
    async def test_the_page_knows_what_to_offer(self, world: World) -> None:
        seen = await world.call(GET_SIGN_IN_OPTIONS, GetSignInOptions())
        assert (seen.signup, seen.mail, seen.sso, seen.first_start) == ("open", False, None, False)

    async def test_it_begins_a_session(self, world: World) -> None:
        begun = await newcomer(world)
        caller = await with_cookie(world, begun)
        assert caller.username == begun.user.username
        assert (caller.key_id, caller.session_id) == (None, begun.session.id)

    @pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaa", "abcdefghijklmn", "x" * 2000])
    async def test_a_weak_password_is_refused(self, world: World, password: str) -> None:
        username = world.name("weak")
        ask = SignUp(username=username, email=f"{username}@example.com", password=password)
        with pytest.raises(Invalid) as refused:
            await world.call(SIGN_UP, ask, somewhere("198.51.100.1"))
        assert refused.value.field == "password"

    async def test_nobody_becomes_administrator_by_signing_up(self, world: World) -> None:
        ask = SignUp(username="root", email="root@example.com", password=PASSWORD)
        with pytest.raises(Invalid):
            await world.call(SIGN_UP, ask, somewhere("198.51.100.2"))
        assert not (await newcomer(world)).user.admin

    async def test_an_unproven_mailbox_sees_no_invitations(self, world: World) -> None:
        owner = await world.person()
        team = await world.team(owner)
        username = world.name("squatter")
        email = f"{username}@example.com"
        await world.call(INVITE, Invite(team=team, email=email), owner)
        begun = await world.call(
            SIGN_UP, SignUp(username=username, email=email, password=PASSWORD), somewhere()
        )
        caller = await with_cookie(world, begun)
        assert not (await world.call(LIST_MY_INVITATIONS, ListMyInvitations(), caller)).items

    async def test_without_mail_no_link_can_be_sent(self, world: World) -> None:
        with pytest.raises(Conflict):
            await world.call(START_SIGN_UP, StartSignUp(email="x@example.com"))
        with pytest.raises(Conflict):
            await world.call(START_PASSWORD_RESET, StartPasswordReset(login="x"))


class TestSigningIn:
    async def test_by_name_or_mailbox_in_any_case(self, world: World) -> None:
        begun = await newcomer(world)
        for login in (begun.user.username.upper(), f" {(begun.user.email or '').upper()} "):
            again = await world.call(SIGN_IN, SignIn(login=login, password=PASSWORD), somewhere())
            assert again.user.id == begun.user.id

    async def test_every_failure_looks_the_same(self, world: World) -> None:
        begun = await newcomer(world)
        shut = await world.person("shut", password=PASSWORD)
        ask = DeactivateUser(username=shut.username)
        await world.call(DEACTIVATE_USER, ask, await world.admin())
        no_password = await world.person("nopassword")
        messages = set()
        for login, password in (
            (begun.user.username, "wrong wrong wrong"),
            ("ghost", PASSWORD),
            ("ghost@example.com", PASSWORD),
            (shut.username, PASSWORD),
            (no_password.username, ""),
            ("", ""),
        ):
            with pytest.raises(Unauthenticated) as refused:
                await world.call(SIGN_IN, SignIn(login=login, password=password), somewhere())
            messages.add(refused.value.message)
        assert len(messages) == 1

    async def test_an_unknown_name_takes_as_long_as_a_wrong_password(
        self, world: World, servers: Servers
    ) -> None:
        begun = await newcomer(world, address="203.0.113.1")
        no_password = await world.person("nopassword")
        url, mint = servers.mongo_url("identity"), PepperedMint(world.pepper)
        client, passwords = mongo.connect(url, "tests"), Counted()
        database = client.get_default_database()
        store = MongoStore(client, database, Outbox(database), mint)
        limits = MongoLimits(url, database.name, mint)
        for login in (begun.user.username, "ghost", "ghost@example.com", no_password.username):
            ask = SignIn(login=login, password="wrong wrong wrong")
            with pytest.raises(Unauthenticated):
                await sign_in(ask, somewhere("203.0.113.1"), store, mint, passwords, limits)
        assert len(passwords.tried) == 4
        assert {tuple(kept.split("$")[:4]) for kept in passwords.tried} == {
            ("", "argon2id", "v=19", "m=65536,t=3,p=1")
        }
        passwords.close()
        limits.close()
        client.close()

    async def test_the_session_before_ends(self, world: World) -> None:
        begun = await newcomer(world)
        caller = (await with_cookie(world, begun)).model_copy(update={"address": "192.0.2.1"})
        ask = SignIn(login=begun.user.username, password=PASSWORD)
        again = await world.call(SIGN_IN, ask, caller)
        assert again.token != begun.token
        with pytest.raises(Unauthenticated):
            await with_cookie(world, begun)

    async def test_guessing_is_slowed_and_the_owner_still_gets_in(self, world: World) -> None:
        begun = await newcomer(world, address="192.0.2.1")
        ask = SignIn(login=begun.user.username, password="guess guess guess")
        guesses = [world.call(SIGN_IN, ask, somewhere(f"10.0.{n % 4}.9")) for n in range(36)]
        answers = await asyncio.gather(*guesses, return_exceptions=True)
        refused = [answer for answer in answers if isinstance(answer, RateLimited)]
        assert len(refused) == 6
        assert all(answer.retry_after for answer in refused)
        ask = SignIn(login=begun.user.username, password=PASSWORD)
        await world.call(SIGN_IN, ask, somewhere("192.0.2.9"))


class TestSessions:
    async def test_are_listed_and_ended(self, world: World) -> None:
        begun = await newcomer(world)
        ask = SignIn(login=begun.user.username, password=PASSWORD)
        other = await world.call(SIGN_IN, ask, somewhere("198.51.100.7"))
        caller = await with_cookie(world, begun)
        seen = await world.call(LIST_SESSIONS, ListSessions(), caller)
        assert [(one.address, one.current) for one in seen.items] == [
            ("198.51.100.7", False),
            ("192.0.2.1", True),
        ]
        await world.call(REVOKE_SESSION, RevokeSession(id=other.session.id), caller)
        with pytest.raises(Unauthenticated):
            await with_cookie(world, other)
        await world.call(REVOKE_SESSION, RevokeSession(), caller)
        with pytest.raises(Unauthenticated):
            await with_cookie(world, begun)

    async def test_of_others_are_not_found(self, world: World) -> None:
        alice, mallory = await newcomer(world), await newcomer(world, "mallory")
        ask = RevokeSession(id=alice.session.id)
        with pytest.raises(NotFound):
            await world.call(REVOKE_SESSION, ask, await with_cookie(world, mallory))

    async def test_all_others_at_once(self, world: World) -> None:
        begun = await newcomer(world)
        ask = SignIn(login=begun.user.username, password=PASSWORD)
        other = await world.call(SIGN_IN, ask, somewhere())
        caller = await with_cookie(world, begun)
        await world.call(REVOKE_OTHER_SESSIONS, RevokeOtherSessions(), caller)
        assert (await with_cookie(world, begun)).username == begun.user.username
        with pytest.raises(Unauthenticated):
            await with_cookie(world, other)

    async def test_one_of_a_shut_account_counts_no_more(self, world: World) -> None:
        begun = await newcomer(world)
        ask = DeactivateUser(username=begun.user.username)
        await world.call(DEACTIVATE_USER, ask, await world.admin())
        with pytest.raises(Unauthenticated):
            await with_cookie(world, begun)


class TestPasswords:
    async def test_a_change_needs_the_old_one_and_ends_other_sessions(self, world: World) -> None:
        begun = await newcomer(world)
        ask = SignIn(login=begun.user.username, password=PASSWORD)
        other = await world.call(SIGN_IN, ask, somewhere())
        caller = await with_cookie(world, begun)
        new = "eight green rivers"
        wrong = ChangePassword(current="not the old one", password=new)
        with pytest.raises(Forbidden):
            await world.call(CHANGE_PASSWORD, wrong, caller)
        right = ChangePassword(current=PASSWORD, password=new)
        await world.call(CHANGE_PASSWORD, right, caller)
        with pytest.raises(Unauthenticated):
            await with_cookie(world, other)
        await with_cookie(world, begun)
        await world.call(SIGN_IN, ask.model_copy(update={"password": new}), somewhere())

    async def test_an_api_key_alone_takes_no_account_over(self, world: World) -> None:
        alice = await world.person()
        with pytest.raises(Forbidden):
            await world.call(CHANGE_PASSWORD, ChangePassword(password="eight green rivers"), alice)
        with pytest.raises(Forbidden):
            await world.call(START_EMAIL_CHANGE, StartEmailChange(email="m@example.com"), alice)

    async def test_an_administrator_hands_over_a_link_that_works_once(self, world: World) -> None:
        begun, admin = await newcomer(world), await world.admin()
        ask = IssuePasswordReset(username=begun.user.username)
        link = await world.call(ISSUE_PASSWORD_RESET, ask, admin)
        token = link.url.partition("token=")[2]
        reset = ResetPassword(token=token, password="nine yellow deserts")
        answers = await asyncio.gather(
            *(world.call(RESET_PASSWORD, reset, somewhere()) for _ in range(5)),
            return_exceptions=True,
        )
        assert sum(isinstance(answer, NotFound) for answer in answers) == 4
        with pytest.raises(Unauthenticated):
            await with_cookie(world, begun)
        again = SignIn(login=begun.user.username, password="nine yellow deserts")
        await world.call(SIGN_IN, again, somewhere())

    async def test_without_mail_another_mailbox_is_taken_but_unproven(self, world: World) -> None:
        begun = await newcomer(world)
        caller, email = await with_cookie(world, begun), f"{world.name('new')}@example.com"
        ask = StartEmailChange(email=email, password=PASSWORD)
        seen = await world.call(START_EMAIL_CHANGE, ask, caller)
        assert (seen.email, seen.email_verified) == (email, False)
