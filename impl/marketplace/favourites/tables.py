"""Table of favourites: what somebody keeps to find it again."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from impl.kernel.ids import new_id
from impl.kernel.personal_data import OWN_ID, WITH_ACCOUNT, PersonalDataPolicy, Section
from impl.kernel.tables import Table, enum_column


class FavouriteKind(StrEnum):
    SERVICE = "SERVICE"
    PROVIDER = "PROVIDER"


class Favourite(Table):
    __tablename__ = "favourites"
    __table_args__ = (
        UniqueConstraint("owner_id", "kind", "subject_id"),
        # For each kind as well: nobody keeps so many that reading them all would matter.
        Index(None, "owner_id", "created_at", "id"),
        {"schema": "marketplace"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    owner_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    kind: Mapped[FavouriteKind] = mapped_column(enum_column(FavouriteKind))
    # No foreign key: what is gone for good stays in the list, as something that is not available.
    subject_id: Mapped[UUID]
    created_at: Mapped[datetime]


class NewFavourite(TypedDict):
    id: UUID
    owner_id: UUID
    kind: FavouriteKind
    subject_id: UUID
    created_at: datetime


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=Favourite,
        retention=WITH_ACCOUNT,
        rows=lambda person: Favourite.owner_id == person,
        removed=True,
        export=Section(name="favourites", withheld={"owner_id": OWN_ID}),
    ),
)
