"""Database of a run: a PostgreSQL server with production settings, migrated and filled, and the programs' settings."""

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

from bench.seed import Sessions
from bench.servers import ROOT
from impl.cli import fresh_secrets
from tests.harness import postgres
from tests.harness.databases import migrate

# The tests' server forgets what it should keep; this one keeps it, as the one that people's data is in does.
SETTINGS: Final = {
    "autovacuum": "on",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "wal_level": "replica",
    "max_wal_senders": "10",
    "max_connections": "100",
    "shared_buffers": "512MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    # Each use of a statement may be planned for its own values.
    "plan_cache_mode": "auto",
}
_NAME: Final = "hestami_bench"


@dataclass(frozen=True, slots=True)
class Prepared:
    """Prepared database: the environment of programs under load, and the sessions of their requests."""

    folder: Path
    environment: Mapping[str, str]
    sessions: Sessions

    def delete_properties(self) -> None:
        """Delete what creates have made, since one person has so many at most."""
        url = self.environment["DATABASE_URL"].replace("postgresql+asyncpg", "postgresql")
        asyncio.run(_run(url, "DELETE FROM marketplace.properties"))


@contextlib.contextmanager
def prepared(*seeding: str) -> Iterator[Prepared]:
    """Start a database whose data is on disk, where commits cost what they cost, and remove it at the end.

    `seeding` are arguments of `bench.seed`.
    """
    folder = Path(tempfile.mkdtemp(prefix="hestami-bench-"))
    folder.chmod(0o755)  # the server runs as another user when we are root
    try:
        with postgres.serve(folder, SETTINGS) as address:
            asyncio.run(_run(address.url("postgres", scheme="postgresql"), f"CREATE DATABASE {_NAME}"))
            url = address.url(_NAME)
            migrate(url)
            environment = _environment(url, folder)
            sessions = _seeded(environment, folder, seeding)
            asyncio.run(_run(address.url(_NAME, scheme="postgresql"), "VACUUM (ANALYZE)", "CHECKPOINT"))
            yield Prepared(folder, environment, sessions)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _environment(url: str, folder: Path) -> dict[str, str]:
    """Return production's environment, with limits that count but refuse nobody."""
    return {
        "ENVIRONMENT": "production",
        "DATABASE_URL": url,
        "DATABASE_POOL_SIZE": "20",
        "APP_URL": "https://app.hestami.test",
        "API_URL": "https://api.hestami.test",
        "CORS_ORIGINS": "https://app.hestami.test",
        "TRUSTED_PROXIES": "127.0.0.0/8",
        **fresh_secrets(),
        # Nothing is mailed: mail goes out from the worker, and none runs.
        "SMTP_HOST": "127.0.0.1",
        "RATE_LIMIT_SCALE": "1000000",
        "SECRETS_DIR": str(folder / "no-secrets"),
        "STORAGE_DIR": str(folder / "storage"),
    }


def _seeded(environment: Mapping[str, str], folder: Path, seeding: Sequence[str]) -> Sessions:
    done = subprocess.run(
        [sys.executable, "-m", "bench.seed", *seeding],
        cwd=folder,
        # One statement makes 100,000 rows.
        env={**os.environ, **environment, "DATABASE_TIMEOUT_SECONDS": "120", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"the database could not be filled:\n{done.stderr}")
    sessions: Sessions = json.loads(done.stdout)
    return sessions


async def _run(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
