"""Statements that lock and change visits which end with something else."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from generated.states import VisitState
from impl.kernel.pending_writes import change_soon
from impl.kernel.statements import Command, Query
from impl.kernel.tables import core_table
from impl.marketplace.capabilities.visits.tables import Visit, VisitChanges

_TABLE: Final = core_table(Visit)


class LockedVisit(TypedDict):
    """Visit that waits for its answer or its time."""

    id: UUID
    recipient_id: UUID
    owner_id: UUID
    provider_id: UUID
    state: VisitState
    starts_at: datetime


def _locked(*conditions: ColumnElement[bool]) -> Query[LockedVisit]:
    """Build the query of those that are not over, in one order, so that two transactions never wait for each other."""
    return Query(
        select(Visit.id, Visit.recipient_id, Visit.owner_id, Visit.provider_id, Visit.state, Visit.starts_at)
        .where(*conditions, Visit.state.in_((VisitState.REQUESTED, VisitState.BOOKED)))
        .order_by(Visit.id)
        .with_for_update(),
        LockedVisit,
    )


_OF_INQUIRY: Final = _locked(Visit.inquiry_id == bindparam("inquiry_id"))
_OF_RECIPIENT: Final = _locked(Visit.recipient_id == bindparam("recipient_id"))
_OF_PERSON: Final = _locked(or_(Visit.owner_id == bindparam("person_id"), Visit.provider_id == bindparam("person_id")))
_UPDATE: Final = Command(
    update(_TABLE).where(_TABLE.c.id == bindparam("visit_id")).values(version=_TABLE.c.version + 1), VisitChanges
)


class VisitRecordsRepository:
    async def lock_of_inquiry(self, tx: AsyncSession, inquiry_id: UUID) -> Sequence[LockedVisit]:
        return await _OF_INQUIRY.fetch_all(tx, inquiry_id=inquiry_id)

    async def lock_of_recipient(self, tx: AsyncSession, recipient_id: UUID) -> Sequence[LockedVisit]:
        return await _OF_RECIPIENT.fetch_all(tx, recipient_id=recipient_id)

    async def lock_of_person(self, tx: AsyncSession, person_id: UUID) -> Sequence[LockedVisit]:
        return await _OF_PERSON.fetch_all(tx, person_id=person_id)

    async def update(self, tx: AsyncSession, visit_id: UUID, changes: VisitChanges) -> None:
        await change_soon(tx, _UPDATE, changes, visit_id=visit_id)
