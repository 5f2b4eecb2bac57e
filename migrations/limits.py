"""Lock and statement time-outs of a migration, which protect a running service."""

from alembic import op


def limit(*, lock: str = "4s", statement: str = "60s") -> None:
    """Give up rather than queue behind a long transaction: everyone else would then queue behind the migration.

    The first line of each upgrade and downgrade. A migration that needs longer says so here.
    """
    if op.get_context().dialect.name == "postgresql":
        op.execute(f"SET LOCAL lock_timeout = '{lock}'")
        op.execute(f"SET LOCAL statement_timeout = '{statement}'")
