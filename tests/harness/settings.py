"""The service's settings under test: cheap hashing, generous quotas, everything on loopback."""

from __future__ import annotations

from impl.kernel.settings import Settings

MAIL_FROM = "Hestami <no-reply@hestami.test>"


def make_settings(database_url: str, *, web_port: int, smtp_port: int, **changes: object) -> Settings:
    """Build settings from nothing but these arguments: the developer's environment and .env stay out."""
    values: dict[str, object] = {
        "environment": "test",
        "database_url": database_url,
        "database_pool_size": 8,
        "app_url": "https://app.hestami.test",
        "api_url": f"http://127.0.0.1:{web_port}",
        "bcrypt_cost": 4,
        "smtp_host": "127.0.0.1",
        "smtp_port": smtp_port,
        "smtp_starttls": False,
        "mail_from": MAIL_FROM,
        "moderation": "auto",
        "rate_limit_scale": 100_000,
        "log_level": "WARNING",
        **changes,
    }
    return Settings.model_validate(values)
