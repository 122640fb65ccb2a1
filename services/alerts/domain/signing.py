"""Signatures of webhooks: Standard Webhooks 1.0, and the header that W&B's receivers check."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence

from shared.errors import Invalid

PREFIX = "whsec_"
_LEAST, _MOST = 24, 64


def checked_secret(secret: str) -> str:
    """`whsec_` and base64 of 24 to 64 bytes, or Invalid saying so."""
    _key(secret)
    return secret if secret.startswith(PREFIX) else PREFIX + secret


def made_secret(random: bytes) -> str:
    """A secret of random bytes."""
    return PREFIX + base64.b64encode(random).decode()


def standard_headers(
    webhook_id: str, timestamp: int, body: bytes, secrets: Sequence[str]
) -> dict[str, str]:
    """The three headers; one signature for each secret that counts at the moment."""
    said = f"{webhook_id}.{timestamp}.".encode() + body
    signatures = [
        "v1," + base64.b64encode(hmac.digest(_key(secret), said, "sha256")).decode()
        for secret in secrets
    ]
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def wandb_header(body: bytes, secret: str, *, in_base64: bool = False) -> dict[str, str]:
    """Over the body alone, as W&B signs. Receivers in the wild disagree on how it is written."""
    digest = hmac.digest(secret.encode(), body, "sha256")
    text = base64.b64encode(digest).decode() if in_base64 else digest.hex()
    return {"X-Wandb-Signature": text}


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not _LEAST <= len(key) <= _MOST:
        raise Invalid(
            f"secret: {PREFIX} and base64 of {_LEAST} to {_MOST} random bytes.", field="secret"
        )
    return key
