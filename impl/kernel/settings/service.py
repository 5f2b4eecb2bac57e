"""Settings from the environment, `.env` and secret files; the programs refuse to start with unsafe ones."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)
from pydantic_settings import (
    NoDecode,
)

from impl.kernel.settings import oauth
from impl.kernel.settings.address import read_base_url, read_header_name, read_network, read_origin
from impl.kernel.settings.connection import ConnectionSettings
from impl.kernel.settings.database import DatabaseSettings
from impl.kernel.settings.error_report import ErrorReportSettings
from impl.kernel.settings.geocoding import GeocodingSettings
from impl.kernel.settings.mail import MailSettings
from impl.kernel.settings.metrics import MetricsSettings
from impl.kernel.settings.oauth import OAuthProvider
from impl.kernel.settings.redis import RedisSettings
from impl.kernel.settings.retention import RetentionSettings
from impl.kernel.settings.secret import SECRET_MIN, add_missing, weakness
from impl.kernel.settings.storage import StorageSettings
from impl.kernel.settings.tracing import TracingSettings
from impl.kernel.settings.webhook import WebhookSettings

_COST_MIN: Final = 12


def _listed(value: object) -> object:
    """Split a list that the environment gives as `a,b`."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _origins(given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_named(read_origin, one) for one in given)


def _header_names(given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_named(read_header_name, one) for one in given)


def _networks(given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_named(read_network, one) for one in given)


def _api_url(given: str) -> str:
    read = read_base_url(given)
    if read.endswith("/api/v1"):
        raise ValueError("leave out /api/v1, which the service adds")
    return read


def _named(read: Callable[[str], str], text: str) -> str:
    """Name the one of a list that is wrong, without what stands before an @, which may be a password."""
    try:
        return read(text)
    except ValueError as error:
        raise ValueError(f"{text.rpartition('@')[2]} {error}") from None


type Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
type Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed), AfterValidator(_origins)]
type HeaderNames = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed), AfterValidator(_header_names)]
type Networks = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed), AfterValidator(_networks)]
type BaseUrl = Annotated[str, AfterValidator(read_base_url)]
type Secrets = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_listed)]


class JwtKey(BaseModel):
    """Key of the ring: at least 32 characters for HS256, otherwise a private PEM key (public when retired)."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    algorithm: Literal["HS256", "ES256", "EdDSA"] = "HS256"
    key: SecretStr


class Settings(
    DatabaseSettings,
    ConnectionSettings,
    ErrorReportSettings,
    GeocodingSettings,
    MailSettings,
    MetricsSettings,
    RedisSettings,
    RetentionSettings,
    StorageSettings,
    TracingSettings,
    WebhookSettings,
):
    """Settings of the service; `.env.example` explains each of them.

    A group with a subject of its own is a module of its own, `<group>_settings.py`: fields and what is wrong with them.
    """

    environment: Literal["development", "test", "production"] = "development"

    app_url: BaseUrl = "http://localhost:8000"
    api_url: Annotated[str, AfterValidator(_api_url)] = "http://localhost:8000"
    cors_origins: Origins = ()
    # Further request headers that pages of these origins may send.
    cors_headers: HeaderNames = ()
    trusted_proxies: Networks = ()
    security_contact: Names = ()
    security_expires_at: AwareDatetime | None = None

    secret_key: SecretStr
    password_pepper: SecretStr
    # Newest first: the first key encrypts, and all of them decrypt.
    encryption_keys: Secrets
    audit_keys: Secrets
    mfa_required_roles: Names = ()
    bcrypt_cost: int = Field(default=12, ge=4, le=16)
    # Whoever would wait longer for a password to be hashed gets 503.
    password_wait_seconds: float = Field(default=5.0, gt=0, le=60)

    jwt_keys: dict[str, JwtKey]
    jwt_active_kid: str
    jwt_audience: str = "hestami"
    access_token_minutes: int = Field(default=30, ge=1, le=60)
    refresh_token_days: int = Field(default=7, ge=1, le=90)

    oauth_providers: Annotated[dict[str, OAuthProvider], BeforeValidator(oauth.completed)] = Field(default_factory=dict)
    # Redirect URIs by client id.
    oauth_clients: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    # `manual` is the earlier name of `staff`.
    moderation: Literal["auto", "staff", "manual"] = "auto"
    docs_enabled: bool = True
    rate_limit_scale: int = Field(default=1, ge=1)
    # A read counts as one more request for each time that it keeps the database busy so long.
    rate_limit_read_seconds: float = Field(default=0.1, gt=0, le=86_400)

    # Time within which the head and the body of a request have to arrive: slow senders would take all connections.
    request_head_seconds: float = Field(default=10.0, gt=0, le=600)
    request_body_seconds: float = Field(default=300.0, gt=0, le=3600)
    # Time in which a client has to take some more of its response (where the system has TCP_USER_TIMEOUT, as Linux).
    response_stall_seconds: float = Field(default=60.0, gt=0, le=3600)
    # Requests that have arrived and are not answered yet; beyond it, the answer is 503 at once.
    requests_at_once: int = Field(default=500, ge=1, le=100_000)

    # 0 sends what there is and ends: a question instead of a stream.
    stream_seconds: float = Field(default=900.0, ge=0, le=86_400)
    # Shorter than what proxies on the way take for a dead connection.
    stream_heartbeat_seconds: float = Field(default=20.0, gt=0, le=600)
    streams_per_account: int = Field(default=5, ge=1, le=1000)
    streams_max: int = Field(default=2000, ge=1, le=100_000)

    # Time between a SIGTERM and the end of new connections, in which the service is unready and a proxy can notice.
    drain_seconds: float = Field(default=5.0, ge=0, le=3600)
    # Time in which a program that stops finishes what it has begun.
    stop_seconds: int = Field(default=20, ge=1, le=3600)

    worker_poll_seconds: float = Field(default=0.5, gt=0, le=60)
    worker_concurrency: int = Field(default=8, ge=1, le=100)

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "text"] = "json"

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @property
    def signing_keys(self) -> dict[str, tuple[str, str]]:
        """Return the key ring: kid -> (algorithm, key)."""
        return {kid: (key.algorithm, key.key.get_secret_value()) for kid, key in self.jwt_keys.items()}

    @property
    def audit_ring(self) -> tuple[bytes, ...]:
        return tuple(key.get_secret_value().encode() for key in self.audit_keys)

    @property
    def issuer(self) -> str:
        """Return the issuer of tokens and OAuth metadata (RFC 8414, section 2, and RFC 9068)."""
        return self.api_url

    @property
    def encryption_ring(self) -> tuple[bytes, ...]:
        return tuple(key.get_secret_value().encode() for key in self.encryption_keys)

    @property
    def access_token_lifetime(self) -> timedelta:
        return timedelta(minutes=self.access_token_minutes)

    @property
    def refresh_token_lifetime(self) -> timedelta:
        return timedelta(days=self.refresh_token_days)

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, given: dict[str, Any]) -> dict[str, Any]:
        environment = given.get("environment", "development")
        data_dir = Path(given.get("data_dir") or ".data")
        if environment in {"development", "test"}:
            add_missing(given, data_dir)
            # No proxy has to notice.
            given.setdefault("drain_seconds", 0)
        if environment == "development":
            given.setdefault("log_format", "text")
            if not given.get("smtp_host"):
                given.setdefault("mailbox_dir", data_dir / "mailbox")
        if not given.get("jwt_active_kid") and isinstance(keys := given.get("jwt_keys"), dict) and len(keys) == 1:
            given["jwt_active_kid"] = next(iter(keys))
        if environment == "production":
            # Reported below, together with all other faults.
            for name in ("secret_key", "password_pepper", "jwt_active_kid"):
                given.setdefault(name, "")
            given.setdefault("jwt_keys", {})
            given.setdefault("encryption_keys", ())
            given.setdefault("audit_keys", ())
        return given

    @model_validator(mode="after")
    def _check(self) -> Self:
        complaints: list[str] = []
        if not self.is_production:
            rings = {"ENCRYPTION_KEYS": self.encryption_ring, "AUDIT_KEYS": self.audit_ring}
            short = [name for name, ring in rings.items() if any(len(key) < SECRET_MIN for key in ring)]
            complaints += [f"{name}: each needs at least {SECRET_MIN} characters" for name in short]
        if self.jwt_keys and self.jwt_active_kid not in self.jwt_keys:
            complaints.append("JWT_ACTIVE_KID names no key of JWT_KEYS")
        if self.security_contact and self.security_expires_at is None:
            complaints.append("SECURITY_EXPIRES_AT is missing, SECURITY_CONTACT needs it")
        if any(not contact.startswith(("https://", "mailto:", "tel:")) for contact in self.security_contact):
            complaints.append("SECURITY_CONTACT: each begins with https://, mailto: or tel:")
        complaints += oauth.complaints(self.oauth_providers, self.oauth_clients, is_production=self.is_production)
        if self.is_pooled and not self.database_direct_url:
            complaints.append("DATABASE_DIRECT_URL is missing, DATABASE_POOLER needs it")
        complaints += self.redis_complaints(is_production=self.is_production)
        complaints += self.storage_complaints(is_production=self.is_production)
        complaints += self.webhook_complaints(is_production=self.is_production)
        complaints += self.metrics_complaints(is_production=self.is_production)
        complaints += self.tracing_complaints(is_production=self.is_production)
        complaints += self.error_report_complaints(is_production=self.is_production)
        if self.is_production:
            complaints += self._unsafe_secrets() + self._unsafe_rest()
        if complaints:
            raise ValueError("; ".join(complaints))
        return self

    def _unsafe_secrets(self) -> list[str]:
        named = {"SECRET_KEY": self.secret_key, "PASSWORD_PEPPER": self.password_pepper}
        named |= {f"JWT_KEYS[{kid}]": key.key for kid, key in self.jwt_keys.items() if key.algorithm == "HS256"}
        lists = {"ENCRYPTION_KEYS": self.encryption_keys, "AUDIT_KEYS": self.audit_keys}
        named |= {f"{name}[{place}]": key for name, ring in lists.items() for place, key in enumerate(ring)}
        if self.metrics_token is not None:
            named["METRICS_TOKEN"] = self.metrics_token
        complaints = [f"{name} {fault}" for name, secret in named.items() if (fault := weakness(secret))]
        for name, ring in {"JWT_KEYS": self.jwt_keys, **lists}.items():
            if not ring:
                complaints.append(f"{name} is missing")
        values = [secret.get_secret_value() for secret in named.values() if secret.get_secret_value()]
        if len(set(values)) < len(values):
            complaints.append(f"{', '.join(named)} must differ from one another")
        return complaints

    def _unsafe_rest(self) -> list[str]:
        complaints = [
            f"{name} must begin with https://"
            for name, value in (("APP_URL", self.app_url), ("API_URL", self.api_url))
            if not value.startswith("https://")
        ]
        if not self.database_url:
            complaints.append("DATABASE_URL is missing")
        complaints += self.mail_complaints()
        if self.bcrypt_cost < _COST_MIN:
            complaints.append(f"BCRYPT_COST is below {_COST_MIN}")
        return complaints
