"""The migrations lead to the tables and back, on both engines."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from itertools import product
from pathlib import Path
from textwrap import dedent, indent

import pytest
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from impl.kernel.engines.connecting import migration_engine
from impl.kernel.tables import SCHEMAS
from tests.harness import launching
from tests.harness.databases import Engine

ROOT = Path(__file__).parents[2]
VERSIONS = sorted((ROOT / "migrations" / "versions").glob("*.py"))


# All that a database can say of what migrations made.
ON_SQLITE = (
    "SELECT type || ' ' || name, sql FROM sqlite_master WHERE name NOT IN ('alembic_version', 'sqlite_sequence')"
)
ON_POSTGRESQL = """
    WITH ours AS (
        SELECT c.oid, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND n.nspname IN ('identity', 'marketplace', 'operations')
    )
    SELECT 'column ' || relname || '.' || attname, format_type(atttypid, atttypmod) || attnotnull
    FROM ours JOIN pg_attribute ON attrelid = ours.oid WHERE attnum > 0 AND NOT attisdropped
    UNION ALL SELECT 'constraint ' || relname || '.' || conname, pg_get_constraintdef(pg_constraint.oid)
    FROM ours JOIN pg_constraint ON conrelid = ours.oid
    UNION ALL SELECT 'index ' || relname || '.' || indexrelid::regclass, pg_get_indexdef(indexrelid)
    FROM ours JOIN pg_index ON indrelid = ours.oid
    UNION ALL SELECT 'trigger ' || relname || '.' || tgname, pg_get_triggerdef(pg_trigger.oid)
    FROM ours JOIN pg_trigger ON tgrelid = ours.oid WHERE NOT tgisinternal
    UNION ALL SELECT 'function ' || proname, prosrc FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace
    WHERE n.nspname IN ('identity', 'marketplace', 'operations')
"""


def alembic(url: str, *words: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the command as an operator does."""
    return launching.run("alembic", *words, environment={**os.environ, "DATABASE_URL": url}, folder=folder)


async def run(url: str, *words: str, folder: Path = ROOT) -> str:
    done = await asyncio.to_thread(alembic, url, *words, folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


async def step(url: str, direction: Callable[[Config, str], None], revision: str, **attributes: object) -> None:
    """Run one of Alembic's functions in this process, which is faster than its command."""
    config = Config(str(ROOT / "alembic.ini"), attributes={"url": url, **attributes})
    await asyncio.to_thread(direction, config, revision)


def with_one_more(folder: Path, upgrade: str, *, first: str = "") -> Path:
    """Copy our migrations and add one whose `upgrade` does this; `first` is run before."""
    shutil.copytree(ROOT / "migrations", folder / "migrations")
    shutil.copy(ROOT / "alembic.ini", folder)
    (folder / "impl").symlink_to(ROOT / "impl")
    (folder / "migrations" / "versions" / "9999_one_more.py").write_text(
        f"""
import sqlalchemy as sa
from alembic import op
from migrations.limits import limit
{dedent(first)}
revision = "9999_one_more"
down_revision = "{VERSIONS[-1].stem}"
def upgrade():
{indent(dedent(upgrade), "    ")}
"""
    )
    return folder


async def said(url: str) -> dict[str, str]:
    engine = migration_engine(url)
    async with engine.connect() as connection:
        found = await connection.run_sync(described)
    await engine.dispose()
    return found


def described(connection: Connection) -> dict[str, str]:
    query = ON_SQLITE if connection.dialect.name == "sqlite" else ON_POSTGRESQL
    return {name: definition for name, definition in connection.execute(text(query)) if definition is not None}


def test_migrations_follow_each_other_in_the_order_of_their_files_names() -> None:
    """Readiness takes the last file for the newest migration."""
    found = list(ScriptDirectory(str(ROOT / "migrations")).walk_revisions())
    assert [one.revision for one in reversed(found)] == [path.stem for path in VERSIONS]
    assert [one.down_revision for one in reversed(found)] == [None, *(path.stem for path in VERSIONS[:-1])]


async def steps(url: str, direction: Callable[[Config, str], None], revision: str) -> list[dict[str, str]]:
    """Go all the way in one run, and return what the database said after each step."""
    told: list[dict[str, str]] = []

    def note(*, ctx: MigrationContext, **_: object) -> None:
        assert ctx.connection is not None
        told.append(described(ctx.connection))

    await step(url, direction, revision, on_version_apply=note)
    return told


async def test_each_step_can_be_taken_back(empty_database_url: str) -> None:
    up = await steps(empty_database_url, command.upgrade, "head")
    assert len(up) == len(VERSIONS)
    assert len(up[-1]) > 50
    assert await steps(empty_database_url, command.downgrade, "base") == [*reversed(up[:-1]), {}]
    assert await steps(empty_database_url, command.upgrade, "head") == up
    assert await said(empty_database_url) == up[-1]


async def test_the_tables_and_the_migrations_agree(fresh_database_url: str) -> None:
    assert "No new upgrade operations detected" in await run(fresh_database_url, "check")


async def test_what_no_table_maps_any_more_is_noticed(fresh_database_url: str, engine: Engine) -> None:
    connecting = migration_engine(fresh_database_url)
    table = "leftover" if engine == "sqlite" else "operations.leftover"
    async with connecting.begin() as connection:
        await connection.execute(text(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY)"))
    await connecting.dispose()
    done = await asyncio.to_thread(alembic, fresh_database_url, "check")
    assert done.returncode != 0
    assert "leftover" in done.stdout + done.stderr


async def test_a_migration_that_fails_leaves_nothing_behind(fresh_database_url: str, tmp_path: Path) -> None:
    folder = with_one_more(
        tmp_path,
        """
        op.create_table("half", sa.Column("id", sa.Integer(), primary_key=True), schema="operations")
        op.execute("SELECT no_such_column")
        """,
    )
    before = await said(fresh_database_url)
    done = await asyncio.to_thread(alembic, fresh_database_url, "upgrade", "head", folder=folder)
    assert done.returncode != 0
    assert await said(fresh_database_url) == before
    assert VERSIONS[-1].stem in await run(fresh_database_url, "current", folder=folder)


# PostgreSQL refuses such a row by itself.
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_migration_that_orphans_a_row_leaves_nothing_behind(fresh_database_url: str, tmp_path: Path) -> None:
    folder = with_one_more(
        tmp_path,
        """
        op.execute("CREATE TABLE owner (id INTEGER PRIMARY KEY)")
        op.execute("CREATE TABLE owned (owner_id INTEGER REFERENCES owner (id))")
        op.execute("INSERT INTO owned VALUES (1)")
        """,
    )
    before = await said(fresh_database_url)
    done = await asyncio.to_thread(alembic, fresh_database_url, "upgrade", "head", folder=folder)
    assert "a row of owned without the row of owner" in done.stderr
    assert await said(fresh_database_url) == before


async def test_two_who_migrate_at_once_do_it_once(empty_database_url: str) -> None:
    await asyncio.gather(*(run(empty_database_url, "upgrade", "head") for _ in range(2)))
    assert "(head)" in await run(empty_database_url, "current")


# On PostgreSQL a lock of the session does it, which the two of the test above meet.
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_nobody_gets_in_between_the_steps(empty_database_url: str, tmp_path: Path) -> None:
    # Alembic reads the scripts, and so runs this one's first lines, when it has seen where the database stands.
    count = """
        from pathlib import Path
        from sqlalchemy import Engine, event
        @event.listens_for(Engine, "commit")
        def _(connection):
            with Path("commits").open("a") as file:
                file.write("one more\\n")
    """
    folder = with_one_more(tmp_path, "pass", first=count)
    await run(empty_database_url, "upgrade", "head", folder=folder)
    assert (folder / "commits").read_text() == "one more\n"


def test_each_step_gives_up_rather_than_block_the_service() -> None:
    for path, function in product(VERSIONS, ("upgrade", "downgrade")):
        pattern = rf"^def {function}\(\) -> None:\n(?:    \"\"\".*?\"\"\"\n)?    (.*)$"
        body = re.search(pattern, path.read_text(), re.MULTILINE)
        assert body is not None, path.name
        assert body[1].startswith("limit("), f"{path.name}: {function}() does not begin with limit()"


# On SQLite the whole file is locked, and the driver's own patience ends the wait.
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_a_locked_table_makes_a_migration_give_up(fresh_database_url: str, tmp_path: Path) -> None:
    folder = with_one_more(
        tmp_path,
        """
        limit(lock="100ms")
        op.add_column("outbox", sa.Column("more", sa.Integer()), schema="operations")
        """,
    )
    policy = migration_engine(fresh_database_url)
    async with policy.begin() as connection:
        await connection.execute(text("LOCK TABLE operations.outbox IN ROW EXCLUSIVE MODE"))
        words = ("-x", "attempts=2", "upgrade", "head")
        done = await asyncio.to_thread(alembic, fresh_database_url, *words, folder=folder)
    await policy.dispose()
    assert done.returncode != 0
    assert done.stderr.count("A table is in use") == 1
    assert "lock timeout" in done.stderr


async def test_a_row_without_the_row_it_refers_to_is_refused(empty_database_url: str, engine: Engine) -> None:
    """SQLite checks foreign keys at the end of a migration only, but it does check them."""
    await step(empty_database_url, command.upgrade, "head")
    connecting = migration_engine(empty_database_url)
    insert = (
        "INSERT INTO audit_personal (event_id, address, user_agent, data) VALUES ('00', '', '', '{}')"
        if engine == "sqlite"
        else "INSERT INTO operations.audit_personal (event_id, address, user_agent, data)"
        " VALUES ('019b8b74-1801-7df2-b0ae-bffdf9d49080', '', '', '{}')"
    )
    if engine == "postgresql":
        async with connecting.connect() as connection:
            with pytest.raises(DBAPIError):
                await connection.execute(text(insert))
    else:
        async with connecting.begin() as connection:
            await connection.execute(text(insert))
        done = await asyncio.to_thread(alembic, empty_database_url, "upgrade", "head")
        assert "audit_personal" in done.stderr
        assert done.returncode != 0
    await connecting.dispose()


async def test_a_draft_is_numbered_formatted_and_runs_on_both(empty_database_url: str, tmp_path: Path) -> None:
    """Without the kernel's own script, its tables are what there is to draft."""
    shutil.copytree(ROOT / "migrations", tmp_path / "migrations", ignore=shutil.ignore_patterns("0*.py", "__pycache__"))
    (tmp_path / "migrations" / "versions").mkdir(exist_ok=True)
    shutil.copy(ROOT / "alembic.ini", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "impl").symlink_to(ROOT / "impl")
    if empty_database_url.startswith("postgresql"):
        engine = migration_engine(empty_database_url)
        async with engine.begin() as connection:
            for schema in SCHEMAS:
                await connection.execute(text(f"CREATE SCHEMA {schema}"))
        await engine.dispose()
    await run(empty_database_url, "revision", "--autogenerate", "-m", "Draft everything, at once!", folder=tmp_path)
    (draft,) = (tmp_path / "migrations" / "versions").glob("*.py")
    assert draft.name == "0001_draft_everything_at_once.py"
    written = draft.read_text()
    assert "    limit()\n" in written
    assert "impl.kernel.tables.UtcDateTime(" not in written
    await run(empty_database_url, "upgrade", "head", folder=tmp_path)
    assert "No new upgrade operations detected" in await run(empty_database_url, "check", folder=tmp_path)
    await run(empty_database_url, "downgrade", "base", folder=tmp_path)


async def test_there_is_sql_to_read_before_it_is_run() -> None:
    sql = await run("postgresql://x/y", "upgrade", "head", "--sql")
    assert sql.count("SET LOCAL lock_timeout") == len(VERSIONS)
    assert "CREATE TRIGGER audit_events_append_only" in sql
