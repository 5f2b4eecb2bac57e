"""What listings and properties are found by, with the words of those that are there already."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects.postgresql import TSVECTOR

from impl.kernel.tables import Json
from impl.marketplace.properties.service import SEARCHED, words_of
from impl.marketplace.search.service import text_of
from migrations.limits import limit

revision: str = "0006_search"
down_revision: str | None = "0005_audit_chain"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BATCH = 500
SUMMARY = ("title", "tags", "business", "category")
EVERYTHING = (*SUMMARY, "description")

# Columns as they are at this revision; a whole Table, because only of that is the schema left out on SQLite.
tables = sa.MetaData(schema="marketplace")
categories = sa.Table("categories", tables, sa.Column("id", sa.Uuid()), sa.Column("name", sa.String()))
profiles = sa.Table("provider_profiles", tables, sa.Column("id", sa.Uuid()), sa.Column("business_name", sa.String()))
listings = sa.Table(
    "listings",
    tables,
    sa.Column("service_id", sa.Uuid()),
    sa.Column("profile_id", sa.Uuid()),
    sa.Column("category_id", sa.Uuid()),
    sa.Column("title", sa.String()),
    sa.Column("description", sa.String()),
    sa.Column("tags", Json),
    sa.Column("price_minor", sa.BigInteger()),
    sa.Column("duration_minutes", sa.Integer()),
    sa.Column("live", sa.Boolean()),
)
listing_texts = sa.Table(
    "listing_texts",
    tables,
    *(sa.Column(name, sa.Uuid()) for name in ("service_id", "profile_id", "category_id")),
    sa.Column("live", sa.Boolean()),
    sa.Column("quality", sa.Integer()),
    *(sa.Column(name, sa.Text()) for name in EVERYTHING),
)
properties = sa.Table(
    "properties",
    tables,
    sa.Column("id", sa.Uuid()),
    *(sa.Column(name, sa.String()) for name in SEARCHED),
    sa.Column("words", sa.Text()),
)

# The index of SQLite holds no text of its own, and has to be told the old one to forget it.
ON_SQLITE = (
    """
    CREATE VIRTUAL TABLE listing_texts_fts USING fts5(
        title, tags, business, category, description, content = 'listing_texts', content_rowid = 'number',
        tokenize = 'ascii', prefix = '2 3', detail = column
    )
    """,
    """
    CREATE TRIGGER listing_texts_added AFTER INSERT ON listing_texts BEGIN
        INSERT INTO listing_texts_fts (rowid, title, tags, business, category, description)
        VALUES (new.number, new.title, new.tags, new.business, new.category, new.description);
    END
    """,
    """
    CREATE TRIGGER listing_texts_removed AFTER DELETE ON listing_texts BEGIN
        INSERT INTO listing_texts_fts (listing_texts_fts, rowid, title, tags, business, category, description)
        VALUES ('delete', old.number, old.title, old.tags, old.business, old.category, old.description);
    END
    """,
    """
    CREATE TRIGGER listing_texts_changed
    AFTER UPDATE OF title, tags, business, category, description ON listing_texts BEGIN
        INSERT INTO listing_texts_fts (listing_texts_fts, rowid, title, tags, business, category, description)
        VALUES ('delete', old.number, old.title, old.tags, old.business, old.category, old.description);
        INSERT INTO listing_texts_fts (rowid, title, tags, business, category, description)
        VALUES (new.number, new.title, new.tags, new.business, new.category, new.description);
    END
    """,
)


def is_sqlite() -> bool:
    return op.get_context().dialect.name == "sqlite"


def upgrade() -> None:
    limit()
    schema = None if is_sqlite() else "marketplace"
    _create_listing_texts(schema)
    op.add_column(
        "properties", sa.Column("words", sa.Text(), server_default=sa.text("''"), nullable=False), schema=schema
    )
    # SQL for an operator to run by hand cannot fold words: `reindex` does it then.
    if not context.is_offline_mode():
        _fill()


def _create_listing_texts(schema: str | None) -> None:
    there = "listings.service_id" if schema is None else "marketplace.listings.service_id"
    vectors = {"title_words": ("title",), "summary_words": SUMMARY, "all_words": EVERYTHING}
    generated = [
        sa.Column(name, TSVECTOR(), sa.Computed(f"({' || '.join(parts)})::tsvector", persisted=True), nullable=True)
        for name, parts in vectors.items()
    ]
    op.create_table(
        "listing_texts",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=True), nullable=False
        ),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("quality", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in EVERYTHING),
        *([] if schema is None else generated),
        sa.CheckConstraint("quality BETWEEN 0 AND 100", name=op.f("ck_listing_texts_quality_range")),
        sa.ForeignKeyConstraint(
            ["service_id"], [there], name=op.f("fk_listing_texts_service_id_listings"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_listing_texts")),
        sa.UniqueConstraint("service_id", name=op.f("uq_listing_texts_service_id")),
        schema=schema,
    )
    where = {"postgresql_where": sa.text("live"), "sqlite_where": sa.text("live = 1")}
    op.create_index("ix_listing_texts_quality", "listing_texts", ["quality", "service_id"], schema=schema, **where)  # type: ignore[arg-type]  # options of two dialects
    op.create_index("ix_listing_texts_profile", "listing_texts", ["profile_id"], schema=schema)
    op.create_index("ix_listing_texts_category", "listing_texts", ["category_id"], schema=schema)
    if schema is None:
        for statement in ON_SQLITE:
            op.execute(statement)
        return
    for name in vectors:
        op.create_index(f"ix_listing_texts_{name}", "listing_texts", [name], schema=schema, postgresql_using="gin")


def _fill() -> None:
    connection = op.get_bind()
    offered = (
        sa.select(listings, profiles.c.business_name, categories.c.name.label("category_name"))
        .join(profiles, profiles.c.id == listings.c.profile_id)
        .join(categories, categories.c.id == listings.c.category_id)
    )
    for rows in _batches(connection, offered, listings.c.service_id):
        texts = [
            {
                "service_id": row["service_id"],
                **text_of(
                    row,
                    profile_id=row["profile_id"],
                    business=row["business_name"],
                    category=row["category_name"],
                    live=row["live"],
                ),
            }
            for row in rows
        ]
        connection.execute(listing_texts.insert(), texts)
    kept = sa.select(properties.c.id, *(properties.c[name] for name in SEARCHED))
    changed = properties.update().where(properties.c.id == sa.bindparam("this")).values(words=sa.bindparam("found_by"))
    for rows in _batches(connection, kept, properties.c.id):
        connection.execute(changed, [{"this": row["id"], "found_by": words_of(row)} for row in rows])


def _batches(
    connection: sa.Connection, statement: sa.Select[Any], key: sa.Column[Any]
) -> Iterator[Sequence[sa.RowMapping]]:
    """All rows, some at a time: neither memory nor a statement's time limit bounds how many there are."""
    page = statement.order_by(key).limit(BATCH)
    rows = connection.execute(page).mappings().all()
    while rows:
        yield rows
        rows = connection.execute(page.where(key > rows[-1][key.name])).mappings().all()


def downgrade() -> None:
    limit()
    schema = None if is_sqlite() else "marketplace"
    if schema is None:
        op.execute("DROP TABLE listing_texts_fts")
    op.drop_table("listing_texts", schema=schema)
    op.drop_column("properties", "words", schema=schema)
