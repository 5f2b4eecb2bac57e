"""Settings of the service under test: cheap hashing, generous quotas, everything on loopback."""

from __future__ import annotations

import atexit
import secrets
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Final

from impl.kernel.settings.service import Settings
from tests.harness.pgbouncer import pooled

# One folder of files a database: what one service takes for left over is another one's.
_FILES: Final = tempfile.TemporaryDirectory(prefix="hestami-files-")
# Removed by name: a folder that only goes with its object ends each run of the tests with a warning.
atexit.register(_FILES.cleanup)

MAIL_FROM = "Hestami <no-reply@hestami.test>"
CLIENT = "web"
REDIRECT_URI = "https://app.hestami.test/signed-in"
JWT_KEY = "Vb3-tests-sign-with-this-one-9f1c62d07e4a"
SECRET_KEY = "Qz7-tests-derive-from-this-one-58ce0b41d6fa"
ENCRYPTION_KEY = "Wd9-tests-encrypt-with-this-one-b20f57e8c3a4"
AUDIT_KEY = "Hs4-tests-seal-events-with-this-one-71ea9d05c8b3"
PEPPER = "Lm5-tests-mix-this-one-in-e37ad9402b86c1"


def make_settings(database_url: str, *, web_port: int, smtp_port: int, **changes: object) -> Settings:
    """Build settings from nothing but these arguments: the developer's environment and .env stay out."""
    values: dict[str, object] = {
        "environment": "test",
        "database_url": database_url,
        "database_pool_size": 16,
        "database_max_overflow": 0,
        "database_timeout_seconds": 120.0,  # a busy machine is no failure
        "database_wait_seconds": 120.0,  # nor here
        "database_lock_seconds": 120.0,
        "database_idle_transaction_seconds": 300.0,
        "database_transaction_seconds": 600.0,
        "database_connect_seconds": 120.0,
        "database_outage_seconds": 0.0,  # a test that takes the database away asks what is answered then
        "app_url": "https://app.hestami.test",
        "api_url": f"http://127.0.0.1:{web_port}",
        "secret_key": SECRET_KEY,
        "password_pepper": PEPPER,
        "encryption_keys": ENCRYPTION_KEY,
        "audit_keys": AUDIT_KEY,
        "jwt_keys": {"test": {"key": JWT_KEY}},
        "jwt_active_kid": "test",
        "oauth_clients": {CLIENT: (REDIRECT_URI,)},
        "bcrypt_cost": 4,
        "password_wait_seconds": 60.0,  # nor here
        "request_head_seconds": 120.0,  # nor here
        "smtp_host": "127.0.0.1",
        "smtp_port": smtp_port,
        "smtp_timeout_seconds": 40.0,
        "smtp_starttls": False,
        "mail_from": MAIL_FROM,
        "moderation": "auto",
        "webhook_network": "loopback",
        "storage_dir": Path(_FILES.name, sha256(database_url.encode()).hexdigest()[:16]),
        "rate_limit_scale": 100_000,
        "rate_limit_read_seconds": 3600.0,  # a slow machine makes no read count as several
        # Tests share people to whom much happens within an hour.
        "notification_mails_per_hour": 1000,
        "stream_seconds": 0,  # a stream says what there is and ends: whoever asks for any answer reads all of it
        "worker_poll_seconds": 15.0,  # several services idle beside a test, and messages and clocks wake their workers
        "log_level": "WARNING",
        **pooled(database_url),
        **changes,
    }
    return Settings(**values)  # type: ignore[arg-type]  # keyword arguments of several types


def production_settings() -> dict[str, object]:
    """Return the changes that production demands, with secrets that nobody has used before."""
    return {
        "environment": "production",
        "api_url": "https://api.hestami.test",
        "secret_key": secrets.token_urlsafe(48),
        "password_pepper": secrets.token_urlsafe(48),
        "jwt_keys": {"one": {"key": secrets.token_urlsafe(48)}},
        "jwt_active_kid": "one",
        "bcrypt_cost": 12,
        "storage_dir": "files",
        "oauth_providers": {},  # the one of the tests speaks plain HTTP, which is refused here
        "webhook_network": "public",  # the tests send to this machine, which is refused here
    }
