"""Service that remembers the runs of the worker's tasks, and writes them down from time to time."""

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Final, Literal, Protocol, override

from impl.kernel.database import Database
from impl.operations.capabilities.dependencies.service import Degraded
from impl.operations.capabilities.worker_tasks.repository import WorkerTaskRow, find_tasks, write_runs
from impl.operations.capabilities.worker_tasks.tables import NAME_LENGTH

# Seldom, because some tasks run each second, and on SQLite a write keeps others waiting.
WRITTEN_EVERY_SECONDS: Final = 15.0
# A worker that is at work has written something down within that time.
ALIVE: Final = timedelta(minutes=2)
_REMEMBERED: Final = timedelta(days=7)

# What the service gives, for those who must not know the repository.
type TaskRun = WorkerTaskRow
type Outcome = Literal["delivered", "deferred", "retried", "dead"]


class Records(Protocol):
    """Records of what the work came to."""

    def ran(self, task: str, *, failed: bool) -> None: ...

    def settled(self, topic: str, outcome: Outcome) -> None: ...


class NoRecords(Records):
    """Records that nobody reads."""

    @override
    def ran(self, task: str, *, failed: bool) -> None:
        """Record nothing."""

    @override
    def settled(self, topic: str, outcome: Outcome) -> None:
        """Record nothing."""


class AllRecords(Records):
    """Records that are kept in several places: of all processes in the database, and in this one's metrics."""

    def __init__(self, runs: "WorkerTasksService", metrics: Records | None) -> None:
        self._runs = runs
        self._metrics = metrics or NoRecords()

    @override
    def ran(self, task: str, *, failed: bool) -> None:
        self._runs.ran(task, failed=failed)
        self._metrics.ran(task, failed=failed)

    @override
    def settled(self, topic: str, outcome: Outcome) -> None:
        self._metrics.settled(topic, outcome)


class WorkerTasksService:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._runs: dict[str, WorkerTaskRow] = {}
        self._due = time.monotonic()

    def ran(self, task: str, *, failed: bool) -> None:
        """Remember a run that has just ended."""
        task, now = task[:NAME_LENGTH], self._database.clock.now()
        before = self._runs.get(task)
        succeeded_at = None if before is None else before["succeeded_at"]
        self._runs[task] = {"task": task, "ran_at": now, "succeeded_at": succeeded_at if failed else now}

    async def save_runs(self) -> bool:
        """Save what has run since the last time; the work of a periodic task."""
        if time.monotonic() < self._due or not self._runs:
            return False
        # In one order, so that two workers do not deadlock.
        runs = [self._runs[task] for task in sorted(self._runs)]
        self._due = time.monotonic() + WRITTEN_EVERY_SECONDS
        async with self._database.begin() as tx:
            await write_runs(tx, runs)
        for run in runs:
            if self._runs[run["task"]] is run:
                del self._runs[run["task"]]
        return False

    async def last_runs(self) -> Sequence[TaskRun]:
        """Return when each task ran last, by name."""
        return await find_tasks(self._database.reader, since=self._database.clock.now() - _REMEMBERED)

    async def require_running(self) -> None:
        """Raise Degraded when no worker seems to be at work, or a task of it fails."""
        runs, now = await self.last_runs(), self._database.clock.now()
        if all(run["ran_at"] < now - ALIVE for run in runs):
            raise Degraded("No worker has written down a run for two minutes.")
        failing = [run["task"] for run in runs if run["succeeded_at"] is None or run["succeeded_at"] < run["ran_at"]]
        if failing:
            raise Degraded(f"The last run failed: {', '.join(failing)}.")
