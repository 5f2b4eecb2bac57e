"""The operator's commands, run as an operator runs them."""

from __future__ import annotations

import asyncio
import shlex
import subprocess

import pytest

from impl.kernel.settings.service import Settings
from tests.harness.databases import Databases, Engine
from tests.harness.environment import clean_environment
from tests.harness.launching import run
from tests.harness.service import run_service

_PASSWORD = "Lantern-Harbour-93"


def _run(database_url: str, *words: str, given: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    told = {"ENVIRONMENT": "test", "DATABASE_URL": database_url, "BCRYPT_COST": "4", **settings}
    return run("impl.cli", *words, environment=clean_environment(**told), given=given)


def _create_admin(database_url: str, email: str, password: str, **settings: str) -> subprocess.CompletedProcess[str]:
    words = ("create-admin", "--email", email, "--full-name", "Ada Admin", "--password-stdin")
    return _run(database_url, *words, given=f"{password}\n", **settings)


async def test_an_administrator_is_made_and_can_sign_in(databases: Databases, engine: Engine, worker_id: str) -> None:
    async with run_service(databases, engine, f"admin_{worker_id}") as running, running.client() as client:
        # The same pepper as the running service's, else its password would be another one.
        pepper = running.settings.password_pepper.get_secret_value()
        url = running.settings.database_url
        done = await asyncio.to_thread(_create_admin, url, "ada@example.com", _PASSWORD, PASSWORD_PEPPER=pepper)
        assert done.returncode == 0, done.stderr
        assert _PASSWORD not in done.stdout + done.stderr
        signed_in = await client.post("/auth/login", json={"login": "ada@example.com", "password": _PASSWORD})
        assert signed_in.status_code == 200
        token = signed_in.json()["access_token"]
        me = await client.get("/auth/me", headers={"Authorization": f"Bearer {token}"})
    assert me.json()["roles"] == ["STAFF_ADMIN"]
    assert "role:write" in me.json()["permissions"]
    assert me.json()["account"]["state"] == "ACTIVE"


def test_an_address_makes_one_administrator(fresh_database_url: str) -> None:
    assert _create_admin(fresh_database_url, "ada@example.com", _PASSWORD).returncode == 0
    again = _create_admin(fresh_database_url, "ADA@example.com", _PASSWORD)
    assert again.returncode == 1
    assert "Traceback" not in again.stderr
    assert "belongs to an account" in again.stderr


@pytest.mark.parametrize(
    ("email", "password"),
    [("ada@example.com", "short1"), ("ada@example.com", "password1"), ("no address", _PASSWORD), ("", _PASSWORD)],
)
def test_bad_input_makes_nobody_and_says_why(fresh_database_url: str, email: str, password: str) -> None:
    done = _create_admin(fresh_database_url, email, password)
    assert done.returncode == 1
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr
    assert password not in done.stderr


def test_a_database_is_migrated_and_then_left_alone(empty_database_url: str) -> None:
    for _ in range(2):
        done = _run(empty_database_url, "migrate")
        assert done.returncode == 0, done.stderr
    assert _create_admin(empty_database_url, "ada@example.com", _PASSWORD).returncode == 0


def test_purge_tells_what_it_removed_and_what_it_would(fresh_database_url: str) -> None:
    would = _run(fresh_database_url, "purge", "--dry-run")
    done = _run(fresh_database_url, "purge")
    assert (would.returncode, done.returncode) == (0, 0), would.stderr + done.stderr
    tables = ("audit_personal", "idempotency_keys", "outbox", "refresh_tokens", "sessions", "users")
    told = {table: ("erased" if table == "users" else "removed") for table in tables}
    assert {f"{table}: 0 {word}" for table, word in told.items()} <= set(done.stdout.splitlines())
    assert {f"{table}: 0 to be {word}" for table, word in told.items()} <= set(would.stdout.splitlines())
    assert "RETENTION_" in _run(fresh_database_url, "purge", "--help").stdout


def test_fresh_secrets_are_good_enough_for_production(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = _run("sqlite+aiosqlite:///none.db", "secrets").stdout
    for word in shlex.split(printed):
        name, _, value = word.partition("=")
        monkeypatch.setenv(name, value)
    settings = Settings.model_validate(
        {
            "environment": "production",
            "database_url": "postgresql+asyncpg://somewhere/hestami",
            "app_url": "https://app.hestami.test",
            "api_url": "https://api.hestami.test",
            "smtp_host": "mail.hestami.test",
            "storage_s3_bucket": "hestami",
        }
    )
    assert settings.jwt_active_kid in settings.jwt_keys


def test_no_command_is_told_what_there_is() -> None:
    done = _run("sqlite+aiosqlite:///none.db")
    assert done.returncode == 2
    assert "create-admin" in done.stderr
