"""Numbers that an operator may set: the defaults that the example shows, and what is refused below and above."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, Literal

import pytest
from annotated_types import Ge, Gt, Le
from pydantic import ValidationError

from impl.kernel.settings.secret import SECRET_MIN
from impl.kernel.settings.service import Settings
from tests.harness.databases import ROOT
from tests.harness.settings import make_settings

# From the first number on, or above it, up to the last one.
_BOUNDS: Final[dict[str, tuple[Literal["from", "above"], int, int | None]]] = {
    "WEBHOOK_CONCURRENCY": ("from", 1, 200),
    "OTEL_TRACES_SAMPLER_ARG": ("from", 0, 1),
    "STORAGE_KEEP_DELETED_DAYS": ("from", 0, 365),
    "RETENTION_SESSIONS_DAYS": ("from", 1, 400),
    "RETENTION_LOGIN_THROTTLES_DAYS": ("from", 1, 30),
    "RETENTION_ONE_TIME_TOKENS_DAYS": ("from", 5, 90),
    "RETENTION_EMAIL_CHANGES_DAYS": ("from", 5, 90),
    "RETENTION_SENT_MAILS_DAYS": ("from", 5, 90),
    "RETENTION_SECOND_FACTORS_DAYS": ("from", 0, 30),
    "RETENTION_OAUTH_FLOWS_DAYS": ("from", 0, 30),
    "RETENTION_OAUTH_CODES_DAYS": ("from", 0, 30),
    "RETENTION_IDEMPOTENCY_KEYS_DAYS": ("from", 1, 30),
    "RETENTION_DEAD_LETTERS_DAYS": ("from", 1, 365),
    "RETENTION_NOTIFICATIONS_DAYS": ("from", 1, 365),
    "RETENTION_VERIFICATIONS_DAYS": ("from", 30, 3650),
    "RETENTION_WEBHOOK_DELIVERIES_DAYS": ("from", 7, 365),
    "RETENTION_LOG_ENTRIES_DAYS": ("from", 1, 90),
    "RETENTION_CLOSED_ACCOUNTS_DAYS": ("from", 14, 30),
    "RETENTION_UNVERIFIED_ACCOUNTS_DAYS": ("from", 7, 365),
    "RETENTION_AUDIT_PERSONAL_DAYS": ("from", 30, 3650),
    "RETENTION_AUDIT_INTAKE_DAYS": ("from", 1, 30),
    "RESPONSE_CACHE_WAIT_SECONDS": ("above", 0, 60),
    "REDIS_ANSWER_SECONDS": ("above", 0, 5),
    "METRICS_PORT": ("from", 1, 65535),
    "SMTP_PORT": ("from", 1, 65535),
    "SMTP_TIMEOUT_SECONDS": ("above", 0, 40),
    "NOTIFICATION_MAILS_PER_HOUR": ("from", 1, 1000),
    "GEOCODER_TIMEOUT_SECONDS": ("above", 0, 10),
    "DATABASE_POOL_SIZE": ("from", 2, 400),
    "DATABASE_MAX_OVERFLOW": ("from", 0, 400),
    "DATABASE_WAIT_SECONDS": ("above", 0, 300),
    "DATABASE_RECYCLE_SECONDS": ("above", 0, 86400),
    "DATABASE_TIMEOUT_SECONDS": ("above", 0, 300),
    "DATABASE_LOCK_SECONDS": ("from", 0, 300),
    "DATABASE_IDLE_TRANSACTION_SECONDS": ("from", 0, 3600),
    "DATABASE_TRANSACTION_SECONDS": ("from", 0, 3600),
    "DATABASE_IDLE_SECONDS": ("from", 0, 300),
    "DATABASE_ANSWER_SECONDS": ("above", 0, 30),
    "DATABASE_CONNECT_SECONDS": ("above", 0, 300),
    "DATABASE_OUTAGE_SECONDS": ("from", 0, 60),
    "DATABASE_REPLICA_LAG_SECONDS": ("above", 0, 300),
    "DATABASE_STATEMENT_CACHE_SIZE": ("from", 0, 10000),
    "BCRYPT_COST": ("from", 4, 16),
    "PASSWORD_WAIT_SECONDS": ("above", 0, 60),
    "ACCESS_TOKEN_MINUTES": ("from", 1, 60),
    "REFRESH_TOKEN_DAYS": ("from", 1, 90),
    "RATE_LIMIT_SCALE": ("from", 1, None),
    "RATE_LIMIT_READ_SECONDS": ("above", 0, 86400),
    "REQUEST_HEAD_SECONDS": ("above", 0, 600),
    "REQUEST_BODY_SECONDS": ("above", 0, 3600),
    "RESPONSE_STALL_SECONDS": ("above", 0, 3600),
    "REQUESTS_AT_ONCE": ("from", 1, 100000),
    "STREAM_SECONDS": ("from", 0, 86400),
    "STREAM_HEARTBEAT_SECONDS": ("above", 0, 600),
    "STREAMS_PER_ACCOUNT": ("from", 1, 1000),
    "STREAMS_MAX": ("from", 1, 100000),
    "DRAIN_SECONDS": ("from", 0, 3600),
    "STOP_SECONDS": ("from", 1, 3600),
    "WORKER_POLL_SECONDS": ("above", 0, 60),
    "WORKER_CONCURRENCY": ("from", 1, 100),
}
_LINE: Final = re.compile(r"^#? ?([A-Z][A-Z0-9_]*)=(.*)$", re.MULTILINE)


def _bounds(constraints: list[Any]) -> tuple[str, object, object] | None:
    least = next((one for one in constraints if isinstance(one, Ge | Gt)), None)
    most = next((one.le for one in constraints if isinstance(one, Le)), None)
    if least is None:
        return None
    return ("from", least.ge, most) if isinstance(least, Ge) else ("above", least.gt, most)


def test_each_number_has_its_bounds() -> None:
    found = {name.upper(): _bounds(field.metadata) for name, field in Settings.model_fields.items()}
    assert {name: bounds for name, bounds in found.items() if bounds is not None} == _BOUNDS


def _shown() -> Iterator[tuple[str, str]]:
    """Yield the settings of the example that are switched off there, since what they show is the default."""
    for line in (ROOT / ".env.example").read_text(encoding="utf-8").splitlines():
        if line.startswith("#") and (match := _LINE.match(line)):
            yield match[1], match[2]


def test_the_example_shows_the_defaults() -> None:
    defaults = {name.upper(): field.default for name, field in Settings.model_fields.items()}
    wrong = [
        f"{name}={value} is {defaults[name]}"
        for name, value in _shown()
        if name in defaults and isinstance(defaults[name], bool | int | float) and _read(value) != defaults[name]
    ]
    assert wrong == []


def _read(value: str) -> object:
    return {"true": True, "false": False, "yes": True, "no": False}.get(value.lower(), _number(value))


def _number(value: str) -> float | None:
    return float(value) if re.fullmatch(r"[0-9.]+", value) else None


def _made(**changes: object) -> Settings:
    return make_settings("sqlite+aiosqlite://", web_port=1, smtp_port=1, **changes)


@pytest.mark.parametrize("name", ["encryption_keys", "audit_keys"])
def test_a_key_is_long_enough_in_development_too(name: str) -> None:
    for enough in ("k" * SECRET_MIN, f"{'k' * SECRET_MIN},{'l' * SECRET_MIN}"):
        _made(**{name: enough})
    for short in ("k" * (SECRET_MIN - 1), f"{'k' * SECRET_MIN},{'l' * (SECRET_MIN - 1)}"):
        with pytest.raises(ValidationError, match=f"{name.upper()}: each needs at least {SECRET_MIN} characters"):
            _made(**{name: short})
