"""Queries and statements on licences and insurances: their owners', those of staff, and those that end."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Date, String, Uuid, and_, bindparam, insert, or_, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from generated.states import VerificationState
from impl.kernel.database import take_turns
from impl.kernel.paging import EACH, LIMIT, Counted, ListFilters, Moment, bounded_count, keyset_page, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Change, Command, Query
from impl.kernel.tables import core_table
from impl.marketplace.capabilities.ratings.tables import Rating
from impl.marketplace.places.tables import TOWN, Place
from impl.marketplace.provider_profile.tables import ProviderProfile
from impl.marketplace.verifications.tables import (
    IS_VERIFIED,
    CardColumns,
    NewVerification,
    Reminded,
    Verification,
    VerificationChanges,
    VerificationKind,
    has_licence,
    remove,
)

_TABLE: Final = core_table(Verification)


class VerificationRow(TypedDict):
    id: UUID
    owner_id: UUID
    kind: str
    title: str
    number: str
    authority: str
    country: str
    admin_area: str | None
    expires_date: date | None
    document_type: str
    document_bytes: int
    state: str
    decided_by: UUID | None
    decided_at: datetime | None
    rejection_reason: str | None
    note: str | None
    created_at: datetime
    updated_at: datetime
    version: int


class CardRow(CardColumns):
    id: UUID


class StaffRow(VerificationRow):
    """A verification, with the name of its owner's business."""

    business_name: str | None


class EndingRow(TypedDict):
    """A verified one that has ended, or whose owner is to be told that it will."""

    id: UUID
    owner_id: UUID
    expires_date: date | None


class _Id(TypedDict):
    id: UUID


_COLUMNS: Final = (
    Verification.id,
    Verification.owner_id,
    # Enums come as text: the wire has enums of its own.
    type_coerce(Verification.kind, String).label("kind"),
    Verification.title,
    Verification.number,
    Verification.authority,
    Verification.country,
    Verification.admin_area,
    Verification.expires_date,
    type_coerce(Verification.document_type, String).label("document_type"),
    Verification.document_bytes,
    type_coerce(Verification.state, String).label("state"),
    Verification.decided_by,
    Verification.decided_at,
    type_coerce(Verification.rejection_reason, String).label("rejection_reason"),
    Verification.note,
    Verification.created_at,
    Verification.updated_at,
    Verification.version,
)
_OWN: Final = Verification.owner_id == bindparam("owner_id")
_ID: Final = Verification.id == bindparam("id")
_STAFF: Final = select(*_COLUMNS, ProviderProfile.business_name).outerjoin(
    ProviderProfile, ProviderProfile.user_id == Verification.owner_id
)
_OWN_ONE: Final = Query(select(*_COLUMNS).where(_OWN, _ID), VerificationRow)
_OWN_LOCKED: Final = Query(select(*_COLUMNS).where(_OWN, _ID).with_for_update(), VerificationRow)
_OWN_COUNT: Final = Query(bounded_count(select(EACH).select_from(Verification).where(_OWN)), Counted)
_ONE: Final = Query(_STAFF.where(_ID), StaffRow)
_LOCKED: Final = Query(select(*_COLUMNS).where(_ID).with_for_update(), VerificationRow)
_INSERT: Final = Command(insert(_TABLE), NewVerification)
_UPDATE: Final = Change(
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("verification_id"))
    .values(version=_TABLE.c.version + 1)
    .returning(*_COLUMNS),
    VerificationChanges,
    VerificationRow,
)
_REMIND: Final = Command(update(_TABLE).where(_TABLE.c.id == bindparam("verification_id")), Reminded)

_IS_DUE: Final = and_(
    IS_VERIFIED,
    or_(
        Verification.expires_date < bindparam("today", type_=Date),
        and_(Verification.expires_date <= bindparam("soon", type_=Date), Verification.reminded_at.is_(None)),
    ),
)
_EXISTING: Final = Query(
    select(Verification.id).where(Verification.id.in_(bindparam("ids", type_=Uuid(), expanding=True))), _Id
)
_NEXT: Final = Query(select(Verification.id).where(_IS_DUE).limit(1), _Id)
_DUE: Final = Query(
    select(Verification.id, Verification.owner_id, Verification.expires_date)
    .where(_IS_DUE)
    .order_by(Verification.expires_date)
    .limit(LIMIT)
    .with_for_update(skip_locked=True),
    EndingRow,
)

_NARROWED: Final[dict[str, ColumnElement[bool]]] = {
    "state": Verification.state == bindparam("state"),
    "kind": Verification.kind == bindparam("kind"),
    "owner_id": _OWN,
}


@dataclass(frozen=True, slots=True)
class Filters(ListFilters):
    """Filters of the list for staff; None does not narrow it."""

    state: VerificationState
    kind: VerificationKind | None = None
    owner_id: UUID | None = None


@cache
def own_page_query(*, continued: bool) -> Query[VerificationRow]:
    key = {"last_created_at": Verification.created_at, "last_id": Verification.id}
    statement = select(*_COLUMNS).where(_OWN)
    return Query(keyset_page(statement, key, descending=True, continued=continued), VerificationRow)


@cache
def page_query(names: frozenset[str], *, descending: bool, continued: bool) -> Query[StaffRow]:
    key = {"last_created_at": Verification.created_at, "last_id": Verification.id}
    statement = _STAFF.where(*(_NARROWED[name] for name in sorted(names)))
    return Query(keyset_page(statement, key, descending=descending, continued=continued), StaffRow)


@cache
def _count_query(names: frozenset[str]) -> Query[Counted]:
    narrowed = (_NARROWED[name] for name in sorted(names))
    return Query(bounded_count(select(EACH).select_from(Verification).where(*narrowed)), Counted)


_CARDS: Final = Query(
    select(
        ProviderProfile.id,
        *TOWN,
        Rating.review_count,
        has_licence(ProviderProfile.user_id).label("is_verified"),
    )
    .outerjoin(Place, Place.id == ProviderProfile.base_place_id)
    .outerjoin(Rating, Rating.provider_id == ProviderProfile.user_id)
    .where(ProviderProfile.id.in_(bindparam("ids", type_=Uuid(), expanding=True))),
    CardRow,
)


class VerificationRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def take_turns(self, tx: AsyncSession, owner_id: UUID) -> None:
        """Lock the verifications of this person against additions until the transaction ends."""
        await take_turns(tx, b"verifications" + owner_id.bytes)

    async def cards(self, profile_ids: Collection[UUID], today: date) -> Sequence[CardRow]:
        return await self._reader.all(_CARDS, ids=sorted(profile_ids), today=today)

    async def number(self, tx: AsyncSession, owner_id: UUID) -> int:
        return (await _OWN_COUNT.fetch_one(tx, owner_id=owner_id))["total"]

    async def find_own(self, owner_id: UUID, verification_id: UUID) -> VerificationRow | None:
        return await self._reader.first(_OWN_ONE, owner_id=owner_id, id=verification_id)

    async def own_in(self, tx: AsyncSession, owner_id: UUID, verification_id: UUID) -> VerificationRow | None:
        return await _OWN_ONE.fetch_first(tx, owner_id=owner_id, id=verification_id)

    async def lock_own(self, tx: AsyncSession, owner_id: UUID, verification_id: UUID) -> VerificationRow | None:
        return await _OWN_LOCKED.fetch_first(tx, owner_id=owner_id, id=verification_id)

    async def own_page(self, owner_id: UUID, *, after: Moment | None, limit: int) -> Sequence[VerificationRow]:
        binds: dict[str, object] = {} if after is None else {"last_created_at": after[0], "last_id": after[1]}
        query = own_page_query(continued=after is not None)
        return await self._reader.all(query, owner_id=owner_id, limit=limit, **binds)

    async def own_count(self, owner_id: UUID) -> int:
        return await total_of(self._reader, _OWN_COUNT, owner_id=owner_id)

    async def find(self, verification_id: UUID) -> StaffRow | None:
        return await self._reader.first(_ONE, id=verification_id)

    async def find_in(self, tx: AsyncSession, verification_id: UUID) -> StaffRow | None:
        return await _ONE.fetch_first(tx, id=verification_id)

    async def existing(self, verification_ids: Collection[UUID]) -> Collection[UUID]:
        """Return those of the ids that verifications have."""
        return [row["id"] for row in await self._reader.all(_EXISTING, ids=list(verification_ids))]

    async def page(self, filters: Filters, *, descending: bool, after: Moment | None, limit: int) -> Sequence[StaffRow]:
        binds = filters.binds()
        query = page_query(frozenset(binds), descending=descending, continued=after is not None)
        if after is not None:
            binds["last_created_at"], binds["last_id"] = after
        return await self._reader.all(query, limit=limit, **binds)

    async def count(self, filters: Filters) -> int:
        binds = filters.binds()
        return await total_of(self._reader, _count_query(frozenset(binds)), **binds)

    async def lock(self, tx: AsyncSession, verification_id: UUID) -> VerificationRow | None:
        return await _LOCKED.fetch_first(tx, id=verification_id)

    async def insert(self, tx: AsyncSession, values: NewVerification) -> None:
        await _INSERT.run(tx, values)

    async def update(self, tx: AsyncSession, verification_id: UUID, changes: VerificationChanges) -> VerificationRow:
        return await _UPDATE.fetch_one(tx, changes, verification_id=verification_id)

    async def delete(self, tx: AsyncSession, verification_id: UUID) -> None:
        """Delete the row, and have the worker delete its document."""
        await remove(tx, _TABLE.c.id == verification_id)

    async def has_due(self, today: date, soon: date) -> bool:
        """Return without a lock whether one has ended or is to be reminded of: most of the time none is."""
        return await self._reader.first(_NEXT, today=today, soon=soon) is not None

    async def lock_due(self, tx: AsyncSession, today: date, soon: date, *, limit: int) -> Sequence[EndingRow]:
        """Return those that have ended or end soon, without those that another worker has taken."""
        return await _DUE.fetch_all(tx, today=today, soon=soon, limit=limit)

    async def set_reminded(self, tx: AsyncSession, verification_id: UUID, now: datetime) -> None:
        await _REMIND.run(tx, {"reminded_at": now}, verification_id=verification_id)
