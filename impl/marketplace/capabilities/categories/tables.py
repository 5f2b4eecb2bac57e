"""Tables of the category tree: its closure, in which a subtree is one indexed look-up at any depth, and its slugs."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, UniqueConstraint, Uuid, bindparam, not_, select
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from impl.kernel.personal_data import ALWAYS, PersonalDataPolicy
from impl.kernel.tables import Stamped, Table


class Category(Stamped, Table):
    __tablename__ = "categories"
    __table_args__ = (
        UniqueConstraint("slug"),
        UniqueConstraint("parent_id", "position"),
        CheckConstraint("length(slug) BETWEEN 1 AND 80", name="slug_length"),
        CheckConstraint("length(name) BETWEEN 1 AND 100", name="name_length"),
        CheckConstraint("position >= 0", name="position_range"),
        CheckConstraint("parent_id <> id", name="not_its_own_parent"),
        {"schema": "marketplace"},
    )

    parent_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("marketplace.categories.id", ondelete="RESTRICT"))
    slug: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(100))
    position: Mapped[int] = mapped_column(Integer)


class CategoryAncestor(Table):
    """Row for a category and one of its ancestors, itself included."""

    __tablename__ = "category_ancestors"
    __table_args__ = {"schema": "marketplace"}

    ancestor_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("marketplace.categories.id", ondelete="CASCADE"), primary_key=True
    )
    category_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("marketplace.categories.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class CategorySlug(Table):
    """A slug that a category has or had, and the category to which it leads now: of a retired one, what replaced it."""

    __tablename__ = "category_slugs"
    __table_args__ = (
        CheckConstraint("length(slug) BETWEEN 1 AND 80", name="slug_length"),
        {"schema": "marketplace"},
    )

    slug: Mapped[str] = mapped_column(String(80), primary_key=True)
    category_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("marketplace.categories.id", ondelete="CASCADE"), index=True
    )
    leads_to_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("marketplace.categories.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime]


class CategoryRetirement(Table):
    """Retired category, and the replacement that staff chose."""

    __tablename__ = "category_retirements"
    __table_args__ = (
        CheckConstraint("replacement_id <> category_id", name="not_by_itself"),
        {"schema": "marketplace"},
    )

    category_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("marketplace.categories.id", ondelete="RESTRICT"), primary_key=True
    )
    replacement_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("marketplace.categories.id", ondelete="RESTRICT"), index=True
    )
    retired_at: Mapped[datetime]


# Categories that are not retired.
IN_USE: Final = not_(
    select(CategoryRetirement.category_id).where(CategoryRetirement.category_id == Category.id).exists()
)
# What a listing names of its category.
NAMING: Final = (Category.slug.label("category_slug"), Category.name.label("category_name"))
# Id of the category that the slug bound as `category` leads to.
NAMED: Final = (
    select(CategorySlug.leads_to_id).where(CategorySlug.slug == bindparam("category", type_=String)).scalar_subquery()
)


class _Named(TypedDict):
    slug: str
    name: str


class NewCategory(_Named):
    id: UUID
    parent_id: UUID | None
    position: int
    created_at: datetime
    updated_at: datetime
    version: int


class CategoryChanges(TypedDict, total=False):
    """Columns of a category that change; those that are absent stay."""

    slug: str
    name: str
    parent_id: UUID | None
    position: int
    updated_at: datetime


class NewSlug(TypedDict):
    slug: str
    category_id: UUID
    leads_to_id: UUID
    created_at: datetime


class NewRetirement(TypedDict):
    category_id: UUID
    replacement_id: UUID
    retired_at: datetime


class NewAncestor(TypedDict):
    ancestor_id: UUID
    category_id: UUID


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=Category,
        retention=ALWAYS,
        impersonal=("id", "parent_id", "slug", "name", "position", "created_at", "updated_at", "version"),
    ),
    PersonalDataPolicy(
        table=CategorySlug, retention=ALWAYS, impersonal=("slug", "category_id", "leads_to_id", "created_at")
    ),
    PersonalDataPolicy(
        table=CategoryRetirement, retention=ALWAYS, impersonal=("category_id", "replacement_id", "retired_at")
    ),
    PersonalDataPolicy(table=CategoryAncestor, retention=ALWAYS, impersonal=("ancestor_id", "category_id")),
)
