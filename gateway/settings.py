"""What the gateway is told from outside."""

from __future__ import annotations

from pydantic import Field, SecretStr

from shared.kit.settings import Settings


class GatewaySettings(Settings):
    """`public_url` is the address that users and links use, without a slash at its end.

    `rate_requests` is how many requests a second one principal may make, of each gateway.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str | None = None
    blob_url: str = "file:///var/lib/cordee/blobs"
    rate_requests: float = Field(default=2_000, ge=0, le=1_000_000)
    key_pepper: SecretStr
    url_signing_key: SecretStr
    session_key: SecretStr

    @property
    def base_url(self) -> str:
        """Where absolute URLs begin."""
        return (self.public_url or f"http://localhost:{self.port}").rstrip("/")
