"""Choice of the database by its URL, for the programs and for the migrations."""

from collections.abc import Sequence

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from impl.kernel.audit_signatures import AuditKeys
from impl.kernel.clock import Clock, SystemClock
from impl.kernel.database import Database
from impl.kernel.engines import sqlite_connections
from impl.kernel.engines.connection_checks import Patience
from impl.kernel.engines.connection_options import ConnectionOptions
from impl.kernel.engines.database_url import database_url, postgres_servers
from impl.kernel.engines.postgres_database import PostgresDatabase, Replica
from impl.kernel.engines.sqlite_database import WITHOUT_SCHEMAS, SqliteDatabase, make_folder

_MIGRATION_CONNECT_SECONDS = 30.0


def connect(
    url: str,
    options: ConnectionOptions | None = None,
    *,
    session_url: str = "",
    replica_url: str = "",
    replica_lag: float = 5.0,
    clock: Clock | None = None,
    audit_keys: Sequence[bytes] = (),
    patience: Patience | None = None,
) -> Database:
    """Make the database of a URL; nothing is opened yet.

    PostgreSQL gets two pools of connections, one to write and one to read. `patience` is for connections that are being
    opened, were idle, or do not answer. `session_url` leads past a pooler to the same database. Whoever records audit
    events needs `audit_keys`, of which the first one signs. `replica_url` leads to a hot standby, which is read
    where a read may be `replica_lag` seconds old.
    """
    parsed = database_url(url)
    now, keys = clock or SystemClock(), AuditKeys(audit_keys)
    given = options or ConnectionOptions()
    if parsed.get_backend_name() == "sqlite":
        return SqliteDatabase(parsed, given, clock=now, audit_keys=keys)
    servers, checks = postgres_servers(url), patience or Patience()
    sessions = postgres_servers(session_url or url)
    replica = Replica(postgres_servers(replica_url), replica_lag) if replica_url else None
    return PostgresDatabase(
        servers, given, sessions=sessions, replica=replica, clock=now, audit_keys=keys, patience=checks
    )


def migration_engine(url: str) -> AsyncEngine:
    """Make an engine of one connection for migrations; on SQLite in real transactions, keys checked at the end."""
    parsed = database_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_async_engine(parsed, poolclass=NullPool)
        make_folder(parsed)
        event.listen(engine.sync_engine, "connect", sqlite_connections.prepare_migration)
        event.listen(engine.sync_engine, "begin", sqlite_connections.begin_immediate)
        engine.update_execution_options(schema_translate_map=WITHOUT_SCHEMAS)
        return engine
    options = {"async_creator_fn": postgres_servers(url).connect, "timeout": _MIGRATION_CONNECT_SECONDS}
    return create_async_engine("postgresql+asyncpg://", poolclass=NullPool, connect_args=options)
