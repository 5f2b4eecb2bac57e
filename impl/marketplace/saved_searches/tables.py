"""Table of saved searches, with how far the mails about each have come."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from impl.kernel.personal_data import MACHINERY, OWN_ID, WITH_ACCOUNT, PersonalDataPolicy, Section
from impl.kernel.tables import Json, Stamped, Table, enum_column

_IS_DUE: Final = text("next_due_at IS NOT NULL")


class SavedSearchFrequency(StrEnum):
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    NEVER = "NEVER"


class SearchFilters(TypedDict):
    """Filters as their JSON has them, under the names of the query parameters; what is null does not narrow.

    Rows of an earlier release may lack one: read them by `get`.
    """

    q: str | None
    category: str | None
    pricing: str | None
    currency: str | None
    min_price_minor: int | None
    max_price_minor: int | None
    near: str | None
    place: str | None
    radius_km: int | None
    include_remote: bool | None
    verified: bool | None
    min_rating: int | None


class SavedSearch(Stamped, Table):
    __tablename__ = "saved_searches"
    __table_args__ = (
        CheckConstraint("length(name) BETWEEN 1 AND 80", name="name_length"),
        CheckConstraint("(frequency = 'NEVER') = (next_due_at IS NULL)", name="due_unless_never"),
        Index(None, "owner_id", "created_at", "id"),
        Index("ix_saved_searches_due", "next_due_at", postgresql_where=_IS_DUE, sqlite_where=_IS_DUE),
        {"schema": "marketplace"},
    )

    owner_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    name: Mapped[str] = mapped_column(String(80))
    filters: Mapped[SearchFilters] = mapped_column(Json)
    frequency: Mapped[SavedSearchFrequency] = mapped_column(enum_column(SavedSearchFrequency))
    # What was published until then is no news any more; it only rises, so that nothing is mailed twice.
    mailed_until_at: Mapped[datetime]
    next_due_at: Mapped[datetime | None]


class SavedSearchContent(TypedDict, closed=True):
    """Content of a saved search as its owner sends it."""

    name: str
    filters: SearchFilters
    frequency: SavedSearchFrequency


class NewSavedSearch(TypedDict):
    id: UUID
    owner_id: UUID
    name: str
    filters: SearchFilters
    frequency: SavedSearchFrequency
    mailed_until_at: datetime
    next_due_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class SavedSearchChanges(TypedDict, total=False):
    """Columns that a change of the search sets; those that are absent stay."""

    name: str
    filters: SearchFilters
    frequency: SavedSearchFrequency
    mailed_until_at: datetime
    next_due_at: datetime | None
    updated_at: datetime


class Progress(TypedDict, total=False):
    """Columns that the worker sets; they are no part of what its owner sees, so that the version stays."""

    mailed_until_at: datetime
    next_due_at: datetime


def all_filters(filters: Mapping[str, str | int | bool | None]) -> Mapping[str, str | int | bool | None]:
    """Return every filter by its name, null where the search has none."""
    return {name: filters.get(name) for name in SearchFilters.__annotations__}


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=SavedSearch,
        retention=WITH_ACCOUNT,
        rows=lambda person: SavedSearch.owner_id == person,
        removed=True,
        export=Section(
            name="saved_searches",
            withheld={"owner_id": OWN_ID, "version": MACHINERY},
            written={"filters": all_filters},
        ),
    ),
)
