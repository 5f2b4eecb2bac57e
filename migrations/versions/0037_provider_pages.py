"""Public pages of providers: every slug that a business has had, and the row by which its page is listed and found."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql, sqlite

from impl.kernel.tables import Json, UtcDateTime
from impl.marketplace.capabilities.pages.service import page_of
from migrations.alter import placed
from migrations.limits import limit

revision: str = "0037_provider_pages"
down_revision: str | None = "0036_audit_verdicts"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BATCH = 500
VECTORS = {"title_words": ("name",), "summary_words": ("name",), "all_words": ("name", "about")}

# The index of SQLite holds no text of its own, and has to be told the old one to forget it.
ON_SQLITE = (
    """
    CREATE VIRTUAL TABLE provider_pages_fts USING fts5(
        name, about, content = 'provider_pages', content_rowid = 'number',
        tokenize = 'ascii', prefix = '2 3', detail = column
    )
    """,
    """
    CREATE TRIGGER provider_pages_added AFTER INSERT ON provider_pages BEGIN
        INSERT INTO provider_pages_fts (rowid, name, about) VALUES (new.number, new.name, new.about);
    END
    """,
    """
    CREATE TRIGGER provider_pages_removed AFTER DELETE ON provider_pages BEGIN
        INSERT INTO provider_pages_fts (provider_pages_fts, rowid, name, about)
        VALUES ('delete', old.number, old.name, old.about);
    END
    """,
    """
    CREATE TRIGGER provider_pages_changed AFTER UPDATE OF name, about ON provider_pages BEGIN
        INSERT INTO provider_pages_fts (provider_pages_fts, rowid, name, about)
        VALUES ('delete', old.number, old.name, old.about);
        INSERT INTO provider_pages_fts (rowid, name, about) VALUES (new.number, new.name, new.about);
    END
    """,
)

# Columns as they are at this revision.
tables = sa.MetaData(schema="marketplace")
profiles = sa.Table(
    "provider_profiles",
    tables,
    sa.Column("id", sa.Uuid()),
    *(sa.Column(name, sa.String()) for name in ("business_name", "slug", "about", "website", "state")),
    sa.Column("licences", Json),
    *(sa.Column(name, UtcDateTime()) for name in ("created_at", "approved_at")),
)
pages = sa.Table(
    "provider_pages",
    tables,
    sa.Column("profile_id", sa.Uuid()),
    sa.Column("live", sa.Boolean()),
    sa.Column("quality", sa.Integer()),
    sa.Column("published_at", UtcDateTime()),
    *(sa.Column(name, sa.String()) for name in ("sort_key", "name", "about")),
)
slugs = sa.Table(
    "provider_slugs",
    tables,
    sa.Column("slug", sa.String()),
    sa.Column("profile_id", sa.Uuid()),
    sa.Column("taken_at", UtcDateTime()),
)


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    _create_slugs(schema)
    _create_pages(schema)
    op.add_column("provider_profiles", sa.Column("base_place_id", sa.Uuid(), nullable=True), schema=schema)
    dot = "" if schema is None else f"{schema}."
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        f"CREATE INDEX ix_places_town_latitude ON {dot}places (latitude) WHERE kind = 'TOWN'"
    )
    op.execute(
        sa.insert(slugs).from_select(
            ["slug", "profile_id", "taken_at"], sa.select(profiles.c.slug, profiles.c.id, profiles.c.created_at)
        )
    )
    # Words are folded by this program: SQL to run by hand cannot do it.
    if not context.is_offline_mode():
        _fill(op.get_bind())


def _of_profile(table: str, schema: str | None) -> sa.ForeignKeyConstraint:
    there = "provider_profiles.id" if schema is None else f"{schema}.provider_profiles.id"
    name = op.f(f"fk_{table}_profile_id_provider_profiles")
    return sa.ForeignKeyConstraint(["profile_id"], [there], name=name, ondelete="CASCADE")


def _create_slugs(schema: str | None) -> None:
    op.create_table(
        "provider_slugs",
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("length(slug) BETWEEN 1 AND 80", name=op.f("ck_provider_slugs_slug_length")),
        _of_profile("provider_slugs", schema),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_provider_slugs")),
        schema=schema,
    )
    op.create_index("ix_provider_slugs_profile", "provider_slugs", ["profile_id", "taken_at"], schema=schema)


def _create_pages(schema: str | None) -> None:
    generated = [
        sa.Column(
            name,
            postgresql.TSVECTOR(),
            sa.Computed(f"({' || '.join(parts)})::tsvector", persisted=True),
            nullable=True,
        )
        for name, parts in VECTORS.items()
    ]
    sort_key = sa.String(360) if schema is None else sa.String(360, collation="C")
    op.create_table(
        "provider_pages",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=True), nullable=False
        ),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("quality", sa.Integer(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("sort_key", sort_key, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        *([] if schema is None else generated),
        sa.CheckConstraint("quality BETWEEN 0 AND 100", name=op.f("ck_provider_pages_quality_range")),
        _of_profile("provider_pages", schema),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_provider_pages")),
        sa.UniqueConstraint("profile_id", name=op.f("uq_provider_pages_profile_id")),
        schema=schema,
    )
    where = {"postgresql_where": sa.text("live"), "sqlite_where": sa.text("live = 1")}
    for name, column in (("published", "published_at"), ("sort_key", "sort_key"), ("quality", "quality")):
        op.create_index(
            f"ix_provider_pages_{name}",
            "provider_pages",
            [column, "profile_id"],
            schema=schema,
            **where,  # type: ignore[arg-type]  # options of two dialects
        )
    if schema is None:
        for statement in ON_SQLITE:
            op.execute(statement)
        return
    # Without a list of what is yet to be indexed: every search would read it from end to end.
    at_once = {"postgresql_using": "gin", "postgresql_with": {"fastupdate": "off"}}
    for name in VECTORS:
        op.create_index(f"ix_provider_pages_{name}", "provider_pages", [name], schema=schema, **at_once)  # type: ignore[arg-type]  # options of one dialect


def _fill(connection: sa.Connection) -> None:
    published = sa.select(profiles).where(
        sa.or_(profiles.c.approved_at.is_not(None), profiles.c.state.in_(("APPROVED", "SUSPENDED")))
    )
    page = published.order_by(profiles.c.id).limit(BATCH)
    rows = connection.execute(page).mappings().all()
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    while rows:
        connection.execute(insert(pages).on_conflict_do_nothing(), [_page(row) for row in rows])
        rows = connection.execute(page.where(profiles.c.id > rows[-1]["id"])).mappings().all()


def _page(row: sa.RowMapping) -> dict[str, Any]:
    published_at = row["approved_at"] or row["created_at"]
    values = page_of(
        {
            "business_name": row["business_name"],
            "about": row["about"],
            "website": row["website"],
            "licences": row["licences"],
        },
        published_at,
        live=row["state"] == "APPROVED",
    )
    return {**values, "profile_id": row["id"]}


def downgrade() -> None:
    limit()
    schema = placed("marketplace")
    if schema is None:
        op.execute("DROP TABLE provider_pages_fts")
    op.drop_table("provider_pages", schema=schema)
    op.drop_index("ix_places_town_latitude", "places", schema=schema)
    op.drop_column("provider_profiles", "base_place_id", schema=schema)
    op.drop_table("provider_slugs", schema=schema)
