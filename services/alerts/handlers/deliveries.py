"""Deliveries: the log of what was sent, and sending again."""

from __future__ import annotations

from typing import Any

from faststream.nats import NatsRouter

from services.alerts.dependencies import ChannelStore, DeliveryStore, TheClock, WakeUp
from services.alerts.domain.access import require_admin
from services.alerts.handlers.channels import managed
from services.alerts.handlers.views import delivery_view
from shared.contracts.alerts import (
    LIST_DELIVERIES,
    REPLAY_DELIVERIES,
    REPLAY_DELIVERY,
    DeliveryPage,
    DeliveryView,
    ListDeliveries,
    ReplayDeliveries,
    ReplayDelivery,
    Replayed,
)
from shared.errors import NotFound
from shared.messaging.answering import TheCaller, serve

router = NatsRouter()


@serve(router, LIST_DELIVERIES)
async def list_deliveries(
    ask: ListDeliveries, caller: TheCaller, deliveries: DeliveryStore, channels: ChannelStore
) -> DeliveryPage:
    """For admins of the team, newest first."""
    where: dict[str, Any] = {"team": require_admin(caller, ask.team)}
    where |= {
        name: value
        for name, value in ask.model_dump(include={"channel_id", "alert_id", "state"}).items()
        if value is not None
    }
    page, cursor = await deliveries.page(where, ask.limit, ask.cursor)
    named = await channels.load(list({one.channel_id for one in page}))
    items = [delivery_view(one, named.get(one.channel_id)) for one in page]
    return DeliveryPage(items=items, next=cursor)


@serve(router, REPLAY_DELIVERY)
async def replay_delivery(
    ask: ReplayDelivery,
    caller: TheCaller,
    deliveries: DeliveryStore,
    channels: ChannelStore,
    clock: TheClock,
    wake_up: WakeUp,
) -> DeliveryView:
    """Send it again under the same id."""
    delivery = await deliveries.get(ask.id)
    try:
        channel = await managed(channels, caller, delivery.channel_id)
    except NotFound:
        raise NotFound("No such delivery.") from None
    delivery.replay(clock())
    await deliveries.replay(delivery)
    wake_up()
    return delivery_view(delivery, channel)


@serve(router, REPLAY_DELIVERIES)
async def replay_deliveries(
    ask: ReplayDeliveries,
    caller: TheCaller,
    deliveries: DeliveryStore,
    channels: ChannelStore,
    clock: TheClock,
    wake_up: WakeUp,
) -> Replayed:
    """The same for many of one channel."""
    channel = await managed(channels, caller, ask.channel_id)
    at = clock()
    count = await deliveries.replay_range(
        channel.id, ask.since, ask.until or at, only_failed=ask.only_failed, at=at
    )
    wake_up()
    return Replayed(count=count)
