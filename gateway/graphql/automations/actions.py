"""The SDK's actions ⇄ the channels that a rule tells, and what it tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.contracts.alerts import ChannelView, RuleView
from shared.errors import Invalid
from shared.kit.ids import from_global, to_global

INTEGRATION = "Integration"
_KINDS = {"GENERIC_WEBHOOK": "webhook", "NOTIFICATION": "slack"}
_INPUTS = {
    "GENERIC_WEBHOOK": "genericWebhookActionInput",
    "NOTIFICATION": "notificationActionInput",
}
_TYPES = {"webhook": "GenericWebhookTriggeredAction", "slack": "NotificationTriggeredAction"}

Channels = Mapping[str, ChannelView]
"""Of a team, by their ids."""


@dataclass(frozen=True, slots=True)
class Action:
    """Whom a rule tells, and in which words."""

    notify: list[str]
    title: str = ""
    text: str = ""
    payload: str = ""
    severity: str | None = None


def understood(kind: str, config: Mapping[str, Any], channels: Channels) -> Action:
    """What the SDK asks for; Invalid for what it cannot ask for here."""
    if kind == "NO_OP":
        return Action([])
    if kind not in _INPUTS:
        raise Invalid(f"triggeredActionType: {kind} is not supported.", field="triggeredActionType")
    given = config.get(_INPUTS[kind])
    if given is None:
        field = f"triggeredActionConfig.{_INPUTS[kind]}"
        raise Invalid(f"{field}: is missing.", field=field)
    channel = channels.get(from_global(INTEGRATION, given["integrationID"]))
    if channel is None or channel.kind != _KINDS[kind]:
        raise Invalid(
            f"integrationID: no {_KINDS[kind]} channel of this team.", field="integrationID"
        )
    return Action(
        notify=[channel.id],
        title=given.get("title") or "",
        text=given.get("message") or "",
        payload=given.get("requestPayload") or "",
        severity=(given.get("severity") or "").lower() or None,
    )


def said_of(rule: RuleView, channels: Channels) -> dict[str, Any] | None:
    """A rule's action; None where it tells nobody whom the SDK knows of."""
    if not rule.channels:
        return {"__typename": "NoOpTriggeredAction", "noOp": True}
    told = [channels[each] for each in rule.channels if each in channels]
    channel = next((one for one in told if one.kind in _TYPES), None)
    if channel is None:
        return None
    return {
        "__typename": _TYPES[channel.kind],
        "integration": integration_of(channel),
        "requestPayload": rule.payload,
        "title": rule.title,
        "message": rule.text,
        "severity": rule.severity.upper(),
    }


def integration_of(channel: ChannelView) -> dict[str, Any]:
    """A channel as the SDK knows it."""
    if channel.kind == "slack":
        return {
            "__typename": "SlackIntegration",
            "id": to_global(INTEGRATION, channel.id),
            "teamName": channel.team,
            "channelName": channel.name,
        }
    return {
        "__typename": "GenericWebhookIntegration",
        "id": to_global(INTEGRATION, channel.id),
        "name": channel.name,
        "urlEndpoint": channel.url,
    }
