"""Options of the connections to a database: bounds of a pool, and the time limits that the server itself keeps."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionOptions:
    """Options of each of the two pools, one to write and one to read; times are in seconds, and 0 is no limit."""

    size: int = 10
    """Connections that stay open."""
    overflow: int = 0
    """Further connections, for bursts of requests."""
    burst: float = 10.0
    """Idle time after which one is closed while `size` others are idle."""
    wait: float = 30.0
    """Longest wait for a connection, after which the answer is 503."""
    recycle: float = 1800.0
    """Age at which a connection is replaced."""
    statement: float = 30.0
    """Longest run of a statement."""
    lock: float = 0.0
    """Longest wait for a lock."""
    idle_transaction: float = 0.0
    """Longest silence within a transaction."""
    transaction: float = 0.0
    """Longest transaction."""
    statement_cache_size: int = 100
    """Prepared statements that a connection keeps."""
    is_pooled: bool = False
    """A pooler gives each transaction a connection of its own choice, on which nothing may be kept or set."""

    @property
    def places(self) -> int:
        """Return how many connections a pool may have at once."""
        return self.size + self.overflow

    @property
    def server_settings(self) -> Mapping[str, str]:
        """Return the settings that are sent while a connection opens, without a round trip.

        A pooler refuses such settings: the role has them there.
        """
        if self.is_pooled:
            return {}
        limits = {
            "statement_timeout": self.statement,
            "lock_timeout": self.lock,
            "idle_in_transaction_session_timeout": self.idle_transaction,
            "transaction_timeout": self.transaction,
        }
        bounds = {name: f"{max(1, round(seconds * 1000))}ms" for name, seconds in limits.items() if seconds}
        # One processor for a statement: a search of one visitor would take three otherwise.
        return {**bounds, "max_parallel_workers_per_gather": "0"}
