"""Queries and statements on the entries of the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, TypedDict
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, delete, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.paging import EACH, Counted, ListFilters, Moment, bounded_count, keyset_page, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Command, Query
from impl.kernel.tables import core_table
from impl.operations.logs.tables import LogEntry, LogLevel


@dataclass(frozen=True, slots=True)
class Filters(ListFilters):
    """Filters of the log; None leaves a filter out.

    `logged_from` is inclusive, `logged_before` is not.
    """

    level: LogLevel | None = None
    logger: str | None = None
    request_id: str | None = None
    logged_from: datetime | None = None
    logged_before: datetime | None = None


class LogEntryRow(TypedDict):
    id: UUID
    logged_at: datetime
    level: LogLevel
    program: str
    logger: str
    message: str
    error: str | None
    operation: str | None
    request_id: str | None


_NARROWED: Final[dict[str, ColumnElement[bool]]] = {
    "level": LogEntry.level == bindparam("level", type_=LogEntry.level.type),
    "logger": LogEntry.logger == bindparam("logger"),
    "request_id": LogEntry.request_id == bindparam("request_id"),
    "logged_from": LogEntry.logged_at >= bindparam("logged_from"),
    "logged_before": LogEntry.logged_at < bindparam("logged_before"),
}
_KEY: Final = {"last_logged_at": LogEntry.logged_at, "last_id": LogEntry.id}
_ROW: Final = core_table(LogEntry)
_INSERT: Final = Command(insert(_ROW), LogEntryRow)


def _narrowed(statement: Select[*tuple[Any, ...]], names: frozenset[str]) -> Select[*tuple[Any, ...]]:
    return statement.where(*(_NARROWED[name] for name in sorted(names)))


@cache
def _page_query(names: frozenset[str], *, continued: bool) -> Query[LogEntryRow]:
    columns = (
        LogEntry.id,
        LogEntry.logged_at,
        LogEntry.level,
        LogEntry.program,
        LogEntry.logger,
        LogEntry.message,
        LogEntry.error,
        LogEntry.operation,
        LogEntry.request_id,
    )
    page = keyset_page(_narrowed(select(*columns), names), _KEY, descending=True, continued=continued)
    return Query(page, LogEntryRow)


@cache
def _count_query(names: frozenset[str]) -> Query[Counted]:
    conditions = (_NARROWED[name] for name in sorted(names))
    return Query(bounded_count(select(EACH).select_from(LogEntry).where(*conditions)), Counted)


class LogsRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def page(self, filters: Filters, *, after: Moment | None, limit: int) -> Sequence[LogEntryRow]:
        binds = filters.binds()
        query = _page_query(frozenset(binds), continued=after is not None)
        position = {} if after is None else dict(zip(_KEY, after, strict=True))
        return await self._reader.all(query, limit=limit, **binds, **position)

    async def count(self, filters: Filters) -> int:
        """Count up to COUNTED + 1, which stands for more."""
        binds = filters.binds()
        return await total_of(self._reader, _count_query(frozenset(binds)), **binds)

    async def add(self, tx: AsyncSession, entries: Sequence[LogEntryRow]) -> None:
        await _INSERT.run_many(tx, entries)

    async def remove_oldest(self, tx: AsyncSession, *, keep: int, limit: int) -> int:
        """Delete some of the entries that are older than the newest `keep`, and return their number."""
        last = (
            select(LogEntry.logged_at, LogEntry.id)
            .order_by(LogEntry.logged_at.desc(), LogEntry.id.desc())
            .offset(keep)
            .limit(1)
        )
        end = (await tx.execute(last)).first()
        if end is None:
            return 0
        some = (
            select(LogEntry.id)
            .where(tuple_(LogEntry.logged_at, LogEntry.id) <= tuple_(*end))
            .order_by(LogEntry.logged_at, LogEntry.id)
            .limit(limit)
        )
        ids = (await tx.scalars(some)).all()
        await tx.execute(delete(_ROW).where(_ROW.c.id.in_(ids)))
        return len(ids)
