"""Words of listings and properties that existed before search did."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql, sqlite

from impl.kernel.tables import Json
from impl.marketplace.capabilities.search.service import text_of
from impl.marketplace.properties.service import words_of
from migrations.limits import limit

revision: str = "0007_words_of_what_is_there"
down_revision: str | None = "0006_search"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BATCH = 500
SEARCHED = ("label", "line1", "line2", "city", "region", "postal_code", "notes")
EVERYTHING = ("title", "tags", "business", "category", "description")

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


def upgrade() -> None:
    """Fill the columns apart from their own migration, whose locks would last until the last row is read."""
    limit()
    # Words are folded by this program: SQL to run by hand cannot do it.
    if not context.is_offline_mode():
        _fill()


def _fill() -> None:
    connection = op.get_bind()
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
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
                    {
                        "category_id": row["category_id"],
                        "title": row["title"],
                        "description": row["description"],
                        "price_minor": row["price_minor"],
                        "duration_minutes": row["duration_minutes"],
                        "tags": row["tags"],
                    },
                    profile_id=row["profile_id"],
                    business=row["business_name"],
                    category=row["category_name"],
                    live=row["live"],
                ),
            }
            for row in rows
        ]
        # The release that comes with this may have listed one already, with newer words.
        connection.execute(insert(listing_texts).on_conflict_do_nothing(), texts)
    kept = sa.select(properties.c.id, *(properties.c[name] for name in SEARCHED))
    changed = properties.update().where(properties.c.id == sa.bindparam("this")).values(words=sa.bindparam("found_by"))
    for rows in _batches(connection, kept, properties.c.id):
        found_by = [words_of(*(row[name] for name in SEARCHED)) for row in rows]
        connection.execute(
            changed, [{"this": row["id"], "found_by": words} for row, words in zip(rows, found_by, strict=True)]
        )


def _batches(
    connection: sa.Connection, statement: sa.Select[Any], key: sa.Column[Any]
) -> Iterator[Sequence[sa.RowMapping]]:
    """Yield all rows in batches: neither memory nor a statement's time limit bounds how many there are."""
    page = statement.order_by(key).limit(BATCH)
    rows = connection.execute(page).mappings().all()
    while rows:
        yield rows
        rows = connection.execute(page.where(key > rows[-1][key.name])).mappings().all()


def downgrade() -> None:
    """Leave the words: the revision before has a place for them, and they are right."""
    limit()
