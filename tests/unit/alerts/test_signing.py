"""Signatures of webhooks, compared with what is written down elsewhere."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from services.alerts.domain import signing
from shared.errors import Invalid

KEY = bytes(range(24))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
BODY = b'{"a": 1}'


def by_hand(key: bytes, said: bytes) -> str:
    return "v1," + base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()


class TestStandardHeaders:
    def test_the_example_of_the_standard_comes_out(self) -> None:
        found = signing.standard_headers(
            "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}',
            ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        )  # fmt: skip
        assert found == {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        }

    def test_each_secret_that_counts_signs_once(self) -> None:
        other = bytes(range(64))
        secrets = [SECRET, signing.made_secret(other)]
        found = signing.standard_headers("m", 7, BODY, secrets)["webhook-signature"]
        assert found.split(" ") == [by_hand(KEY, b"m.7." + BODY), by_hand(other, b"m.7." + BODY)]

    def test_the_prefix_is_not_part_of_the_key(self) -> None:
        bare = SECRET.removeprefix("whsec_")
        both = [signing.standard_headers("m", 7, BODY, [one]) for one in (SECRET, bare)]
        assert both[0] == both[1]


class TestSecrets:
    @pytest.mark.parametrize("size", [24, 32, 64])
    def test_one_of_a_good_size_is_kept_with_its_prefix(self, size: int) -> None:
        secret = signing.made_secret(bytes(size))
        assert signing.checked_secret(secret) == secret
        assert signing.checked_secret(secret.removeprefix("whsec_")) == secret

    @pytest.mark.parametrize("size", [0, 1, 23, 65])
    def test_one_that_is_too_short_or_too_long_is_refused(self, size: int) -> None:
        with pytest.raises(Invalid) as refused:
            signing.checked_secret(signing.made_secret(bytes(size)))
        assert refused.value.field == "secret"

    @pytest.mark.parametrize("junk", ["%", " ", "-", "_", "\n", "é"])
    def test_signs_that_base64_has_not_are_refused(self, junk: str) -> None:
        with pytest.raises(Invalid):
            signing.checked_secret(SECRET + junk)


class TestWandbHeader:
    def test_it_is_over_the_body_alone_and_written_either_way(self) -> None:
        digest = hmac.new(SECRET.encode(), BODY, hashlib.sha256).digest()
        assert signing.wandb_header(BODY, SECRET) == {"X-Wandb-Signature": digest.hex()}
        found = signing.wandb_header(BODY, SECRET, in_base64=True)
        assert found == {"X-Wandb-Signature": base64.b64encode(digest).decode()}
