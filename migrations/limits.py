"""Lock and statement time-outs of a migration, which protect a running service."""

from alembic import op


def limit(*, lock: str = "4s", statement: str = "60s") -> None:
    """Give up rather than queue behind a long transaction: everyone else would then queue behind the migration.

    The first line of each upgrade and downgrade. A migration that needs longer says so here.
    """
    if op.get_context().dialect.name == "postgresql":
        op.execute(f"SET LOCAL lock_timeout = '{lock}'")
        op.execute(f"SET LOCAL statement_timeout = '{statement}'")


def run_in_batches(statement: str, *, minutes: int) -> None:
    """Run a statement of PostgreSQL that commits after each of its batches, beside those who read and write.

    It is the whole of its migration, which is run again when it was killed meanwhile.
    """
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        op.execute(f"SET statement_timeout = '{minutes}min'")
        op.execute(statement)
        op.execute("RESET lock_timeout")
        op.execute("RESET statement_timeout")
