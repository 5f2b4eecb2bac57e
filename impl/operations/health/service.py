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
        self._is_leaving = False

    async def is_degraded(self) -> bool:
        """Return whether something is missing that requests are served without."""
        found = await self._dependencies.look(_OPTIONAL, patience=_PATIENCE_SECONDS)
        return any(one.state not in WELL for one in found.values())

    def leave(self) -> None:
        """Be unready from now on, because the process is about to end."""
        self._is_leaving = True

    def require_staying(self) -> None:
        """Raise Unavailable when the process is about to end."""
        if self._is_leaving:
            raise Unavailable("The service is about to stop.")

    async def require_database(self) -> None:
        """Raise Unavailable unless the database answers in time with a schema that has what this release needs."""
        # Outside the database's time-out, because the first call reads files.
        needed = await self._repository.newest_revision()
        try:
            async with asyncio.timeout(_DATABASE_SECONDS):
                found = await self._repository.revision()
        except Exception as error:
            # Every error of the driver means the same to the client; the log tells which one it was.
            _log.warning("the database %s", explain(error) or f"does not answer: {type(error).__qualname__}")
            raise Unavailable("The database does not answer, or takes no changes.") from error
        if not _serves(found, needed):
            _log.warning("the database is at migration %s, this release needs %s", found, needed)
            raise Unavailable("The database has an older schema than this release needs.")


def _serves(found: str | None, needed: str | None) -> bool:
    """Return whether this release can serve the schema: its own, or that of a later release, which only adds."""
    if found == needed:
        return True
    return _number(found) > _number(needed)


def _number(revision: str | None) -> int:
    """Return the number that a migration's name begins with, or 0: whatever that is, it is not ours."""
    number = (revision or "").partition("_")[0]
    return int(number) if number.isascii() and number.isdigit() else 0
