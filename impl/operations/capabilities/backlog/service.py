"""Service that looks how far the worker is behind."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from impl.kernel.database import Database
from impl.operations.capabilities.backlog.repository import BACKLOG
from impl.operations.capabilities.dependencies.service import Degraded

# Later than that, somebody waits for a mail whose link they need.
LATE_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class Backlog:
    """Backlog of the outbox; counts end at 10,000."""

    delay_seconds: float
    """Time for which the message that is due longest has been due."""
    waiting: int
    """Number of messages that are due, will be, or are being delivered."""
    dead: int
    """Number of messages that nobody tries any more."""
    due_at: datetime | None
    """Time at which that message was due, None when none is."""


class BacklogService:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def look(self) -> Backlog:
        """Return the backlog as it is now; raise Unavailable (503) when the database does not answer."""
        now = self._database.clock.now()
        row = await self._database.reader.first(BACKLOG, now=now)
        if row is None:
            return Backlog(0, 0, 0, None)
        since = row["due_since"]
        delay = 0.0 if since is None else max(0.0, (now - since).total_seconds())
        return Backlog(delay, row["waiting"], row["dead"], since)

    async def require_timely(self) -> None:
        """Raise Degraded when messages wait too long."""
        if (await self.look()).delay_seconds > LATE_SECONDS:
            raise Degraded("Mails and other messages have been due for more than five minutes.")
