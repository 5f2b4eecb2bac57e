"""Database on SQLite in WAL mode: one writer at a time, readers beside it."""

import shutil
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Literal, override

from sqlalchemy import event, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from impl.kernel.audit_signatures import AuditKeys
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.database_errors import READ_ONLY
from impl.kernel.engines import sqlite_connections
from impl.kernel.engines.connection_options import ConnectionOptions
from impl.kernel.engines.executions import execute_traced
from impl.kernel.engines.listeners import SqliteListener
from impl.kernel.engines.sqlite_reader import SqliteReader
from impl.kernel.engines.transactions import Transactions
from impl.kernel.errors import Unavailable
from impl.kernel.reader import Reader
from impl.kernel.semaphore import Load
from impl.kernel.statements import Command
from impl.kernel.tables import SCHEMAS
from impl.kernel.wakeups import Wakeups

WITHOUT_SCHEMAS: dict[str | None, str | None] = dict.fromkeys(SCHEMAS)
# Free space that a write needs: a smaller one may suffice for one change and not for the next.
_ROOM_BYTES = 1024 * 1024
# An update without effect on Alembic's table, which exists on both engines and has one row.
_WRITE_NOTHING_NEW = text("UPDATE alembic_version SET version_num = version_num")


class SqliteDatabase(Database):
    """Database on SQLite in WAL mode: one writer at a time, readers beside it."""

    dialect: Literal["postgresql", "sqlite"] = "sqlite"

    def __init__(self, url: URL, options: ConnectionOptions, *, clock: Clock, audit_keys: AuditKeys) -> None:
        self._folder = make_folder(url)
        self._writing = create_async_engine(url, hide_parameters=True)
        event.listen(self._writing.sync_engine, "do_connect", sqlite_connections.connect)
        event.listen(
            self._writing.sync_engine, "connect", partial(sqlite_connections.prepare_writing, lock=options.lock)
        )
        event.listen(self._writing.sync_engine, "begin", sqlite_connections.begin_immediate)
        self._reading = create_async_engine(
            url,
            pool_size=options.places,
            isolation_level="AUTOCOMMIT",
            skip_autocommit_rollback=True,  # there is nothing to roll back, and it is a turn of the thread
            hide_parameters=True,
        )
        event.listen(self._reading.sync_engine, "do_connect", sqlite_connections.connect)
        event.listen(
            self._reading.sync_engine, "connect", partial(sqlite_connections.prepare_reading, lock=options.lock)
        )
        for engine in (self._writing, self._reading):
            engine.update_execution_options(schema_translate_map=WITHOUT_SCHEMAS)
            execute_traced(engine.sync_engine)
        self.clock = clock
        self.audit_keys = audit_keys
        self._is_read_only = False
        self._transactions = Transactions(
            self._writing,
            clock,
            audit_keys,
            # A second writer would wait for the file's lock, and out of turn.
            places=1,
            timeout=options.wait,
            read_only=self._heard_read_only,
            watched=lambda _: nullcontext(),
        )
        self.messages = self._transactions.messages
        self._reads = SqliteReader(self._reading, clock, places=options.places, timeout=options.wait)
        self.reader: Reader = self._reads
        self.wakeups = Wakeups(SqliteListener(url, self._transactions.commits))

    @override
    def begin(self, *, snapshot: bool = False) -> AbstractAsyncContextManager[AsyncSession]:
        return self._transactions.begin()

    @override
    async def run[V: Mapping[str, object]](self, command: Command[V], values: V) -> bool:
        async with self.begin() as tx:
            return await command.run(tx, values)

    @property
    @override
    def loads(self) -> Mapping[str, Load]:
        return {"reading": self._reads.load, "writing": self._transactions.load}

    @property
    @override
    def replica_lag(self) -> None:
        """Return None: there is no standby."""

    @override
    async def require_writable(self) -> None:
        """Raise unless the disk has room; if the last writes were refused, by writing something."""
        if shutil.disk_usage(self._folder).free < _ROOM_BYTES:
            raise Unavailable(READ_ONLY)
        if self._is_read_only:
            async with self.begin() as tx:
                await tx.execute(_WRITE_NOTHING_NEW)

    def _heard_read_only(self, found: bool) -> None:
        self._is_read_only = found

    @override
    async def open(self) -> None:
        """Do nothing: SQLite opens its file with the first statement."""

    @override
    async def close(self) -> None:
        await self.wakeups.close()
        await self._reads.close()
        await self._reading.dispose()
        await self._writing.dispose()


def make_folder(url: URL) -> Path:
    """Make the folder of a database's file, and return it; raise ValueError for a database in memory."""
    if url.database in {None, "", ":memory:"}:
        raise ValueError("a database in memory has one connection only: name a file (sqlite+aiosqlite:///path)")
    folder = Path(str(url.database)).parent
    folder.mkdir(parents=True, exist_ok=True)
    return folder
