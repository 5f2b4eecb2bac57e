"""Transactions of services, admitted in turn, on one engine."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from impl.kernel.audit_signatures import AuditKeys
from impl.kernel.clock import Clock
from impl.kernel.database_errors import BUSY, UNREACHABLE, is_lost, is_read_only, translated
from impl.kernel.errors import Unavailable
from impl.kernel.semaphore import FairSemaphore


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
    ) -> None:
        """Take the engine; `read_only` is told after each transaction whether the database took its changes."""
        self._engine = engine
        self._info = {"clock": clock, "audit_keys": audit_keys}
        self._semaphore = FairSemaphore(places, timeout, refusal=BUSY)
        self._read_only = read_only

    @asynccontextmanager
    async def begin(self, options: Mapping[str, Any] | None = None) -> AsyncIterator[AsyncSession]:
        session = AsyncSession(self._engine, expire_on_commit=False, info=dict(self._info))
        with translated():
            async with self._semaphore, session:
                try:
                    _ = await session.connection(execution_options=options)
                except (OSError, DBAPIError, InvalidRequestError, PoolTimeoutError) as error:
                    self._note_read_only(error)
                    # A server that refuses the connection is unavailable; the transaction is not at fault.
                    raise Unavailable(UNREACHABLE) from error
                try:
                    yield session
                except Exception as error:
                    self._note_read_only(error)
                    if is_lost(error):
                        # Closed without a rollback, which would wait for a server that is gone.
                        await session.invalidate()
                    raise
                try:
                    await session.commit()
                except BaseException as error:
                    self._note_read_only(error)
                    # Closed, because SQLite keeps a transaction open whose COMMIT it refuses, and the next one could
                    # not begin.
                    await session.invalidate()
                    raise
                self._read_only(False)

    def _note_read_only(self, error: BaseException) -> None:
        if is_read_only(error):
            self._read_only(True)
