"""Checks of SQLAlchemy's pool: no dead connection is handed out, and those of a burst are closed after it."""

from contextlib import suppress
from time import monotonic

from sqlalchemy import event
from sqlalchemy.engine import AdaptedConnection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry, Pool, PoolProxiedConnection

from impl.kernel.engines.connection_checks import Openings, Patience
from impl.kernel.engines.connection_options import ConnectionOptions
from impl.kernel.engines.idle_connections import IdleConnections


class PoolChecks:
    """Keeps SQLAlchemy's pool from handing out dead connections, and those older than a loss of all of them."""

    def __init__(self, pool: Pool, openings: Openings, options: ConnectionOptions, patience: Patience) -> None:
        """Listen to the pool, after its engine, which sets connections up."""
        self._openings = openings
        self._patience = patience
        # That of connections which may still be given out.
        self._generation = object()
        # The pool opens a connection that was closed meanwhile when it comes to its place.
        self._idle = IdleConnections[ConnectionPoolEntry](options.size, options.burst, lambda entry: entry.invalidate())
        event.listen(pool, "connect", self._connected)
        event.listen(pool, "checkout", self._checked_out)
        event.listen(pool, "checkin", self._checked_in)
        event.listen(pool, "close", self._closed)

    def expire(self) -> None:
        """Retire all connections that are open now."""
        self._generation = object()

    async def ask_idle(self, engine: AsyncEngine) -> bool:
        """Probe an idle connection of the pool and record the result; return False if there was none."""
        if not self._idle:
            return False
        with suppress(OSError, SQLAlchemyError):
            async with engine.connect() as connection:
                driver = (await connection.get_raw_connection()).driver_connection
                if driver is not None and not await self._openings.answers(driver, self._patience.answer):
                    self.expire()
                    await connection.invalidate()
        return True

    def close(self) -> None:
        """Leave the connections to the pool."""
        self._idle.clear()

    def _connected(self, connection: AdaptedConnection, entry: ConnectionPoolEntry) -> None:
        self._openings.finish(connection.driver_connection)
        entry.info.update(generation=self._generation, used=monotonic())

    def _checked_in(self, connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        entry.info["used"] = monotonic()
        if connection is not None:
            self._idle.add(entry)

    def _checked_out(
        self, connection: AdaptedConnection, entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection
    ) -> None:
        self._idle.discard(entry)
        # The pool reconnects once when it gets a DisconnectionError.
        if connection.driver_connection.is_closed() or entry.info["generation"] is not self._generation:
            raise DisconnectionError
        if monotonic() - entry.info["used"] < self._patience.idle:
            return
        if not connection.run_async(lambda driver: self._openings.answers(driver, self._patience.answer)):
            self.expire()
            raise DisconnectionError

    @staticmethod
    def _closed(connection: AdaptedConnection, _entry: ConnectionPoolEntry) -> None:
        # Terminated, because nothing is in progress, and a graceful close takes two seconds when the server is gone.
        connection.driver_connection.terminate()
