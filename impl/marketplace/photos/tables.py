"""Table of photos; the pictures themselves lie in the storage, under the photo's id."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import IO, Final
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    CompoundSelect,
    ForeignKey,
    Index,
    Integer,
    String,
    Uuid,
    delete,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased, mapped_column
from typing_extensions import TypedDict

from generated.states import PhotoState
from impl.kernel.outbox import put
from impl.kernel.personal_data import (
    DERIVED,
    MACHINERY,
    OWN_ID,
    WITH_ACCOUNT,
    PersonalDataPolicy,
    Section,
)
from impl.kernel.tables import Stamped, Table, core_table, enum_column
from impl.marketplace.capabilities.reviews.tables import reviews_about

UPLOADED: Final = "marketplace.photo_uploaded"
"""Topic of messages about a photo that was added and is to be written anew."""
REMOVED: Final = "marketplace.photo_removed"
"""Topic of messages about a photo whose row is gone, so that its files go too."""


class PhotoSubjectKind(StrEnum):
    PROPERTY = "PROPERTY"
    SERVICE = "SERVICE"
    PROFILE = "PROFILE"
    INQUIRY = "INQUIRY"
    # One that goes with a message: the attachment.
    MESSAGE = "MESSAGE"
    # A homeowner's review of a job.
    REVIEW = "REVIEW"


class PhotoFault(StrEnum):
    EMPTY = "EMPTY"
    UNSUPPORTED = "UNSUPPORTED"
    ANIMATED = "ANIMATED"
    TOO_SMALL = "TOO_SMALL"
    TOO_LARGE = "TOO_LARGE"
    UNREADABLE = "UNREADABLE"


class Photo(Stamped, Table):
    __tablename__ = "photos"
    __table_args__ = (
        CheckConstraint("length(alt_text) BETWEEN 1 AND 250", name="alt_text_length"),
        CheckConstraint("position BETWEEN 0 AND 19", name="position_range"),
        CheckConstraint("(state = 'REJECTED') = (fault IS NOT NULL)", name="fault_if_rejected"),
        CheckConstraint(
            "(state IN ('READY', 'HIDDEN')) = (content_hash IS NOT NULL) AND (content_hash IS NULL) = (width IS NULL) "
            "AND (content_hash IS NULL) = (height IS NULL) AND (content_hash IS NULL) = (placeholder IS NULL)",
            name="ready_whole",
        ),
        CheckConstraint("(state = 'HIDDEN') = (review_note IS NOT NULL)", name="note_if_hidden"),
        CheckConstraint("length(review_note) <= 2000", name="review_note_length"),
        Index(None, "subject_id", "position"),
        Index(None, "owner_id"),
        Index(None, "content_hash", unique=True),
        {"schema": "marketplace"},
    )

    owner_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    subject_kind: Mapped[PhotoSubjectKind] = mapped_column(enum_column(PhotoSubjectKind))
    # No foreign key: it is one of six tables, and nothing of them is deleted before the account.
    subject_id: Mapped[UUID]
    state: Mapped[PhotoState] = mapped_column(enum_column(PhotoState))
    fault: Mapped[PhotoFault | None] = mapped_column(enum_column(PhotoFault))
    alt_text: Mapped[str | None] = mapped_column(String(250))
    position: Mapped[int] = mapped_column(Integer)
    # Name of the picture in public addresses; it tells nothing of the photo's id.
    content_hash: Mapped[str | None] = mapped_column(String(32))
    width: Mapped[int | None] = mapped_column(Integer)
    height: Mapped[int | None] = mapped_column(Integer)
    placeholder: Mapped[str | None] = mapped_column(String(64))
    # Why staff have hidden it.
    review_note: Mapped[str | None] = mapped_column(String(2000))


class PhotoSet(Table):
    """Time at which what can be seen of the photos of one thing changed last; a deleted photo leaves none."""

    __tablename__ = "photo_sets"
    __table_args__ = (Index(None, "owner_id"), {"schema": "marketplace"})

    subject_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    changed_at: Mapped[datetime]


class ModeratedPhotoRow(TypedDict):
    """Photo of a service or business as staff see it, with the name of what it shows."""

    id: UUID
    owner_id: UUID
    # Whom the review is about that it is of; None for all others.
    reviewed_id: UUID | None
    subject_kind: PhotoSubjectKind
    subject_id: UUID
    subject_title: str
    state: PhotoState
    alt_text: str | None
    content_hash: str | None
    width: int | None
    height: int | None
    placeholder: str | None
    review_note: str | None
    created_at: datetime
    updated_at: datetime


class NewPhoto(TypedDict):
    id: UUID
    owner_id: UUID
    subject_kind: PhotoSubjectKind
    subject_id: UUID
    state: PhotoState
    fault: PhotoFault | None
    alt_text: str | None
    position: int
    content_hash: str | None
    width: int | None
    height: int | None
    placeholder: str | None
    review_note: str | None
    created_at: datetime
    updated_at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoContent:
    """Upload that becomes a photo of what the id names or, without an id, of the sender's business.

    A review is named by its job.
    """

    kind: PhotoSubjectKind
    subject_id: UUID | None
    file: IO[bytes]
    alt_text: str | None


class PhotoChanges(TypedDict, total=False):
    """Columns of a photo that change; those that are absent stay."""

    state: PhotoState
    fault: PhotoFault
    alt_text: str | None
    position: int
    content_hash: str
    width: int
    height: int
    placeholder: str
    review_note: str | None
    updated_at: datetime


class PhotoRow(TypedDict):
    id: UUID
    owner_id: UUID
    subject_kind: str
    subject_id: UUID
    state: str
    fault: str | None
    alt_text: str | None
    position: int
    content_hash: str | None
    width: int | None
    height: int | None
    placeholder: str | None
    review_note: str | None
    is_public: bool
    created_at: datetime
    updated_at: datetime


def seen(new: NewPhoto) -> PhotoRow:
    """Return a new photo as its owner sees it; there is no picture yet that could be public."""
    return {
        "id": new["id"],
        "owner_id": new["owner_id"],
        "subject_kind": new["subject_kind"],
        "subject_id": new["subject_id"],
        "state": new["state"],
        "fault": new["fault"],
        "alt_text": new["alt_text"],
        "position": new["position"],
        "content_hash": None,
        "width": None,
        "height": None,
        "placeholder": None,
        "review_note": None,
        "is_public": False,
        "created_at": new["created_at"],
        "updated_at": new["updated_at"],
    }


async def remove(tx: AsyncSession, condition: ColumnElement[bool]) -> int:
    """Delete photos, and have the worker delete their files."""
    removed = (await tx.scalars(delete(core_table(Photo)).where(condition).returning(Photo.id))).all()
    for photo_id in removed:
        await put(tx, REMOVED, {"photo_id": str(photo_id)})
    return len(removed)


async def remove_of(tx: AsyncSession, subject_id: UUID) -> int:
    """Delete the photos of a thing that is archived: nobody sees them any more, and they count for no bound."""
    return await remove(tx, Photo.subject_id == subject_id)


def _photos_about(person: UUID) -> CompoundSelect[UUID]:
    """Select the photos that a person has added, and those of reviews of the person, which may show them."""
    # Two walks down two indexes, where one OR would read the whole table.
    added, shown = aliased(Photo), aliased(Photo)
    of_reviews = select(shown.id).where(
        shown.subject_kind == PhotoSubjectKind.REVIEW, shown.subject_id.in_(reviews_about(person))
    )
    return union_all(select(added.id).where(added.owner_id == person), of_reviews)


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=Photo,
        retention=WITH_ACCOUNT,
        rows=lambda person: Photo.id.in_(_photos_about(person)),
        removed=True,
        remover=remove,
        events=("photo.taken_down",),
        export=Section(
            name="photos",
            withheld={"owner_id": OWN_ID, "content_hash": DERIVED, "version": MACHINERY},
            rows=lambda person: Photo.owner_id == person,
        ),
    ),
    PersonalDataPolicy(
        table=PhotoSet,
        retention=WITH_ACCOUNT,
        rows=lambda person: PhotoSet.owner_id == person,
        removed=True,
        export="When the photos of a thing changed last; the photos themselves are in the export.",
    ),
)
