"""Listeners for commits of other processes: by NOTIFY on PostgreSQL, by the file's version on SQLite."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final, override
from uuid import UUID

from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from impl.kernel.engines.connection_checks import Openings, end
from impl.kernel.signal import Signal
from impl.kernel.wakeups import Listener

# Triggers of the database send the ids of accounts here (migration 0076).
CHANNEL: Final = "hestami_accounts"
# Seconds after which a silent connection is asked whether it is still there: a firewall may have dropped it.
_ASKED_EVERY: Final = 10.0
# Seconds after which the file is looked at again; own commits are not waited for.
_LOOKED_AT_EVERY: Final = 1.0


class PostgresListener(Listener):
    """Listener on a connection of its own, which stands in no pool."""

    def __init__(self, openings: Openings, options: Mapping[str, Any], *, patience: float) -> None:
        """Take the opener and options of connections; `patience` bounds the wait for a silent connection."""
        self._openings = openings
        self._options = options
        self._patience = patience

    @override
    async def listen(self, heard: Callable[[UUID], None], look_again: Callable[[], None]) -> None:
        lost = asyncio.Event()

        def hear(_connection: object, _pid: int, _channel: str, payload: object) -> None:
            # Whoever may connect may send anything.
            with suppress(ValueError):
                heard(UUID(str(payload)))

        connection = await self._openings.connect(**self._options)
        try:
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(CHANNEL, hear)
            self._openings.finish(connection)
            look_again()
            while not lost.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(_ASKED_EVERY):
                        await lost.wait()
                if not lost.is_set() and not await self._openings.answers(connection, self._patience):
                    return
        finally:
            self._openings.finish(connection)
            end(connection)


class SqliteListener(Listener):
    """Listener that asks the file for its version, which every commit of another connection changes."""

    def __init__(self, url: URL, commits: Signal) -> None:
        """Take the file, and the signal of this process's own commits."""
        self._url = url
        self._commits = commits

    @override
    async def listen(self, heard: Callable[[UUID], None], look_again: Callable[[], None]) -> None:
        engine = create_async_engine(self._url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        known: int | None = None
        async with engine.connect() as connection:
            while True:
                committed = self._commits.next
                version = (await connection.exec_driver_sql("PRAGMA data_version")).scalar_one()
                if version != known:
                    known = version
                    look_again()
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOKED_AT_EVERY):
                        await committed.wait()
