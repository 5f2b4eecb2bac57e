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
from impl.operations.capabilities.sitemap.service import SitemapService
from impl.operations.health.repository import HealthRepository
from impl.operations.health.service import HealthService

if TYPE_CHECKING:
    from impl.kernel.database import Database

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


def wire_operations(*, database: Database, audit_keys: Sequence[bytes], migrations: Path) -> OperationsServices:
    """Build operations; `migrations` is the folder whose newest revision readiness expects in the database."""
    chain = AuditChainService(database, keys=audit_keys)
    return OperationsServices(
        audit=AuditService(database, chain),
        audit_chain=chain,
        audit_intake=AuditIntakeService(database, keys=audit_keys),
        backlog=BacklogService(database),
        dead_letters=DeadLettersService(database),
        health=HealthService(HealthRepository(database, migrations)),
        sitemap=SitemapService(database),
    )
