"""Wait for the worker to take what is in the intake of audit events."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from impl.kernel.audit_intake import AuditIntake
from tests.harness.patience import PATIENCE
from tests.harness.queries import UntypedQuery

if TYPE_CHECKING:
    from impl.assembly import Services

_DUE = UntypedQuery(select(AuditIntake.id).where(AuditIntake.due_at <= bindparam("now")).limit(1))


async def take_due(services: Services) -> None:
    """Take all that is due, beside a worker that may be at it."""
    async with asyncio.timeout(PATIENCE):
        while await services.database.reader.first(_DUE, now=services.clock.now()) is not None:
            await services.operations.audit_intake.take()
