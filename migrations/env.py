"""Entry point of Alembic: one set of migrations for PostgreSQL, with schemas, and for SQLite, without them."""

import asyncio
import logging
import re
import sys
import time
from collections.abc import Iterable
from random import SystemRandom
from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrationScript
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, Column, Enum, Index, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.schema import SchemaItem

from impl.kernel.database_errors import explain
from impl.kernel.engines.connecting import migration_engine
from impl.kernel.engines.database_url import database_url, displayed
from impl.kernel.settings.database import DatabaseSettings
from impl.kernel.tables import SCHEMAS, UtcDateTime
from migrations.target import target

# Any number will do, as long as all who migrate a database use the same.
_LOCK = 7_241_093
# Time for which another one may be at work, and between two looks whether it is.
_TURN_SECONDS = 1800.0
_ASKING_SECONDS = 0.2
# Attempts to get the lock of a table that is in use: some minutes. `alembic -x attempts=1` gives up at once.
_ATTEMPTS = 10
_LONGEST_PAUSE_SECONDS = 30.0
# A lock that was not given in time, and a deadlock.
_IN_USE = {"55P03", "40P01"}
# What Alembic's own table can hold of a name.
_REVISION_MAX = 32
_FTS = re.compile("_fts(_data|_idx|_docsize|_config)?$")

config = context.config
_random = SystemRandom()


def url() -> str:
    """Return the database to migrate: of `alembic -x url=...`, of the program that runs Alembic, or of the settings."""
    given = context.get_x_argument(as_dictionary=True).get("url") or config.attributes.get("url")
    return str(given or DatabaseSettings.load().session_url)


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Leave alone what other programs keep in the same database, and the tables that FTS5 makes of one."""
    if kind == "schema":
        return name in {None, *SCHEMAS}
    return name != "alembic_version" and not (kind == "table" and _FTS.search(name or ""))


def include_object(item: SchemaItem, name: str | None, kind: str, reflected: bool, _compared: object) -> bool:
    """Leave alone what only one engine has, and so no table maps: vectors of text, and their indexes."""
    columns = [item] if isinstance(item, Column) else item.columns if isinstance(item, Index) else []
    # Of expressions, which have no type here, an index tells how it finds them: words are found by GIN.
    if reflected and isinstance(item, Index) and item.dialect_kwargs.get("postgresql_using") == "gin":
        return False
    if reflected and any(isinstance(column.type, TSVECTOR) for column in columns):
        return False
    return not (reflected and kind == "table" and name == "alembic_version")


def render_item(kind: str, item: object, api: AutogenContext) -> str | Literal[False]:
    """Write our types into drafts as a person would, and an enum as what it is in the database."""
    if kind == "type":
        if isinstance(item, UtcDateTime):
            api.imports.add("from impl.kernel.tables import UtcDateTime")
            return "UtcDateTime()"
        if isinstance(item, JSON):
            api.imports.add("from impl.kernel.tables import Json")
            return "Json"
        if isinstance(item, Enum):
            return f"sa.String({item.length})"
    return False


def number(
    migration: MigrationContext, _revision: str | Iterable[str | None] | Iterable[str], scripts: list[MigrationScript]
) -> None:
    """Name migrations 0005_what_it_does, so that their order can be seen."""
    for script in scripts:
        if script.upgrade_ops is not None and script.upgrade_ops.is_empty() and migration.opts.get("autogenerate"):
            sys.stderr.write("The tables and the migrations agree: there is nothing to draft.\n")
            scripts.clear()
            return
        head = ScriptDirectory.from_config(config).get_current_head() or "0000"
        words = re.sub(r"[^a-z0-9]+", "_", (script.message or "change").lower()).strip("_")
        script.rev_id = f"{int(head.partition('_')[0]) + 1:04}_{words}"[:_REVISION_MAX].rstrip("_")


def run(connection: Connection) -> None:
    """Migrate; where a table is in use for too long, let others have it and try again."""
    if connection.dialect.name == "sqlite":
        migrate(connection)
        return
    attempts = int(context.get_x_argument(as_dictionary=True).get("attempts") or _ATTEMPTS)
    take_turn(connection)
    for attempt in range(1, attempts + 1):
        try:
            migrate(connection)
        except DBAPIError as error:
            connection.rollback()
            if attempt == attempts or getattr(error.orig, "sqlstate", None) not in _IN_USE:
                raise
        else:
            return
        pause = min(2.0**attempt, _LONGEST_PAUSE_SECONDS) * (1 + _random.random()) / 2
        sys.stderr.write(f"A table is in use: tried again in {pause:.1f} seconds ({attempt} of {attempts}).\n")
        time.sleep(pause)


def take_turn(connection: Connection) -> None:
    """Wait until nobody else migrates this database: of the session, as each migration commits.

    By asking again and again: a statement that waits for the lock is a transaction, for whose end an index that is
    built CONCURRENTLY by the other would wait in turn.
    """
    # So that the server notices when this process is killed, and gives the lock free.
    connection.execute(text("SET client_connection_check_interval = '1s'"))
    connection.commit()
    until, has_told = time.monotonic() + _TURN_SECONDS, False
    while not connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _LOCK}).scalar():
        connection.commit()
        if time.monotonic() > until:
            raise SystemExit(f"Another migration has been at work for {_TURN_SECONDS:.0f} seconds: nothing was done.")
        if not has_told:
            has_told = True
            sys.stderr.write("Another migration is at work: waited for.\n")
        time.sleep(_ASKING_SECONDS)
    connection.commit()


def migrate(connection: Connection) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=target(connection.dialect.name),
        include_schemas=not is_sqlite,
        include_name=include_name,
        include_object=include_object,
        compare_type=True,
        compare_server_default=True,
        render_as_batch=is_sqlite,
        render_item=render_item,
        # SQLite takes all steps in one: the lock of the file is then held from the look at what is there to the last.
        transaction_per_migration=not is_sqlite,
        # SQLite can; Alembic assumes a driver that commits before each change of the schema, and ours does not.
        transactional_ddl=True,
        process_revision_directives=number,
        # Called after each step, for a program that looks at all of them in one run.
        on_version_apply=config.attributes.get("on_version_apply", ()),
    )
    with context.begin_transaction():
        context.run_migrations()
        if is_sqlite and (broken := connection.execute(text("PRAGMA foreign_key_check")).first()):
            raise RuntimeError(f"the migration left a row of {broken[0]} without the row of {broken[2]} it refers to")


async def online() -> None:
    """Migrate; end the program with one sentence when the database refuses, with a traceback for a fault of ours."""
    place = url()
    try:
        engine = migration_engine(place)
        async with engine.connect() as connection:
            await connection.run_sync(run)
        await engine.dispose()
    except (OSError, SQLAlchemyError) as error:
        if (reason := explain(error)) is None:
            raise
        raise SystemExit(f"The database {displayed(place)} {reason}.") from None


def offline() -> None:
    """Print PostgreSQL's SQL for an operator, or for the linter, to read."""
    context.configure(
        url=database_url(url()),
        target_metadata=target(database_url(url()).get_backend_name()),
        literal_binds=True,
        transaction_per_migration=True,
        dialect_opts={"paramstyle": "named"},
    )
    with context.begin_transaction():
        context.run_migrations()


if config.cmd_opts is not None:
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("alembic.runtime.migration").setLevel(logging.INFO)
if context.is_offline_mode():
    offline()
else:
    asyncio.run(online())
