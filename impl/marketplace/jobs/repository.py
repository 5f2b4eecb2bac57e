"""Queries on jobs with the names that are shown, and the one question that leads to a home."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, and_, bindparam, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from generated.states import AccountState, JobState
from impl.identity.capabilities.users.tables import User
from impl.kernel.paging import EACH, LIMIT, Counted, Moment, bounded_count, keyset_page, total_of
from impl.kernel.reader import Reader
from impl.kernel.rows import NEVER_NULL
from impl.kernel.statements import Query
from impl.kernel.tables import UtcDateTime
from impl.marketplace.capabilities.categories.tables import Category
from impl.marketplace.capabilities.jobs.tables import LONGEST, AgreedTime, Job, JobColumns, JobSide
from impl.marketplace.capabilities.quotes.tables import Quote
from impl.marketplace.capabilities.visits.tables import Visit
from impl.marketplace.properties.tables import AddressColumns, Property
from impl.marketplace.provider_profile.tables import VISIBLE, ProviderProfile


class JobRow(JobColumns):
    """A job with the public names of its business, and the home by the name that its owner gave it."""

    property_label: str | None
    recipient_id: UUID
    category_slug: str
    category_name: str
    profile_id: UUID | None
    profile_slug: str | None
    business_name: str | None


class AddressRow(AddressColumns):
    latitude: float | None
    longitude: float | None
    coordinates_approximate: bool
    full_name: str
    phone: str | None


class BookedRow(TypedDict):
    """Time that a job or a visit takes of its provider."""

    provider_id: UUID
    starts_at: Annotated[datetime, NEVER_NULL]
    ends_at: Annotated[datetime, NEVER_NULL]


class _Id(TypedDict):
    id: UUID


_ROWS: Final = (
    select(
        Job.id,
        Job.quote_id,
        Job.inquiry_id,
        Quote.recipient_id,
        Job.owner_id,
        Job.provider_id,
        Job.property_id,
        Property.label.label("property_label"),
        Job.category_id,
        Category.slug.label("category_slug"),
        Category.name.label("category_name"),
        ProviderProfile.id.label("profile_id"),
        ProviderProfile.slug.label("profile_slug"),
        ProviderProfile.business_name,
        Job.title,
        Job.price_minor,
        Job.price_currency,
        Job.state,
        Job.starts_at,
        Job.ends_at,
        Job.proposed_by,
        Job.proposed_starts_at,
        Job.proposed_ends_at,
        Job.proposed_at,
        Job.started_at,
        Job.delivered_at,
        Job.change_request,
        Job.changes_requested_at,
        Job.completed_by,
        Job.cancelled_by,
        Job.cancel_reason,
        Job.cancel_note,
        Job.minutes_before_start,
        Job.disputed_by,
        Job.dispute_text,
        Job.disputed_at,
        Job.statement,
        Job.decided_at,
        Job.ended_at,
        Job.created_at,
        Job.updated_at,
        Job.version,
    )
    .join(Category, Category.id == Job.category_id)
    .join(Quote, Quote.id == Job.quote_id)
    .outerjoin(Property, Property.id == Job.property_id)
    .outerjoin(ProviderProfile, and_(ProviderProfile.user_id == Job.provider_id, VISIBLE))
)
_PARTY: Final = or_(Job.owner_id == bindparam("party_id"), Job.provider_id == bindparam("party_id"))
_IS: Final = Job.id == bindparam("id")
_STATE: Final = Job.state == bindparam("state")
_SIDES: Final = {
    JobSide.HOMEOWNER: Job.owner_id == bindparam("party_id"),
    JobSide.PROVIDER: Job.provider_id == bindparam("party_id"),
}
_OF_PARTY: Final = Query(_ROWS.where(_IS, _PARTY), JobRow)
_ANY: Final = Query(_ROWS.where(_IS), JobRow)
# With the names, so that a step needs no second reading: what it leaves is what it found and what it changed.
_LOCKED: Final = Query(_ROWS.where(_IS).with_for_update(of=Job), JobRow)
_ADDRESS: Final = Query(
    select(
        Property.line1,
        Property.line2,
        Property.city,
        Property.region,
        Property.postal_code,
        Property.country,
        Property.latitude,
        Property.longitude,
        Property.coordinates_approximate,
        User.full_name,
        User.phone,
    )
    .select_from(Job)
    .join(Property, Property.id == Job.property_id)
    .join(User, User.id == Job.owner_id)
    .where(
        Job.id == bindparam("id"),
        Job.provider_id == bindparam("provider_id"),
        # Nobody should go there for somebody whose account is closed or suspended.
        User.state == AccountState.ACTIVE,
        User.closed_at.is_(None),
    ),
    AddressRow,
)
# Literal, so that the planner knows the partial index to hold all of it.
_IS_DUE: Final = and_(
    Job.state == literal_column("'DELIVERED'"), Job.delivered_at <= bindparam("since", type_=UtcDateTime())
)
_NEXT: Final = Query(select(Job.id).where(_IS_DUE).limit(1), _Id)
DUE: Final = Query(
    _ROWS.where(_IS_DUE).order_by(Job.delivered_at).limit(LIMIT).with_for_update(of=Job, skip_locked=True), JobRow
)
_DISPUTES: Final = {
    False: Job.state == literal_column("'DISPUTED'"),
    True: Job.decided_at.is_not(None),
}


def _of_side[S: Select[*tuple[Any, ...]]](statement: S, side: JobSide, *, by_state: bool, by_inquiry: bool) -> S:
    of_inquiry = [Job.inquiry_id == bindparam("inquiry_id")] if by_inquiry else []
    return statement.where(_SIDES[side], *([_STATE] if by_state else []), *of_inquiry)


@cache
def page_query(side: JobSide, *, by_state: bool, by_inquiry: bool = False, continued: bool) -> Query[JobRow]:
    key = {"last_created_at": Job.created_at, "last_id": Job.id}
    statement = _of_side(_ROWS, side, by_state=by_state, by_inquiry=by_inquiry)
    # Somebody may have very many jobs, and few of a state: of a plan for whoever it is, any index seems as good.
    return Query(
        keyset_page(statement, key, descending=True, continued=continued), JobRow, replanned=by_state or by_inquiry
    )


@cache
def count_query(side: JobSide, *, by_state: bool, by_inquiry: bool) -> Query[Counted]:
    statement = _of_side(select(EACH).select_from(Job), side, by_state=by_state, by_inquiry=by_inquiry)
    return Query(bounded_count(statement), Counted)


@cache
def disputes_query(*, decided: bool, continued: bool) -> Query[JobRow]:
    key = {"last_disputed_at": Job.disputed_at, "last_id": Job.id}
    statement = _ROWS.where(_DISPUTES[decided])
    return Query(keyset_page(statement, key, descending=False, continued=continued), JobRow)


@cache
def _count_disputes(*, decided: bool) -> Query[Counted]:
    return Query(bounded_count(select(EACH).select_from(Job).where(_DISPUTES[decided])), Counted)


def _between(table: type[Job | Visit]) -> ColumnElement[bool]:
    return and_(
        table.provider_id.in_(bindparam("provider_ids", type_=Uuid(), expanding=True)),
        table.starts_at > bindparam("earliest", type_=UtcDateTime()),
        table.starts_at < bindparam("ends_at", type_=UtcDateTime()),
        table.ends_at > bindparam("starts_at", type_=UtcDateTime()),
    )


# Literal, so that the planner knows the partial indexes to hold all of it.
BOOKED: Final = Query(
    select(Job.provider_id, Job.starts_at, Job.ends_at)
    .where(literal_column("state IN ('SCHEDULED', 'IN_PROGRESS') AND starts_at IS NOT NULL"), _between(Job))
    .union_all(
        select(Visit.provider_id, Visit.starts_at, Visit.ends_at).where(
            literal_column("state = 'BOOKED'"), _between(Visit)
        )
    )
    .order_by("starts_at"),
    BookedRow,
)

AGREED: Final = Query(
    select(
        Job.id,
        Job.title,
        Job.state,
        Job.starts_at,
        Job.ends_at,
        Job.created_at,
        Job.updated_at,
        Job.version,
    )
    .where(
        Job.provider_id == bindparam("provider_id"),
        Job.starts_at > bindparam("earliest", type_=UtcDateTime()),
        Job.ends_at > bindparam("since", type_=UtcDateTime()),
    )
    .order_by(Job.starts_at, Job.id)
    .limit(LIMIT),
    AgreedTime,
)


class JobFilters(TypedDict):
    """Filters of the list of a party's jobs; None where all are listed."""

    side: JobSide
    state: JobState | None
    inquiry_id: UUID | None


def _binds(filters: JobFilters) -> dict[str, object]:
    found: dict[str, object] = {"state": filters["state"], "inquiry_id": filters["inquiry_id"]}
    return {name: value for name, value in found.items() if value is not None}


class JobRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def lock(self, tx: AsyncSession, job_id: UUID) -> JobRow | None:
        return await _LOCKED.fetch_first(tx, id=job_id)

    async def find_of_party(self, party_id: UUID, job_id: UUID) -> JobRow | None:
        return await self._reader.first(_OF_PARTY, party_id=party_id, id=job_id)

    async def find(self, job_id: UUID) -> JobRow | None:
        """Return somebody's job, for staff and the worker."""
        return await self._reader.first(_ANY, id=job_id)

    async def booked(self, provider_ids: Sequence[UUID], starts_at: datetime, ends_at: datetime) -> Sequence[BookedRow]:
        """Return what takes time of these providers between two instants, in order."""
        earliest = starts_at - LONGEST
        return await self._reader.all(
            BOOKED, provider_ids=provider_ids, earliest=earliest, starts_at=starts_at, ends_at=ends_at
        )

    async def agreed(self, provider_id: UUID, since: datetime, *, most: int) -> Sequence[AgreedTime]:
        """Return the jobs of a provider that have a time and end after an instant, the earliest first."""
        return await self._reader.all(
            AGREED, provider_id=provider_id, earliest=since - LONGEST, since=since, limit=most
        )

    async def page(self, party_id: UUID, filters: JobFilters, *, after: Moment | None, limit: int) -> Sequence[JobRow]:
        binds = _binds(filters)
        if after is not None:
            binds["last_created_at"], binds["last_id"] = after
        query = page_query(
            filters["side"], by_state="state" in binds, by_inquiry="inquiry_id" in binds, continued=after is not None
        )
        return await self._reader.all(query, party_id=party_id, limit=limit, **binds)

    async def count(self, party_id: UUID, filters: JobFilters) -> int:
        binds = _binds(filters)
        query = count_query(filters["side"], by_state="state" in binds, by_inquiry="inquiry_id" in binds)
        return await total_of(self._reader, query, party_id=party_id, **binds)

    async def disputes(self, *, decided: bool, after: Moment | None, limit: int) -> Sequence[JobRow]:
        binds: dict[str, object] = {}
        if after is not None:
            binds["last_disputed_at"], binds["last_id"] = after
        query = disputes_query(decided=decided, continued=after is not None)
        return await self._reader.all(query, limit=limit, **binds)

    async def count_disputes(self, *, decided: bool) -> int:
        return await total_of(self._reader, _count_disputes(decided=decided))

    async def has_due(self, since: datetime) -> bool:
        """Return without a lock whether one was delivered so long ago: most of the time none was."""
        return await self._reader.first(_NEXT, since=since) is not None

    async def lock_due(self, tx: AsyncSession, since: datetime, *, limit: int) -> Sequence[JobRow]:
        """Return those that were delivered so long ago, without those that somebody else has locked."""
        return await DUE.fetch_all(tx, since=since, limit=limit)

    async def find_address(self, tx: AsyncSession, provider_id: UUID, job_id: UUID) -> AddressRow | None:
        return await _ADDRESS.fetch_first(tx, provider_id=provider_id, id=job_id)
