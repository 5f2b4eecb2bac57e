"""Queries on reports, and on what can be reported."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, String, and_, bindparam, case, func, literal, or_, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from typing_extensions import TypedDict

from generated.states import PhotoState, ReportState, ReviewState
from impl.kernel.database import take_turns
from impl.kernel.paging import COUNTED, EACH, Counted, ListFilters, Moment, bounded_count, keyset_page, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Change, Query
from impl.kernel.tables import core_table
from impl.kernel.upserts import Upsert
from impl.marketplace.capabilities.inquiries.tables import Inquiry, InquiryRecipient
from impl.marketplace.capabilities.jobs.tables import JobSide
from impl.marketplace.capabilities.listings.tables import Listing
from impl.marketplace.capabilities.reviews.tables import Review
from impl.marketplace.messages.tables import InquiryMessage
from impl.marketplace.photos.tables import Photo, PhotoSubjectKind
from impl.marketplace.provider_profile.tables import VISIBLE, ProviderProfile
from impl.marketplace.reports.tables import WAITING, NewReport, Report, ReportChanges, ReportReason, ReportSubjectKind

_TABLE: Final = core_table(Report)


class SubjectRow(TypedDict):
    """Something that can be reported."""

    title: str
    owner_id: UUID


class ReportRow(TypedDict):
    id: UUID
    reporter_id: UUID
    subject_kind: str
    subject_id: UUID
    subject_title: str
    owner_id: UUID
    reason: str
    text: str | None
    state: str
    action: str | None
    handled_by: UUID | None
    statement: str | None
    decided_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class StaffRow(ReportRow):
    """A report, with the number of the others of the same thing."""

    other_reports: int


class _Person(TypedDict):
    person_id: UUID


_COLUMNS: Final = (
    Report.id,
    Report.reporter_id,
    # Enums come as text: the wire has enums of its own.
    type_coerce(Report.subject_kind, String).label("subject_kind"),
    Report.subject_id,
    Report.subject_title,
    Report.owner_id,
    type_coerce(Report.reason, String).label("reason"),
    Report.text,
    type_coerce(Report.state, String).label("state"),
    type_coerce(Report.action, String).label("action"),
    Report.handled_by,
    Report.statement,
    Report.decided_at,
    Report.created_at,
    Report.updated_at,
    Report.version,
)
_OTHER: Final = aliased(Report)
_OTHERS: Final = (
    select(func.count())
    .select_from(
        select(EACH)
        .select_from(_OTHER)
        .where(_OTHER.subject_id == Report.subject_id, _OTHER.id != Report.id)
        .limit(COUNTED)
        .correlate(Report)
        .subquery()
    )
    .scalar_subquery()
    .label("other_reports")
)
_OWN: Final = Report.reporter_id == bindparam("reporter_id")
# Whoever is reported does not learn by whom, and staff are no exception.
_OF_OTHERS: Final = Report.owner_id != bindparam("reader_id")

_SERVICE: Final = Query(
    select(Listing.title, ProviderProfile.user_id.label("owner_id"))
    .join(ProviderProfile, ProviderProfile.id == Listing.profile_id)
    .where(VISIBLE, Listing.live, Listing.service_id == bindparam("id")),
    SubjectRow,
)
_PROVIDER: Final = Query(
    select(ProviderProfile.business_name.label("title"), ProviderProfile.user_id.label("owner_id")).where(
        VISIBLE, ProviderProfile.id == bindparam("id")
    ),
    SubjectRow,
)
# Of a message the two sides of its thread know alone, and its title has no word of it.
_MESSAGE: Final = Query(
    select(literal("A message").label("title"), InquiryMessage.sender_id.label("owner_id"))
    .join(InquiryRecipient, InquiryRecipient.id == InquiryMessage.recipient_id)
    .join(Inquiry, Inquiry.id == InquiryRecipient.inquiry_id)
    .where(
        InquiryMessage.id == bindparam("id"),
        InquiryMessage.text.is_not(None),
        InquiryMessage.hidden_at.is_(None),
        or_(Inquiry.owner_id == bindparam("reader_id"), InquiryRecipient.provider_id == bindparam("reader_id")),
    ),
    SubjectRow,
)
# Of a homeowner everybody reads it, of a provider whom it is about alone; its title has no word of it.
_REVIEW: Final = Query(
    select(literal("A review").label("title"), Review.author_id.label("owner_id"))
    .outerjoin(ProviderProfile, and_(ProviderProfile.user_id == Review.subject_id, VISIBLE))
    .where(
        Review.id == bindparam("id"),
        Review.state == ReviewState.PUBLISHED,
        or_(
            and_(Review.by == JobSide.HOMEOWNER, ProviderProfile.id.is_not(None)),
            Review.subject_id == bindparam("reader_id"),
            Review.author_id == bindparam("reader_id"),
        ),
    ),
    SubjectRow,
)
_PHOTO: Final = Query(
    select(func.coalesce(Listing.title, ProviderProfile.business_name).label("title"), Photo.owner_id)
    .outerjoin(
        Listing,
        and_(Photo.subject_kind == PhotoSubjectKind.SERVICE, Listing.service_id == Photo.subject_id, Listing.live),
    )
    .outerjoin(
        Review,
        and_(
            Photo.subject_kind == PhotoSubjectKind.REVIEW,
            Review.id == Photo.subject_id,
            Review.state == ReviewState.PUBLISHED,
        ),
    )
    .join(
        ProviderProfile,
        or_(
            ProviderProfile.id
            == case((Photo.subject_kind == PhotoSubjectKind.PROFILE, Photo.subject_id), else_=Listing.profile_id),
            ProviderProfile.user_id == Review.subject_id,
        ),
    )
    .where(VISIBLE, Photo.state == PhotoState.READY, Photo.id == bindparam("id")),
    SubjectRow,
)
_SUBJECTS: Final = {
    ReportSubjectKind.SERVICE: _SERVICE,
    ReportSubjectKind.PROVIDER: _PROVIDER,
    ReportSubjectKind.PHOTO: _PHOTO,
}

# Of a review, or of a photo of one.
_REVIEWED: Final = Query(
    select(Review.subject_id.label("person_id")).where(
        or_(
            Review.id == bindparam("id"),
            Review.id
            == select(Photo.subject_id)
            .where(Photo.id == bindparam("id"), Photo.subject_kind == PhotoSubjectKind.REVIEW)
            .scalar_subquery(),
        )
    ),
    _Person,
)

_OWN_ONE: Final = Query(select(*_COLUMNS).where(_OWN, Report.id == bindparam("id")), ReportRow)
_WAITING: Final = Query(
    select(*_COLUMNS).where(_OWN, Report.subject_id == bindparam("subject_id"), Report.state.in_(WAITING)), ReportRow
)
_ONE: Final = Query(select(*_COLUMNS, _OTHERS).where(Report.id == bindparam("id")), StaffRow)
_LOCKED: Final = Query(select(*_COLUMNS).where(Report.id == bindparam("id")).with_for_update(), ReportRow)
_INSERT: Final = Upsert(
    _TABLE, lambda into: Change(into.on_conflict_do_nothing().returning(*_COLUMNS), NewReport, ReportRow)
)
_UPDATE: Final = Change(
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("report_id"))
    .values(version=_TABLE.c.version + 1)
    .returning(*_COLUMNS),
    ReportChanges,
    ReportRow,
)

_NARROWED: Final[dict[str, ColumnElement[bool]]] = {
    "state": Report.state == bindparam("state"),
    "reason": Report.reason == bindparam("reason"),
    "subject_kind": Report.subject_kind == bindparam("subject_kind"),
    "subject_id": Report.subject_id == bindparam("subject_id"),
}


@dataclass(frozen=True, slots=True)
class Filters(ListFilters):
    """Filters of the list of all reports; None does not narrow it."""

    state: ReportState | None = None
    reason: ReportReason | None = None
    subject_kind: ReportSubjectKind | None = None
    subject_id: UUID | None = None


@cache
def _own_page(*, continued: bool) -> Query[ReportRow]:
    key = {"last_created_at": Report.created_at, "last_id": Report.id}
    statement = select(*_COLUMNS).where(_OWN)
    return Query(keyset_page(statement, key, descending=True, continued=continued), ReportRow)


@cache
def page_query(names: frozenset[str], *, descending: bool, continued: bool) -> Query[StaffRow]:
    """Build the query of a page of others' reports, narrowed by the filters of these names."""
    key = {"last_created_at": Report.created_at, "last_id": Report.id}
    statement = select(*_COLUMNS, _OTHERS).where(_OF_OTHERS, *(_NARROWED[name] for name in sorted(names)))
    return Query(keyset_page(statement, key, descending=descending, continued=continued), StaffRow)


_OWN_COUNT: Final = Query(bounded_count(select(EACH).select_from(Report).where(_OWN)), Counted)
_WAITING_COUNT: Final = Query(
    bounded_count(select(EACH).select_from(Report).where(_OWN, Report.state.in_(WAITING))), Counted
)


@cache
def _count(names: frozenset[str]) -> Query[Counted]:
    narrowed = (_NARROWED[name] for name in sorted(names))
    return Query(bounded_count(select(EACH).select_from(Report).where(_OF_OTHERS, *narrowed)), Counted)


class ReportRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find_subject(
        self, tx: AsyncSession, kind: ReportSubjectKind, subject_id: UUID, reader_id: UUID
    ) -> SubjectRow | None:
        """Return what this person can report under this id: only what they see."""
        if kind is ReportSubjectKind.MESSAGE:
            return await _MESSAGE.fetch_first(tx, id=subject_id, reader_id=reader_id)
        if kind is ReportSubjectKind.REVIEW:
            return await _REVIEW.fetch_first(tx, id=subject_id, reader_id=reader_id)
        return await _SUBJECTS[kind].fetch_first(tx, id=subject_id)

    async def find_waiting(self, tx: AsyncSession, reporter_id: UUID, subject_id: UUID) -> ReportRow | None:
        """Return the person's report of this thing that is not decided yet."""
        return await _WAITING.fetch_first(tx, reporter_id=reporter_id, subject_id=subject_id)

    async def take_turns(self, tx: AsyncSession, reporter_id: UUID) -> None:
        """Lock the reports of this person against additions until the transaction ends."""
        await take_turns(tx, b"reports" + reporter_id.bytes)

    async def number_waiting(self, tx: AsyncSession, reporter_id: UUID) -> int:
        return (await _WAITING_COUNT.fetch_one(tx, reporter_id=reporter_id))["total"]

    async def insert(self, tx: AsyncSession, values: NewReport) -> ReportRow | None:
        """Insert a row, or return None if the person's report of this thing waits already."""
        return await _INSERT.on(tx).fetch_first(tx, values)

    async def find_own(self, reporter_id: UUID, report_id: UUID) -> ReportRow | None:
        return await self._reader.first(_OWN_ONE, reporter_id=reporter_id, id=report_id)

    async def own_page(self, reporter_id: UUID, *, after: Moment | None, limit: int) -> Sequence[ReportRow]:
        binds: dict[str, object] = {} if after is None else {"last_created_at": after[0], "last_id": after[1]}
        query = _own_page(continued=after is not None)
        return await self._reader.all(query, reporter_id=reporter_id, limit=limit, **binds)

    async def own_count(self, reporter_id: UUID) -> int:
        return await total_of(self._reader, _OWN_COUNT, reporter_id=reporter_id)

    async def find(self, report_id: UUID) -> StaffRow | None:
        return await self._reader.first(_ONE, id=report_id)

    async def find_in(self, tx: AsyncSession, report_id: UUID) -> StaffRow | None:
        return await _ONE.fetch_first(tx, id=report_id)

    async def find_changed(self, tx: AsyncSession, report_id: UUID) -> StaffRow:
        """Return the report as it is in this transaction."""
        return await _ONE.fetch_one(tx, id=report_id)

    async def page(
        self, reader_id: UUID, filters: Filters, *, descending: bool, after: Moment | None, limit: int
    ) -> Sequence[StaffRow]:
        """Return a page of the reports of what is not the reader's."""
        binds = filters.binds()
        query = page_query(frozenset(binds), descending=descending, continued=after is not None)
        if after is not None:
            binds["last_created_at"], binds["last_id"] = after
        return await self._reader.all(query, limit=limit, reader_id=reader_id, **binds)

    async def count(self, reader_id: UUID, filters: Filters) -> int:
        binds = filters.binds()
        return await total_of(self._reader, _count(frozenset(binds)), reader_id=reader_id, **binds)

    async def find_reviewed(self, tx: AsyncSession, subject_id: UUID) -> UUID | None:
        """Return whom the reported review is about, or the review of the reported photo."""
        row = await _REVIEWED.fetch_first(tx, id=subject_id)
        return None if row is None else row["person_id"]

    async def lock(self, tx: AsyncSession, report_id: UUID) -> ReportRow | None:
        return await _LOCKED.fetch_first(tx, id=report_id)

    async def update(self, tx: AsyncSession, report_id: UUID, changes: ReportChanges) -> ReportRow:
        return await _UPDATE.fetch_one(tx, changes, report_id=report_id)
