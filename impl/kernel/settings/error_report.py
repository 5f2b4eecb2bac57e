"""Settings of the server for reports of unexpected exceptions."""

from collections.abc import Iterator
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, SecretStr


def _dsn(given: SecretStr) -> SecretStr:
    try:
        url = urlsplit(given.get_secret_value())
        is_good = url.scheme in {"http", "https"} and url.username and url.hostname and url.path.strip("/")
        _ = url.port
    except ValueError:
        is_good = False
    if not is_good:
        raise ValueError("name the project's DSN, as https://key@errors.example.org/1")
    return given


class ErrorReportSettings(BaseModel):
    # Without one nothing is reported, and no library for it is loaded.
    sentry_dsn: Annotated[SecretStr, AfterValidator(_dsn)] | None = None
    # `environment` unless set.
    sentry_environment: str | None = None

    def error_report_complaints(self, *, is_production: bool) -> Iterator[str]:
        """Yield what production refuses of these settings."""
        if is_production and self.sentry_dsn is not None and self.sentry_dsn.get_secret_value().startswith("http://"):
            yield "SENTRY_DSN must begin with https://"
