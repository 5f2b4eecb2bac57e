"""Settings of the connections to the database: pools, time limits, checks."""

from typing import Literal

from pydantic import BaseModel, Field

from impl.kernel.engines.connection_checks import Patience
from impl.kernel.engines.connection_options import ConnectionOptions


class ConnectionSettings(BaseModel):
    # Connections of a process, half of them to read and half to write: those that stay, and more for bursts.
    database_pool_size: int = Field(default=20, ge=2, le=400)
    database_max_overflow: int = Field(default=30, ge=0, le=400)
    # Whoever would wait longer for a connection gets 503.
    database_wait_seconds: float = Field(default=2.0, gt=0, le=300)
    database_recycle_seconds: float = Field(default=1800.0, gt=0, le=86_400)
    # Limits that the server keeps: of a statement, and, with 0 for none, of a wait for a lock, of a silence within a
    # transaction, and of a whole one.
    database_timeout_seconds: float = Field(default=15.0, gt=0, le=300)
    database_lock_seconds: float = Field(default=5.0, ge=0, le=300)
    database_idle_transaction_seconds: float = Field(default=30.0, ge=0, le=3600)
    database_transaction_seconds: float = Field(default=120.0, ge=0, le=3600)
    # Idle time after which a connection is checked before its use, and time for the answer.
    database_idle_seconds: float = Field(default=1.0, ge=0, le=300)
    database_answer_seconds: float = Field(default=1.0, gt=0, le=30)
    database_connect_seconds: float = Field(default=5.0, gt=0, le=300)
    # A server that is lost is waited for as long.
    database_outage_seconds: float = Field(default=5.0, ge=0, le=60)
    # Seconds by which what is read from DATABASE_REPLICA_URL may be old.
    database_replica_lag_seconds: float = Field(default=5.0, gt=0, le=300)
    # `transaction` behind PgBouncer in this mode: nothing is kept on a connection then, or set on it.
    database_pooler: Literal["none", "transaction"] = "none"
    database_statement_cache_size: int = Field(default=100, ge=0, le=10_000)

    @property
    def is_pooled(self) -> bool:
        return self.database_pooler == "transaction"

    @property
    def connection_options(self) -> ConnectionOptions:
        """Return the options of each of the two pools, which share the settings' sizes."""
        return ConnectionOptions(
            size=self.database_pool_size // 2,
            overflow=self.database_max_overflow // 2,
            wait=self.database_wait_seconds,
            recycle=self.database_recycle_seconds,
            statement=self.database_timeout_seconds,
            lock=self.database_lock_seconds,
            idle_transaction=self.database_idle_transaction_seconds,
            transaction=self.database_transaction_seconds,
            statement_cache_size=0 if self.is_pooled else self.database_statement_cache_size,
            is_pooled=self.is_pooled,
        )

    @property
    def connection_patience(self) -> Patience:
        """Return the time-outs of connections that are idle, silent, opened or lost."""
        return Patience(
            self.database_idle_seconds,
            self.database_answer_seconds,
            self.database_connect_seconds,
            self.database_outage_seconds,
        )
