"""Search columns of listings and properties: folded words, and the index of each engine."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from migrations.limits import limit

revision: str = "0006_search"
down_revision: str | None = "0005_audit_chain"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SUMMARY = ("title", "tags", "business", "category")
EVERYTHING = (*SUMMARY, "description")

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
    # Without a list of what is yet to be indexed: every search would read it from end to end.
    at_once = {"postgresql_using": "gin", "postgresql_with": {"fastupdate": "off"}}
    for name in vectors:
        op.create_index(f"ix_listing_texts_{name}", "listing_texts", [name], schema=schema, **at_once)  # type: ignore[arg-type]  # options of one dialect


def downgrade() -> None:
    limit()
    schema = None if is_sqlite() else "marketplace"
    if schema is None:
        op.execute("DROP TABLE listing_texts_fts")
    op.drop_table("listing_texts", schema=schema)
    op.drop_column("properties", "words", schema=schema)
