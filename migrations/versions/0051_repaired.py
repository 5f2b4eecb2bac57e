"""Derived columns of rows that processes of the release before wrote, and no such rows any more in `placements`."""

from collections.abc import Iterator, Sequence
from uuid import UUID

import sqlalchemy as sa
from alembic import context, op

from impl.kernel.words import shingles, sketch
from impl.marketplace.capabilities.geography.service import area_columns, coarse_area
from migrations.alter import not_null, placed
from migrations.limits import limit

revision: str = "0051_repaired"
down_revision: str | None = "0050_verifications"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BATCH = 500
_AREA = ("area_x", "area_y", "area_z")

# Not `sa.table`: only of a whole Table is the schema left out on SQLite.
_tables = sa.MetaData(schema="marketplace")
_properties = sa.Table(
    "properties",
    _tables,
    sa.Column("id", sa.Uuid()),
    *(sa.Column(name, sa.Double()) for name in ("latitude", "longitude", "area_latitude", "area_longitude", *_AREA)),
    sa.Column("area_cell", sa.Integer()),
)
_profiles = sa.Table(
    "provider_profiles",
    _tables,
    sa.Column("id", sa.Uuid()),
    *(sa.Column(name, sa.Double()) for name in ("base_latitude", "base_longitude", *_AREA)),
    sa.Column("area_cell", sa.Integer()),
)
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
    """Fill what rows lack that older processes wrote since 0042; from here on these cannot publish, and fail."""
    limit(statement="15min")
    if not context.is_offline_mode():
        connection = op.get_bind()
        _derive_properties(connection)
        _derive_profiles(connection)
        _draw(connection)
    schema = placed("marketplace")
    dot = "" if schema is None else f"{schema}."
    op.execute(
        f"UPDATE {dot}placements SET profile_id = listing.profile_id, pricing_kind = listing.pricing_kind "  # noqa: S608 - names of ours
        f"FROM {dot}listings AS listing WHERE listing.service_id = placements.service_id "
        "AND (placements.profile_id IS NULL OR placements.pricing_kind IS NULL)"
    )
    for column in ("profile_id", "pricing_kind"):
        not_null("placements", column, schema="marketplace")


def _derive_properties(connection: sa.Connection) -> None:
    table = _properties
    lacking = table.c.latitude.is_not(None), table.c.area_cell.is_(None)
    page = sa.select(table.c.id, table.c.latitude, table.c.longitude).where(*lacking).limit(_BATCH)
    change = _change(table, "area_latitude", "area_longitude")
    while rows := connection.execute(page).all():
        areas = [(row.id, (row.latitude, row.longitude)) for row in rows]
        connection.execute(
            change,
            [
                {
                    "at": property_id,
                    **area_columns(point),
                    **dict(zip(("area_latitude", "area_longitude"), coarse_area(*point), strict=True)),
                }
                for property_id, point in areas
            ],
        )


def _derive_profiles(connection: sa.Connection) -> None:
    """Derive anew where older processes write narrow cells: beside 180 degrees and at the poles."""
    table = _profiles
    beside = sa.or_(sa.func.abs(table.c.base_longitude) > 178, sa.func.abs(table.c.base_latitude) > 89)
    page = sa.select(table.c.id, table.c.base_latitude, table.c.base_longitude).where(beside)
    change = _change(table)
    for rows in _pages(connection, page, table.c.id):
        connection.execute(
            change, [{"at": row.id, **area_columns((row.base_latitude, row.base_longitude))} for row in rows]
        )


def _draw(connection: sa.Connection) -> None:
    """Give a sketch to each listing that has none; one that was published anew keeps that of the text before."""
    has_one = sa.exists().where(_sketches.c.service_id == _listings.c.service_id)
    for rows in _pages(connection, sa.select(_listings).where(~has_one), _listings.c.service_id):
        drawn = [
            {"hash": one, "service_id": row.service_id}
            for row in rows
            for one in sketch(shingles(row.title, row.description))
        ]
        if drawn:
            connection.execute(sa.insert(_sketches), drawn)


def _change(table: sa.Table, *more: str) -> sa.Update:
    names = (*_AREA, "area_cell", *more)
    return sa.update(table).where(table.c.id == sa.bindparam("at")).values({name: sa.bindparam(name) for name in names})


def _pages(
    connection: sa.Connection, query: sa.Select[*tuple[object, ...]], key: sa.Column[UUID]
) -> Iterator[Sequence[sa.Row[*tuple[object, ...]]]]:
    """Yield the rows some at a time, so that memory does not bound how many there are."""
    after: object = UUID(int=0)
    page = query.order_by(key).limit(_BATCH)
    while rows := connection.execute(page.where(key > after)).all():
        after = rows[-1][0]
        yield rows


def downgrade() -> None:
    limit()
    for column in ("pricing_kind", "profile_id"):
        not_null("placements", column, schema="marketplace", undo=True)
