"""How often one principal may ask: evenly, with a reserve, and apart from all others."""

from __future__ import annotations

import pytest

from gateway.rates import BURST_S, Rates
from shared.errors import RateLimited

MIB = 1024 * 1024


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rates(clock: Clock) -> Rates:
    return Rates(8, clock)


def spent(rates: Rates, who: str) -> int:
    """How many requests pass before one does not."""
    count = 0
    while True:
        try:
            rates.take(who)
        except RateLimited:
            return count
        count += 1


def test_the_reserve_can_be_spent_at_once_and_no_more(rates: Rates) -> None:
    assert spent(rates, "ada") == 8 * BURST_S


def test_it_fills_evenly_and_never_above_the_brim(rates: Rates, clock: Clock) -> None:
    spent(rates, "ada")
    clock.now += 2
    assert spent(rates, "ada") == 16
    clock.now += 1_000
    assert spent(rates, "ada") == 8 * BURST_S


def test_who_is_refused_learns_when_to_come_back_and_then_may(rates: Rates, clock: Clock) -> None:
    spent(rates, "ada")
    with pytest.raises(RateLimited) as refused:
        rates.take("ada")
    assert refused.value.retry_after is not None
    assert 0 < refused.value.retry_after < 0.2
    clock.now += refused.value.retry_after
    rates.take("ada")


def test_a_refusal_costs_nothing(rates: Rates, clock: Clock) -> None:
    spent(rates, "ada")
    for _ in range(1_000):
        with pytest.raises(RateLimited):
            rates.take("ada")
    clock.now += 1
    assert spent(rates, "ada") == 8


def test_others_do_not_notice(rates: Rates) -> None:
    spent(rates, "ada")
    assert spent(rates, "mo") == 8 * BURST_S


def test_a_large_body_counts_for_many(rates: Rates) -> None:
    rates.take("ada", 10 * MIB - 1)
    assert spent(rates, "ada") == 8 * BURST_S - 40


def test_nobody_in_particular_is_not_counted(rates: Rates) -> None:
    for _ in range(1_000):
        assert rates.take(None) == 0


@pytest.mark.parametrize(
    ("taken", "headers"),
    [(1, (b"79", b"1")), (40, (b"40", b"5")), (60, (b"20", b"7")), (80, (b"0", b"10"))],
)
def test_the_headers_have_the_sdk_slow_down_in_time(
    rates: Rates, taken: int, headers: tuple[bytes, bytes]
) -> None:
    """It asks `remaining / reset` a second: what fills when half is left, and ever less below."""
    missing = 0.0
    for _ in range(taken):
        missing = rates.take("ada")
    names = (b"ratelimit-remaining", b"ratelimit-reset")
    assert rates.headers(missing) == [*zip(names, headers, strict=True)]


def test_without_a_rate_nobody_is_limited_and_nothing_is_said() -> None:
    rates = Rates(0)
    for _ in range(10_000):
        rates.take("ada", 100 * MIB)
    assert rates.headers(0.0) == []


def test_very_many_are_not_remembered_for_ever(rates: Rates, clock: Clock) -> None:
    for number in range(10_000):
        rates.take(f"a{number}")
    clock.now += 60
    spent(rates, "ada")
    assert len(rates._whole_at) == 1
    assert spent(rates, "ada") == 0


def test_nor_are_very_many_at_once(rates: Rates) -> None:
    for number in range(50_000):
        rates.take(f"a{number}")
    assert len(rates._whole_at) <= 10_000
