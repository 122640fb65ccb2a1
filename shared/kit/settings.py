"""Settings from the environment: `CORDEE_X`, or `CORDEE_X_FILE` naming a file that holds it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, TypeVar

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "CORDEE_"

LogLevel = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"],
    BeforeValidator(lambda level: level.upper() if isinstance(level, str) else level),
]


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
    """What every process needs; each service adds its own.

    `nats_url` may name several servers of one cluster, with commas between them; on so many of
    them (`nats_replicas`) is each stream kept.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    nats_url: str = "nats://127.0.0.1:4222"
    nats_nkey: SecretStr | None = None
    nats_replicas: int = Field(default=1, ge=1, le=5)
    log_format: Literal["json", "console"] = "json"
    log_level: LogLevel = "INFO"

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


Kind = TypeVar("Kind", bound=Settings)


def settings_or_exit(kind: type[Kind], process: str) -> Kind:
    """From the environment; what makes a start impossible is one line and exit code 2."""
    try:
        return kind()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        refuse(process, "_".join(str(part) for part in first["loc"]), first["msg"])


def refuse(process: str, field: str, reason: str) -> NoReturn:
    """Say which setting is wrong and why, never what it was, and exit with code 2."""
    setting = f"{PREFIX}{field.upper()}: " if field else ""
    print(
        f"{process} cannot start: {setting}{reason.removeprefix('Value error, ')}", file=sys.stderr
    )
    sys.exit(2)
