"""Statements on visits, and on the threads in which they are asked for."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from typing_extensions import TypedDict

from generated.states import AccountState, InquiryState, ProfileState, RecipientState, VisitState
from impl.identity.capabilities.users.tables import ACTIVE, User
from impl.kernel.database import take_turns
from impl.kernel.paging import EACH, LIMIT, Counted, Moment, bounded_count, keyset_page, total_of
from impl.kernel.pending_writes import insert_soon
from impl.kernel.reader import Reader
from impl.kernel.statements import Command, NewRows, Query
from impl.kernel.tables import UtcDateTime, core_table
from impl.marketplace.blocks.tables import blocked_between
from impl.marketplace.capabilities.categories.tables import Category
from impl.marketplace.capabilities.inquiries.tables import Inquiry, InquiryRecipient, ThreadSide
from impl.marketplace.capabilities.jobs.errors import taken_slots_refused
from impl.marketplace.capabilities.jobs.tables import BOOKINGS
from impl.marketplace.capabilities.visits.tables import BOOKED_ONCE, NewVisit, Visit, VisitChanges, VisitEndReason
from impl.marketplace.provider_profile.tables import VISIBLE, ProviderProfile, state_of_business

_TABLE: Final = core_table(Visit)
_OWNER: Final = aliased(User)
_PROVIDER: Final = aliased(User)


class NamesRow(TypedDict):
    """Public names of what a visit is about and of whose it is."""

    category_id: UUID
    category_slug: str
    category_name: str
    profile_id: UUID | None
    profile_slug: str | None
    business_name: str | None


class VisitRow(NamesRow):
    id: UUID
    inquiry_id: UUID
    recipient_id: UUID
    owner_id: UUID
    provider_id: UUID
    state: VisitState
    starts_at: datetime
    ends_at: datetime
    cancelled_by: ThreadSide | None
    end_reason: VisitEndReason | None
    created_at: datetime
    updated_at: datetime
    version: int
    inquiry_state: InquiryState
    inquiry_expires_at: datetime


class LockedVisitRow(VisitRow):
    """Visit that somebody takes a step of, and what stands between its sides."""

    is_owner_there: bool
    is_blocked: bool
    # Also while the business is not to be seen.
    profile_state: ProfileState | None


class _Id(TypedDict):
    id: UUID


class ThreadRow(NamesRow):
    """Recipient of an inquiry of the caller's, and how many visits there were."""

    id: UUID
    provider_id: UUID
    state: RecipientState
    is_owner_there: bool
    is_provider_there: bool
    is_blocked: bool
    visits: int


class VisitTime(TypedDict):
    """Columns of a visit that calendars show."""

    id: UUID
    category_name: str
    state: VisitState
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    updated_at: datetime
    version: int


class VisitMailRow(VisitTime):
    """Columns of a visit that mails tell of."""

    owner_id: UUID
    provider_id: UUID
    booked_at: datetime | None
    end_reason: VisitEndReason | None
    business_name: str | None


def _is_active(person: type[User]) -> ColumnElement[bool]:
    return and_(person.state == AccountState.ACTIVE, person.closed_at.is_(None))


_NAMES: Final = (
    Inquiry.category_id,
    Category.slug.label("category_slug"),
    Category.name.label("category_name"),
    ProviderProfile.id.label("profile_id"),
    ProviderProfile.slug.label("profile_slug"),
    ProviderProfile.business_name,
)
_ROWS: Final = (
    select(
        Visit.id,
        Visit.inquiry_id,
        Visit.recipient_id,
        Visit.owner_id,
        Visit.provider_id,
        Visit.state,
        Visit.starts_at,
        Visit.ends_at,
        Visit.cancelled_by,
        Visit.end_reason,
        Visit.created_at,
        Visit.updated_at,
        Visit.version,
        Inquiry.state.label("inquiry_state"),
        Inquiry.expires_at.label("inquiry_expires_at"),
        *_NAMES,
    )
    .join(Inquiry, Inquiry.id == Visit.inquiry_id)
    .join(Category, Category.id == Inquiry.category_id)
    .outerjoin(ProviderProfile, and_(ProviderProfile.user_id == Visit.provider_id, VISIBLE))
)
_THREAD: Final = Query(
    select(
        InquiryRecipient.id,
        InquiryRecipient.provider_id,
        InquiryRecipient.state,
        _is_active(_OWNER).label("is_owner_there"),
        _is_active(_PROVIDER).label("is_provider_there"),
        blocked_between(Inquiry.owner_id, InquiryRecipient.provider_id).label("is_blocked"),
        select(func.count()).where(Visit.recipient_id == InquiryRecipient.id).scalar_subquery().label("visits"),
        *_NAMES,
    )
    .select_from(InquiryRecipient)
    .join(Inquiry, Inquiry.id == InquiryRecipient.inquiry_id)
    .join(Category, Category.id == Inquiry.category_id)
    .join(_OWNER, _OWNER.id == Inquiry.owner_id)
    .join(_PROVIDER, _PROVIDER.id == InquiryRecipient.provider_id)
    .outerjoin(ProviderProfile, and_(ProviderProfile.user_id == InquiryRecipient.provider_id, VISIBLE))
    .where(
        Inquiry.owner_id == bindparam("owner_id"),
        InquiryRecipient.inquiry_id == bindparam("inquiry_id"),
        InquiryRecipient.id == bindparam("recipient_id"),
    )
    .with_for_update(read=True, of=(_OWNER, _PROVIDER)),
    ThreadRow,
)
_OWN: Final = and_(
    Visit.id == bindparam("id"),
    or_(Visit.owner_id == bindparam("party_id"), Visit.provider_id == bindparam("party_id")),
)
_FOUND: Final = Query(_ROWS.where(_OWN), VisitRow)
_LOCKED: Final = Query(
    _ROWS.add_columns(
        exists().where(User.id == Visit.owner_id, ACTIVE).label("is_owner_there"),
        blocked_between(Visit.owner_id, Visit.provider_id).label("is_blocked"),
        state_of_business(Visit.provider_id).label("profile_state"),
    )
    .where(_OWN)
    .with_for_update(of=Visit),
    LockedVisitRow,
)
_INQUIRY_OF: Final = Query(
    select(Inquiry.id).join(Visit, Visit.inquiry_id == Inquiry.id).where(_OWN).with_for_update(of=Inquiry), _Id
)
_INSERT: Final = Command(insert(_TABLE), NewVisit)
_UPDATE: Final = Command(
    update(_TABLE).where(_TABLE.c.id == bindparam("visit_id")).values(version=_TABLE.c.version + 1), VisitChanges
)
_SIDES: Final = {
    ThreadSide.HOMEOWNER: Visit.owner_id == bindparam("party_id"),
    ThreadSide.PROVIDER: Visit.provider_id == bindparam("party_id"),
}
_TIME: Final = (
    Visit.id,
    Category.name.label("category_name"),
    Visit.state,
    Visit.starts_at,
    Visit.ends_at,
    Visit.created_at,
    Visit.updated_at,
    Visit.version,
)
_MAILED: Final = Query(
    select(
        *_TIME,
        Visit.owner_id,
        Visit.provider_id,
        Visit.booked_at,
        Visit.end_reason,
        ProviderProfile.business_name,
    )
    .join(Inquiry, Inquiry.id == Visit.inquiry_id)
    .join(Category, Category.id == Inquiry.category_id)
    .outerjoin(ProviderProfile, and_(ProviderProfile.user_id == Visit.provider_id, VISIBLE))
    .where(Visit.id == bindparam("id")),
    VisitMailRow,
)
# What was booked is shown as cancelled where somebody has cancelled it since.
_AGREED: Final = Query(
    select(*_TIME)
    .join(Inquiry, Inquiry.id == Visit.inquiry_id)
    .join(Category, Category.id == Inquiry.category_id)
    .where(
        Visit.provider_id == bindparam("provider_id"),
        Visit.booked_at.is_not(None),
        Visit.starts_at > bindparam("since", type_=UtcDateTime()),
    )
    .order_by(Visit.starts_at, Visit.id)
    .limit(LIMIT),
    VisitTime,
)


def _of_side[S: Select[*tuple[Any, ...]]](statement: S, side: ThreadSide, *, by_inquiry: bool) -> S:
    of_inquiry = [Visit.inquiry_id == bindparam("inquiry_id")] if by_inquiry else []
    return statement.where(_SIDES[side], *of_inquiry)


@cache
def page_query(side: ThreadSide, *, by_inquiry: bool, continued: bool) -> Query[VisitRow]:
    key = {"last_created_at": Visit.created_at, "last_id": Visit.id}
    statement = _of_side(_ROWS, side, by_inquiry=by_inquiry)
    return Query(keyset_page(statement, key, descending=True, continued=continued), VisitRow)


@cache
def _count_query(side: ThreadSide, *, by_inquiry: bool) -> Query[Counted]:
    return Query(bounded_count(_of_side(select(EACH).select_from(Visit), side, by_inquiry=by_inquiry)), Counted)


class VisitRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def thread_in(
        self, tx: AsyncSession, owner_id: UUID, inquiry_id: UUID, recipient_id: UUID
    ) -> ThreadRow | None:
        """Return a thread of its owner's, whose sides nobody closes or suspends meanwhile."""
        return await _THREAD.fetch_first(tx, owner_id=owner_id, inquiry_id=inquiry_id, recipient_id=recipient_id)

    async def find(self, party_id: UUID, visit_id: UUID) -> VisitRow | None:
        return await self._reader.first(_FOUND, party_id=party_id, id=visit_id)

    async def find_for_mail(self, visit_id: UUID) -> VisitMailRow | None:
        """Return somebody's visit, for the worker."""
        return await self._reader.first(_MAILED, id=visit_id)

    async def lock_inquiry(self, tx: AsyncSession, party_id: UUID, visit_id: UUID) -> None:
        """Lock the inquiry of a visit of this party, so that nobody blocks the other side meanwhile."""
        await _INQUIRY_OF.fetch_first(tx, party_id=party_id, id=visit_id)

    async def lock(self, tx: AsyncSession, party_id: UUID, visit_id: UUID) -> LockedVisitRow | None:
        return await _LOCKED.fetch_first(tx, party_id=party_id, id=visit_id)

    async def insert(self, tx: AsyncSession, new: NewVisit) -> None:
        await insert_soon(tx, NewRows(_INSERT, [new]))

    async def update(self, tx: AsyncSession, visit_id: UUID, changes: VisitChanges) -> None:
        """Write these changes; raise SlotTaken where a job or another visit of the provider has the time."""
        with taken_slots_refused(BOOKED_ONCE):
            await _UPDATE.run(tx, changes, visit_id=visit_id)

    async def take_turns(self, tx: AsyncSession, provider_id: UUID) -> None:
        """Lock the time of this provider against other bookings, by jobs as well as by visits."""
        await take_turns(tx, BOOKINGS + provider_id.bytes)

    async def agreed(self, provider_id: UUID, since: datetime, *, most: int) -> Sequence[VisitTime]:
        """Return what was booked of a provider after an instant, cancelled or not, the earliest first."""
        return await self._reader.all(_AGREED, provider_id=provider_id, since=since, limit=most)

    async def page(
        self, party_id: UUID, side: ThreadSide, inquiry_id: UUID | None, *, after: Moment | None, limit: int
    ) -> Sequence[VisitRow]:
        binds: dict[str, object] = {} if inquiry_id is None else {"inquiry_id": inquiry_id}
        if after is not None:
            binds["last_created_at"], binds["last_id"] = after
        query = page_query(side, by_inquiry=inquiry_id is not None, continued=after is not None)
        return await self._reader.all(query, party_id=party_id, limit=limit, **binds)

    async def count(self, party_id: UUID, side: ThreadSide, inquiry_id: UUID | None) -> int:
        binds: dict[str, object] = {} if inquiry_id is None else {"inquiry_id": inquiry_id}
        query = _count_query(side, by_inquiry=inquiry_id is not None)
        return await total_of(self._reader, query, party_id=party_id, **binds)
