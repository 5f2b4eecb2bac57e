"""Service of the readiness check: the database decides, and other dependencies only say whether all is well."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from impl.kernel.database_errors import explain
from impl.kernel.errors import Unavailable
from impl.operations.capabilities.dependencies.service import WELL, Dependencies, Dependency, Finding, Monitor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime

    from impl.kernel.clock import Clock
    from impl.operations.capabilities.audit_chain.service import AuditChainService, Integrity
    from impl.operations.capabilities.backlog.service import Backlog, BacklogService
    from impl.operations.capabilities.worker_tasks.service import TaskRun, WorkerTasksService
    from impl.operations.health.repository import HealthRepository

RELEASE: Final = "0.1.0"
_DATABASE_SECONDS: Final = 3.0
# Whoever asks for readiness often waits for a second only; what answers later shows with the next request.
_PATIENCE_SECONDS: Final = 0.25
_OPTIONAL: Final = (Dependency.REDIS, Dependency.STORAGE, Dependency.OUTBOX)
# For staff: longer than any probe takes.
_DETAILS_SECONDS: Final = 5.0
_READING_SECONDS: Final = 2.0
_VALID_SECONDS: Final = 1.0
_log = logging.getLogger("hestami.health")


@dataclass(frozen=True, slots=True)
class Sources:
    """Services and gateways whose figures staff see."""

    backlog: BacklogService
    worker_tasks: WorkerTasksService
    audit_chain: AuditChainService
    passwords_waiting: Callable[[], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """State of all dependencies, and figures about them; None where these could not be read in time."""

    checked_at: datetime
    dependencies: Mapping[Dependency, Finding]
    revision: str | None
    expected_revision: str | None
    backlog: Backlog | None
    worker_tasks: Sequence[TaskRun]
    passwords_waiting: int
    integrity: Integrity | None

    @property
    def is_well(self) -> bool:
        return all(one.state in WELL for one in self.dependencies.values())


class HealthService:
    def __init__(
        self, repository: HealthRepository, dependencies: Dependencies, sources: Sources, clock: Clock
    ) -> None:
        self._repository = repository
        self._dependencies = dependencies
        self._is_leaving = False
        self._sources = sources
        self._clock = clock
        self._database = Monitor(
            Dependency.DATABASE, self.require_database, clock, timeout_seconds=_DATABASE_SECONDS + 1
        )
        self._details: Details | None = None
        self._details_expire = time.monotonic()
        self._turn = asyncio.Lock()

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

    async def details(self) -> Details:
        """Return the state of all that the service depends on, put together a second ago at most."""
        async with self._turn:
            if self._details is None or time.monotonic() >= self._details_expire:
                self._details = await self._look()
                self._details_expire = time.monotonic() + _VALID_SECONDS
            return self._details

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

    async def _look(self) -> Details:
        database, others, revision, backlog, tasks, integrity = await asyncio.gather(
            self._database.look(_DETAILS_SECONDS),
            self._dependencies.look(
                [one for one in Dependency if one is not Dependency.DATABASE], patience=_DETAILS_SECONDS
            ),
            _in_time(self._repository.revision()),
            _in_time(self._sources.backlog.look()),
            _in_time(self._sources.worker_tasks.last_runs()),
            _in_time(self._sources.audit_chain.integrity()),
        )
        return Details(
            checked_at=self._clock.now(),
            dependencies={Dependency.DATABASE: database, **others},
            revision=revision,
            expected_revision=await self._repository.newest_revision(),
            backlog=backlog,
            worker_tasks=tasks or (),
            passwords_waiting=self._sources.passwords_waiting(),
            integrity=integrity,
        )


async def _in_time[T](reading: Awaitable[T]) -> T | None:
    """Return what is read, or None: the state of the dependency says what is wrong."""
    try:
        async with asyncio.timeout(_READING_SECONDS):
            return await reading
    except Exception:  # noqa: BLE001 - whatever it is, the figure is missing
        return None


def _serves(found: str | None, needed: str | None) -> bool:
    """Return whether this release can serve the schema: its own, or that of a later release, which only adds."""
    if found == needed:
        return True
    return _number(found) > _number(needed)


def _number(revision: str | None) -> int:
    """Return the number that a migration's name begins with, or 0: whatever that is, it is not ours."""
    number = (revision or "").partition("_")[0]
    return int(number) if number.isascii() and number.isdigit() else 0
