"""Database as services receive it, and what a transaction tells about the database that it belongs to."""

import hashlib
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from functools import cache
from typing import Any, Literal, Protocol

from sqlalchemy import BigInteger, Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.audit_signatures import AuditKeys
from impl.kernel.clock import Clock
from impl.kernel.reader import Reader
from impl.kernel.semaphore import Load
from impl.kernel.signal import Signal
from impl.kernel.statements import Command
from impl.kernel.wakeups import Wakeups


class Database(Protocol):
    """Access to the database, as services receive it."""

    dialect: Literal["postgresql", "sqlite"]
    reader: Reader
    clock: Clock
    audit_keys: AuditKeys
    messages: Signal
    """Sent when a transaction of this process has put a message into the outbox."""
    wakeups: Wakeups
    """Wakes the tasks that wait for changes of an account, whichever process commits them."""

    def begin(self, *, snapshot: bool = False) -> AbstractAsyncContextManager[AsyncSession]:
        """Begin the only transaction of a service method; it commits at the end or rolls back when anything is raised.

        All that is read with `snapshot` is as of one moment; it may add rows, and is given up (503) when it changes one
        that has changed since. On SQLite every transaction is like that, and takes the write lock at once.

        Raises Unavailable (503) when the database cannot be reached or gives the transaction up for another's sake.
        `tx.info` has the database's clock and the keys that sign audit events.
        """
        ...

    async def run[V: Mapping[str, object]](self, command: Command[V], values: V) -> bool:
        """Run one statement as a whole transaction, on PostgreSQL without a BEGIN and COMMIT around it.

        Return whether it has written a row, if it says so by RETURNING.

        Raises what the driver raises when it refuses the values, and Unavailable (503) as `begin` does.
        """
        ...

    @property
    def loads(self) -> Mapping[str, Load]:
        """Load of the connections, by what they are for: `reading` or `writing`."""
        ...

    @property
    def replica_lag(self) -> float | None:
        """Bound that is known of the standby's lag, infinite where nothing is known; None without a standby."""
        ...

    async def require_writable(self) -> None:
        """Raise Unavailable (503) when the database answers and takes no changes: a demoted primary, a full disk."""
        ...

    async def open(self) -> None: ...

    async def close(self) -> None: ...


def clock_of(tx: AsyncSession) -> Clock:
    """Return the clock of the database that the transaction belongs to."""
    clock: Clock = tx.info["clock"]
    return clock


def audit_keys_of(tx: AsyncSession) -> AuditKeys:
    """Return the keys that sign the audit events of the transaction."""
    keys: AuditKeys = tx.info["audit_keys"]
    return keys


def messages_of(tx: AsyncSession) -> Signal:
    """Return the signal that the transaction has put a message into the outbox."""
    signal: Signal = tx.info["messages"]
    return signal


async def take_turns(tx: AsyncSession, *names: bytes) -> None:
    """Lock a name until the transaction ends: transactions that lock the same one take turns.

    For what no row's lock can guard, as the number of rows. Two names with one number only wait for each other; SQLite
    has one writer at a time anyway.
    """
    if tx.get_bind().dialect.name == "postgresql":
        numbers = [int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), signed=True) for name in names]
        await tx.execute(
            _turns(len(numbers)), {f"turn_{place}": number for place, number in enumerate(sorted(numbers))}
        )


@cache
def _turns(count: int) -> Select[Any]:
    # The columns of a row are computed in their order, so that two who name the same never wait for each other.
    return select(
        *(func.pg_advisory_xact_lock(bindparam(f"turn_{place}", type_=BigInteger())) for place in range(count))
    )
