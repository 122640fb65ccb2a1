"""Who wants no more mails gets none, however the address is written and whoever edits meanwhile."""

from __future__ import annotations

from services.alerts.domain.channel import checked_mailboxes
from tests.contract.alerts.world import World


async def test_an_edit_that_began_before_does_not_bring_anybody_back(world: World) -> None:
    made = await world.a_channel(name="mail", kind="email", url=None, to=["a@x.example"])
    edited = await world.channels.get(made.id)
    await world.channels.leave(made, "a@x.example")
    edited.name = "mails"
    await world.channels.save(edited)
    found = await world.channels.get(made.id)
    assert (found.name, found.unsubscribed, found.recipients) == ("mails", ["a@x.example"], [])


async def test_it_is_one_mailbox_in_every_case(world: World) -> None:
    made = await world.a_channel(name="mail", kind="email", url=None, to=["Ann@X.example"])
    await world.channels.leave(made, "ann@x.EXAMPLE")
    left = await world.channels.get(made.id)
    assert (left.recipients, left.was_left_by("ANN@x.example")) == ([], True)
    await world.channels.come_back(left, "Ann@x.example")
    assert (await world.channels.get(made.id)).recipients == ["Ann@X.example"]
    assert checked_mailboxes(["Ann@x.example", "b@x.example", "ann@X.example"]) == [
        "Ann@x.example",
        "b@x.example",
    ]


async def test_what_was_left_under_another_spelling_can_be_taken_back(world: World) -> None:
    made = await world.a_channel(
        name="mail", kind="email", url=None, to=["Ann@x.example"], unsubscribed=["Ann@x.example"]
    )
    await world.channels.come_back(made, "Ann@x.example")
    assert (await world.channels.get(made.id)).recipients == ["Ann@x.example"]


async def test_who_left_before_being_written_to_again_has_left(world: World) -> None:
    made = await world.a_channel(name="mail", kind="email", url=None, to=["b@x.example"])
    await world.channels.leave(made, "a@x.example")
    edited = await world.channels.get(made.id)
    edited.to = ["a@x.example", "b@x.example"]
    await world.channels.save(edited)
    assert (await world.channels.get(made.id)).recipients == ["b@x.example"]
