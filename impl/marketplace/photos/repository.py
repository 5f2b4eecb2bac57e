"""Queries and statements on photos: those of one thing, those that everybody may see, and those to be written anew."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from sqlalchemy import (
    Select,
    String,
    Uuid,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from typing_extensions import TypedDict

from generated.states import PhotoState, PropertyState, ReviewState, ServiceState
from impl.kernel import outbox
from impl.kernel.database import take_turns
from impl.kernel.pending_writes import insert_soon
from impl.kernel.reader import Reader
from impl.kernel.rows import NEVER_NULL
from impl.kernel.statements import Change, Command, NewRows, Query
from impl.kernel.tables import core_table
from impl.kernel.upserts import upsert_into
from impl.marketplace.capabilities.attachments.service import readable
from impl.marketplace.capabilities.attachments.tables import MessageAttachment
from impl.marketplace.capabilities.inquiries.tables import Inquiry
from impl.marketplace.capabilities.jobs.tables import JobSide
from impl.marketplace.capabilities.listings.tables import Listing
from impl.marketplace.capabilities.reviews.tables import Review
from impl.marketplace.photos.tables import (
    UPLOADED,
    ModeratedPhotoRow,
    NewPhoto,
    Photo,
    PhotoChanges,
    PhotoRow,
    PhotoSet,
    PhotoSubjectKind,
    remove,
)
from impl.marketplace.properties.tables import Property
from impl.marketplace.provider_profile.tables import VISIBLE, ProviderProfile
from impl.marketplace.provider_services.tables import Service

_TABLE: Final = core_table(Photo)


class SubjectRow(TypedDict):
    id: UUID


class CountRow(TypedDict):
    photos: int


class ShownRow(TypedDict):
    """Photo that others see with what it shows."""

    id: UUID
    subject_id: UUID
    alt_text: str | None
    # As its state is READY.
    width: Annotated[int, NEVER_NULL]
    height: Annotated[int, NEVER_NULL]
    placeholder: Annotated[str, NEVER_NULL]
    content_hash: Annotated[str, NEVER_NULL]


class PendingRow(TypedDict):
    id: UUID
    owner_id: UUID
    subject_id: UUID


class ServedRow(TypedDict):
    """Photo whose picture is asked for by its public name."""

    id: UUID
    subject_id: UUID
    state: PhotoState
    is_public: bool


class _Id(TypedDict):
    id: UUID


# What everybody may see: a listing of the catalogue, an approved business, a published review of one; and never a
# property.
_IS_PUBLIC: Final = or_(
    and_(
        Photo.subject_kind == PhotoSubjectKind.SERVICE,
        exists()
        .where(Listing.service_id == Photo.subject_id, Listing.live)
        .where(ProviderProfile.id == Listing.profile_id, VISIBLE),
    ),
    and_(
        Photo.subject_kind == PhotoSubjectKind.PROFILE,
        exists().where(ProviderProfile.id == Photo.subject_id, VISIBLE),
    ),
    and_(
        Photo.subject_kind == PhotoSubjectKind.REVIEW,
        exists()
        .where(Review.id == Photo.subject_id, Review.state == ReviewState.PUBLISHED, Review.by == JobSide.HOMEOWNER)
        .where(ProviderProfile.user_id == Review.subject_id, VISIBLE),
    ),
)
# What its owner has archived is out of sight, and so are its photos.
_IS_THERE: Final = or_(
    Photo.subject_kind.in_((PhotoSubjectKind.PROFILE, PhotoSubjectKind.INQUIRY, PhotoSubjectKind.REVIEW)),
    exists().where(Property.id == Photo.subject_id, Property.state == PropertyState.ACTIVE),
    exists().where(Service.id == Photo.subject_id, Service.state != ServiceState.ARCHIVED),
)
_COLUMNS: Final = (
    Photo.id,
    Photo.owner_id,
    # Enums come as text: the wire has enums of its own.
    type_coerce(Photo.subject_kind, String).label("subject_kind"),
    Photo.subject_id,
    type_coerce(Photo.state, String).label("state"),
    type_coerce(Photo.fault, String).label("fault"),
    Photo.alt_text,
    Photo.position,
    Photo.content_hash,
    Photo.width,
    Photo.height,
    Photo.placeholder,
    Photo.review_note,
    _IS_PUBLIC.label("is_public"),
    Photo.created_at,
    Photo.updated_at,
)
_OWN: Final = Photo.owner_id == bindparam("owner_id")

_WITH_ID: Final = {
    PhotoSubjectKind.PROPERTY: select(Property.id).where(
        Property.owner_id == bindparam("owner_id"),
        Property.state == PropertyState.ACTIVE,
        Property.id == bindparam("id"),
    ),
    PhotoSubjectKind.SERVICE: select(Service.id).where(
        Service.provider_id == bindparam("owner_id"),
        Service.state != ServiceState.ARCHIVED,
        Service.id == bindparam("id"),
    ),
    PhotoSubjectKind.INQUIRY: select(Inquiry.id).where(
        Inquiry.owner_id == bindparam("owner_id"), Inquiry.id == bindparam("id")
    ),
    PhotoSubjectKind.MESSAGE: select(MessageAttachment.id).where(
        MessageAttachment.owner_id == bindparam("owner_id"),
        MessageAttachment.message_id.is_(None),
        MessageAttachment.id == bindparam("id"),
    ),
    # Named by its job, since a job has one of its homeowner.
    PhotoSubjectKind.REVIEW: select(Review.id).where(
        Review.author_id == bindparam("owner_id"), Review.by == JobSide.HOMEOWNER, Review.job_id == bindparam("id")
    ),
}
# A person has one business, so that it needs no id.
_BUSINESS: Final = select(ProviderProfile.id).where(ProviderProfile.user_id == bindparam("owner_id"))
_SUBJECTS: Final = {kind: Query(one, SubjectRow) for kind, one in _WITH_ID.items()}
_SUBJECTS_LOCKED: Final = {kind: Query(one.with_for_update(read=True), SubjectRow) for kind, one in _WITH_ID.items()}
_PROFILE: Final = Query(_BUSINESS, SubjectRow)
_PROFILE_LOCKED: Final = Query(_BUSINESS.with_for_update(read=True), SubjectRow)
_OF_SUBJECT: Final = Query(
    select(*_COLUMNS).where(_OWN, Photo.subject_id == bindparam("subject_id")).order_by(Photo.position, Photo.id),
    PhotoRow,
)
_ATTACHED: Final = Query(
    readable(
        select(MessageAttachment.id).where(MessageAttachment.id == bindparam("id")), bindparam("user_id", type_=Uuid)
    ),
    SubjectRow,
)
# Its author sees it at any time, and whom it is of once it is published.
_REVIEWED: Final = Query(
    select(Review.id).where(
        Review.id == bindparam("id"),
        or_(
            Review.author_id == bindparam("user_id"),
            and_(Review.subject_id == bindparam("user_id"), Review.state == ReviewState.PUBLISHED),
        ),
    ),
    SubjectRow,
)
_OWN_ONE: Final = Query(select(*_COLUMNS).where(_OWN, _IS_THERE, Photo.id == bindparam("id")), PhotoRow)
_ONE: Final = Query(select(*_COLUMNS).where(Photo.id == bindparam("id")), PhotoRow)
# Without those of what is archived, which their owner can neither see nor delete.
_COUNT: Final = Query(select(func.count().label("photos")).select_from(Photo).where(_OWN, _IS_THERE), CountRow)
_SERVED: Final = Query(
    select(Photo.id, Photo.subject_id, Photo.state, _IS_PUBLIC.label("is_public")).where(
        Photo.content_hash == bindparam("content_hash")
    ),
    ServedRow,
)
_MODERATED: Final = (
    select(
        Photo.id,
        Photo.owner_id,
        Review.subject_id.label("reviewed_id"),
        Photo.subject_kind,
        Photo.subject_id,
        func.coalesce(Service.title, ProviderProfile.business_name).label("subject_title"),
        Photo.state,
        Photo.alt_text,
        Photo.content_hash,
        Photo.width,
        Photo.height,
        Photo.placeholder,
        Photo.review_note,
        Photo.created_at,
        Photo.updated_at,
    )
    .outerjoin(Service, Service.id == Photo.subject_id)
    .outerjoin(Review, and_(Review.id == Photo.subject_id, Review.state != ReviewState.WRITTEN))
    .outerjoin(
        ProviderProfile, or_(ProviderProfile.id == Photo.subject_id, ProviderProfile.user_id == Review.subject_id)
    )
    .where(
        or_(
            Photo.subject_kind.in_((PhotoSubjectKind.SERVICE, PhotoSubjectKind.PROFILE)),
            # Of a business that has gone there is no name.
            and_(Photo.subject_kind == PhotoSubjectKind.REVIEW, ProviderProfile.id.is_not(None)),
        )
    )
)
_MODERATED_LOCKED: Final = Query(
    _MODERATED.where(Photo.id == bindparam("id")).with_for_update(of=Photo), ModeratedPhotoRow
)
_MODERATED_OF: Final = Query(
    _MODERATED.where(Photo.subject_id == bindparam("subject_id")).order_by(Photo.position, Photo.id), ModeratedPhotoRow
)


def _pending() -> Select[UUID, UUID, UUID]:
    return select(Photo.id, Photo.owner_id, Photo.subject_id).where(
        Photo.id == bindparam("id"), Photo.state == PhotoState.PENDING
    )


_PENDING: Final = Query(_pending(), PendingRow)
_PENDING_LOCKED: Final = Query(_pending().with_for_update(), PendingRow)
_AWAITED: Final = Query(
    select(Photo.id).where(
        Photo.id.in_(bindparam("ids", type_=Uuid(), expanding=True)), Photo.state == PhotoState.PENDING
    ),
    _Id,
)
_EARLIER: Final = aliased(Photo)


def _shown() -> Select[UUID, UUID, str | None, int | None, int | None, str | None, str | None]:
    return (
        select(
            Photo.id,
            Photo.subject_id,
            Photo.alt_text,
            Photo.width,
            Photo.height,
            Photo.placeholder,
            Photo.content_hash,
        )
        .where(
            Photo.state == PhotoState.READY,
            Photo.subject_id.in_(bindparam("subject_ids", type_=Uuid(), expanding=True)),
        )
        .order_by(Photo.subject_id, Photo.position, Photo.id)
    )


_SHOWN: Final = Query(_shown(), ShownRow)
_FIRST: Final = Query(
    _shown().where(
        ~exists().where(
            _EARLIER.subject_id == Photo.subject_id,
            _EARLIER.state == PhotoState.READY,
            tuple_(_EARLIER.position, _EARLIER.id) < tuple_(Photo.position, Photo.id),
        )
    ),
    ShownRow,
)
_INSERT: Final = Command(insert(_TABLE), NewPhoto)
_UPDATE: Final = Change(
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("photo_id"))
    .values(version=_TABLE.c.version + 1)
    .returning(_TABLE.c.id),
    PhotoChanges,
    _Id,
)


class PhotoRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find_subject(self, owner_id: UUID, kind: PhotoSubjectKind, subject_id: UUID | None) -> SubjectRow | None:
        """Return the subject of the photos, if it belongs to the person and still exists."""
        if subject_id is None:
            return await self._reader.first(_PROFILE, owner_id=owner_id)
        return await self._reader.first(_SUBJECTS[kind], owner_id=owner_id, id=subject_id)

    async def lock_subject(
        self, tx: AsyncSession, owner_id: UUID, kind: PhotoSubjectKind, subject_id: UUID | None
    ) -> SubjectRow | None:
        """Return the subject of the photos, locked against archiving until the transaction ends."""
        if subject_id is None:
            return await _PROFILE_LOCKED.fetch_first(tx, owner_id=owner_id)
        return await _SUBJECTS_LOCKED[kind].fetch_first(tx, owner_id=owner_id, id=subject_id)

    async def of_subject(self, owner_id: UUID, subject_id: UUID) -> Sequence[PhotoRow]:
        return await self._reader.all(_OF_SUBJECT, owner_id=owner_id, subject_id=subject_id)

    async def take_turns(self, tx: AsyncSession, owner_id: UUID) -> None:
        """Lock the photos of this person against additions, moves and deletions until the transaction ends."""
        await take_turns(tx, b"photos" + owner_id.bytes)

    async def present(self, tx: AsyncSession, owner_id: UUID, subject_id: UUID) -> Sequence[PhotoRow]:
        """Return the photos of one thing as they are in this transaction."""
        return await _OF_SUBJECT.fetch_all(tx, owner_id=owner_id, subject_id=subject_id)

    async def count(self, tx: AsyncSession, owner_id: UUID) -> int:
        return (await _COUNT.fetch_one(tx, owner_id=owner_id))["photos"]

    async def find_own(self, owner_id: UUID, photo_id: UUID) -> PhotoRow | None:
        return await self._reader.first(_OWN_ONE, owner_id=owner_id, id=photo_id)

    async def own(self, tx: AsyncSession, owner_id: UUID, photo_id: UUID) -> PhotoRow | None:
        return await _OWN_ONE.fetch_first(tx, owner_id=owner_id, id=photo_id)

    async def find_served(self, content_hash: str) -> ServedRow | None:
        return await self._reader.first(_SERVED, content_hash=content_hash)

    async def is_attached_for(self, user_id: UUID, attachment_id: UUID) -> bool:
        """Return whether this person may read the attachments of a message."""
        return await self._reader.first(_ATTACHED, user_id=user_id, id=attachment_id) is not None

    async def is_reviewed_by_or_of(self, user_id: UUID, review_id: UUID) -> bool:
        """Return whether this person may read a review as a party of its job."""
        return await self._reader.first(_REVIEWED, user_id=user_id, id=review_id) is not None

    async def moderated(self, tx: AsyncSession, subject_id: UUID) -> Sequence[ModeratedPhotoRow]:
        """Return the photos of a service or business as staff see them, in their order."""
        return await _MODERATED_OF.fetch_all(tx, subject_id=subject_id)

    async def lock_moderated(self, tx: AsyncSession, photo_id: UUID) -> ModeratedPhotoRow | None:
        """Return a photo of a service, business or published review as staff see it, locked."""
        return await _MODERATED_LOCKED.fetch_first(tx, id=photo_id)

    async def pending(self, photo_ids: Collection[UUID]) -> Collection[UUID]:
        """Return those of the ids whose photos wait for the worker."""
        return [row["id"] for row in await self._reader.all(_AWAITED, ids=list(photo_ids))]

    async def is_pending(self, photo_id: UUID) -> bool:
        return await self._reader.first(_PENDING, id=photo_id) is not None

    async def exists(self, photo_id: UUID) -> bool:
        return await self._reader.first(_ONE, id=photo_id) is not None

    async def lock_pending(self, tx: AsyncSession, photo_id: UUID) -> PendingRow | None:
        """Return the photo, locked, if it still waits."""
        return await _PENDING_LOCKED.fetch_first(tx, id=photo_id)

    async def shown(self, subject_ids: Collection[UUID]) -> Sequence[ShownRow]:
        """Return the photos that are ready, those of each thing in their order."""
        return await self._reader.all(_SHOWN, subject_ids=list(subject_ids))

    async def first(self, subject_ids: Collection[UUID]) -> Sequence[ShownRow]:
        """Return the first photo that is ready of each thing."""
        return await self._reader.all(_FIRST, subject_ids=list(subject_ids))

    async def note_change(self, tx: AsyncSession, owner_id: UUID, subject_id: UUID, now: datetime) -> None:
        """Store the time of the last visible change of these photos."""
        values = {"subject_id": subject_id, "owner_id": owner_id, "changed_at": now}
        changed = upsert_into(tx, core_table(PhotoSet)).values(values)
        await tx.execute(changed.on_conflict_do_update(index_elements=["subject_id"], set_={"changed_at": now}))

    async def insert(self, tx: AsyncSession, values: NewPhoto) -> None:
        """Add the photo, and have the worker re-encode it."""
        await insert_soon(tx, NewRows(_INSERT, [values]))
        await outbox.put(tx, UPLOADED, {"photo_id": str(values["id"])})

    async def update(self, tx: AsyncSession, photo_id: UUID, changes: PhotoChanges) -> None:
        await _UPDATE.fetch_one(tx, changes, photo_id=photo_id)

    async def delete(self, tx: AsyncSession, photo_id: UUID) -> None:
        """Delete the photo, and have the worker delete its files."""
        await remove(tx, Photo.id == photo_id)
