"""Plans of statements, as the service's database makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import CompoundSelect, Select

    from tests.harness.service import Service


async def plan_of(
    service: Service,
    statement: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]],
    binds: Mapping[str, object],
    *,
    first: Sequence[str] = (),
) -> str:
    """Return how the database would find the rows if it may not read a whole table, which a small one invites to.

    PostgreSQL carries out the statements in `first` before it plans, and takes them back: rows that make it choose as
    it would on a table of some size, between indexes that are all alike on a small one.
    """
    async with service.services.database.begin() as tx:
        plain = statement.params(**binds).compile(dialect=tx.get_bind().dialect, compile_kwargs={"literal_binds": True})
        asked = plain.string.replace(":", "\\:")
        if service.engine == "postgresql":
            await tx.execute(text("SET LOCAL enable_seqscan = off"))
            await tx.execute(text("SAVEPOINT planned"))
            for statement_before in first:
                await tx.execute(text(statement_before))
            plan = "\n".join(await tx.scalars(text(f"EXPLAIN {asked}")))
            await tx.execute(text("ROLLBACK TO SAVEPOINT planned"))
            return plan
        # There are no schemas on SQLite.
        without = asked.replace("marketplace.", "").replace("identity.", "")
        rows = await tx.execute(text(f"EXPLAIN QUERY PLAN {without}"))
        return "\n".join(row.detail for row in rows)
