"""Handlers of the health checks."""

from __future__ import annotations

from typing import Final, override

from generated import models, replies
from generated.routers.health import (
    AbstractHealthHandlers,
    GetHealthDetailsOk,
    GetHealthOk,
    GetLivenessOk,
    GetReadinessOk,
)
from impl.kernel.caller import AnonymousClient, Caller
from impl.operations.capabilities.audit_chain.wire import integrity_to_wire
from impl.operations.capabilities.backlog.service import Backlog
from impl.operations.capabilities.dependencies.service import Dependency, Finding
from impl.operations.capabilities.worker_tasks.service import TaskRun
from impl.operations.health.service import RELEASE, HealthService

_UP: Final[replies.Health] = {"status": models.HealthStatus.UP, "version": RELEASE}
_DEGRADED: Final[replies.Health] = {"status": models.HealthStatus.DEGRADED, "version": RELEASE}


class HealthHandlers(AbstractHealthHandlers[Caller, AnonymousClient]):
    def __init__(self, service: HealthService) -> None:
        self._service = service

    @override
    async def get_health(self, client: AnonymousClient) -> GetHealthOk:
        return GetHealthOk(await self._health())

    @override
    async def get_liveness(self, client: AnonymousClient) -> GetLivenessOk:
        return GetLivenessOk(_UP)

    @override
    async def get_readiness(self, client: AnonymousClient) -> GetReadinessOk:
        self._service.require_staying()
        return GetReadinessOk(await self._health())

    @override
    async def get_health_details(self, caller: Caller) -> GetHealthDetailsOk:
        found = await self._service.details()
        return GetHealthDetailsOk(
            {
                "status": models.HealthStatus.UP if found.is_well else models.HealthStatus.DEGRADED,
                "version": RELEASE,
                "checked_at": found.checked_at,
                "dependencies": [_dependency(name, finding) for name, finding in found.dependencies.items()],
                "database": {"revision": found.revision, "expected_revision": found.expected_revision},
                "outbox": None if found.backlog is None else _outbox(found.backlog),
                "worker_tasks": [_task(run) for run in found.worker_tasks],
                "passwords_waiting": found.passwords_waiting,
                "audit_chain": None if found.integrity is None else integrity_to_wire(found.integrity),
            }
        )

    async def _health(self) -> replies.Health:
        await self._service.require_database()
        return _DEGRADED if await self._service.is_degraded() else _UP


def _dependency(name: Dependency, finding: Finding) -> replies.DependencyHealth:
    return {
        "dependency": models.Dependency(name.value),
        "state": models.DependencyState(finding.state.value),
        "latency_ms": finding.latency_ms,
        "changed_at": finding.changed_at,
        "explanation": finding.reason,
    }


def _outbox(found: Backlog) -> replies.OutboxHealth:
    return {
        "messages": found.waiting,
        "dead_letters": found.dead,
        "delay_seconds": found.delay_seconds,
        "due_at": found.due_at,
    }


def _task(run: TaskRun) -> replies.WorkerTaskHealth:
    succeeded_at = run["succeeded_at"]
    return {
        "task": run["task"],
        "ran_at": run["ran_at"],
        "succeeded_at": succeeded_at,
        "failing": succeeded_at is None or succeeded_at < run["ran_at"],
    }
