"""Migrations while others migrate, use the tables, or were killed on the way; SQLite has one lock for all of it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from tests.harness import launching
from tests.harness.patience import PATIENCE
from tests.migrations.test_migrations import VERSIONS, alembic, with_one_more

pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)

_BUILDING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'CREATE INDEX CONC%'"
)
_VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('operations.ix_outbox_more')"
_INDEX = 'build_index("ix_outbox_more", "outbox", "attempts", schema="operations")'
_IMPORT = "from migrations.indexes import build_index"
# Steps that made an index together with what it is on, before there was a way to build it beside them.
_TOGETHER = {
    *("0011_names", "0013_email_changes", "0017_sign_ins", "0020_unverified", "0023_verified_usernames"),
    *("0027_service_areas", "0029_submissions", "0037_provider_pages", "0042_property_areas", "0045_counted_places"),
    *("0064_bookings", "0074_best_rated", "0075_calendar_feeds"),
}


@pytest.fixture
async def database(fresh_database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(fresh_database_url.replace("+asyncpg", ""))
    yield connection
    await connection.close()


@asynccontextmanager
async def _somebody_writes(url: str, mode: str = "ROW EXCLUSIVE") -> AsyncIterator[None]:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    async with connection.transaction():
        await connection.execute(f"LOCK TABLE operations.outbox IN {mode} MODE")
        yield
    await connection.close()


async def _until(connection: asyncpg.Connection, query: str, wanted: object) -> None:
    async with asyncio.timeout(PATIENCE):
        while await connection.fetchval(query) != wanted:
            pass


async def _says(output: Path, words: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while words not in await asyncio.to_thread(output.read_text):
            pass


def _start(url: str, folder: Path, output: Path) -> launching.Process:
    with output.open("wb") as file:
        environment = {**os.environ, "DATABASE_URL": url}
        return launching.start("alembic", "upgrade", "head", environment=environment, folder=folder, output=file)


async def test_two_who_build_an_index_at_once(
    fresh_database_url: str, database: asyncpg.Connection, tmp_path: Path
) -> None:
    """The second one waits without a transaction, for whose end the index of the first would wait."""
    folder = with_one_more(tmp_path, _INDEX, first=_IMPORT)
    async with _somebody_writes(fresh_database_url):
        first = _start(fresh_database_url, folder, tmp_path / "first")
        await _until(database, _BUILDING, 1)
        second = _start(fresh_database_url, folder, tmp_path / "second")
        await _says(tmp_path / "second", "Another migration is at work")
    ended = [await asyncio.to_thread(process.wait) for process in (first, second)]
    assert ended == [0, 0], (tmp_path / "first").read_text() + (tmp_path / "second").read_text()
    assert await database.fetchval(_VALID) is True


async def test_an_index_that_a_killed_migrator_left_is_built_again(
    fresh_database_url: str, database: asyncpg.Connection, tmp_path: Path
) -> None:
    folder = with_one_more(tmp_path, _INDEX, first=_IMPORT)
    async with _somebody_writes(fresh_database_url):
        killed = _start(fresh_database_url, folder, tmp_path / "killed")
        await _until(database, _VALID, False)
        killed.send_signal(signal.SIGKILL)
        await asyncio.to_thread(killed.wait)
        # The server notices by itself that nobody is there any more.
        await _until(database, _BUILDING, 0)
    assert await database.fetchval(_VALID) is False
    done = await asyncio.to_thread(alembic, fresh_database_url, "upgrade", "head", folder=folder)
    assert done.returncode == 0, done.stderr
    assert await database.fetchval(_VALID) is True
    assert await database.fetchval("SELECT version_num FROM alembic_version") == "9999_one_more"


async def test_a_table_that_is_in_use_is_tried_again(
    fresh_database_url: str, database: asyncpg.Connection, tmp_path: Path
) -> None:
    folder = with_one_more(
        tmp_path,
        """
        limit(lock="50ms")
        op.add_column("outbox", sa.Column("more", sa.Integer()), schema="operations")
        """,
    )
    output = tmp_path / "said"
    async with _somebody_writes(fresh_database_url):
        migrating = _start(fresh_database_url, folder, output)
        await _says(output, "A table is in use")
    assert await asyncio.to_thread(migrating.wait) == 0, output.read_text()
    assert await database.fetchval("SELECT count(more) FROM operations.outbox") == 0


@pytest.mark.usefixtures("engine")
def test_an_index_of_a_table_in_use_is_built_beside_those_who_write() -> None:
    """Squawk finds the others; no step from here on may tell it to look away."""
    hushed = {path.stem for path in VERSIONS if "require-concurrent-index-creation" in path.read_text()}
    assert hushed == _TOGETHER
    for path in VERSIONS:
        upgrade = re.split(r"^def ", path.read_text(), flags=re.MULTILINE)
        if any("build_index(" in part for part in upgrade):
            assert "op." not in "".join(upgrade[1:]), f"{path.name} builds indexes, so it does nothing else"
