"""Transactions of services, admitted in turn, on one engine."""

import logging
from asyncio import CancelledError
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any

from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from impl.kernel import tracing
from impl.kernel.audit_signatures import AuditKeys
from impl.kernel.clock import Clock
from impl.kernel.database_errors import BUSY, is_broken, is_lost, is_read_only, is_undone, translated, unavailable
from impl.kernel.pending_writes import PendingSession, send_pending
from impl.kernel.presence import finish_anyway
from impl.kernel.repeats import forbid_repeat
from impl.kernel.semaphore import FairSemaphore, Load
from impl.kernel.signal import Signal
from impl.kernel.tables_read import note_unknown

_log = logging.getLogger("hestami.database")
_COMMIT = {
    name: {"db.system.name": name, "db.operation.name": "COMMIT", "db.query.summary": "COMMIT"}
    for name in ("postgresql", "sqlite")
}


class Transactions:
    """Transactions on one engine, admitted first come, first served."""

    def __init__(
        self,
        engine: AsyncEngine,
        clock: Clock,
        audit_keys: AuditKeys,
        *,
        places: int,
        timeout: float,
        read_only: Callable[[bool], None],
        watched: Callable[[AsyncConnection], AbstractContextManager[None]],
        until_heard: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Take the engine; `read_only` is called after each transaction with whether its changes were accepted.

        The ends of transactions are sent within `watched`. `until_heard` is awaited before each of them, and raises
        where the server gives no sign of life.
        """
        self._engine = engine
        self.messages = Signal()
        # Sent after each commit of this process.
        self.commits = Signal()
        self._info = {"clock": clock, "audit_keys": audit_keys, "messages": self.messages}
        self._semaphore = FairSemaphore(places, timeout, refusal=BUSY)
        self._read_only = read_only
        self._watched = watched
        self._until_heard = until_heard

    @property
    def load(self) -> Load:
        return self._semaphore.load

    @asynccontextmanager
    async def begin(self, options: Mapping[str, Any] | None = None) -> AsyncIterator[AsyncSession]:
        note_unknown()
        session = AsyncSession(
            self._engine, sync_session_class=PendingSession, expire_on_commit=False, info=dict(self._info)
        )
        with translated():
            if self._until_heard is not None:
                await self._until_heard()
            async with self._semaphore, session:
                finish_anyway()
                try:
                    connection = await self._connection(session, options)
                except (OSError, DBAPIError, InvalidRequestError, PoolTimeoutError) as error:
                    self._note_read_only(error)
                    # A server that refuses the connection is unavailable; the transaction is not at fault.
                    raise unavailable(error) from error
                try:
                    yield session
                    await send_pending(session)
                except (Exception, CancelledError) as error:
                    self._note_read_only(error)
                    if is_lost(error) or isinstance(error, CancelledError):
                        # Closed without a rollback, which would wait for a server that may be gone.
                        await session.invalidate()
                    else:
                        await self._roll_back(session, connection)
                    raise
                try:
                    with tracing.span("COMMIT", _COMMIT[connection.dialect.name]), self._watched(connection):
                        await session.commit()
                except BaseException as error:
                    self._note_read_only(error)
                    if not is_undone(error):
                        # It may have been committed all the same.
                        forbid_repeat()
                    # Closed, because SQLite keeps a transaction open whose COMMIT it refuses, and the next one could
                    # not begin.
                    await session.invalidate()
                    raise
                forbid_repeat()
                self._read_only(False)
                self.commits.send()

    @staticmethod
    async def _connection(session: AsyncSession, options: Mapping[str, Any] | None) -> AsyncConnection:
        """Return the connection of a session that has done nothing yet; opens another if one is lost meanwhile."""
        try:
            return await session.connection(execution_options=options)
        except (OSError, DBAPIError, InvalidRequestError) as error:
            if not is_broken(error):
                raise
        await session.rollback()
        return await session.connection(execution_options=options)

    async def _roll_back(self, session: AsyncSession, connection: AsyncConnection) -> None:
        """Roll back the transaction, or close its connection if that fails, which has the same effect."""
        try:
            with self._watched(connection):
                await session.rollback()
        except Exception as error:  # noqa: BLE001 - what made the transaction end is raised, and not what came of that
            if not is_lost(error):
                _log.exception("a transaction could not be rolled back; its connection is closed")
            await session.invalidate()

    def _note_read_only(self, error: BaseException) -> None:
        if is_read_only(error):
            self._read_only(True)
