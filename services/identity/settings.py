"""Identity's settings, from the environment."""

from __future__ import annotations

from typing import Self

from pydantic import SecretStr, field_validator, model_validator

from services.identity.domain import email as emails
from services.identity.domain import names
from shared import credentials
from shared.errors import Invalid
from shared.kit.settings import StoreSettings


class IdentitySettings(StoreSettings):
    """The pepper has no default: without one there is no start."""

    key_pepper: SecretStr
    public_url: str = "http://localhost:8080"

    admin_username: str | None = None
    admin_email: str | None = None
    admin_password: SecretStr | None = None
    admin_api_key: SecretStr | None = None

    @field_validator("key_pepper")
    @classmethod
    def _long_enough(cls, pepper: SecretStr) -> SecretStr:
        if len(pepper.get_secret_value()) < 32:
            raise ValueError("the pepper needs 32 or more characters of randomness")
        return pepper

    @field_validator("admin_api_key")
    @classmethod
    def _strong_enough(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and not credentials.is_strong(key.get_secret_value()):
            raise ValueError(
                "the key is weak: it needs 40 or more characters of A-Z, a-z, 0-9, '_' and '-'"
                " after its prefix"
            )
        return key

    @model_validator(mode="after")
    def _whole_administrator(self) -> Self:
        given = (self.admin_username, self.admin_email, self.admin_password, self.admin_api_key)
        if any(given) and not all(given):
            raise ValueError(
                "set all of CORDEE_ADMIN_USERNAME, CORDEE_ADMIN_EMAIL, CORDEE_ADMIN_PASSWORD and"
                " CORDEE_ADMIN_API_KEY, or none of them"
            )
        try:
            if self.admin_username and self.admin_email:
                names.check(self.admin_username, field="admin_username", by_operator=True)
                emails.check(self.admin_email, field="admin_email")
        except Invalid as error:
            raise ValueError(f"CORDEE_{(error.field or '').upper()}: {error.message}") from None
        return self
