"""New rows that wait for the end of their transaction, and are then written together.

Events, messages of the outbox and the like tell of a change and are read by nobody within it. A statement for each of
them would be a round trip to the server for each.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.statements import NewRows, insert_together

# Rows that wait at most: bulk work, which adds hundreds, is written by the way.
_MOST = 24
_KEY = "pending_writes"


async def insert_at_end(tx: AsyncSession, *new: NewRows[Any]) -> None:
    """Insert rows when the transaction ends, or earlier when many wait; nothing in the transaction may read them."""
    pending = _pending(tx)
    pending.extend(one for one in new if one.rows)
    if sum(len(one.rows) for one in pending) >= _MOST:
        await insert_pending(tx)


async def insert_pending(tx: AsyncSession, *before: NewRows[Any]) -> None:
    """Insert what waits for the end now, in one statement with rows that have to be there `before` it."""
    pending = _pending(tx)
    waiting = [*before, *pending]
    pending.clear()
    if waiting:
        await insert_together(tx, *waiting)


@asynccontextmanager
async def savepoint(tx: AsyncSession) -> AsyncIterator[None]:
    """Undo what is done within when it raises, and forget the rows that wait since then."""
    # Before the savepoint, so that none of them is undone with it.
    await insert_pending(tx)
    try:
        async with tx.begin_nested():
            yield
    except BaseException:
        _pending(tx).clear()
        raise


def _pending(tx: AsyncSession) -> list[NewRows[Any]]:
    pending: list[NewRows[Any]] = tx.info.setdefault(_KEY, [])
    return pending
