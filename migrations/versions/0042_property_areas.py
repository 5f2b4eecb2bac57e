"""Areas of properties as searches compare them, no narrow cells beside 180 degrees, and who may see areas."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from alembic import context, op

from impl.marketplace.capabilities.geography.service import area_columns, coarse_area
from migrations.alter import placed
from migrations.limits import limit
from migrations.permissions import grant, revoke

revision: str = "0042_property_areas"
down_revision: str | None = "0041_moderation_mails"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BATCH = 500
_AREA = ("area_x", "area_y", "area_z")
_ROLES = ("SERVICE_PROVIDER", "STAFF_SUPPORT")
_PERMISSIONS = ("property_area:read",)
_SHOWN = "state = 'ACTIVE'"

# Not `sa.table`: only of a whole Table is the schema left out on SQLite.
_PROPERTIES = sa.Table(
    "properties",
    sa.MetaData(schema="marketplace"),
    sa.Column("id", sa.Uuid()),
    *(sa.Column(name, sa.Double()) for name in ("latitude", "longitude", "area_latitude", "area_longitude", *_AREA)),
    sa.Column("area_cell", sa.Integer()),
)
_PROFILES = sa.Table(
    "provider_profiles",
    sa.MetaData(schema="marketplace"),
    sa.Column("id", sa.Uuid()),
    *(sa.Column(name, sa.Double()) for name in ("base_latitude", "base_longitude", *_AREA)),
    sa.Column("area_cell", sa.Integer()),
)


def upgrade() -> None:
    """Derive the areas of what is there, which takes Python: SQL to run by hand leaves them empty."""
    limit()
    schema = placed("marketplace")
    for name in _AREA:
        op.add_column("properties", sa.Column(name, sa.Double(), nullable=True), schema=schema)
    op.add_column("properties", sa.Column("area_cell", sa.Integer(), nullable=True), schema=schema)
    if not context.is_offline_mode():
        _derive_properties(op.get_bind())
        _derive_profiles(op.get_bind())
    table = "properties" if schema is None else f"{schema}.properties"
    for index, columns in (("ix_properties_area", "area_cell"), ("ix_properties_type", "type, id")):
        op.execute(
            "-- squawk-ignore require-concurrent-index-creation\n"
            f"CREATE INDEX {index} ON {table} ({columns}) WHERE {_SHOWN}"
        )
    for role in _ROLES:
        grant(role, _PERMISSIONS)


def _derive_properties(connection: sa.Connection) -> None:
    place = _PROPERTIES.c.latitude, _PROPERTIES.c.longitude
    for rows in _batches(connection, _PROPERTIES, *place, place[0].is_not(None)):
        areas = [(row.id, (row.latitude, row.longitude)) for row in rows]
        _write(
            connection,
            _PROPERTIES,
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
    """Derive anew where cells have become wider: beside 180 degrees and at the poles."""
    latitude, longitude = _PROFILES.c.base_latitude, _PROFILES.c.base_longitude
    beside = sa.or_(sa.func.abs(longitude) > 178, sa.func.abs(latitude) > 89)
    for rows in _batches(connection, _PROFILES, latitude, longitude, beside):
        areas = [{"at": row.id, **area_columns((row.base_latitude, row.base_longitude))} for row in rows]
        _write(connection, _PROFILES, areas)


def _batches(
    connection: sa.Connection,
    table: sa.Table,
    latitude: sa.Column[float],
    longitude: sa.Column[float],
    condition: sa.ColumnElement[bool],
) -> Iterator[Sequence[sa.Row[tuple[object, float, float]]]]:
    """Yield the rows some at a time, so that memory does not bound how many there are."""
    page = sa.select(table.c.id, latitude, longitude).where(condition).order_by(table.c.id).limit(_BATCH)
    rows = connection.execute(page).all()
    while rows:
        yield rows
        rows = connection.execute(page.where(table.c.id > rows[-1].id)).all()


def _write(connection: sa.Connection, table: sa.Table, rows: list[dict[str, object]]) -> None:
    names = [name for name in rows[0] if name != "at"]
    change = sa.update(table).where(table.c.id == sa.bindparam("at"))
    connection.execute(change.values({name: sa.bindparam(name) for name in names}), rows)


def downgrade() -> None:
    limit()
    for role in _ROLES:
        revoke(role, _PERMISSIONS)
    schema = placed("marketplace")
    for index in ("ix_properties_type", "ix_properties_area"):
        op.drop_index(index, "properties", schema=schema)
    for name in ("area_cell", *_AREA):
        op.drop_column("properties", name, schema=schema)
