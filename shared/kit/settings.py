"""Settings from the environment: `CORDEE_X`, or `CORDEE_X_FILE` naming a file that holds it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "CORDEE_"


class FromFiles(PydanticBaseSettingsSource):
    """Reads `CORDEE_X_FILE`: how secrets come without standing in the environment."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The file's text without its last newline, or nothing where no file is named."""
        path = os.environ.get(f"{PREFIX}{field_name.upper()}_FILE")
        value = Path(path).read_text(encoding="utf-8").strip() if path else None
        return value, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Every field that a file gives."""
        found = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in found.items() if value is not None}


class Settings(BaseSettings):
    """What every process needs; each service adds its own."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    nats_url: str = "nats://127.0.0.1:4222"
    nats_nkey: SecretStr | None = None
    log_format: str = "json"
    log_level: str = "INFO"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What a test passes wins, then the environment, then files."""
        return init_settings, env_settings, FromFiles(settings_cls)


class StoreSettings(Settings):
    """What a service with a database needs besides."""

    mongo_url: SecretStr = SecretStr("mongodb://127.0.0.1:27017/?directConnection=true")
