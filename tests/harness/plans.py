"""Plans of statements, as the service's database makes them."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from sqlalchemy import Dialect
    from sqlalchemy.ext.asyncio import AsyncSession

    from impl.kernel.statements import Query
    from tests.harness.service import Service


class Planner(Protocol):
    """Function that returns how the database would find the rows of a query."""

    async def __call__(self, query: Query[Any], binds: Mapping[str, object]) -> str: ...


async def plan_of(service: Service, query: Query[Any], binds: Mapping[str, object]) -> str:
    """Return how the database would find the rows if it may not read a whole table, which a small one invites to."""
    async with planning(service) as plan:
        return await plan(query, binds)


@asynccontextmanager
async def planning(service: Service, *, first: Sequence[str] = ()) -> AsyncIterator[Planner]:
    """Return what plans queries as `plan_of` does, one after another in one transaction.

    PostgreSQL tells the plan that it keeps for whatever values, unless each use of the query is planned anew. It
    carries out the statements in `first` before it plans, and takes them back: rows that make it choose as it would on
    a table of some size, between indexes that are all alike on a small one.
    """
    async with service.services.database.begin() as tx:
        if service.engine == "sqlite":
            yield partial(_sqlite_plan, tx)
            return
        await tx.execute(text("SET LOCAL enable_seqscan = off"))
        await tx.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
        await tx.execute(text("SAVEPOINT planned"))
        for statement_before in first:
            await tx.execute(text(statement_before))
        yield partial(_postgres_plan, tx)
        await tx.execute(text("ROLLBACK TO SAVEPOINT planned"))


async def _sqlite_plan(tx: AsyncSession, query: Query[Any], binds: Mapping[str, object]) -> str:
    # There are no schemas on SQLite.
    asked = _with_values(query, binds, tx.get_bind().dialect).replace("marketplace.", "").replace("identity.", "")
    rows = await tx.execute(text(f"EXPLAIN QUERY PLAN {asked}"))
    return "\n".join(row.detail for row in rows)


async def _postgres_plan(tx: AsyncSession, query: Query[Any], binds: Mapping[str, object]) -> str:
    dialect = tx.get_bind().dialect
    if query.replanned:
        plan = await tx.scalars(text(f"EXPLAIN {_with_values(query, binds, dialect)}"))
        return "\n".join(plan)
    asked, number = _with_parameters(query, binds, dialect)
    await tx.execute(text(f"PREPARE kept AS {asked}"))
    # The plan is one for all values, so that it is asked for without any.
    values = ", ".join(["NULL"] * number)
    plan = await tx.scalars(text(f"EXPLAIN EXECUTE kept ({values})" if number else "EXPLAIN EXECUTE kept"))
    lines = plan.all()
    await tx.execute(text("DEALLOCATE kept"))
    return "\n".join(lines)


def _with_values(query: Query[Any], binds: Mapping[str, object], dialect: Dialect) -> str:
    compiled = query.statement.params(**binds).compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    return compiled.string.replace(":", "\\:")


def _with_parameters(query: Query[Any], binds: Mapping[str, object], dialect: Dialect) -> tuple[str, int]:
    """Return the statement as it is prepared, and the number of its parameters."""
    compiled = query.statement.params(**binds).compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    numbers = {int(number) for number in re.findall(r"\$(\d+)", compiled.string)}
    return compiled.string.replace(":", "\\:"), max(numbers, default=0)
