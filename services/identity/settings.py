"""Identity's settings, from the environment."""

from __future__ import annotations

import ipaddress
from email.utils import parseaddr
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from services.identity.domain import email as emails
from services.identity.domain import names, password
from services.identity.domain.policy import Policy, SignUpMode
from services.identity.domain.team import TeamCreation
from shared import credentials
from shared.errors import Invalid
from shared.kit.settings import StoreSettings


class IdentitySettings(StoreSettings):
    """The pepper has no default: without one there is no start."""

    key_pepper: SecretStr
    public_url: str = "http://localhost:8080"

    signup: SignUpMode = SignUpMode.INVITED
    signup_domains: Annotated[frozenset[str], NoDecode] = frozenset()
    team_creation: TeamCreation = TeamCreation.ANYONE

    smtp_url: SecretStr | None = None
    mail_from: str | None = None

    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_name: str = "single sign-on"

    egress_allow: Annotated[tuple[str, ...], NoDecode] = ()

    admin_username: str | None = None
    admin_email: str | None = None
    admin_password: SecretStr | None = None
    admin_api_key: SecretStr | None = None

    @property
    def sender(self) -> str:
        """Where mail comes from: as set, or an address at the host that people visit."""
        host = urlsplit(self.public_url).hostname or "localhost"
        named = any(sign.isalpha() for sign in host) and ":" not in host
        return self.mail_from or f"Cordée <cordee@{host if named else 'localhost'}>"

    @field_validator("key_pepper")
    @classmethod
    def _long_enough(cls, pepper: SecretStr) -> SecretStr:
        if len(pepper.get_secret_value()) < 32:
            raise ValueError("the pepper needs 32 or more characters of randomness")
        return pepper

    @field_validator("signup_domains", "egress_allow", mode="before")
    @classmethod
    def _listed(cls, text: object) -> object:
        if not isinstance(text, str):
            return text
        return [part.strip().lower() for part in text.split(",") if part.strip()]

    @field_validator("egress_allow")
    @classmethod
    def _networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ipaddress.ip_network(network, strict=False)) for network in networks)

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
    def _whole_mail_and_sign_up(self) -> Self:
        if self.smtp_url is not None:
            _check_mail(self.smtp_url.get_secret_value(), self.sender)
        if self.signup is SignUpMode.DOMAIN and not self.signup_domains:
            raise ValueError("CORDEE_SIGNUP=domain needs CORDEE_SIGNUP_DOMAINS")
        if self.signup is SignUpMode.DOMAIN and self.smtp_url is None and not self.oidc_issuer:
            raise ValueError(
                "CORDEE_SIGNUP=domain needs CORDEE_SMTP_URL or CORDEE_OIDC_ISSUER: without either"
                " nobody can prove a mailbox"
            )
        if self.oidc_issuer and not (self.oidc_client_id and self.oidc_client_secret):
            raise ValueError(
                "CORDEE_OIDC_ISSUER needs CORDEE_OIDC_CLIENT_ID and CORDEE_OIDC_CLIENT_SECRET"
            )
        return self

    @model_validator(mode="after")
    def _whole_administrator(self) -> Self:
        parts = (self.admin_username, self.admin_email, self.admin_password, self.admin_api_key)
        if any(parts) and not all(parts):
            raise ValueError(
                "set all of CORDEE_ADMIN_USERNAME, CORDEE_ADMIN_EMAIL, CORDEE_ADMIN_PASSWORD and"
                " CORDEE_ADMIN_API_KEY, or none of them"
            )
        try:
            if self.admin_username and self.admin_email and self.admin_password:
                given = self.admin_password.get_secret_value()
                password.check(given, shortest=password.SHORTEST_GIVEN)
                names.check(self.admin_username, field="admin_username", by_operator=True)
                emails.check(self.admin_email, field="admin_email")
        except Invalid as error:
            field = "ADMIN_" + (error.field or "").upper().removeprefix("ADMIN_")
            raise ValueError(f"CORDEE_{field}: {error.message}") from None
        return self

    def policy(self) -> Policy:
        """What handlers need to know of all this."""
        return Policy(
            public_url=self.public_url,
            mail=self.smtp_url is not None,
            signup=self.signup,
            signup_domains=self.signup_domains,
            team_creation=self.team_creation,
            sso_name=self.oidc_name if self.oidc_issuer else None,
        )


def _check_mail(url: str, sender: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("CORDEE_SMTP_URL is smtp://host:port or smtps://user:password@host")
    try:
        emails.check(parseaddr(sender)[1])
    except Invalid:
        raise ValueError("CORDEE_MAIL_FROM is no address that mail can come from") from None
