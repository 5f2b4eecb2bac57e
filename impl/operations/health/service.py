"""Service of the readiness check: the database decides, and other dependencies only say whether all is well."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from impl.kernel.database_errors import explain
from impl.kernel.errors import Unavailable
from impl.operations.capabilities.dependencies.service import WELL, Dependencies, Dependency

if TYPE_CHECKING:
    from impl.operations.health.repository import HealthRepository

RELEASE: Final = "0.1.0"
_DATABASE_SECONDS: Final = 3.0
# Whoever asks for readiness often waits for a second only; what answers later shows with the next request.
_PATIENCE_SECONDS: Final = 0.25
_OPTIONAL: Final = (Dependency.REDIS, Dependency.STORAGE, Dependency.OUTBOX)
_log = logging.getLogger("hestami.health")


class HealthService:
    def __init__(self, repository: HealthRepository, dependencies: Dependencies) -> None:
        self._repository = repository
        self._dependencies = dependencies

    async def is_degraded(self) -> bool:
        """Return whether something is missing that requests are served without."""
        found = await self._dependencies.look(_OPTIONAL, patience=_PATIENCE_SECONDS)
        return any(one.state not in WELL for one in found.values())

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
