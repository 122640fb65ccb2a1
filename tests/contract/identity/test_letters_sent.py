"""Mail through a real SMTP server: invitations, signing up, passwords, mailboxes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from shared.contracts.identity import (
    ACCEPT_INVITATION,
    CONFIRM_EMAIL,
    GET_USER,
    INVITE,
    RESEND_INVITATION,
    RESET_PASSWORD,
    RESOLVE_SESSION,
    SIGN_IN,
    SIGN_UP,
    START_EMAIL_CHANGE,
    START_PASSWORD_RESET,
    START_SIGN_UP,
    UPDATE_USER,
    AcceptInvitation,
    ConfirmEmail,
    GetUser,
    Invite,
    ResendInvitation,
    ResetPassword,
    ResolveSession,
    SignIn,
    SignUp,
    StartEmailChange,
    StartPasswordReset,
    StartSignUp,
    UpdateUser,
)
from shared.errors import Forbidden, NotFound, RateLimited
from tests.contract.identity.world import World
from tests.postbox import Postbox
from tests.servers import Servers, free_port

PORT = free_port()
SETTINGS = {
    "CORDEE_SMTP_URL": f"smtp://127.0.0.1:{PORT}",
    "CORDEE_MAIL_FROM": "Cordée <cordee@example.com>",
    "CORDEE_SIGNUP": "domain",
    "CORDEE_SIGNUP_DOMAINS": "example.com, example.org",
}
PASSWORD = "seven blue mountains"


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def token_in(message: EmailMessage) -> str:
    found = re.search(r"token=([A-Za-z0-9_-]+)", text_of(message))
    assert found
    return found.group(1)


@pytest.fixture(scope="module")
def postbox() -> Iterator[Postbox]:
    with Postbox(PORT) as box:
        yield box


class TestInvitations:
    async def test_go_by_mail_and_the_answer_holds_no_token(
        self, world: World, postbox: Postbox
    ) -> None:
        alice, email = await world.person(), f"{world.name('new')}@example.com"
        team = await world.team(alice)
        sent = await world.call(INVITE, Invite(team=team, email=email), alice)
        assert sent.token is None
        mail = await postbox.to(email)
        assert mail["From"] == "Cordée <cordee@example.com>"
        assert mail["Subject"] == f"{alice.username} invites you to the team {team}"
        assert mail.get_content_type() == "multipart/alternative"
        assert token_in(mail) in text_of(mail, "html")
        ask = SignUp(token=token_in(mail), password=PASSWORD)
        begun = await world.call(SIGN_UP, ask)
        assert (begun.joined, begun.user.email_verified) == (team, True)

    async def test_speak_the_invitees_language_where_it_is_known(
        self, world: World, postbox: Postbox
    ) -> None:
        alice, bob = await world.person(), await world.person("bob")
        await world.call(UPDATE_USER, UpdateUser(language="fr"), bob)
        team = await world.team(alice)
        await world.call(INVITE, Invite(team=team, username=bob.username), alice)
        mail = await postbox.to(bob.email or "")
        assert "vous invite dans l’équipe" in mail["Subject"]
        assert 'lang="fr"' in text_of(mail, "html")

    async def test_names_add_no_header_and_no_recipient(
        self, world: World, postbox: Postbox
    ) -> None:
        alice = await world.person()
        hostile = (
            "Eve\r\nBcc: victim@example.com",
            "Eve\nX-Evil: 1",
            "Eve\x00\u202egpj.exe",
            "Eve\u2028To: victim@example.com",
            "=?utf-8?q?Eve=0ABcc=3A_victim=40example.com?=",
            "<script>alert(1)</script>",
        )
        for number, name in enumerate(hostile):
            await world.call(UPDATE_USER, UpdateUser(name=name), alice)
            email = f"{world.name(f'guest{number}')}@example.com"
            team = await world.team(alice)
            await world.call(INVITE, Invite(team=team, email=email), alice)
            mail = await postbox.to(email)
            assert mail["Bcc"] is None
            assert mail["X-Evil"] is None
            assert mail["To"] == email
            assert not re.search(r"[\r\n\x00\u202a-\u202e\u2028\u2066-\u2069]", mail["Subject"])
            assert "<script>" not in text_of(mail, "html")
        assert not [to for to, _ in postbox.received if "victim@example.com" in to]

    async def test_again_with_another_token(self, world: World, postbox: Postbox) -> None:
        alice, bob = await world.person(), await world.person("bob")
        team, email = await world.team(alice), bob.email or ""
        sent = await world.call(INVITE, Invite(team=team, email=email), alice)
        first = token_in(await postbox.to(email))
        await world.call(RESEND_INVITATION, ResendInvitation(team=team, id=sent.id), alice)
        second = token_in(await postbox.to(email, 2))
        with pytest.raises(NotFound):
            await world.call(ACCEPT_INVITATION, AcceptInvitation(reference=first), bob)
        await world.call(ACCEPT_INVITATION, AcceptInvitation(reference=second), bob)


class TestSigningUp:
    async def test_only_with_a_mailbox_of_the_right_domain(self, world: World) -> None:
        with pytest.raises(Forbidden):
            await world.call(START_SIGN_UP, StartSignUp(email="x@evil-example.com"))

    async def test_only_with_the_link_from_the_mail(self, world: World, postbox: Postbox) -> None:
        email = f"{world.name('zoe')}@example.org"
        direct = SignUp(email=email, password=PASSWORD)
        with pytest.raises(Forbidden):
            await world.call(SIGN_UP, direct)
        await world.call(START_SIGN_UP, StartSignUp(email=email, language="fr"))
        mail = await postbox.to(email)
        assert "inscription" in mail["Subject"]
        ask = SignUp(token=token_in(mail), email="other@example.com", password=PASSWORD)
        begun = await world.call(SIGN_UP, ask)
        assert (begun.user.email, begun.user.email_verified) == (email, True)
        with pytest.raises(NotFound):
            await world.call(SIGN_UP, ask)

    async def test_a_known_mailbox_is_told_so_by_mail_only(
        self, world: World, postbox: Postbox
    ) -> None:
        alice = await world.person()
        await world.call(START_SIGN_UP, StartSignUp(email=alice.email or ""))
        mail = await postbox.to(alice.email or "")
        assert "already" in mail["Subject"]
        assert "token=" not in text_of(mail)

    async def test_nobodys_mailbox_is_flooded(self, world: World) -> None:
        ask = StartSignUp(email=f"{world.name('victim')}@example.com")
        for _ in range(5):
            await world.call(START_SIGN_UP, ask)
        with pytest.raises(RateLimited):
            await world.call(START_SIGN_UP, ask)


class TestPasswords:
    async def test_a_forgotten_one_is_replaced(self, world: World, postbox: Postbox) -> None:
        alice = await world.person(password=PASSWORD)
        await world.call(START_PASSWORD_RESET, StartPasswordReset(login=alice.username))
        await world.call(START_PASSWORD_RESET, StartPasswordReset(login="ghost@example.com"))
        token = token_in(await postbox.to(alice.email or ""))
        reset = ResetPassword(token=token, password="nine yellow deserts")
        await world.call(RESET_PASSWORD, reset)
        with pytest.raises(NotFound):
            await world.call(RESET_PASSWORD, reset)
        ask = SignIn(login=alice.username, password="nine yellow deserts")
        await world.call(SIGN_IN, ask)
        bob = await world.person("bob")
        await world.call(START_PASSWORD_RESET, StartPasswordReset(login=bob.username))
        await postbox.to(bob.email or "")  # letters go one after another, in their order
        assert not [to for to, _ in postbox.received if to == ["ghost@example.com"]]

    async def test_a_link_for_one_thing_does_not_do_another(
        self, world: World, postbox: Postbox
    ) -> None:
        alice = await world.person(password=PASSWORD)
        await world.call(START_PASSWORD_RESET, StartPasswordReset(login=alice.username))
        token = token_in(await postbox.to(alice.email or ""))
        with pytest.raises(NotFound):
            await world.call(CONFIRM_EMAIL, ConfirmEmail(token=token))
        with pytest.raises(NotFound):
            await world.call(SIGN_UP, SignUp(token=token, password=PASSWORD))


class TestMailboxes:
    async def test_a_new_one_counts_once_it_is_confirmed(
        self, world: World, postbox: Postbox
    ) -> None:
        alice = await world.person(password=PASSWORD)
        ask = SignIn(login=alice.username, password=PASSWORD)
        begun = await world.call(SIGN_IN, ask)
        caller = await world.call(RESOLVE_SESSION, ResolveSession(digest=world.digest(begun.token)))
        email = f"{world.name('moved')}@example.com"
        change = StartEmailChange(email=email, password=PASSWORD)
        seen = await world.call(START_EMAIL_CHANGE, change, caller)
        assert seen.email == alice.email
        await world.call(CONFIRM_EMAIL, ConfirmEmail(token=token_in(await postbox.to(email))))
        assert (await world.call(GET_USER, GetUser(), caller)).email == email


async def test_no_dump_of_the_database_shows_a_token(
    world: World, postbox: Postbox, servers: Servers
) -> None:
    people = [await world.person(password=PASSWORD) for _ in range(2)]
    invited, new = (f"{world.name(name)}@example.com" for name in ("invited", "new"))
    admin = people[0].model_copy(update={"agent": None})  # what calls itself so is written down
    team = await world.team(admin)
    await world.call(INVITE, Invite(team=team, email=invited), admin)
    await world.call(START_SIGN_UP, StartSignUp(email=new))
    for one in people:
        await world.call(START_PASSWORD_RESET, StartPasswordReset(login=one.username))
    mails = [await postbox.to(to) for to in (invited, new, *(one.email or "" for one in people))]
    secrets = {token_in(mail) for mail in mails} | {PASSWORD, people[0].agent or ""}
    assert len(secrets) > 5
    secrets |= {token_in(mail) for _, mail in postbox.received if "token=" in text_of(mail)}
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(servers.mongo_url("identity"))
    database = client.get_default_database()
    for collection in await database.list_collection_names():
        async for document in database[collection].find({}):
            text = repr(document)
            assert not [secret for secret in secrets if secret in text]
    client.close()
