"""Builds the services of operations from the kernel and plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from impl.operations.audit.service import AuditService
from impl.operations.capabilities.audit_chain import tables as audit_chain_tables
from impl.operations.capabilities.audit_chain.service import AuditChainService
from impl.operations.capabilities.audit_intake.service import AuditIntakeService
from impl.operations.capabilities.backlog.service import BacklogService
from impl.operations.capabilities.dead_letters.service import DeadLettersService
from impl.operations.capabilities.dependencies.service import Degraded, Dependencies, Dependency, Monitor, Probe
from impl.operations.capabilities.sitemap.service import SitemapService
from impl.operations.capabilities.worker_tasks import tables as worker_tasks_tables
from impl.operations.capabilities.worker_tasks.service import WorkerTasksService
from impl.operations.health.repository import HealthRepository
from impl.operations.health.service import HealthService, Sources
from impl.operations.logs import tables as logs_tables
from impl.operations.logs.service import LogsService
from impl.operations.usage import tables as usage_tables
from impl.operations.usage.service import UsageService

if TYPE_CHECKING:
    from collections.abc import Callable

    from impl.kernel.database import Database

PERSONAL_DATA_POLICIES: Final = (
    *audit_chain_tables.PERSONAL_DATA_POLICIES,
    *logs_tables.PERSONAL_DATA_POLICIES,
    *usage_tables.PERSONAL_DATA_POLICIES,
    *worker_tasks_tables.PERSONAL_DATA_POLICIES,
)
# Whoever is behind so many waits for seconds.
_MANY_PASSWORDS: Final = 10
# Seldom: each probe of it is a connection, with a sign-in where it asks for one.
_MAIL_VALID_SECONDS: Final = 15.0
_MAIL_TIMEOUT_SECONDS: Final = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsServices:
    """Services of operations: one for each feature, and those that the worker and the commands use."""

    audit: AuditService
    audit_chain: AuditChainService
    audit_intake: AuditIntakeService
    backlog: BacklogService
    dead_letters: DeadLettersService
    health: HealthService
    logs: LogsService
    sitemap: SitemapService
    usage: UsageService
    worker_tasks: WorkerTasksService


@dataclass(frozen=True, slots=True, kw_only=True)
class Probes:
    """Probes of the gateways; None where a deployment does without."""

    redis: Probe | None
    storage: Probe
    mail: Probe | None
    passwords_waiting: Callable[[], int]


def wire_operations(
    *, database: Database, audit_keys: Sequence[bytes], migrations: Path, probes: Probes
) -> OperationsServices:
    """Build operations; `migrations` is the folder whose newest revision readiness expects in the database."""
    chain = AuditChainService(database, keys=audit_keys)
    backlog = BacklogService(database)
    worker_tasks = WorkerTasksService(database)
    sources = Sources(backlog, worker_tasks, chain, probes.passwords_waiting)
    dependencies = _dependencies(database, sources, probes)
    return OperationsServices(
        audit=AuditService(database, chain),
        audit_chain=chain,
        audit_intake=AuditIntakeService(database, keys=audit_keys),
        backlog=backlog,
        dead_letters=DeadLettersService(database),
        health=HealthService(HealthRepository(database, migrations), dependencies, sources, database.clock),
        logs=LogsService(database),
        sitemap=SitemapService(database),
        usage=UsageService(database),
        worker_tasks=worker_tasks,
    )


def _dependencies(database: Database, sources: Sources, probes: Probes) -> Dependencies:
    async def few_passwords() -> None:
        if sources.passwords_waiting() > _MANY_PASSWORDS:
            raise Degraded("Many passwords wait to be hashed.")

    found: dict[Dependency, Probe | None] = {
        Dependency.REDIS: probes.redis,
        Dependency.STORAGE: probes.storage,
        Dependency.OUTBOX: sources.backlog.require_timely,
        Dependency.WORKER: sources.worker_tasks.require_running,
        Dependency.PASSWORD_HASHING: few_passwords,
        Dependency.AUDIT_CHAIN: sources.audit_chain.require_intact,
    }
    monitors = {name: Monitor(name, probe, database.clock) for name, probe in found.items()}
    monitors[Dependency.MAIL] = Monitor(
        Dependency.MAIL,
        probes.mail,
        database.clock,
        valid_seconds=_MAIL_VALID_SECONDS,
        timeout_seconds=_MAIL_TIMEOUT_SECONDS,
    )
    return Dependencies(monitors)
