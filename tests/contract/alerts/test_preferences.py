"""Whether somebody wants mails is asked of identity, and nothing is sent while it does not say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from nats.aio.msg import Msg

from services.alerts.neighbours import IdentityNeighbour
from shared.contracts._kinds import Message
from shared.contracts.identity import (
    GET_CONTACTS,
    GET_TEAM,
    Contact,
    Contacts,
    GetContacts,
    MemberView,
    PrivacyView,
    TeamView,
)
from shared.errors import Unavailable
from shared.kit import clock
from shared.messaging import headers
from shared.messaging.bus import Bus
from tests.contract.messaging.world import connected, settled
from tests.servers import Servers

PEOPLE = 2_345


@pytest.fixture
async def identity(servers: Servers) -> AsyncIterator[IdentityNeighbour]:
    """Asked with the rights of alerts; nobody answers yet."""
    async with connected(servers, "alerts") as connection:
        yield IdentityNeighbour(Bus(connection.client))


@pytest.fixture
async def answering(servers: Servers) -> AsyncIterator[list[int]]:
    """A large team, of which only the last wants no mails; how many were asked about at once."""
    asked: list[int] = []
    names = [f"p{number}" for number in range(PEOPLE)]

    async def team(message: Msg) -> None:
        await answer(message, _team(names))

    async def contacts(message: Msg) -> None:
        body = headers.unpack(message.data, message.headers)
        wanted = GetContacts.model_validate_json(body).usernames
        asked.append(len(wanted))
        await answer(message, Contacts(items=_contacts(wanted)))

    async with connected(servers, "identity") as connection:
        for contract, hear in ((GET_TEAM, team), (GET_CONTACTS, contacts)):
            await connection.client.subscribe(contract.subject, queue="identity", cb=hear)
        await settled(connection.client)
        yield asked


async def answer(message: Msg, said: Message) -> None:
    found: dict[str, str] = {}
    body = headers.pack(said.model_dump_json().encode(), found)
    await message._client.publish(message.reply, body, headers=found or None)


def _team(names: Sequence[str]) -> TeamView:
    now = clock.now()
    members = [
        MemberView(id=name, username=name, name=name, role="member", kind="user", joined_at=now)
        for name in names
    ]
    privacy = dict.fromkeys(PrivacyView.model_fields, False)
    return TeamView(
        id="t",
        name="team",
        organization="o",
        description="",
        created_at=now,
        created_by=None,
        privacy=PrivacyView(**privacy),
        members=members,
    )


def _contacts(names: Sequence[str]) -> list[Contact]:
    last = f"p{PEOPLE - 1}"
    return [
        Contact(
            username=name,
            email=f"{name}@X.example",
            language="fr",
            notifications={"alerts": name != last},
        )
        for name in names
    ]


async def test_nobody_is_taken_to_want_mails_because_identity_is_away(
    identity: IdentityNeighbour,
) -> None:
    for _ in range(2):
        with pytest.raises(Unavailable):
            await identity.preference("team", "p1@x.example")


async def test_every_member_of_a_large_team_is_asked_about(
    identity: IdentityNeighbour, answering: list[int]
) -> None:
    found: list[Any] = [
        await identity.preference("team", f"{name}@x.example") for name in ("p0", f"p{PEOPLE - 1}")
    ]
    assert [one.wants_alerts for one in found] == [True, False]
    assert (sum(answering), max(answering)) == (PEOPLE, 1_000)
