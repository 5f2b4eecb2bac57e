"""Queries on the state of the database: its migration, and whether it accepts writes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict

from sqlalchemy import String, column, select, table

from impl.kernel.statements import Query

if TYPE_CHECKING:
    from impl.kernel.database import Database


class RevisionRow(TypedDict):
    version_num: str


# Table of Alembic, which no mapped class declares.
_REVISION: Final = Query(select(column("version_num", String)).select_from(table("alembic_version")), RevisionRow)


class HealthRepository:
    def __init__(self, database: Database, migrations: Path) -> None:
        self._database = database
        self._migrations = migrations
        self._newest: str | None = None

    async def revision(self) -> str | None:
        """Return the migration that the database stands at; raise Unavailable when it takes no changes."""
        await self._database.require_writable()
        row = await self._database.reader.first(_REVISION)
        return None if row is None else row["version_num"]

    async def newest_revision(self) -> str | None:
        """Return the migration that this release needs; its folder is read once."""
        if self._newest is None:
            self._newest = await asyncio.to_thread(_head, self._migrations)
        return self._newest


def _head(migrations: Path) -> str | None:
    """Return the name of the last file, which is its revision's.

    Alembic would import all migrations to find it, which took a quarter of a second of each start.
    """
    return max((path.stem for path in (migrations / "versions").glob("[0-9]*.py")), default=None)
