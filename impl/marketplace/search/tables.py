"""The words of listings, and how each engine is asked for them."""

from enum import IntEnum
from typing import Any, Literal, override
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
    cast,
    column,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from impl.kernel.tables import Table
from impl.kernel.words import begins

type Engine = Literal["postgresql", "sqlite"]


class Tier(IntEnum):
    """Where all words of a query are found; the lower, the better the match. Each includes those before it."""

    TITLE = 0
    SUMMARY = 1
    DESCRIPTION = 2


# What each tier reads beyond the one before it.
SUMMARY = ("title", "tags", "business", "category")
EVERYTHING = (*SUMMARY, "description")


class ListingText(Table):
    """A listing's words as they are stored: folded, each followed by a space.

    Beside the listing, not in it: every page of the catalogue would carry them. `number` is the rowid that FTS5 needs.
    """

    __tablename__ = "listing_texts"
    __table_args__ = (
        UniqueConstraint("service_id"),
        CheckConstraint("quality BETWEEN 0 AND 100", name="quality_range"),
        Index(
            "ix_listing_texts_quality",
            "quality",
            "service_id",
            postgresql_where=text("live"),
            sqlite_where=text("live = 1"),
        ),
        Index("ix_listing_texts_profile", "profile_id"),
        Index("ix_listing_texts_category", "category_id"),
        {"schema": "marketplace"},
    )

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), Identity(always=True), primary_key=True
    )
    service_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("marketplace.listings.service_id", ondelete="CASCADE"))
    profile_id: Mapped[UUID] = mapped_column(Uuid)
    category_id: Mapped[UUID] = mapped_column(Uuid)
    live: Mapped[bool] = mapped_column(Boolean)
    quality: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(Text)
    tags: Mapped[str] = mapped_column(Text)
    business: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)


# What each engine derives from these rows stands in the migration, as the other could not map it: on PostgreSQL
# generated vectors with their indexes, one a tier, so that the planner knows of each tier how often a word is in it,
# which a weight would hide from it; on SQLite an FTS5 table that triggers keep.
_VECTORS = {Tier.TITLE: "title_words", Tier.SUMMARY: "summary_words", Tier.DESCRIPTION: "all_words"}
_FTS = table("listing_texts_fts", column("rowid", Integer), column("listing_texts_fts", Text))


class Asked(TypeDecorator[tuple[str, ...]]):
    """Words to look for, in the query language of the engine. They are letters and digits only (`words.asked`)."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text
    cache_ok: bool | None = True

    def __init__(self, tier: Tier) -> None:
        super().__init__()
        self.tier = tier

    @override
    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if dialect.name == "postgresql":
            return " & ".join(f"{word}:*" if begins(word) else word for word in value)
        words = " AND ".join(f'"{word}" *' if begins(word) else f'"{word}"' for word in value)
        columns = {Tier.TITLE: ("title",), Tier.SUMMARY: SUMMARY, Tier.DESCRIPTION: EVERYTHING}[self.tier]
        return f"{{{' '.join(columns)}}} : ({words})"


def matching(tier: Tier, engine: Engine) -> ColumnElement[bool]:
    """Whether all words, bound as `words_<tier>`, are within the tier."""
    given = bindparam(f"words_{tier}", type_=Asked(tier))
    if engine == "postgresql":
        vector = literal_column(f"listing_texts.{_VECTORS[tier]}", TSVECTOR)
        return vector.bool_op("@@")(cast(given, TSQUERY))
    return ListingText.number.in_(select(_FTS.c.rowid).where(_FTS.c.listing_texts_fts.bool_op("MATCH")(given)))
