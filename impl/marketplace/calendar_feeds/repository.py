"""Queries and statements on the addresses of calendars."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, delete, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from generated.states import AccountState
from impl.identity.capabilities.access_control.tables import UserRole
from impl.identity.capabilities.users.tables import User
from impl.kernel.database import take_turns
from impl.kernel.reader import Reader
from impl.kernel.statements import Command, Query
from impl.kernel.tables import core_table
from impl.marketplace.calendar_feeds.tables import CalendarFeed, CalendarFeedRenewal, NewCalendarFeed

_TABLE: Final = core_table(CalendarFeed)
_PROVIDER: Final = "SERVICE_PROVIDER"


class CalendarFeedRow(TypedDict):
    """Calendar feed without its secret address, which is stored as a hash."""

    created_at: datetime
    updated_at: datetime
    version: int


class _Owner(TypedDict):
    owner_id: UUID


# As a session does, an address ends with a new password: whoever had the old one may have made it.
_HOLDS: Final = or_(User.password_changed_at.is_(None), CalendarFeed.updated_at >= User.password_changed_at)
_OWN: Final = Query(
    select(CalendarFeed.created_at, CalendarFeed.updated_at, CalendarFeed.version)
    .join(User, User.id == CalendarFeed.owner_id)
    .where(CalendarFeed.owner_id == bindparam("owner_id"), _HOLDS),
    CalendarFeedRow,
)
_ANY_OWN: Final = Query(
    select(CalendarFeed.created_at, CalendarFeed.updated_at, CalendarFeed.version).where(
        CalendarFeed.owner_id == bindparam("owner_id")
    ),
    CalendarFeedRow,
)
# Asked at each reading: who is suspended, has closed the account or is no provider any more has no calendar here.
_BY_SECRET: Final = Query(
    select(CalendarFeed.owner_id)
    .join(User, User.id == CalendarFeed.owner_id)
    .where(
        CalendarFeed.secret_hash == bindparam("secret_hash"),
        User.state == AccountState.ACTIVE,
        User.closed_at.is_(None),
        _HOLDS,
        exists().where(UserRole.user_id == User.id, UserRole.role_name == _PROVIDER),
    ),
    _Owner,
)
_INSERT: Final = Command(insert(_TABLE), NewCalendarFeed)
_RENEW: Final = Command(
    update(_TABLE).where(_TABLE.c.owner_id == bindparam("whose")).values(version=_TABLE.c.version + 1),
    CalendarFeedRenewal,
)
_DELETE: Final = delete(_TABLE).where(_TABLE.c.owner_id == bindparam("owner_id"))


class CalendarFeedRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find(self, owner_id: UUID) -> CalendarFeedRow | None:
        return await self._reader.first(_OWN, owner_id=owner_id)

    async def find_owner(self, secret_hash: bytes) -> UUID | None:
        """Return whose calendar the secret opens, while they may use it."""
        row = await self._reader.first(_BY_SECRET, secret_hash=secret_hash)
        return None if row is None else row["owner_id"]

    async def take_turns(self, tx: AsyncSession, owner_id: UUID) -> None:
        """Lock the address of this provider against other changes until the transaction ends."""
        await take_turns(tx, b"calendar feed" + owner_id.bytes)

    async def find_any(self, tx: AsyncSession, owner_id: UUID) -> CalendarFeedRow | None:
        """Return the provider's address, also one that a new password has ended."""
        return await _ANY_OWN.fetch_first(tx, owner_id=owner_id)

    async def find_in(self, tx: AsyncSession, owner_id: UUID) -> CalendarFeedRow | None:
        return await _OWN.fetch_first(tx, owner_id=owner_id)

    async def insert(self, tx: AsyncSession, new: NewCalendarFeed) -> None:
        await _INSERT.run(tx, new)

    async def renew(self, tx: AsyncSession, owner_id: UUID, renewal: CalendarFeedRenewal) -> None:
        await _RENEW.run(tx, renewal, whose=owner_id)

    async def delete(self, tx: AsyncSession, owner_id: UUID) -> None:
        await tx.execute(_DELETE, {"owner_id": owner_id})
