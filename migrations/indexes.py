"""Indexes of tables that are in use, which nobody has to wait for."""

import sqlalchemy as sa
from alembic import context, op

from migrations.alter import placed

_INVALID = sa.text(
    "SELECT NOT indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
    " JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = :schema AND relname = :name"
)


def build_index(
    name: str,
    table: str,
    columns: str,
    *,
    schema: str,
    where: str | None = None,
    using: str = "",
    storage: str = "",
    include: str = "",
) -> None:
    """Build an index while others write; `columns` is what stands between the parentheses.

    `using` is a method of PostgreSQL (`gin`), `storage` its parameters, and `include` columns that are only read.

    On PostgreSQL it is built CONCURRENTLY, which no transaction can hold: what the migration has done before is
    committed, so a migration builds indexes and does nothing else. One that was killed meanwhile is run again: what is
    there is left, and an index that was left unfinished is dropped and built anew.
    """
    condition = "" if where is None else f" WHERE {where}"
    if placed(schema) is None:
        op.execute(f"CREATE INDEX {name} ON {table} ({columns}){condition}")
        return
    with op.get_context().autocommit_block():
        _take_time()
        if not context.is_offline_mode():
            _drop_unfinished(name, schema)
        method, parameters = using and f" USING {using}", storage and f" WITH ({storage})"
        included = include and f" INCLUDE ({include})"
        where_and_how = f"{schema}.{table}{method} ({columns}){included}{parameters}{condition}"
        op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {where_and_how}")
        _hurry()


def drop_index(name: str, *, schema: str) -> None:
    """Drop an index while others read and write."""
    if placed(schema) is None:
        op.execute(f"DROP INDEX {name}")
        return
    with op.get_context().autocommit_block():
        _take_time()
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema}.{name}")
        _hurry()


def _drop_unfinished(name: str, schema: str) -> None:
    if op.get_bind().execute(_INVALID, {"schema": schema, "name": name}).scalar():
        op.execute(f"DROP INDEX CONCURRENTLY {schema}.{name}")


def _take_time() -> None:
    """Wait for all transactions that began earlier, since nobody waits for this one."""
    op.execute("SET lock_timeout = 0")
    op.execute("SET statement_timeout = 0")


def _hurry() -> None:
    op.execute("RESET lock_timeout")
    op.execute("RESET statement_timeout")
