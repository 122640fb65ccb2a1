"""Rules, channels, alerts and deliveries as callers see them, and the news of what is watched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from services.alerts.domain.alert import Alert
from services.alerts.domain.channel import Channel
from services.alerts.domain.delivery import Delivery
from services.alerts.domain.kinds import said
from services.alerts.domain.rule import Rule, Watched, watched
from services.alerts.ports import ProjectFacts
from shared.contracts.alerts import (
    WATCH_CHANGED,
    AlertView,
    AttemptView,
    ChannelView,
    DeliveryView,
    RuleView,
    Watch,
)
from shared.kit.outbox import Announcement
from shared.messaging.bus import announcement

_SAME = (
    *("id", "entity", "project", "name", "description", "title", "text", "payload", "severity"),
    *("cooldown_s", "once_per_run", "filters", "enabled", "snoozed_until"),
    *("created_by", "created_at", "updated_at"),
)


def rule_view(rule: Rule, channels: Mapping[str, Channel]) -> RuleView:
    """With the names of its channels."""
    names = [channels[each].name for each in rule.notify if each in channels]
    plain = {name: getattr(rule, name) for name in _SAME}
    return RuleView.model_validate(
        {
            **plain,
            "project_id": rule.project_id if rule.project is not None else None,
            "when": said(rule.when),
            "notify": names,
            "channels": [each for each in rule.notify if each in channels],
        }
    )


def channel_view(channel: Channel, secret: str | None = None) -> ChannelView:
    """Without what is secret, unless it is told this once."""
    return ChannelView.model_validate(
        {
            "id": channel.id,
            "team": channel.team,
            "name": channel.name,
            "kind": channel.kind,
            "url": channel.shown_url(),
            "to": channel.to,
            "unsubscribed": channel.unsubscribed,
            "template": channel.template,
            "headers": sorted(channel.headers),
            "profile": channel.profile,
            "secret": secret,
            "enabled": channel.health.counting,
            "disabled_reason": channel.health.reason,
            "failures": channel.health.failures,
            "failing_since": channel.health.failing_since,
            "created_by": channel.created_by,
            "created_at": channel.created_at,
        }
    )


def alert_view(alert: Alert, project: ProjectFacts) -> AlertView:
    """Under the names that its project has now."""
    return AlertView.model_validate(replace(alert, entity=project.entity, project=project.name))


def delivery_view(delivery: Delivery, channel: Channel | None) -> DeliveryView:
    """With every attempt; a channel that was deleted has no name any more."""
    attempts = [AttemptView.model_validate(attempt) for attempt in delivery.attempts]
    to = delivery.recipient or (channel.shown_url() if channel else None) or ""
    return DeliveryView.model_validate(
        {
            "id": delivery.id,
            "webhook_id": delivery.webhook_id,
            "team": delivery.team,
            "channel_id": delivery.channel_id,
            "channel": channel.name if channel else "",
            "kind": delivery.kind,
            "to": to,
            "alert_id": delivery.alert_id,
            "event": delivery.event,
            "state": delivery.state,
            "status": attempts[-1].status if attempts else 0,
            "created_at": delivery.created_at,
            "due_at": delivery.due_at,
            "delivered_at": delivery.delivered_at,
            "attempts": attempts,
        }
    )


def watch_of(found: Watched) -> Watch:
    """In the form in which runs is told."""
    return Watch(
        project_id=found.project_id, metrics=list(found.metrics), system=list(found.system)
    )


def watch_changed(project_id: str, rules: Iterable[Rule]) -> Announcement:
    """The news of everything that a project's rules look at now."""
    return announcement(WATCH_CHANGED, watch_of(watched(project_id, rules)))
