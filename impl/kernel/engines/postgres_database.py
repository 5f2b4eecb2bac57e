"""Database on PostgreSQL: transactions through SQLAlchemy, reads through an asyncpg pool of their own."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext
from dataclasses import dataclass
from math import inf
from typing import Any, Literal, TypedDict, override

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine

from impl.kernel.audit_signatures import AuditKeys
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.database_errors import READ_ONLY
from impl.kernel.engines.connection_checks import Openings, Patience
from impl.kernel.engines.connection_options import ConnectionOptions
from impl.kernel.engines.database_url import PostgresServers
from impl.kernel.engines.executions import execute_watched
from impl.kernel.engines.listeners import PostgresListener
from impl.kernel.engines.pool_checks import PoolChecks
from impl.kernel.engines.postgres_reader import PostgresReader
from impl.kernel.engines.replicas import ReplicatedReader
from impl.kernel.engines.statement_watch import StatementWatch
from impl.kernel.engines.transactions import Transactions
from impl.kernel.errors import Unavailable
from impl.kernel.reader import Reader
from impl.kernel.semaphore import Load
from impl.kernel.statements import Command, Query
from impl.kernel.wakeups import Wakeups

_SNAPSHOT = {"isolation_level": "REPEATABLE READ"}
# The server ends a statement first, which leaves a connection that can be used.
_CANCEL_SECONDS = 1.0


class _State(TypedDict):
    is_read_only: bool


# `on` for a standby as well, whatever its settings.
_IS_READ_ONLY = Query(select((func.current_setting("transaction_read_only") == "on").label("is_read_only")), _State)


@dataclass(frozen=True, slots=True)
class Replica:
    """Hot standby, and the seconds by which it may lag."""

    servers: PostgresServers
    lag: float


class PostgresDatabase(Database):
    """Database on PostgreSQL: transactions through SQLAlchemy, reads through an asyncpg pool of their own."""

    dialect: Literal["postgresql", "sqlite"] = "postgresql"

    def __init__(
        self,
        servers: PostgresServers,
        options: ConnectionOptions,
        *,
        sessions: PostgresServers,
        replica: Replica | None,
        clock: Clock,
        audit_keys: AuditKeys,
        patience: Patience,
    ) -> None:
        given: dict[str, Any] = {
            "statement_cache_size": options.statement_cache_size,
            # As long as its connection: each would have a timer, which holds the request that came first with it.
            "max_cached_statement_lifetime": 0,
            "command_timeout": options.statement + _CANCEL_SECONDS,
            "server_settings": options.server_settings,
        }
        self._openings = Openings(
            servers.connect,
            servers.opening_seconds(patience.opening),
            outage=patience.outage,
            answer=patience.answer,
        )
        # A pooler passes no notifications on.
        self._listening = Openings(sessions.connect, sessions.opening_seconds(patience.opening), answer=patience.answer)
        adapted: dict[str, Any] = {"async_creator_fn": self._openings.connect}
        if not options.statement_cache_size:
            # Behind PgBouncer, statements of one client run on many servers: none is cached, and none has a name.
            adapted |= {"prepared_statement_cache_size": 0, "prepared_statement_name_func": str}
        self._engine = create_async_engine(
            "postgresql+asyncpg://",
            # All of them: those of a burst are closed by the checks.
            pool_size=options.places,
            # Nobody waits in this pool, nor does it open more: there are as many places for transactions.
            pool_timeout=options.wait,
            pool_recycle=options.recycle,
            # Last in, first out: connections in use stay in use and need no checks, the others are for bursts.
            pool_use_lifo=True,
            connect_args=given | adapted,
            # Because errors are logged and parameters hold addresses and names.
            hide_parameters=True,
        )
        self._checks = PoolChecks(self._engine.sync_engine.pool, self._openings, options, patience)
        self._watch = StatementWatch(self._openings, patience)
        execute_watched(self._engine.sync_engine, self._watch)
        self.clock = clock
        self.audit_keys = audit_keys
        self._transactions = Transactions(
            self._engine,
            clock,
            audit_keys,
            places=options.places,
            timeout=options.wait,
            read_only=self._heard_read_only,
            watched=self._watched,
            until_heard=self._openings.until_heard,
        )
        self.messages = self._transactions.messages
        self._pool = PostgresReader(
            given,
            self._openings,
            self._engine.dialect,
            clock,
            options=options,
            patience=patience,
            watch=self._watch,
        )
        self._watch.ask_idle_by(self._ask_idle)
        self.reader: Reader = self._pool
        self._replicated: ReplicatedReader | None = None
        if replica is not None:
            openings = Openings(
                replica.servers.connect, replica.servers.opening_seconds(patience.opening), answer=patience.answer
            )
            self._replica_watch = StatementWatch(openings, patience)
            standby = PostgresReader(
                given,
                openings,
                self._engine.dialect,
                clock,
                options=options,
                patience=patience,
                watch=self._replica_watch,
            )
            self._replica_watch.ask_idle_by(standby.ask_idle)
            self._replicated = ReplicatedReader(self._pool, standby, lag=replica.lag, answer=patience.answer)
            self.reader = self._replicated
        self.wakeups = Wakeups(
            PostgresListener(self._listening, {"command_timeout": options.statement}, patience=patience.answer)
        )

    @override
    def begin(self, *, snapshot: bool = False) -> AbstractAsyncContextManager[AsyncSession]:
        return self._transactions.begin(_SNAPSHOT if snapshot else None)

    @override
    async def run[V: Mapping[str, object]](self, command: Command[V], values: V) -> bool:
        return await self._pool.run(command, values)

    @property
    @override
    def loads(self) -> Mapping[str, Load]:
        loads = {"reading": self._pool.load, "writing": self._transactions.load}
        return loads if self._replicated is None else loads | {"replica": self._replicated.load}

    @property
    @override
    def replica_lag(self) -> float | None:
        if self._replicated is None:
            return None
        lag = self._replicated.lag
        return inf if lag is None else lag

    @override
    async def require_writable(self) -> None:
        row = await self.reader.first(_IS_READ_ONLY)
        if row is None or row["is_read_only"]:
            self._heard_read_only(True)
            raise Unavailable(READ_ONLY)

    def _heard_read_only(self, found: bool) -> None:
        """Close the connections to a server that takes no changes: its name may lead to another one by now."""
        if found:
            self._checks.expire()
            self._pool.expire()

    @override
    async def open(self) -> None:
        await self._pool.open()
        if self._replicated is not None:
            self._replicated.open()

    @override
    async def close(self) -> None:
        await self.wakeups.close()
        if self._replicated is not None:
            await self._replicated.close()
            await self._replica_watch.close()
        self._openings.close()
        self._listening.close()
        await self._pool.close()
        self._checks.close()
        await self._engine.dispose()
        await self._watch.close()

    async def _ask_idle(self) -> bool:
        return await self._pool.ask_idle() or await self._checks.ask_idle(self._engine)

    def _watched(self, connection: AsyncConnection) -> AbstractContextManager[None]:
        synchronous = connection.sync_connection
        driver = None if synchronous is None else synchronous.connection.driver_connection
        return nullcontext() if driver is None else self._watch.over(driver)
