"""Checks of idle connections before they are used.

Firewalls, balancers and proxies drop an idle connection without telling either end: what is sent on it is lost, and no
error comes. Only a missing answer shows it, and the time-out of a statement is far too long to wait for it.
"""

from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import AdaptedConnection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, Pool, PoolProxiedConnection

from impl.kernel.database_errors import DRIVER_ERRORS

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    type _Driver = asyncpg.Connection | PoolConnectionProxy[asyncpg.Record]


@dataclass(frozen=True, slots=True)
class Patience:
    """Time limits in seconds: idle time without a check, and time for the answer to one."""

    idle: float = 1.0
    answer: float = 1.0


def is_closed(connection: "_Driver") -> bool:
    """Return whether the driver knows that a connection has ended."""
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        # asyncpg's pool has noticed the end and taken the connection back.
        return True


def end(connection: "_Driver") -> None:
    """Close a connection at once and give its place in asyncpg's pool free; waits for nothing."""
    with suppress(asyncpg.InterfaceError):
        connection.terminate()


async def answers(connection: "_Driver", patience: Patience) -> bool:
    """Return whether the server at the other end is there; ends the connection otherwise, which waits for nothing."""
    try:
        await connection.execute("SELECT 1", timeout=patience.answer)
    except BaseException as error:
        end(connection)
        if not isinstance(error, DRIVER_ERRORS):
            raise
        return False
    return True


class PoolChecks:
    """Keeps SQLAlchemy's pool from handing out dead connections, and those older than a loss of all of them."""

    def __init__(self, pool: Pool, patience: Patience) -> None:
        self._patience = patience
        self._generation = 0
        event.listen(pool, "connect", self._connected)
        event.listen(pool, "checkout", self._checked_out)
        event.listen(pool, "checkin", self._checked_in)
        event.listen(pool, "close", self._closed)

    def expire(self) -> None:
        """Let no connection that is open now be given out again."""
        self._generation += 1

    def _connected(self, _connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        entry.info.update(generation=self._generation, used=monotonic())

    def _checked_in(self, _connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        entry.info["used"] = monotonic()

    def _checked_out(
        self, connection: AdaptedConnection, entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection
    ) -> None:
        # The pool reconnects once when it gets a DisconnectionError.
        if connection.driver_connection.is_closed() or entry.info["generation"] != self._generation:
            raise DisconnectionError
        if monotonic() - entry.info["used"] < self._patience.idle:
            return
        if not connection.run_async(lambda driver: answers(driver, self._patience)):
            self.expire()
            raise DisconnectionError

    @staticmethod
    def _closed(connection: AdaptedConnection, _entry: ConnectionPoolEntry) -> None:
        # Terminated, because nothing is in progress, and a graceful close takes two seconds when the server is gone.
        connection.driver_connection.terminate()
