"""API keys: made so that the SDK takes them and a typing error shows."""

from __future__ import annotations

import random
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.credentials import (
    PREFIX,
    digest,
    hint,
    is_mistyped,
    is_strong,
    is_well_formed,
    new_api_key,
    new_link_token,
)

SDK = re.compile(r"(?:[A-Za-z0-9_]+-)?[A-Za-z0-9_-]{40,}")
"""What wandb asks of a key: 40 characters or more after an optional prefix."""
ADOPTED = "0123456789abcdef" * 2 + "01234567"


class TestForm:
    @pytest.mark.parametrize(
        "key",
        ["", "a" * 39, "a" * 257, "a" * 39 + " ", "é" * 40, "a" * 40 + "\n", "a/b" * 20, "a:" * 30],
    )
    def test_what_cannot_be_a_key_is_known_without_asking(self, key: str) -> None:
        assert not is_well_formed(key)

    @pytest.mark.parametrize("key", ["local-" + "a" * 34, "x" * 39, "a-" + "b" * 39])
    def test_one_that_the_sdk_would_refuse_is_not_strong(self, key: str) -> None:
        assert not is_strong(key)

    @pytest.mark.parametrize("key", [ADOPTED, "local-" + "a" * 40, "wandb_v1_" + "a" * 77])
    def test_keys_from_elsewhere_are_adopted(self, key: str) -> None:
        assert is_well_formed(key)
        assert is_strong(key)
        assert not is_mistyped(key)

    def test_new_ones_are_all_that_and_never_the_same(self) -> None:
        keys = [new_api_key() for _ in range(10_000)]
        assert len(set(keys)) == len(keys)
        assert all(SDK.fullmatch(key) and is_strong(key) and not is_mistyped(key) for key in keys)
        assert all(len(key) == len(PREFIX) + 40 for key in keys)

    def test_new_ones_use_every_letter_about_equally(self) -> None:
        letters = "".join(new_api_key()[len(PREFIX) : -6] for _ in range(2_000))
        counts = [letters.count(letter) for letter in string.ascii_letters + string.digits]
        expected = len(letters) / 62
        assert min(counts) > expected * 0.8
        assert max(counts) < expected * 1.2

    def test_any_single_wrong_character_shows(self) -> None:
        chance = random.Random(7)
        for _ in range(200):
            key = new_api_key()
            at = chance.randrange(len(PREFIX), len(key))
            wrong = chance.choice([c for c in string.ascii_letters + string.digits if c != key[at]])
            assert is_mistyped(key[:at] + wrong + key[at + 1 :])

    def test_neighbours_swapped_and_characters_lost_show(self) -> None:
        for _ in range(200):
            key = new_api_key()
            at = len(PREFIX) + 3
            if key[at] != key[at + 1]:
                assert is_mistyped(key[:at] + key[at + 1] + key[at] + key[at + 2 :])
            assert is_mistyped(key[:-1])
            assert is_mistyped(key + "a")


class TestDigest:
    @given(st.text(max_size=60), st.binary(max_size=60))
    def test_it_is_the_same_for_the_same_and_shows_nothing(self, key: str, pepper: bytes) -> None:
        found = digest(key, pepper)
        assert found == digest(key, pepper)
        assert re.fullmatch("[0-9a-f]{64}", found)

    def test_another_key_or_pepper_makes_another(self) -> None:
        assert len({digest(k, p) for k in ("a", "b", "") for p in (b"x", b"y", b"")}) == 9


class TestHint:
    @pytest.mark.parametrize(
        "key", [new_api_key(), ADOPTED, "local-" + "a" * 40], ids=["new", "adopted", "local"]
    )
    def test_it_shows_a_few_characters_only(self, key: str) -> None:
        shown = hint(key).replace("…", "")
        assert len(shown) <= 13
        assert key.startswith(hint(key).split("…")[0])

    def test_of_ours_it_shows_the_beginning_and_the_end(self) -> None:
        key = new_api_key()
        assert hint(key) == f"{key[:11]}…{key[-2:]}"

    def test_of_others_it_shows_the_beginning_alone(self) -> None:
        assert hint(ADOPTED) == f"{ADOPTED[:4]}…"


def test_a_link_s_token_is_new_each_time_and_well_formed() -> None:
    tokens = {new_link_token() for _ in range(50)}
    assert len(tokens) == 50
    for token in tokens:
        assert token.startswith("share-")
        assert len(token) == 49
        assert is_well_formed(token)
