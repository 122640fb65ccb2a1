"""Invitations where no mail can be sent: the token is handed over by people."""

from __future__ import annotations

import asyncio

import pytest

from shared.contracts.identity import (
    ACCEPT_INVITATION,
    DECLINE_INVITATION,
    GET_INVITATION,
    GET_TEAM,
    INVITE,
    LIST_INVITATIONS,
    LIST_MY_INVITATIONS,
    RESEND_INVITATION,
    REVOKE_INVITATION,
    SET_TEAM_PRIVACY,
    SIGN_UP,
    AcceptInvitation,
    DeclineInvitation,
    GetInvitation,
    GetTeam,
    Invite,
    ListInvitations,
    ListMyInvitations,
    ResendInvitation,
    RevokeInvitation,
    SetTeamPrivacy,
    SignUp,
)
from shared.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from tests.contract.identity.world import World


class TestInviting:
    async def test_outsiders_members_and_viewers_may_not(self, world: World) -> None:
        alice, bob, vera, mallory = [await world.person(n) for n in ("a", "b", "v", "m")]
        team = await world.team(alice, (bob, "member"), (vera, "viewer"))
        for caller in (bob, vera, mallory):
            with pytest.raises(Forbidden):
                await world.call(INVITE, Invite(team=team, email="x@example.com"), caller)

    async def test_members_may_where_the_team_lets_them_but_not_above_themselves(
        self, world: World
    ) -> None:
        alice, bob = await world.person(), await world.person("bob")
        team = await world.team(alice, (bob, "member"))
        ask = SetTeamPrivacy(name=team, members_may_invite=True)
        await world.call(SET_TEAM_PRIVACY, ask, alice)
        await world.call(INVITE, Invite(team=team, email="x@example.com"), bob)
        with pytest.raises(Forbidden):
            await world.call(INVITE, Invite(team=team, email="y@example.com", role="admin"), bob)

    async def test_it_goes_to_a_mailbox_or_a_user_and_not_both(self, world: World) -> None:
        alice = await world.person()
        team = await world.team(alice)
        for ask in (
            Invite(team=team),
            Invite(team=team, email="x@example.com", username="x"),
            Invite(team=team, email="x\r\nBcc: y@example.com"),
        ):
            with pytest.raises(Invalid):
                await world.call(INVITE, ask, alice)

    async def test_a_known_mailbox_and_an_unknown_one_look_the_same(self, world: World) -> None:
        alice, bob = await world.person(), await world.person("bob")
        team = await world.team(alice)
        known = await world.call(INVITE, Invite(team=team, email=bob.email), alice)
        unknown = await world.call(INVITE, Invite(team=team, email="nobody@example.com"), alice)
        different = {"id", "email", "token", "created_at", "expires_at"}
        assert known.model_dump(exclude=different) == unknown.model_dump(exclude=different)

    async def test_twice_is_a_conflict(self, world: World) -> None:
        alice, bob = await world.person(), await world.person("bob")
        team = await world.team(alice, (bob, "member"))
        with pytest.raises(Conflict):
            await world.call(INVITE, Invite(team=team, username=bob.username), alice)
        await world.call(INVITE, Invite(team=team, email="x@example.com"), alice)
        with pytest.raises(Conflict):
            await world.call(INVITE, Invite(team=team, email="X@example.com"), alice)


class TestAccepting:
    async def test_by_token_joins_and_makes_the_team_the_default(self, world: World) -> None:
        alice, bob = await world.person(), await world.person("bob")
        team = await world.team(alice)
        ask = Invite(team=team, email=(bob.email or "").upper(), role="viewer")
        sent = await world.call(INVITE, ask, alice)
        assert sent.token
        seen = await world.call(GET_INVITATION, GetInvitation(token=sent.token))
        assert (seen.team, seen.token) == (team, None)
        accept = AcceptInvitation(reference=sent.token)
        joined = await world.call(ACCEPT_INVITATION, accept, bob)
        assert (joined.team, joined.role) == (team, "viewer")
        now = await world.again(bob)
        assert (now.default_entity, now.roles[team]) == (team, "viewer")
        with pytest.raises(Conflict):
            await world.call(ACCEPT_INVITATION, accept, bob)

    async def test_another_mailbox_cannot_use_the_token(self, world: World) -> None:
        alice, mallory = await world.person(), await world.person("mallory")
        team = await world.team(alice)
        sent = await world.call(INVITE, Invite(team=team, email="x@example.com"), alice)
        accept = AcceptInvitation(reference=sent.token or "")
        with pytest.raises(Forbidden):
            await world.call(ACCEPT_INVITATION, accept, mallory)

    async def test_another_user_cannot_use_the_id(self, world: World) -> None:
        alice, bob, mallory = [await world.person(n) for n in ("a", "b", "m")]
        team = await world.team(alice)
        sent = await world.call(INVITE, Invite(team=team, username=bob.username), alice)
        with pytest.raises(NotFound):
            await world.call(ACCEPT_INVITATION, AcceptInvitation(reference=sent.id), mallory)

    async def test_what_waits_for_me(self, world: World) -> None:
        alice, bob = await world.person(), await world.person("bob")
        teams = [await world.team(alice), await world.team(alice)]
        await world.call(INVITE, Invite(team=teams[0], username=bob.username), alice)
        await world.call(INVITE, Invite(team=teams[1], email=bob.email), alice)
        found = await world.call(LIST_MY_INVITATIONS, ListMyInvitations(), bob)
        assert [one.team for one in found.items] == list(reversed(teams))
        assert {one.token for one in found.items} == {None}
        for one in found.items:
            await world.call(ACCEPT_INVITATION, AcceptInvitation(reference=one.id), bob)
        assert not (await world.call(LIST_MY_INVITATIONS, ListMyInvitations(), bob)).items

    async def test_of_a_hundred_attempts_at_once_one_wins(self, world: World) -> None:
        alice, bob = await world.person(), await world.person("bob")
        team = await world.team(alice)
        sent = await world.call(INVITE, Invite(team=team, email=bob.email), alice)
        ask = AcceptInvitation(reference=sent.token or "")
        answers = await asyncio.gather(
            *(world.call(ACCEPT_INVITATION, ask, bob) for _ in range(100)), return_exceptions=True
        )
        lost = [answer for answer in answers if isinstance(answer, BaseException)]
        assert len(lost) == 99
        assert {type(answer) for answer in lost} == {Conflict}
        seen = await world.call(GET_TEAM, GetTeam(name=team), alice)
        assert [member.username for member in seen.members] == [alice.username, bob.username]

    async def test_signing_up_with_an_invitation_makes_account_and_seat(self, world: World) -> None:
        alice, username = await world.person(), world.name("newcomer")
        team, email = await world.team(alice), f"{username}@example.com"
        sent = await world.call(INVITE, Invite(team=team, email=email), alice)
        ask = SignUp(token=sent.token, username=username, password="a long enough secret")
        begun = await world.call(SIGN_UP, ask)
        assert (begun.joined, begun.user.email) == (team, email)
        assert [(seat.name, seat.role) for seat in begun.user.teams] == [(team, "member")]
        again = ask.model_copy(update={"username": world.name("second")})
        with pytest.raises(Conflict):
            await world.call(SIGN_UP, again)


class TestEnding:
    async def test_sending_again_voids_the_old_token(self, world: World) -> None:
        alice, bob = await world.person(), await world.person("bob")
        team = await world.team(alice)
        first = await world.call(INVITE, Invite(team=team, email=bob.email), alice)
        ask = ResendInvitation(team=team, id=first.id)
        second = await world.call(RESEND_INVITATION, ask, alice)
        accept = AcceptInvitation(reference=first.token or "")
        with pytest.raises(NotFound):
            await world.call(ACCEPT_INVITATION, accept, bob)
        accept = AcceptInvitation(reference=second.token or "")
        await world.call(ACCEPT_INVITATION, accept, bob)

    async def test_a_withdrawn_one_is_gone(self, world: World) -> None:
        alice, bob = await world.person(), await world.person("bob")
        team = await world.team(alice)
        sent = await world.call(INVITE, Invite(team=team, email=bob.email), alice)
        listed = await world.call(LIST_INVITATIONS, ListInvitations(team=team), alice)
        assert [one.id for one in listed.items] == [sent.id]
        await world.call(REVOKE_INVITATION, RevokeInvitation(team=team, id=sent.id), alice)
        assert not (await world.call(LIST_INVITATIONS, ListInvitations(team=team), alice)).items
        accept = AcceptInvitation(reference=sent.token or "")
        with pytest.raises(Gone):
            await world.call(ACCEPT_INVITATION, accept, bob)

    async def test_another_teams_admin_cannot_withdraw_it(self, world: World) -> None:
        alice, mallory = await world.person(), await world.person("mallory")
        team, other = await world.team(alice), await world.team(mallory)
        sent = await world.call(INVITE, Invite(team=team, email="x@example.com"), alice)
        ask = RevokeInvitation(team=other, id=sent.id)
        with pytest.raises(NotFound):
            await world.call(REVOKE_INVITATION, ask, mallory)

    async def test_a_declined_one_can_be_sent_anew(self, world: World) -> None:
        alice, bob = await world.person(), await world.person("bob")
        team = await world.team(alice)
        sent = await world.call(INVITE, Invite(team=team, username=bob.username), alice)
        await world.call(DECLINE_INVITATION, DeclineInvitation(id=sent.id), bob)
        await world.call(INVITE, Invite(team=team, username=bob.username), alice)
