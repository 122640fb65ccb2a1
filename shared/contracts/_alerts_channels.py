"""Channels: where a team is told, and every delivery made there."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from shared.contracts._kinds import Call, Message, Nothing

Profile = Literal["standard", "wandb", "wandb-base64"]
ChannelKind = Literal["webhook", "slack", "email"]


class ChannelView(Message):
    """A channel of a team. `secret` is told once, when the server has made or changed it.

    `url` is shown without what in it may be secret. `disabled_reason` says why nothing is sent.
    """

    id: str
    team: str
    name: str
    kind: ChannelKind
    url: str | None = None
    to: list[str] = Field(default_factory=list)
    unsubscribed: list[str] = Field(default_factory=list)
    template: str | None = None
    headers: list[str] = Field(default_factory=list)
    profile: Profile = "standard"
    secret: str | None = None
    enabled: bool = True
    disabled_reason: str | None = None
    failures: int = 0
    failing_since: datetime | None = None
    created_by: str
    created_at: datetime


class CreateChannel(Message):
    """Admins of the team may. A webhook without a `secret` is given one.

    `template` is JSON with `${variables}`; `headers` are sent along and kept encrypted. With the
    `wandb` profile the body is also signed as W&B signs it.
    """

    team: str
    name: str = Field(min_length=1, max_length=255)
    kind: ChannelKind
    url: str | None = None
    to: list[str] = Field(default_factory=list, max_length=50)
    secret: str | None = None
    template: str | None = None
    headers: dict[str, str] = Field(default_factory=dict, max_length=20)
    profile: Profile = "standard"


class UpdateChannel(Message):
    """None leaves a thing as it is. `enabled` brings back a channel that was disabled.

    After a change of the secret both sign for a day, so that the receiver can follow.
    """

    id: str
    name: str | None = Field(default=None, min_length=1, max_length=255)
    url: str | None = None
    to: list[str] | None = Field(default=None, max_length=50)
    secret: str | None = None
    rotate_secret: bool = False
    template: str | None = None
    headers: dict[str, str] | None = Field(default=None, max_length=20)
    enabled: bool | None = None


class ListChannels(Message):
    """Those of a team, for its members."""

    team: str


class Channels(Message):
    """The oldest first."""

    items: list[ChannelView]


class DeleteChannel(Message):
    """Rules that named it no longer do; what waits for it is given up."""

    id: str


class Unsubscribe(Message):
    """What whoever has the link from a mail wishes: to look, to leave, to return."""

    ticket: str = Field(max_length=2048)
    wish: Literal["look", "leave", "return"]


class Subscription(Message):
    """Whether a channel writes to an address."""

    address: str
    team: str
    channel: str
    subscribed: bool


class TestChannel(Message):
    """Send one delivery that says that it is a test."""

    id: str


class AttemptView(Message):
    """One try. `response` is the beginning of what came back; `status` 0 where nothing did."""

    at: datetime
    status: int = 0
    error: str | None = None
    ms: int = 0
    response: str = ""


class DeliveryView(Message):
    """One message to one place. `webhook_id` stays the same through retries and replays."""

    id: str
    webhook_id: str
    team: str
    channel_id: str
    channel: str
    kind: ChannelKind
    to: str
    alert_id: str | None = None
    event: str
    state: Literal["pending", "delivered", "failed"]
    status: int = 0
    created_at: datetime
    due_at: datetime | None = None
    delivered_at: datetime | None = None
    attempts: list[AttemptView] = Field(default_factory=list)


class ListDeliveries(Message):
    """Newest first, for admins of the team."""

    team: str
    channel_id: str | None = None
    alert_id: str | None = None
    state: Literal["pending", "delivered", "failed"] | None = None
    limit: int = Field(default=50, ge=1, le=1000)
    cursor: str | None = None


class DeliveryPage(Message):
    """`next` goes into the following question; absent at the end."""

    items: list[DeliveryView]
    next: str | None = None


class ReplayDelivery(Message):
    """Send it again, under the same `webhook_id` with a new timestamp."""

    id: str


class ReplayDeliveries(Message):
    """The same for all of a channel that were made in `[since, until)`; failed ones by default."""

    channel_id: str
    since: datetime
    until: datetime | None = None
    only_failed: bool = True


class Replayed(Message):
    """How many will be sent again."""

    count: int


CREATE_CHANNEL = Call("alerts.channel.create", CreateChannel, ChannelView)
LIST_CHANNELS = Call("alerts.channel.list", ListChannels, Channels)
UPDATE_CHANNEL = Call("alerts.channel.update", UpdateChannel, ChannelView)
DELETE_CHANNEL = Call("alerts.channel.delete", DeleteChannel, Nothing)
UNSUBSCRIBE = Call("alerts.channel.unsubscribe", Unsubscribe, Subscription)
TEST_CHANNEL = Call("alerts.channel.test", TestChannel, DeliveryView)
LIST_DELIVERIES = Call("alerts.delivery.list", ListDeliveries, DeliveryPage)
REPLAY_DELIVERY = Call("alerts.delivery.replay", ReplayDelivery, DeliveryView)
REPLAY_DELIVERIES = Call("alerts.delivery.replay_range", ReplayDeliveries, Replayed)
