"""Settings that reach the database, and where all settings come from: arguments, environment, files, `.env`."""

import os
from pathlib import Path
from typing import Annotated, Any, Final, Self, override
from urllib.parse import quote

from pydantic import AfterValidator, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from impl.kernel.engines.database_url import database_url

_SECRETS_DIR: Final = "/run/secrets"
_DATABASE_FILE: Final = "hestami.db"


def _database_url(given: str) -> str:
    """Refuse at the start what could only fail at the first connection; none is for others to refuse."""
    if given:
        database_url(given)
    return given


type DatabaseUrl = Annotated[str, AfterValidator(_database_url)]


class DatabaseSettings(BaseSettings):
    """Settings that are needed to reach the database, which is all that a migration needs.

    Names of environment variables are those of the fields in capitals.

    `NAME_FILE` names a file that holds the value; a file `name` in SECRETS_DIR (default /run/secrets) does the same.
    Arguments win over the environment, that over files, those over `.env`.
    """

    model_config = SettingsConfigDict(
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    data_dir: Path = Path(".data")
    # Defaults to an SQLite file in DATA_DIR, except in production.
    database_url: DatabaseUrl = ""
    # URL of a hot standby, from which public pages are read.
    database_replica_url: DatabaseUrl = ""
    # URL of the same database past a pooler, for what needs a session: migrations, backups, notifications.
    database_direct_url: DatabaseUrl = ""
    # Folder of `pg_dump` and `pg_restore`, where they are not on the PATH.
    postgres_programs: Path | None = None

    @property
    def session_url(self) -> str:
        """Return the URL for what needs a session of the server."""
        return self.database_direct_url or self.database_url

    @classmethod
    def load(cls) -> Self:
        """Read the settings; ends the program with one readable message when they are not good."""
        try:
            return cls()
        except SettingsError as error:
            lines = [str(error)]
        except ValidationError as error:
            lines = [line for found in error.errors() for line in _describe_error(found["loc"], found["msg"])]
        raise SystemExit("Hestami does not start with these settings:\n  " + "\n  ".join(lines))

    @model_validator(mode="before")
    @classmethod
    def _default_database(cls, given: dict[str, Any]) -> dict[str, Any]:
        if given.get("database_url") or given.get("environment") == "production":
            return given
        file = Path(given.get("data_dir") or ".data") / _DATABASE_FILE
        return given | {"database_url": f"sqlite+aiosqlite:///{quote(str(file))}"}

    @override
    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        if isinstance(init_settings, InitSettingsSource) and init_settings.init_kwargs.get("environment") == "test":
            # Tests pass all settings as arguments: a developer's `.env` must not affect them.
            return (init_settings,)
        return init_settings, env_settings, _SecretFiles(settings_cls), dotenv_settings


class _SecretFiles(PydanticBaseSettingsSource):
    """Source of settings from `NAME_FILE` and the secrets directory."""

    @override
    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        path = self._path(field_name)
        try:
            value = None if path is None else path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{field_name.upper()}_FILE: {path} cannot be read") from error
        return value, field_name, self.field_is_complex(field)

    @override
    def __call__(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, field in self.settings_cls.model_fields.items():
            value, key, is_complex = self.get_field_value(field, name)
            if value is not None:
                found[key] = self.prepare_field_value(name, field, value, is_complex)
        return found

    @staticmethod
    def _path(name: str) -> Path | None:
        if named := os.environ.get(f"{name.upper()}_FILE"):
            return Path(named)
        folder = Path(os.environ.get("SECRETS_DIR") or _SECRETS_DIR)
        for candidate in (folder / name, folder / name.upper()):
            if candidate.is_file():
                return candidate
        return None


def _describe_error(place: tuple[int | str, ...], message: str) -> list[str]:
    where = ".".join(map(str, place)).upper()
    return [f"{where}: {line}" if where else line for line in message.removeprefix("Value error, ").split("; ")]
