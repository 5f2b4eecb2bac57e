"""Sketches of listings, by which those that resemble one another are found."""

from collections.abc import Iterator, Sequence
from uuid import UUID

import sqlalchemy as sa
from alembic import context, op

from impl.kernel.words import shingles, sketch
from migrations.alter import placed
from migrations.limits import limit

revision: str = "0049_sketches"
down_revision: str | None = "0048_photo_sets"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BATCH = 500

# Not `sa.table`: only of a whole Table is the schema left out on SQLite.
_tables = sa.MetaData(schema="marketplace")
_listings = sa.Table(
    "listings",
    _tables,
    sa.Column("service_id", sa.Uuid()),
    sa.Column("title", sa.String()),
    sa.Column("description", sa.String()),
)
_sketches = sa.Table(
    "listing_sketches", _tables, sa.Column("hash", sa.BigInteger()), sa.Column("service_id", sa.Uuid())
)


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.create_table(
        "listing_sketches",
        sa.Column("hash", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["listings.service_id" if schema is None else "marketplace.listings.service_id"],
            name=op.f("fk_listing_sketches_service_id_listings"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("hash", "service_id", name=op.f("pk_listing_sketches")),
        schema=schema,
    )
    op.create_index("ix_listing_sketches_service", "listing_sketches", ["service_id"], schema=schema)
    if not context.is_offline_mode():
        _draw(op.get_bind())


def _draw(bind: sa.Connection) -> None:
    """Give each listing its sketch, some at a time."""
    after = UUID(int=0)
    page = sa.select(_listings).order_by(_listings.c.service_id).limit(BATCH)
    while rows := bind.execute(page.where(_listings.c.service_id > after)).all():
        after = rows[-1].service_id
        if drawn := [values for row in rows for values in _of(row)]:
            bind.execute(sa.insert(_sketches), drawn)


def _of(row: sa.Row[tuple[UUID, str, str]]) -> Iterator[dict[str, object]]:
    for one in sketch(shingles(row.title, row.description)):
        yield {"hash": one, "service_id": row.service_id}


def downgrade() -> None:
    limit()
    op.drop_table("listing_sketches", schema=placed("marketplace"))
