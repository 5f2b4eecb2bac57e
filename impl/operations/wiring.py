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
from impl.operations.health.repository import HealthRepository
from impl.operations.health.service import HealthService

if TYPE_CHECKING:
    from impl.kernel.database import Database

# Later than that, somebody waits for a mail whose link they need.
LATE_SECONDS: Final = 300.0
PERSONAL_DATA_POLICIES: Final = audit_chain_tables.PERSONAL_DATA_POLICIES


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsServices:
    """Services of operations: one for each feature, and those that the worker and the commands use."""

    audit: AuditService
    audit_chain: AuditChainService
    audit_intake: AuditIntakeService
    backlog: BacklogService
    dead_letters: DeadLettersService
    health: HealthService
    sitemap: SitemapService


@dataclass(frozen=True, slots=True, kw_only=True)
class Probes:
    """Probes of the gateways; None where a deployment does without."""

    redis: Probe | None
    storage: Probe


def wire_operations(
    *, database: Database, audit_keys: Sequence[bytes], migrations: Path, probes: Probes
) -> OperationsServices:
    """Build operations; `migrations` is the folder whose newest revision readiness expects in the database."""
    chain = AuditChainService(database, keys=audit_keys)
    backlog = BacklogService(database)
    dependencies = _dependencies(database, backlog, probes)
    return OperationsServices(
        audit=AuditService(database, chain),
        audit_chain=chain,
        audit_intake=AuditIntakeService(database, keys=audit_keys),
        backlog=backlog,
        dead_letters=DeadLettersService(database),
        health=HealthService(HealthRepository(database, migrations), dependencies),
        sitemap=SitemapService(database),
    )


def _dependencies(database: Database, backlog: BacklogService, probes: Probes) -> Dependencies:
    async def outbox() -> None:
        found = await backlog.look()
        if found.delay_seconds > LATE_SECONDS:
            raise Degraded("Mails and other messages have been waiting for more than five minutes.")

    found: dict[Dependency, Probe | None] = {
        Dependency.REDIS: probes.redis,
        Dependency.STORAGE: probes.storage,
        Dependency.OUTBOX: outbox,
    }
    return Dependencies({name: Monitor(name, probe, database.clock) for name, probe in found.items()})
