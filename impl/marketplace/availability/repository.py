"""Queries and statements on working hours, and on what a business and its service say about them."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Uuid, and_, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.database import take_turns
from impl.kernel.reader import Reader
from impl.kernel.statements import Command, Query
from impl.kernel.tables import core_table
from impl.marketplace.availability.tables import (
    Availability,
    NewAvailability,
    SaidTime,
    WorkingTime,
    WorkingTimeChange,
)
from impl.marketplace.capabilities.listings.tables import Listing
from impl.marketplace.provider_profile.tables import VISIBLE, ProviderProfile

_TABLE: Final = core_table(Availability)


class AvailabilityRow(WorkingTime):
    id: UUID
    created_at: datetime
    updated_at: datetime
    version: int


class OfferedTimeRow(SaidTime):
    """Working time of a business, None where it has said none, and the service that is wanted, if it is there."""

    user_id: UUID
    service_id: UUID | None
    duration_minutes: int | None


_OWN: Final = select(
    Availability.id,
    Availability.time_zone,
    Availability.weekly,
    Availability.exceptions,
    Availability.notice_minutes,
    Availability.step_minutes,
    Availability.created_at,
    Availability.updated_at,
    Availability.version,
).where(Availability.owner_id == bindparam("owner_id"))
_FOUND: Final = Query(_OWN, AvailabilityRow)
_LOCKED: Final = Query(_OWN.with_for_update(), AvailabilityRow)
_INSERT: Final = Command(insert(_TABLE), NewAvailability)
_UPDATE: Final = Command(
    update(_TABLE).where(_TABLE.c.owner_id == bindparam("whose")).values(version=_TABLE.c.version + 1),
    WorkingTimeChange,
)
_OFFERED: Final = Query(
    select(
        ProviderProfile.user_id,
        Listing.service_id,
        Listing.duration_minutes,
        Availability.time_zone,
        Availability.weekly,
        Availability.exceptions,
        Availability.notice_minutes,
        Availability.step_minutes,
    )
    .outerjoin(
        Listing,
        and_(
            Listing.service_id == bindparam("service_id", type_=Uuid()),
            Listing.profile_id == ProviderProfile.id,
            Listing.live,
        ),
    )
    .outerjoin(Availability, Availability.owner_id == ProviderProfile.user_id)
    .where(VISIBLE, ProviderProfile.id == bindparam("profile_id")),
    OfferedTimeRow,
)


class AvailabilityRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find(self, owner_id: UUID) -> AvailabilityRow | None:
        return await self._reader.first(_FOUND, owner_id=owner_id)

    async def lock(self, tx: AsyncSession, owner_id: UUID) -> AvailabilityRow | None:
        """Return the provider's availability, locked, also against a concurrent first one."""
        await take_turns(tx, b"availability" + owner_id.bytes)
        return await _LOCKED.fetch_first(tx, owner_id=owner_id)

    async def insert(self, tx: AsyncSession, new: NewAvailability) -> None:
        await _INSERT.run(tx, new)

    async def update(self, tx: AsyncSession, owner_id: UUID, change: WorkingTimeChange) -> None:
        await _UPDATE.run(tx, change, whose=owner_id)

    async def get(self, tx: AsyncSession, owner_id: UUID) -> AvailabilityRow:
        return await _FOUND.fetch_one(tx, owner_id=owner_id)

    async def offered(self, profile_id: UUID, service_id: UUID | None) -> OfferedTimeRow | None:
        """Return the working time of a business that everybody sees, and the service where it is one of its own."""
        return await self._reader.first(_OFFERED, profile_id=profile_id, service_id=service_id)
