"""Places, a table that is filled from the gazetteer by `python -m impl.cli migrate --places`."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.alter import placed
from migrations.limits import limit

revision: str = "0026_places"
down_revision: str | None = "0025_reports"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.create_table(
        "places",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("TOWN", "POSTAL_CODE", name="placekind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("locality", sa.String(200), nullable=True),
        sa.Column("admin_area", sa.String(20), nullable=True),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("search_key", sa.String(300), nullable=False),
        sa.Column("edition", sa.String(16), nullable=False),
        _check("country_length", "length(country) = 2"),
        _check("name_length", "length(name) BETWEEN 1 AND 200"),
        _check("latitude_range", "latitude BETWEEN -90 AND 90"),
        _check("longitude_range", "longitude BETWEEN -180 AND 180"),
        _check("population_range", "population >= 0"),
        _check("locality_of_postal_code", "(kind = 'POSTAL_CODE') = (locality IS NOT NULL)"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_places")),
        schema=schema,
    )
    op.create_index(
        "ix_places_search_key",
        "places",
        ["search_key"],
        schema=schema,
        postgresql_ops={"search_key": "text_pattern_ops"},
    )


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_places_{name}"))


def downgrade() -> None:
    limit()
    op.drop_table("places", schema=placed("marketplace"))
