"""The migrations lead to what the tables say, and back, on both engines."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from impl.kernel.database import migration_engine
from impl.kernel.tables import SCHEMAS
from tests.harness.databases import Engine

ROOT = Path(__file__).parents[2]
VERSIONS = sorted((ROOT / "migrations" / "versions").glob("*.py"))


def alembic(url: str, *words: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "alembic", *words],
        cwd=folder,
        env={**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


async def run(url: str, *words: str, folder: Path = ROOT) -> str:
    done = await asyncio.to_thread(alembic, url, *words, folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


async def inspected(url: str) -> dict[str, object]:
    """All that a database can say of its tables."""

    def look(connection: Connection) -> dict[str, object]:
        inspector = inspect(connection)
        schemas = SCHEMAS if connection.dialect.name == "postgresql" else (None,)
        return {
            f"{schema}.{table}": (
                [{**column, "type": str(column["type"])} for column in inspector.get_columns(table, schema)],
                sorted(map(str, inspector.get_indexes(table, schema))),
                sorted(map(str, inspector.get_foreign_keys(table, schema))),
                sorted(map(str, inspector.get_check_constraints(table, schema))),
                sorted(map(str, inspector.get_unique_constraints(table, schema))),
            )
            for schema in schemas
            if schema in {None, *inspector.get_schema_names()}
            for table in inspector.get_table_names(schema)
            if table != "alembic_version"
        }

    engine = migration_engine(url)
    async with engine.connect() as connection:
        found = await connection.run_sync(look)
    await engine.dispose()
    return found


async def test_up_down_and_up_again_ends_where_it_began(empty_database_url: str) -> None:
    await run(empty_database_url, "upgrade", "head")
    first = await inspected(empty_database_url)
    assert first
    await run(empty_database_url, "downgrade", "base")
    assert await inspected(empty_database_url) == {}
    await run(empty_database_url, "upgrade", "head")
    assert await inspected(empty_database_url) == first


async def test_each_single_step_can_be_taken_back(empty_database_url: str) -> None:
    for _ in VERSIONS:
        await run(empty_database_url, "upgrade", "+1")
        await run(empty_database_url, "downgrade", "-1")
        await run(empty_database_url, "upgrade", "+1")


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


async def test_a_migration_that_fails_leaves_nothing_behind(empty_database_url: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "migrations", tmp_path / "migrations")
    shutil.copy(ROOT / "alembic.ini", tmp_path)
    (tmp_path / "impl").symlink_to(ROOT / "impl")
    head = VERSIONS[-1].stem
    (tmp_path / "migrations" / "versions" / "9999_broken.py").write_text(
        f"""
import sqlalchemy as sa
from alembic import op
revision = "9999_broken"
down_revision = "{head}"
def upgrade():
    op.create_table("half", sa.Column("id", sa.Integer(), primary_key=True), schema="operations")
    op.execute("SELECT no_such_column")
"""
    )
    done = await asyncio.to_thread(alembic, empty_database_url, "upgrade", "head", folder=tmp_path)
    assert done.returncode != 0
    tables = await inspected(empty_database_url)
    assert tables
    assert not any(name.endswith(".half") for name in tables)
    assert head in await run(empty_database_url, "current", folder=tmp_path)


async def test_two_who_migrate_at_once_do_it_once(empty_database_url: str) -> None:
    await asyncio.gather(*(run(empty_database_url, "upgrade", "head") for _ in range(2)))
    assert "(head)" in await run(empty_database_url, "current")


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.stem)
def test_each_step_gives_up_rather_than_block_the_service(path: Path) -> None:
    source = path.read_text()
    for function in ("upgrade", "downgrade"):
        body = re.search(rf"^def {function}\(\) -> None:\n(?:    \"\"\".*?\"\"\"\n)?    (.*)$", source, re.MULTILINE)
        assert body is not None
        assert body[1].startswith("limit("), f"{path.name}: {function}() does not begin with limit()"


async def test_a_locked_table_makes_a_migration_give_up(
    fresh_database_url: str, engine: Engine, tmp_path: Path
) -> None:
    if engine == "sqlite":
        return  # there the whole file is locked, and the driver's own patience ends it
    shutil.copytree(ROOT / "migrations", tmp_path / "migrations")
    shutil.copy(ROOT / "alembic.ini", tmp_path)
    (tmp_path / "impl").symlink_to(ROOT / "impl")
    (tmp_path / "migrations" / "versions" / "9999_blocked.py").write_text(
        f"""
import sqlalchemy as sa
from alembic import op
from migrations.limits import limit
revision = "9999_blocked"
down_revision = "{VERSIONS[-1].stem}"
def upgrade():
    limit(lock="100ms")
    op.add_column("outbox", sa.Column("more", sa.Integer()), schema="operations")
"""
    )
    holding = migration_engine(fresh_database_url)
    async with holding.begin() as connection:
        await connection.execute(text("LOCK TABLE operations.outbox IN ROW EXCLUSIVE MODE"))
        done = await asyncio.to_thread(alembic, fresh_database_url, "upgrade", "head", folder=tmp_path)
    await holding.dispose()
    assert done.returncode != 0
    assert "lock timeout" in done.stderr


async def test_a_row_without_the_row_it_refers_to_is_refused(empty_database_url: str, engine: Engine) -> None:
    """SQLite checks foreign keys at the end of a migration only, but it does check them."""
    await run(empty_database_url, "upgrade", "head")
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
