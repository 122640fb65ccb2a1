"""Keys, links and sessions: until when they count."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.identity.domain import api_key, link, session
from services.identity.domain.api_key import ApiKey, Scope
from services.identity.domain.limit import network_of
from services.identity.domain.link import Purpose
from shared.errors import Conflict, Invalid, NotFound
from tests.unit.identity.builders import NOON

DAY = timedelta(days=1)


def a_key(**more: object) -> ApiKey:
    return ApiKey("id", "alice-id", "digest", "hint", "key", Scope.FULL, NOON, **more)  # type: ignore[arg-type]


class TestKeys:
    def test_a_key_counts_until_its_last_moment(self) -> None:
        key = a_key(expires_at=NOON + DAY)
        assert key.counts_at(NOON + DAY - timedelta(milliseconds=1))
        assert not key.counts_at(NOON + DAY)

    def test_a_revoked_key_never_counts(self) -> None:
        key = a_key()
        key.revoke(NOON)
        assert not key.counts_at(NOON)
        with pytest.raises(Conflict):
            key.revoke(NOON)

    def test_giving_way_never_lengthens_a_life(self) -> None:
        key = a_key(expires_at=NOON + DAY)
        key.give_way(NOON + 2 * DAY)
        assert key.expires_at == NOON + DAY
        key.give_way(NOON)
        assert key.expires_at == NOON

    def test_a_key_is_not_born_dead(self) -> None:
        with pytest.raises(Invalid):
            api_key.expiry(NOON, NOON, of_service=False)

    def test_a_persons_key_lives_for_ever_and_a_services_for_a_year(self) -> None:
        assert api_key.expiry(None, NOON, of_service=False) is None
        assert api_key.expiry(None, NOON, of_service=True) == NOON + 365 * DAY

    def test_a_rotated_key_lives_as_long_as_the_old_one_was_given(self) -> None:
        old = a_key(expires_at=NOON + 30 * DAY)
        assert api_key.renewed_expiry(old, NOON + 29 * DAY) == NOON + 59 * DAY

    def test_an_account_has_at_most_so_many_that_count(self) -> None:
        keys = [a_key() for _ in range(api_key.MAX_LIVE_KEYS)]
        with pytest.raises(Conflict):
            api_key.check_room(keys, NOON)
        keys[0].revoke(NOON)
        api_key.check_room(keys, NOON)
        api_key.check_room([a_key(ci={"actor": "x"}) for _ in range(500)], NOON)


class TestLinks:
    def made(self) -> link.Link:
        return link.made("digest", Purpose.RESET_PASSWORD, NOON, user_id="alice-id")

    def test_a_link_works_once(self) -> None:
        found = link.used(self.made(), Purpose.RESET_PASSWORD, NOON)
        with pytest.raises(NotFound):
            link.used(found, Purpose.RESET_PASSWORD, NOON)

    def test_every_way_in_which_it_does_not_count_looks_the_same(self) -> None:
        used = link.used(self.made(), Purpose.RESET_PASSWORD, NOON)
        messages = set()
        for found, purpose, at in (
            (None, Purpose.RESET_PASSWORD, NOON),
            (used, Purpose.RESET_PASSWORD, NOON),
            (self.made(), Purpose.CONFIRM_EMAIL, NOON),
            (self.made(), Purpose.RESET_PASSWORD, NOON + timedelta(hours=1)),
        ):
            with pytest.raises(NotFound) as refused:
                link.used(found, purpose, at)
            messages.add(refused.value.message)
        assert len(messages) == 1

    def test_every_purpose_has_a_life(self) -> None:
        assert set(link.LIFE) == set(Purpose)


class TestSessions:
    def begun(self) -> session.Session:
        return session.begun("id", "u", "digest", NOON, address="192.0.2.9", agent="x" * 999)

    def test_visits_slide_it_on_but_are_noted_once_an_hour(self) -> None:
        found = self.begun()
        assert not found.see(NOON + timedelta(minutes=59))
        assert found.expires_at == NOON + session.LIFE
        assert found.see(NOON + timedelta(hours=1))
        assert found.expires_at == NOON + timedelta(hours=1) + session.LIFE

    def test_it_remembers_the_network_and_a_bounded_agent(self) -> None:
        found = self.begun()
        assert found.network == "192.0.2.0/24"
        assert found.agent is not None
        assert len(found.agent) == 300


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.200", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("::ffff:192.0.2.200", "192.0.2.0/24"),
        (None, "unknown"),
        ("not an address", "unknown"),
    ],
)
def test_the_network_of_an_address(address: str | None, network: str) -> None:
    assert network_of(address) == network
