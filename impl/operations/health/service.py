"""Service of the readiness check, which asks the database; liveness asks the process alone."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from impl.kernel.database_errors import explain
from impl.kernel.errors import Unavailable

if TYPE_CHECKING:
    from impl.operations.health.repository import HealthRepository

RELEASE: Final = "0.1.0"
_DATABASE_SECONDS: Final = 3.0
_log = logging.getLogger("hestami.health")


class HealthService:
    def __init__(self, repository: HealthRepository) -> None:
        self._repository = repository

    async def require_database(self) -> None:
        """Raise Unavailable unless the database answers in time with the schema that this release needs."""
        # Outside the database's time-out, because the first call reads files.
        needed = await self._repository.newest_revision()
        try:
            async with asyncio.timeout(_DATABASE_SECONDS):
                found = await self._repository.revision()
        except Exception as error:
            # Every error of the driver means the same to the client; the log tells which one it was.
            _log.warning("the database %s", explain(error) or f"does not answer: {type(error).__qualname__}")
            raise Unavailable("The database does not answer, or takes no changes.") from error
        if found != needed:
            _log.warning("the database is at migration %s, this release needs %s", found, needed)
            raise Unavailable("The database has another schema than this release needs.")
