"""Versions of tables: the number of committed changes of each, with which caches recognise outdated pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, TypedDict
from uuid import UUID

from sqlalchemy import BigInteger, String, cast, delete, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from impl.kernel.ids import new_id
from impl.kernel.personal_data import ALWAYS, PersonalDataPolicy
from impl.kernel.statements import Query
from impl.kernel.tables import Table, core_table

if TYPE_CHECKING:
    from impl.kernel.database import Database

# Rows that one transaction adds up, and those that are worth one.
_TOGETHER: Final = 2_000
_WORTH_IT: Final = 200


class TableChange(Table):
    """Changes of one table, as a trigger counts each statement in its transaction; the worker adds rows up.

    A row for each statement, because those who wrote to one row would wait for each other's commits.
    """

    __tablename__ = "table_changes"
    __table_args__ = ({"schema": "operations"},)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    table_name: Mapped[str] = mapped_column(String(127))
    changes: Mapped[int] = mapped_column(BigInteger)


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(table=TableChange, retention=ALWAYS, impersonal=("id", "table_name", "changes")),
)


class _Version(TypedDict):
    table_name: str
    version: int


class _Number(TypedDict):
    number: int


_VERSIONS = Query(
    select(TableChange.table_name, cast(func.sum(TableChange.changes), BigInteger).label("version")).group_by(
        TableChange.table_name
    ),
    _Version,
)
_ROWS = Query(select(func.count().label("number")).select_from(TableChange), _Number)
_ROW = core_table(TableChange)


async def versions(database: Database) -> Mapping[str, int]:
    """Return the versions of all tables that have one.

    What is read later has at least these changes in it, so that it may be used until a version is another one. It may
    have later ones as well, and is then given up early, never late.
    """
    return {row["table_name"]: row["version"] for row in await database.reader.all(_VERSIONS)}


async def add_up(database: Database) -> bool:
    """Add the rows of a table up to one, which changes no version; return whether there is more to do."""
    row = await database.reader.first(_ROWS)
    if row is None or row["number"] < _WORTH_IT:
        return False
    some = select(TableChange.id).limit(_TOGETHER).with_for_update(skip_locked=True)
    async with database.begin() as tx:
        removed = await tx.execute(delete(_ROW).where(_ROW.c.id.in_(some)).returning(_ROW.c.table_name, _ROW.c.changes))
        sums: Counter[str] = Counter()
        for name, changes in removed:
            sums[name] += changes
        rows: list[dict[str, Any]] = [
            {"id": new_id(), "table_name": name, "changes": changes} for name, changes in sums.items()
        ]
        if rows:
            await tx.execute(insert(_ROW), rows)
    return bool(rows) and row["number"] > _TOGETHER
