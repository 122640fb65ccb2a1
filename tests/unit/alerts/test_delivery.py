"""When a delivery is tried again, and when its channel is left alone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.alerts.domain.channel import BREAKS_AFTER
from services.alerts.domain.delivery import SCHEDULE, Attempt, deliveries_for
from tests.unit.alerts.builders import NOON, a_channel, a_delivery


def failing(at: datetime, **given: object) -> Attempt:
    return Attempt(at, 500, "answered 500", **given)  # type: ignore[arg-type]


def test_the_schedule_is_followed_exactly() -> None:
    delivery, channel, at = a_delivery(), a_channel(), NOON
    waits = []
    while delivery.tries < len(SCHEDULE) - 1:
        delivery.tried(failing(at), channel, lambda: 0.5)
        assert delivery.due_at is not None
        waits.append(delivery.due_at - at)
        at = delivery.due_at
    assert waits == list(SCHEDULE[1:])


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 4.5), (0.5, 5.0), (1.0, 5.5)])
def test_jitter_is_a_tenth(chance: float, seconds: float) -> None:
    delivery = a_delivery()
    delivery.tried(failing(NOON), a_channel(), lambda: chance)
    assert delivery.due_at == NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(("asked", "waited"), [(90.0, 90.0), (1.0, 5.0), (1e9, 86_400.0)])
def test_retry_after_is_honoured_for_a_day_at_most(asked: float, waited: float) -> None:
    delivery = a_delivery()
    delivery.tried(failing(NOON, retry_after=asked), a_channel(), lambda: 0.5)
    assert delivery.due_at == NOON + timedelta(seconds=waited)


def test_410_disables_the_channel_at_once() -> None:
    delivery, channel = a_delivery(), a_channel()
    delivery.tried(Attempt(NOON, 410, "answered 410"), channel, lambda: 0.5)
    assert delivery.state == "failed"
    assert channel.health.disabled_at == NOON


def test_ten_failures_open_the_breaker_and_probes_cost_no_tries() -> None:
    channel = a_channel()
    for _ in range(BREAKS_AFTER):
        a_delivery().tried(failing(NOON), channel, lambda: 0.5)
    assert channel.health.probe_at == NOON + timedelta(minutes=5)
    probed = a_delivery(tries=3)
    probed.tried(failing(NOON), channel, lambda: 0.5)
    assert probed.tries == 3
    probed.tried(Attempt(NOON, 200), channel, lambda: 0.5)
    assert (probed.state, channel.health.failures, channel.health.probe_at) == (
        "delivered",
        0,
        None,
    )


def test_five_days_of_nothing_else_disable_the_channel() -> None:
    channel = a_channel()
    a_delivery().tried(failing(NOON), channel, lambda: 0.5)
    a_delivery().tried(failing(NOON + timedelta(hours=119)), channel, lambda: 0.5)
    assert channel.health.counting
    a_delivery().tried(failing(NOON + timedelta(hours=120)), channel, lambda: 0.5)
    assert not channel.health.counting


def test_now_and_then_a_failure_exhausts_a_delivery_alone() -> None:
    delivery, channel = a_delivery(), a_channel()
    for _ in SCHEDULE:
        channel.health.succeeded()
        delivery.tried(failing(NOON), channel, lambda: 0.5)
    assert (delivery.state, channel.health.counting) == ("failed", True)


def test_a_replay_keeps_the_webhook_id() -> None:
    delivery = a_delivery()
    before = delivery.webhook_id
    delivery.tried(Attempt(NOON, 200), a_channel(), lambda: 0.5)
    delivery.replay(NOON)
    assert (delivery.webhook_id, delivery.state, delivery.due_at) == (before, "pending", NOON)


def test_the_same_alert_is_the_same_deliveries() -> None:
    channel = a_channel(kind="email", to=["a@example.com", "b@example.com"])
    first, again = (deliveries_for(channel, "alert", "alert.fired", "{}", NOON) for _ in range(2))
    assert [one.id for one in first] == [one.id for one in again]
    assert len({one.id for one in first}) == 2
