"""Words of listings, properties and accounts, folded again by the rules of Unicode."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from impl.identity.capabilities.users.tables import name_keys
from impl.kernel.tables import Json
from impl.kernel.words import tokenize_document
from impl.marketplace.properties.service import words_of
from impl.marketplace.properties.tables import city_key
from migrations.limits import limit

revision: str = "0022_folded_again"
down_revision: str | None = "0021_identity_mails"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BATCH = 500
SEARCHED = ("label", "line1", "line2", "city", "region", "postal_code", "notes")
TEXTS = ("title", "tags", "business", "category", "description")

# Columns as they are at this revision; a whole Table, because only of that is the schema left out on SQLite.
marketplace = sa.MetaData(schema="marketplace")
categories = sa.Table("categories", marketplace, sa.Column("id", sa.Uuid()), sa.Column("name", sa.String()))
profiles = sa.Table(
    "provider_profiles", marketplace, sa.Column("id", sa.Uuid()), sa.Column("business_name", sa.String())
)
listings = sa.Table(
    "listings",
    marketplace,
    *(sa.Column(name, sa.Uuid()) for name in ("service_id", "profile_id", "category_id")),
    sa.Column("title", sa.String()),
    sa.Column("description", sa.String()),
    sa.Column("tags", Json),
)
listing_texts = sa.Table(
    "listing_texts",
    marketplace,
    sa.Column("service_id", sa.Uuid()),
    *(sa.Column(name, sa.Text()) for name in TEXTS),
)
properties = sa.Table(
    "properties",
    marketplace,
    sa.Column("id", sa.Uuid()),
    *(sa.Column(name, sa.String()) for name in SEARCHED),
    sa.Column("words", sa.Text()),
    sa.Column("city_key", sa.String()),
)
users = sa.Table(
    "users",
    sa.MetaData(schema="identity"),
    sa.Column("id", sa.Uuid()),
    *(sa.Column(name, sa.String()) for name in ("full_name", "full_name_key", "last_name_key")),
)


def upgrade() -> None:
    """Change only what folds differently, and only where nobody has changed it meanwhile."""
    limit()
    # Words are folded by this program: SQL to run by hand cannot do it.
    if not context.is_offline_mode():
        _fold_listings(op.get_bind())
        _fold_properties(op.get_bind())
        _fold_names(op.get_bind())


def _fold_listings(connection: sa.Connection) -> None:
    given = (listings.c.title, listings.c.description, listings.c.tags, profiles.c.business_name, categories.c.name)
    statement = (
        sa.select(listing_texts, *(column.label(f"given_{column.name}") for column in given))
        .join(listings, listings.c.service_id == listing_texts.c.service_id)
        .join(profiles, profiles.c.id == listings.c.profile_id)
        .join(categories, categories.c.id == listings.c.category_id)
    )
    for row in _rows(connection, statement, listing_texts.c.service_id):
        tags = row["given_tags"]
        texts = {
            "title": row["given_title"],
            "tags": " ".join(tags) if isinstance(tags, list) else "",
            "business": row["given_business_name"],
            "category": row["given_name"],
            "description": row["given_description"],
        }
        folded = {name: tokenize_document(text) for name, text in texts.items()}
        _change(connection, listing_texts.c.service_id, row, folded)


def _fold_properties(connection: sa.Connection) -> None:
    for row in _rows(connection, sa.select(properties), properties.c.id):
        folded = {"words": words_of(*(row[name] for name in SEARCHED)), "city_key": city_key(row["city"])}
        _change(connection, properties.c.id, row, folded)


def _fold_names(connection: sa.Connection) -> None:
    for row in _rows(connection, sa.select(users), users.c.id):
        _change(connection, users.c.id, row, name_keys(row["full_name"]))


def _change(connection: sa.Connection, key: sa.Column[Any], row: sa.RowMapping, folded: dict[str, str]) -> None:
    before = {name: row[name] for name in folded}
    if before != folded:
        as_read = [key.table.c[name] == value for name, value in before.items()]
        connection.execute(sa.update(key.table).where(key == row[key.name], *as_read).values(**folded))


def _rows(connection: sa.Connection, statement: sa.Select[Any], key: sa.Column[Any]) -> Iterator[sa.RowMapping]:
    """Yield all rows in batches: neither memory nor a statement's time limit bounds how many there are."""
    page = statement.order_by(key).limit(BATCH)
    rows = connection.execute(page).mappings().all()
    while rows:
        yield from rows
        rows = connection.execute(page.where(key > rows[-1][key.name])).mappings().all()


def downgrade() -> None:
    """Leave the words: the revision before has a place for them, and finds with them what it folds alike."""
    limit()
