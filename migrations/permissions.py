"""Permissions of the built-in roles, granted and revoked as the contract's `x-roles` changes."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.alter import placed


def grant(role: str, permissions: Sequence[str]) -> None:
    """Give a built-in role these permissions; running programs read the roles anew at their next request."""
    table = sa.table(
        "role_permissions", sa.column("role_name", sa.String), sa.column("permission", sa.String), schema=_schema()
    )
    op.bulk_insert(table, [{"role_name": role, "permission": one} for one in permissions])
    _count_up()


def revoke(role: str, permissions: Sequence[str]) -> None:
    """Take these permissions from a built-in role."""
    table = sa.table("role_permissions", sa.column("role_name"), sa.column("permission"), schema=_schema())
    op.execute(sa.delete(table).where(table.c.role_name == role, table.c.permission.in_(permissions)))
    _count_up()


def _count_up() -> None:
    table = sa.table("role_catalogue", sa.column("version", sa.Integer), schema=_schema())
    op.execute(sa.update(table).values(version=table.c.version + 1))


def _schema() -> str | None:
    return placed("identity")
