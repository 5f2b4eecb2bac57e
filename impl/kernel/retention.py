"""Retention: one cleanup job for each table deletes rows whose period is over, in bounded steps."""

from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, false, func, select, tuple_
from sqlalchemy import Table as PlainTable

from impl.kernel.database import Database
from impl.kernel.personal_data import Period, PersonalDataPolicy
from impl.kernel.tables import Table, core_table

# Rows that one transaction deletes (with those that depend on them): other writers wait for its locks.
BATCH: Final = 500

# Steps of a job, each a committed transaction, with the number of rows that it deleted by table.
type Steps = AsyncGenerator[Mapping[str, int], None]


@dataclass(frozen=True, slots=True)
class CleanupJob:
    """Cleanup in steps, so that the worker can do other work between two; calling it runs all of them."""

    steps: Callable[[], Steps]

    async def __call__(self) -> Counter[str]:
        """Run all steps; return the number of removed rows by table."""
        removed: Counter[str] = Counter()
        async for step in self.steps():
            removed.update(step)
        return removed


class Retention:
    """Deletes rows whose retention period is over; several processes may do so at once, each on other rows."""

    def __init__(
        self, database: Database, policies: Iterable[PersonalDataPolicy], periods: Mapping[Period, timedelta]
    ) -> None:
        self._database = database
        self._policies = [policy for policy in policies if policy.expired is not None]
        self._periods = periods

    @property
    def cleanup_jobs(self) -> dict[str, CleanupJob]:
        """Return the cleanup jobs by the table that each cleans up."""
        return {core_table(policy.table).name: CleanupJob(partial(self._remove, policy)) for policy in self._policies}

    async def count(self) -> Counter[str]:
        """Count the rows that the cleanup jobs would remove now, by table."""
        found: Counter[str] = Counter()
        over = {core_table(policy.table): self._expired(policy) for policy in self._policies}
        async with self._database.begin() as tx:
            for table, condition in over.items():
                query = select(func.count()).select_from(table).where(condition)
                found[table.name] += (await tx.execute(query)).scalar_one()
                for column in _cascading_columns(table):
                    gone_anyway = over.get(column.table, false())
                    along = column.in_(select(*table.primary_key).where(condition)) & ~gone_anyway
                    query = select(func.count()).select_from(column.table).where(along)
                    found[column.table.name] += (await tx.execute(query)).scalar_one()
        return found

    async def _remove(self, policy: PersonalDataPolicy) -> Steps:
        table, over = core_table(policy.table), self._expired(policy)
        some = select(*table.primary_key).where(over).limit(BATCH).with_for_update(skip_locked=True)
        names = [table.name, *(column.table.name for column in _cascading_columns(table))]
        is_more = True
        while is_more:
            removed = Counter(dict.fromkeys(names, 0))
            async with self._database.begin() as tx:
                connection = await tx.connection()
                keys = [tuple(row) for row in await connection.execute(some)]
                if keys:
                    for column in _cascading_columns(table):
                        along = select(func.count()).where(column.in_([key[0] for key in keys]))
                        removed[column.table.name] += (await tx.execute(along)).scalar_one()
                    removed[table.name] += await policy.remove(tx, _has_key_among(table, keys))
            is_more = len(keys) == BATCH
            yield removed

    def _expired(self, policy: PersonalDataPolicy) -> ColumnElement[bool]:
        if policy.expired is None:
            raise TypeError(f"{core_table(policy.table).name} says of no row that it is of no more use")
        return policy.expired(self._before(Period(policy.retention)))

    def _before(self, period: Period) -> datetime:
        return self._database.clock.now() - self._periods[period]


def _cascading_columns(table: PlainTable) -> list[Column[Any]]:
    """Return the columns that refer to the table and whose rows the database deletes with it."""
    return [
        key.parent
        for other in Table.metadata.sorted_tables
        if other is not table
        for key in other.foreign_keys
        if key.column.table is table and key.ondelete == "CASCADE"
    ]


def _has_key_among(table: PlainTable, keys: Sequence[tuple[Any, ...]]) -> ColumnElement[bool]:
    columns = list(table.primary_key)
    if len(columns) == 1:
        return columns[0].in_([key[0] for key in keys])
    return tuple_(*columns).in_(keys)
