"""Writes that wait in their transaction, so that those which follow each other are one round trip to the server.

Changes wait for the next statement. Events, messages of the outbox and the like tell of a change and are read by nobody
within its transaction: they wait for its end.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import ORMExecuteState, Session

from impl.kernel.statements import Command, NewRows, Write, write_together

# Writes that wait at most: bulk work, which adds hundreds, is written by the way.
_TOGETHER: Final = 24
_KEY: Final = "pending_writes"


class PendingSession(Session):
    """Session that sends the changes which wait before each other statement."""


@dataclass(slots=True)
class _Pending:
    writes: list[Write] = field(default_factory=list)
    is_read: bool = False
    """Mark for a write whose rows a statement may read, so that it is sent before the next one."""


async def change_soon[V: Mapping[str, object]](
    tx: AsyncSession, command: Command[V], values: V, /, **keys: object
) -> None:
    """Write values before the next statement of the transaction, together with all else that waits.

    What the database refuses is raised by that statement: whoever answers a refusal runs the command itself.
    """
    write = Write(command, values, keys)
    if not all(write.is_apart_from(one) for one in _of(tx).writes):
        await send_pending(tx)
    await _add(tx, [write], is_read=True)


async def insert_soon(tx: AsyncSession, *new: NewRows[Any]) -> None:
    """Insert rows before the next statement of the transaction, as changes are written."""
    await _add(tx, _each(new), is_read=True)


async def insert_at_end(tx: AsyncSession, *new: NewRows[Any]) -> None:
    """Insert rows when the transaction ends, or earlier; nothing in the transaction may read or change them."""
    await _add(tx, _each(new), is_read=False)


async def send_pending(tx: AsyncSession) -> None:
    """Send the waiting writes as one statement."""
    if _of(tx).writes:
        await tx.run_sync(_send)


@asynccontextmanager
async def savepoint(tx: AsyncSession) -> AsyncIterator[None]:
    """Roll back the block if it raises, and drop the writes that wait since its begin."""
    # Before the savepoint, so that none of it is undone with what follows.
    await send_pending(tx)
    try:
        async with tx.begin_nested():
            yield
            await send_pending(tx)
    except BaseException:
        tx.info.pop(_KEY, None)
        raise


def _each(new: Sequence[NewRows[Any]]) -> list[Write]:
    return [Write(one.command, row, {}) for one in new for row in one.rows]


async def _add(tx: AsyncSession, writes: Sequence[Write], *, is_read: bool) -> None:
    pending = _of(tx)
    pending.writes += writes
    pending.is_read |= is_read
    if len(pending.writes) >= _TOGETHER:
        await send_pending(tx)


def _send(session: Session) -> None:
    pending: _Pending = session.info.pop(_KEY)
    write_together(session, pending.writes)


def _send_changes(execution: ORMExecuteState) -> None:
    session = execution.session
    pending: _Pending | None = session.info.get(_KEY)
    if pending is not None and pending.is_read:
        _send(session)


def _of(tx: AsyncSession) -> _Pending:
    pending: _Pending = tx.info.setdefault(_KEY, _Pending())
    return pending


event.listen(PendingSession, "do_orm_execute", _send_changes)
