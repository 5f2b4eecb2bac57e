"""Two processes of the service and a worker, and those who use them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select

from impl.kernel.outbox import OutboxMessage
from tests.chaos.keeping import Kept
from tests.chaos.people import Moments, Resident
from tests.harness.inbox import Inbox
from tests.harness.service import Service

MAILS_AT_ONCE: Final = 2


@dataclass(frozen=True)
class Town:
    """Two processes of the service and a worker, and those who use them."""

    services: tuple[Kept, Kept]
    worker: Kept
    residents: list[Resident]
    moments: Moments
    inbox: Inbox
    within: Service

    async def messages(self) -> int:
        """Count the messages that wait in the outbox."""
        async with self.within.services.database.begin() as tx:
            return await tx.scalar(select(func.count()).select_from(OutboxMessage)) or 0
