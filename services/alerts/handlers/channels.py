"""Channels: create, list, change, delete, try out."""

from __future__ import annotations

import json
import secrets

from faststream.nats import NatsRouter

from services.alerts.dependencies import (
    ChannelStore,
    DeliveryStore,
    TheAudit,
    TheClock,
    TheTickets,
    WakeUp,
)
from services.alerts.domain import signing, template
from services.alerts.domain.access import require_admin, require_member
from services.alerts.domain.channel import (
    Channel,
    checked_headers,
    checked_mailboxes,
    checked_url,
)
from services.alerts.domain.delivery import deliveries_for
from services.alerts.domain.tickets import UNSUBSCRIBING
from services.alerts.handlers.views import channel_view, delivery_view
from services.alerts.ports import Channels
from shared.contracts import alerts as contracts
from shared.contracts._kinds import Nothing
from shared.contracts.alerts import (
    CREATE_CHANNEL,
    DELETE_CHANNEL,
    LIST_CHANNELS,
    TEST_CHANNEL,
    UNSUBSCRIBE,
    UPDATE_CHANNEL,
    ChannelView,
    CreateChannel,
    DeleteChannel,
    DeliveryView,
    ListChannels,
    Subscription,
    TestChannel,
    Unsubscribe,
    UpdateChannel,
)
from shared.contracts.identity import Caller
from shared.errors import Conflict, NotFound
from shared.kit.clock import iso
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve

router = NatsRouter()

TEST = "channel.test"


@serve(router, CREATE_CHANNEL)
async def create_channel(
    ask: CreateChannel,
    caller: TheCaller,
    channels: ChannelStore,
    audit: TheAudit,
    clock: TheClock,
) -> ChannelView:
    """Admins of the team only; the secret that we made is told this once."""
    team = require_admin(caller, ask.team)
    channel = Channel(
        id=new_id(),
        team=team,
        name=ask.name,
        kind=ask.kind,
        created_by=caller.username,
        created_at=clock(),
        profile=ask.profile,
    )
    made = None
    if ask.kind == "email":
        channel.to = checked_mailboxes(ask.to)
    else:
        channel.url = checked_url(ask.url)
    if ask.kind == "webhook":
        channel.headers = checked_headers(ask.headers)
        channel.template = template.checked(ask.template) if ask.template else None
        made = None if ask.secret else signing.made_secret(secrets.token_bytes(32))
        channel.secrets = [made or signing.checked_secret(ask.secret or "")]
    await audit.record(caller, team, "channel.create", ask.name)
    await channels.create(channel)
    return channel_view(channel, made)


@serve(router, LIST_CHANNELS)
async def list_channels(
    ask: ListChannels, caller: TheCaller, channels: ChannelStore
) -> contracts.Channels:
    """For members of the team."""
    team = require_member(caller, ask.team)
    found = await channels.of_team(team)
    return contracts.Channels(items=[channel_view(channel) for channel in found])


@serve(router, UPDATE_CHANNEL)
async def update_channel(
    ask: UpdateChannel,
    caller: TheCaller,
    channels: ChannelStore,
    audit: TheAudit,
    clock: TheClock,
) -> ChannelView:
    """A new secret signs beside the old one for a day."""
    channel = await managed(channels, caller, ask.id)
    channel.name = ask.name or channel.name
    _unseal(channel, ask)
    if channel.kind == "email":
        channel.to = checked_mailboxes(ask.to) if ask.to is not None else channel.to
    elif ask.url is not None:
        channel.url = checked_url(ask.url)
    made = None
    if channel.kind == "webhook":
        if ask.headers is not None:
            channel.headers = checked_headers(ask.headers)
        if ask.template is not None:
            channel.template = template.checked(ask.template) if ask.template else None
        if ask.secret:
            channel.rotate(signing.checked_secret(ask.secret), clock())
        elif ask.rotate_secret:
            made = signing.made_secret(secrets.token_bytes(32))
            channel.rotate(made, clock())
    await audit.record(caller, channel.team, "channel.update", channel.name)
    await channels.save(channel)
    if ask.enabled is True:
        await channels.revive(channel)
    return channel_view(channel, made)


def _unseal(channel: Channel, ask: UpdateChannel) -> None:
    """What a lost key keeps closed is given anew, all of it, or stays as it is."""
    secret = bool(ask.secret or ask.rotate_secret)
    if not channel.sealed or (ask.url is None and ask.headers is None and not secret):
        return
    if ask.url is None or (channel.kind == "webhook" and not secret):
        raise Conflict(
            "The key that sealed this channel's URL and secret is not here any more: bring it "
            "back, or give url and secret (or rotate_secret) anew."
        )
    channel.sealed = False


@serve(router, DELETE_CHANNEL)
async def delete_channel(
    ask: DeleteChannel, caller: TheCaller, channels: ChannelStore, audit: TheAudit
) -> Nothing:
    """Rules that named it no longer do."""
    channel = await managed(channels, caller, ask.id)
    await audit.record(caller, channel.team, "channel.delete", channel.name)
    await channels.delete(channel.id)
    return Nothing()


@serve(router, TEST_CHANNEL)
async def test_channel(
    ask: TestChannel,
    caller: TheCaller,
    channels: ChannelStore,
    deliveries: DeliveryStore,
    clock: TheClock,
    wake_up: WakeUp,
) -> DeliveryView:
    """One delivery that says that it is a test; how it went stands in the log."""
    channel = await managed(channels, caller, ask.id)
    if not channel.health.counting:
        raise Conflict(f"The channel is disabled: {channel.health.reason}")
    at = clock()
    facts = dict.fromkeys(template.VARIABLES) | {
        "kind": "test",
        "severity": "info",
        "title": f"Test of {channel.name}",
        "text": f"{caller.username} tries out this channel.",
        "entity": channel.team,
        "timestamp": iso(at),
    }
    sent = deliveries_for(channel, new_id(), TEST, json.dumps(facts), at, of_alert=False)
    if not sent:
        raise Conflict("Everybody whom this channel writes to has unsubscribed.")
    await deliveries.add(sent)
    wake_up()
    return delivery_view(sent[0], channel)


@serve(router, UNSUBSCRIBE)
async def unsubscribe(
    ask: Unsubscribe, channels: ChannelStore, tickets: TheTickets
) -> Subscription:
    """For whoever has the link from a mail; nobody else can make one."""
    channel_id, address = tickets.read(UNSUBSCRIBING, ask.ticket)
    channel = await channels.get(channel_id)
    if ask.wish == "leave":
        await channels.leave(channel, address)
        channel.leave(address)
    elif ask.wish == "return":
        await channels.come_back(channel, address)
        channel.come_back(address)
    return Subscription(
        address=address,
        team=channel.team,
        channel=channel.name,
        subscribed=channel.writes_to(address),
    )


async def managed(channels: Channels, caller: Caller, channel_id: str) -> Channel:
    """The channel, if the caller is an admin of its team; to outsiders it looks absent."""
    channel = await channels.get(channel_id)
    try:
        require_admin(caller, channel.team)
    except NotFound:
        raise NotFound("No such channel.") from None
    return channel
