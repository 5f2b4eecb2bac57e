"""Changes of tables are added up without another version of any."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, insert, select, text

from impl.kernel.database import Database
from impl.kernel.ids import new_id
from impl.kernel.table_changes import TableChange, add_up, versions
from impl.kernel.tables import core_table

_TABLE = core_table(TableChange)


async def _add(database: Database, number: int) -> None:
    rows: list[dict[str, Any]] = [
        {"id": new_id(), "table_name": f"marketplace.test_{turn % 2}", "changes": turn % 3 + 1}
        for turn in range(number)
    ]
    async with database.begin() as tx:
        await tx.execute(insert(_TABLE), rows)


async def _rows(database: Database) -> int:
    async with database.begin() as tx:
        return await tx.scalar(select(func.count()).select_from(_TABLE)) or 0


async def test_many_rows_of_a_table_become_one_and_few_stay(database: Database) -> None:
    await _add(database, 100)
    few = await _rows(database)
    assert not await add_up(database)
    assert await _rows(database) == few
    await _add(database, 2400)
    before = await versions(database)
    assert before["marketplace.test_0"] == sum(turn % 3 + 1 for many in (100, 2400) for turn in range(0, many, 2))
    assert await add_up(database), "there is more to do"
    assert await versions(database) == before
    assert not await add_up(database)
    assert await versions(database) == before
    assert await _rows(database) == len(before)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_every_table_with_a_version_counts_each_kind_of_change(database: Database) -> None:
    async with database.begin() as tx:
        rows = await tx.execute(
            text(
                "SELECT tgrelid::regclass::text, bit_or(tgtype & 60), bool_and(tgenabled = 'O') FROM pg_trigger"
                " WHERE tgfoid = 'operations.count_table_change'::regproc GROUP BY tgrelid"
            )
        )
    # Insert, delete, update, truncate: 4, 8, 16, 32.
    counted = {name for name, kinds, is_on in rows if kinds == 60 and is_on}
    assert counted == set(await versions(database))
