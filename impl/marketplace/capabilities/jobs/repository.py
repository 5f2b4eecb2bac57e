"""Statements that open jobs and change them."""

from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.database import take_turns
from impl.kernel.pending_writes import insert_soon
from impl.kernel.statements import Command, NewRows
from impl.kernel.tables import core_table
from impl.marketplace.capabilities.jobs.errors import taken_slots_refused
from impl.marketplace.capabilities.jobs.tables import BOOKED_ONCE, BOOKINGS, Job, JobChanges, NewJob

_TABLE: Final = core_table(Job)
_INSERT: Final = Command(insert(_TABLE), NewJob)
_UPDATE: Final = Command(
    update(_TABLE).where(_TABLE.c.id == bindparam("job_id")).values(version=_TABLE.c.version + 1), JobChanges
)


class JobRecordsRepository:
    async def insert(self, tx: AsyncSession, values: NewJob) -> None:
        await insert_soon(tx, NewRows(_INSERT, [values]))

    async def update(self, tx: AsyncSession, job_id: UUID, changes: JobChanges) -> None:
        """Write these changes; raise SlotTaken where another job or a visit of the provider has the time."""
        with taken_slots_refused(BOOKED_ONCE):
            await _UPDATE.run(tx, changes, job_id=job_id)

    async def take_turns(self, tx: AsyncSession, provider_id: UUID) -> None:
        """Lock the time of this provider against other bookings, which might wait for each other."""
        await take_turns(tx, BOOKINGS + provider_id.bytes)
