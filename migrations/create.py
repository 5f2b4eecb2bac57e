"""Parts of new tables that mean the same on both engines, under the names that the tables' metadata gives them."""

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime


def words_of(enum: str, *values: str) -> sa.Enum:
    """Return the type of a text column that holds these words only; `enum` is the enum's name in lower case."""
    return sa.Enum(*values, name=enum, native_enum=False, create_constraint=True, length=32)


def checks(table: str, **conditions: str) -> list[sa.CheckConstraint]:
    """Return CHECK constraints, by their names without the table's."""
    return [sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}")) for name, condition in conditions.items()]


def foreign_key(table: str, column: str, target: str, schema: str | None, place: str) -> sa.ForeignKeyConstraint:
    """Return a foreign key to the ids of a table in the schema `place`; without a `schema` there are none (SQLite)."""
    referred = f"{place}.{target}.id" if schema else f"{target}.id"
    return sa.ForeignKeyConstraint(
        [column], [referred], name=op.f(f"fk_{table}_{column}_{target}"), ondelete="RESTRICT"
    )


def stamps() -> list[sa.Column[object]]:
    """Return the columns that each resource ends with: its times and its version."""
    return [
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    ]
