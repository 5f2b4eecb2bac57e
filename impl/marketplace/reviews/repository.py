"""Queries and statements on reviews."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Annotated, Final
from uuid import UUID

from sqlalchemy import bindparam, insert, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from generated.states import AccountState, ReviewState
from impl.identity.capabilities.users.tables import User
from impl.kernel.database import take_turns
from impl.kernel.paging import EACH, LIMIT, Counted, Moment, bounded_count, keyset_page, total_of
from impl.kernel.reader import Reader
from impl.kernel.rows import NEVER_NULL
from impl.kernel.statements import Command, Query
from impl.kernel.tables import UtcDateTime, core_table
from impl.marketplace.capabilities.categories.tables import Category
from impl.marketplace.capabilities.jobs.tables import Job, JobSide
from impl.marketplace.capabilities.reviews.tables import NewReview, Review, ReviewChanges
from impl.marketplace.places.tables import Place
from impl.marketplace.provider_profile.tables import VISIBLE, ProviderProfile

_TABLE: Final = core_table(Review)


class ReviewRow(TypedDict):
    id: UUID
    job_id: UUID
    by: JobSide
    author_id: UUID
    subject_id: UUID
    rating: int
    punctuality: int | None
    quality: int | None
    value: int | None
    text: str
    state: ReviewState
    publish_at: datetime
    published_at: datetime | None
    edited_at: datetime | None
    reply: str | None
    replied_at: datetime | None
    statement: str | None
    hidden_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class PublicRow(TypedDict):
    """A review as everybody sees it, with nothing of who wrote it."""

    id: UUID
    rating: int
    punctuality: int | None
    quality: int | None
    value: int | None
    text: str
    category_id: UUID
    category_slug: str
    category_name: str
    published_at: Annotated[datetime, NEVER_NULL]
    edited_at: datetime | None
    reply: str | None
    replied_at: datetime | None
    # Of the business: telephone numbers are read as there. Homes change too often for a page that is kept.
    country: str | None


_COLUMNS: Final = (
    Review.id,
    Review.job_id,
    Review.by,
    Review.author_id,
    Review.subject_id,
    Review.rating,
    Review.punctuality,
    Review.quality,
    Review.value,
    Review.text,
    Review.state,
    Review.publish_at,
    Review.published_at,
    Review.edited_at,
    Review.reply,
    Review.replied_at,
    Review.statement,
    Review.hidden_at,
    Review.created_at,
    Review.updated_at,
    Review.version,
)
_OF_JOB: Final = select(*_COLUMNS).where(Review.job_id == bindparam("job_id")).order_by(Review.id)
_READ: Final = Query(_OF_JOB, ReviewRow)
_LOCKED: Final = Query(_OF_JOB.with_for_update(), ReviewRow)
_ONE: Final = select(*_COLUMNS).where(Review.id == bindparam("id"))
_FOUND: Final = Query(_ONE, ReviewRow)
_ONE_LOCKED: Final = Query(_ONE.with_for_update(), ReviewRow)
# Literal, so that the planner knows the partial indexes to hold all of it.
_IS_DUE: Final = (
    Review.state == literal_column("'WRITTEN'"),
    Review.publish_at <= bindparam("now", type_=UtcDateTime()),
)


class _Id(TypedDict):
    id: UUID


_NEXT: Final = Query(select(Review.id).where(*_IS_DUE).limit(1), _Id)
DUE: Final = Query(
    select(*_COLUMNS).where(*_IS_DUE).order_by(Review.publish_at).limit(LIMIT).with_for_update(skip_locked=True),
    ReviewRow,
)
_INSERT: Final = Command(insert(_TABLE), NewReview)
_UPDATE: Final = Command(
    update(_TABLE).where(_TABLE.c.id == bindparam("review_id")).values(version=_TABLE.c.version + 1), ReviewChanges
)
_IS_SHOWN: Final = Review.state == literal_column("'PUBLISHED'")
_IS_HIDDEN: Final = Review.state == literal_column("'HIDDEN'")
_OF_BUSINESS: Final = (
    Review.subject_id
    == select(ProviderProfile.user_id).where(ProviderProfile.id == bindparam("profile_id"), VISIBLE).scalar_subquery(),
    Review.by == JobSide.HOMEOWNER,
    _IS_SHOWN,
)
_PUBLIC: Final = (
    select(
        Review.id,
        Review.rating,
        Review.punctuality,
        Review.quality,
        Review.value,
        Review.text,
        Job.category_id,
        Category.slug.label("category_slug"),
        Category.name.label("category_name"),
        Review.published_at,
        Review.edited_at,
        Review.reply,
        Review.replied_at,
        Place.country,
    )
    .join(Job, Job.id == Review.job_id)
    .join(Category, Category.id == Job.category_id)
    .join(ProviderProfile, ProviderProfile.user_id == Review.subject_id)
    .outerjoin(Place, Place.id == ProviderProfile.base_place_id)
    .where(*_OF_BUSINESS)
)
_KEY: Final = {"last_published_at": Review.published_at, "last_id": Review.id}


@cache
def public_query(*, continued: bool) -> Query[PublicRow]:
    return Query(keyset_page(_PUBLIC, _KEY, descending=True, continued=continued), PublicRow)


@cache
def staff_query(*, hidden: bool, continued: bool) -> Query[ReviewRow]:
    statement = select(*_COLUMNS).where(_IS_HIDDEN if hidden else _IS_SHOWN)
    return Query(keyset_page(statement, _KEY, descending=True, continued=continued), ReviewRow)


_COUNT_PUBLIC: Final = Query(bounded_count(select(EACH).select_from(Review).where(*_OF_BUSINESS)), Counted)
_COUNT_SHOWN: Final = Query(bounded_count(select(EACH).select_from(Review).where(_IS_SHOWN)), Counted)
_COUNT_HIDDEN: Final = Query(bounded_count(select(EACH).select_from(Review).where(_IS_HIDDEN)), Counted)


def _after(after: Moment | None) -> dict[str, object]:
    return {} if after is None else {"last_published_at": after[0], "last_id": after[1]}


# Of the few that a homeowner has written, whatever there is of the business.
_NEWEST_OTHER: Final = Query(
    select(*_COLUMNS)
    .where(
        Review.author_id == bindparam("author_id"),
        Review.subject_id == bindparam("subject_id"),
        Review.by == JobSide.HOMEOWNER,
        _IS_SHOWN,
        Review.id != bindparam("id"),
    )
    .order_by(Review.published_at.desc(), Review.id.desc())
    .limit(1),
    ReviewRow,
)
_KNOWN: Final = Query(
    select(User.id).where(User.id == bindparam("id"), User.state != AccountState.ERASED).with_for_update(read=True), _Id
)


class ReviewRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def lock_known(self, tx: AsyncSession, person_id: UUID) -> bool:
        """Return whether somebody was not erased, and let nobody erase them meanwhile."""
        return await _KNOWN.fetch_first(tx, id=person_id) is not None

    async def of_job(self, job_id: UUID) -> Sequence[ReviewRow]:
        return await self._reader.all(_READ, job_id=job_id)

    async def lock_of_job(self, tx: AsyncSession, job_id: UUID) -> Sequence[ReviewRow]:
        return await _LOCKED.fetch_all(tx, job_id=job_id)

    async def lock(self, tx: AsyncSession, review_id: UUID) -> ReviewRow | None:
        return await _ONE_LOCKED.fetch_first(tx, id=review_id)

    async def find(self, review_id: UUID) -> ReviewRow | None:
        return await self._reader.first(_FOUND, id=review_id)

    async def insert(self, tx: AsyncSession, new: NewReview) -> None:
        await _INSERT.run(tx, new)

    async def update(self, tx: AsyncSession, review_id: UUID, changes: ReviewChanges) -> ReviewRow:
        await _UPDATE.run(tx, changes, review_id=review_id)
        return await _ONE_LOCKED.fetch_one(tx, id=review_id)

    async def has_due(self, now: datetime) -> bool:
        """Return without a lock whether one is to be published: most of the time none is."""
        return await self._reader.first(_NEXT, now=now) is not None

    async def lock_due(self, tx: AsyncSession, now: datetime, *, limit: int) -> Sequence[ReviewRow]:
        """Return those that are to be published, without those that somebody else has locked."""
        return await DUE.fetch_all(tx, now=now, limit=limit)

    async def newest_other(self, tx: AsyncSession, row: ReviewRow) -> ReviewRow | None:
        """Return the newest other published review of the same business by the same homeowner.

        Until the transaction ends, nobody else publishes, hides or edits a review of the business.
        """
        await take_turns(tx, b"ratings" + row["subject_id"].bytes)
        return await _NEWEST_OTHER.fetch_first(
            tx, author_id=row["author_id"], subject_id=row["subject_id"], id=row["id"]
        )

    async def public_page(self, profile_id: UUID, *, after: Moment | None, limit: int) -> Sequence[PublicRow]:
        query = public_query(continued=after is not None)
        return await self._reader.all(query, profile_id=profile_id, limit=limit, **_after(after))

    async def count_public(self, profile_id: UUID) -> int:
        return await total_of(self._reader, _COUNT_PUBLIC, profile_id=profile_id)

    async def staff_page(self, *, hidden: bool, after: Moment | None, limit: int) -> Sequence[ReviewRow]:
        query = staff_query(hidden=hidden, continued=after is not None)
        return await self._reader.all(query, limit=limit, **_after(after))

    async def count_staff(self, *, hidden: bool) -> int:
        return await total_of(self._reader, _COUNT_HIDDEN if hidden else _COUNT_SHOWN)
