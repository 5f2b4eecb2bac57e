"""ALTER TABLE with the same meaning on both engines."""

import re
from collections.abc import Callable, Sequence

import sqlalchemy as sa
from alembic import op


def placed(schema: str) -> str | None:
    """Return the schema that an ALTER TABLE names; SQLite has none."""
    return None if op.get_context().dialect.name == "sqlite" else schema


def one_of(table: str, name: str, column: str, values: Sequence[str], *, schema: str) -> None:
    """Let the column hold these words from now on; `name` is the enum's, in lower case.

    Nobody reads or writes the table while its rows are looked at: it is for tables that keep little (days of sessions
    and mails), and the migration's time limit ends it where that is not so.
    """
    words = ", ".join(f"'{value}'" for value in values)
    check(table, name, f"{column} IN ({words})", schema=schema)


def check(table: str, name: str, condition: str, *, schema: str) -> None:
    """Replace a CHECK constraint of the table; every row is held against the new one."""
    constraint = f"ck_{table}_{name}"
    if op.get_context().dialect.name == "sqlite":
        _rewrite(table, constraint, condition)
        return
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE {schema}.{table} DROP CONSTRAINT {constraint}")
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        f"ALTER TABLE {schema}.{table} ADD CONSTRAINT {constraint} CHECK ({condition})"
    )


def not_null(table: str, column: str, *, schema: str, undo: bool = False) -> None:
    """Refuse NULL in a column that has a value in every row, or allow it again.

    Nobody reads or writes the table while its rows are looked at, which is for the migration to weigh.
    """
    if op.get_context().dialect.name == "sqlite":
        # The type as SQLAlchemy writes it, one word with its length.
        pattern = rf"(\b{column} [A-Z]+(?:\(\d+\))?){' NOT NULL' if undo else ''}(?=[,)\s])"
        _write_anew(table, column, pattern, lambda found: found[1] + ("" if undo else " NOT NULL"))
        return
    verb = "DROP" if undo else "SET"
    op.execute(
        "-- squawk-ignore adding-not-nullable-field\n"
        f"ALTER TABLE {schema}.{table} ALTER COLUMN {column} {verb} NOT NULL"
    )


def _rewrite(table: str, constraint: str, condition: str) -> None:
    # One line each, which is how SQLAlchemy writes them; the condition itself may hold parentheses.
    pattern = rf"(CONSTRAINT {constraint} CHECK )\(.*\)(?=,? *$)"
    _write_anew(table, constraint, pattern, lambda found: f"{found[1]}({condition})")


def _write_anew(table: str, what: str, pattern: str, put: Callable[[re.Match[str]], str]) -> None:
    """Write the table's definition anew where it stands, as SQLite's ALTER TABLE page describes for constraints.

    The other way, a new table in place of the old one, would delete the rows that refer to it.
    """
    connection = op.get_bind()
    query = sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table")
    written: str = connection.execute(query, {"table": table}).scalar_one()
    changed, count = re.subn(pattern, put, written, flags=re.MULTILINE)
    if count != 1:
        raise RuntimeError(f"{table} has no {what} to write anew")
    version: int = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    connection.execute(
        sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :table"),
        {"sql": changed, "table": table},
    )
    # So that this and every other connection reads the definition again.
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = OFF"))
