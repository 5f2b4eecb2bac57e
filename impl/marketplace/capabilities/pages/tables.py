"""Tables of providers' public pages: one row a page for lists, search and sitemap, and every slug that it has had."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from impl.kernel.personal_data import DERIVED, WITH_ACCOUNT, PersonalDataPolicy
from impl.kernel.tables import Table
from impl.marketplace.capabilities.ratings.tables import rating_rank_column, rating_tenths_column

SORT_KEY_MAX = 360


def live_index(name: str, column: str) -> Index:
    """Make an index for one order of the list: of live pages, ending in the id that breaks ties."""
    return Index(name, column, "profile_id", postgresql_where=text("live"), sqlite_where=text("live = 1"))


class ProviderPage(Table):
    """Page of a profile that was approved at least once; `live` while the profile is APPROVED.

    Whether its owner's account is open is joined and not stored here. `name` and `about` are words and stems as
    the search keeps them. `number` is the rowid that FTS5 needs, and the order of the sitemap: a page keeps it.
    """

    __tablename__ = "provider_pages"
    __table_args__ = (
        UniqueConstraint("profile_id"),
        CheckConstraint("quality BETWEEN 0 AND 100", name="quality_range"),
        live_index("ix_provider_pages_published", "published_at"),
        live_index("ix_provider_pages_sort_key", "sort_key"),
        live_index("ix_provider_pages_quality", "quality"),
        live_index("ix_provider_pages_rating", "rating_rank"),
        {"schema": "marketplace"},
    )

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), Identity(always=True), primary_key=True
    )
    profile_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("marketplace.provider_profiles.id", ondelete="CASCADE"))
    live: Mapped[bool] = mapped_column(Boolean)
    quality: Mapped[int] = mapped_column(Integer)
    published_at: Mapped[datetime]
    # Folded name for the order by name; compared by its bytes, so that both engines sort alike.
    sort_key: Mapped[str] = mapped_column(
        String(SORT_KEY_MAX).with_variant(String(SORT_KEY_MAX, collation="C"), "postgresql")
    )
    rating_rank: Mapped[int] = rating_rank_column()
    rating_tenths: Mapped[int] = rating_tenths_column()
    name: Mapped[str] = mapped_column(Text)
    about: Mapped[str] = mapped_column(Text)


class ProviderSlug(Table):
    """Slug that a profile has or had; former ones redirect, and are not given to other profiles."""

    __tablename__ = "provider_slugs"
    __table_args__ = (
        CheckConstraint("length(slug) BETWEEN 1 AND 80", name="slug_length"),
        Index("ix_provider_slugs_profile", "profile_id", "taken_at"),
        {"schema": "marketplace"},
    )

    slug: Mapped[str] = mapped_column(String(80), primary_key=True)
    profile_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("marketplace.provider_profiles.id", ondelete="CASCADE"))
    # When the profile took it, for the last time.
    taken_at: Mapped[datetime]


class _Page(TypedDict):
    live: bool
    quality: int
    published_at: datetime
    sort_key: str
    name: str
    about: str


class PageValues(_Page, closed=True):
    """Values of a page without the profile's id."""


class NewPage(_Page):
    profile_id: UUID


class NewSlug(TypedDict):
    slug: str
    profile_id: UUID
    taken_at: datetime


class SlugRow(TypedDict):
    slug: str


class SlugOwner(TypedDict):
    profile_id: UUID


# Both go with their profile.
PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=ProviderPage,
        retention=WITH_ACCOUNT,
        removed=True,
        export="The words of a profile, folded to be searched; the profile itself is in the export.",
    ),
    PersonalDataPolicy(
        table=ProviderSlug,
        retention=WITH_ACCOUNT,
        removed=True,
        export=f"Addresses that are {DERIVED}: the business names that the profile has had.",
    ),
)
