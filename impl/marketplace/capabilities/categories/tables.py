"""Tables of the category tree and its closure, in which a subtree is one indexed look-up at any depth."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

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


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=Category,
        kept=ALWAYS,
        impersonal=("id", "parent_id", "slug", "name", "position", "created_at", "updated_at", "version"),
    ),
    PersonalDataPolicy(table=CategoryAncestor, kept=ALWAYS, impersonal=("ancestor_id", "category_id")),
)
