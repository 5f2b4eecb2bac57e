"""Areas from which providers set out, derived from base points and radii for searches by distance."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import context, op

from impl.marketplace.capabilities.geography.service import area_columns, reach
from migrations.alter import placed
from migrations.limits import limit

revision: str = "0027_service_areas"
down_revision: str | None = "0026_places"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

AREA = ("area_x", "area_y", "area_z", "area_reach")

profiles = sa.Table(
    "provider_profiles",
    sa.MetaData(schema="marketplace"),
    sa.Column("id", sa.Uuid()),
    *(sa.Column(name, sa.Double()) for name in ("base_latitude", "base_longitude", *AREA)),
    *(sa.Column(name, sa.Integer()) for name in ("service_radius_km", "area_cell")),
)


def upgrade() -> None:
    """Add the columns and derive them of what is there, which takes Python: SQL to run by hand leaves them empty."""
    limit()
    schema = placed("marketplace")
    for name in AREA:
        op.add_column("provider_profiles", sa.Column(name, sa.Double(), nullable=True), schema=schema)
    op.add_column("provider_profiles", sa.Column("area_cell", sa.Integer(), nullable=True), schema=schema)
    if not context.is_offline_mode():
        _derive(op.get_bind())
    table = "provider_profiles" if schema is None else f"{schema}.provider_profiles"
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        f"CREATE INDEX ix_provider_profiles_area ON {table} (area_cell)"
    )


def _derive(connection: sa.Connection) -> None:
    located = sa.select(profiles).where(profiles.c.base_latitude.is_not(None), profiles.c.base_longitude.is_not(None))
    for row in connection.execute(located).mappings().all():
        radius_km = row["service_radius_km"]
        area = area_columns((row["base_latitude"], row["base_longitude"]))
        values = {**area, "area_reach": None if radius_km is None else reach(radius_km)}
        connection.execute(sa.update(profiles).where(profiles.c.id == row["id"]).values(**values))


def downgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.drop_index("ix_provider_profiles_area", "provider_profiles", schema=schema)
    for name in ("area_cell", *AREA):
        op.drop_column("provider_profiles", name, schema=schema)
