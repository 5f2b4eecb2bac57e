"""Queries and statements on saved searches: one person's, and those whose mail is due."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final
from uuid import UUID

from sqlalchemy import String, and_, bindparam, delete, insert, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from generated.states import AccountState
from impl.identity.capabilities.users.tables import User
from impl.kernel.database import take_turns
from impl.kernel.paging import EACH, LIMIT, Counted, Moment, bounded_count, keyset_page, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Change, Command, Query
from impl.kernel.tables import UtcDateTime, core_table
from impl.marketplace.saved_searches.tables import (
    NewSavedSearch,
    Progress,
    SavedSearch,
    SavedSearchChanges,
    SavedSearchFrequency,
    SearchFilters,
)

_TABLE: Final = core_table(SavedSearch)


class SavedSearchRow(TypedDict):
    id: UUID
    owner_id: UUID
    name: str
    filters: SearchFilters
    frequency: str
    mailed_until_at: datetime
    next_due_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class DueRow(TypedDict):
    """A search whose mail is due, and whether its owner's account can be mailed to."""

    id: UUID
    owner_id: UUID
    frequency: SavedSearchFrequency
    mailed_until_at: datetime
    next_due_at: datetime | None
    is_active: bool


class _Id(TypedDict):
    id: UUID


_COLUMNS: Final = (
    SavedSearch.id,
    SavedSearch.owner_id,
    SavedSearch.name,
    SavedSearch.filters,
    # Enums come as text: the wire has enums of its own.
    type_coerce(SavedSearch.frequency, String).label("frequency"),
    SavedSearch.mailed_until_at,
    SavedSearch.next_due_at,
    SavedSearch.created_at,
    SavedSearch.updated_at,
    SavedSearch.version,
)
_OWN: Final = SavedSearch.owner_id == bindparam("owner_id")
_ID: Final = SavedSearch.id == bindparam("id")
_ONE: Final = Query(select(*_COLUMNS).where(_OWN, _ID), SavedSearchRow)
_ONE_LOCKED: Final = Query(select(*_COLUMNS).where(_OWN, _ID).with_for_update(), SavedSearchRow)
_ANY: Final = Query(select(*_COLUMNS).where(_ID), SavedSearchRow)
_ANY_LOCKED: Final = Query(select(*_COLUMNS).where(_ID).with_for_update(), SavedSearchRow)
_IS_DUE: Final = SavedSearch.next_due_at <= bindparam("now", type_=UtcDateTime())
_NEXT: Final = Query(select(SavedSearch.id).where(_IS_DUE).limit(1), _Id)
_DUE: Final = Query(
    select(
        SavedSearch.id,
        SavedSearch.owner_id,
        SavedSearch.frequency,
        SavedSearch.mailed_until_at,
        SavedSearch.next_due_at,
        and_(User.state == AccountState.ACTIVE, User.closed_at.is_(None)).label("is_active"),
    )
    .join(User, User.id == SavedSearch.owner_id)
    .where(_IS_DUE)
    .order_by(SavedSearch.next_due_at)
    .limit(LIMIT)
    .with_for_update(of=SavedSearch, skip_locked=True),
    DueRow,
)
_COUNT: Final = Query(bounded_count(select(EACH).select_from(SavedSearch).where(_OWN)), Counted)
_INSERT: Final = Command(insert(_TABLE), NewSavedSearch)
_UPDATE: Final = Change(
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("search_id"))
    .values(version=_TABLE.c.version + 1)
    .returning(*_COLUMNS),
    SavedSearchChanges,
    SavedSearchRow,
)
_PROGRESS: Final = Command(update(_TABLE).where(_TABLE.c.id == bindparam("search_id")), Progress)


@cache
def page_query(*, continued: bool) -> Query[SavedSearchRow]:
    key = {"last_created_at": SavedSearch.created_at, "last_id": SavedSearch.id}
    statement = select(*_COLUMNS).where(_OWN)
    return Query(keyset_page(statement, key, descending=True, continued=continued), SavedSearchRow)


def due_query() -> Query[DueRow]:
    return _DUE


class SavedSearchRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def take_turns(self, tx: AsyncSession, owner_id: UUID) -> None:
        """Lock the saved searches of this person against additions until the transaction ends."""
        await take_turns(tx, b"saved searches" + owner_id.bytes)

    async def number(self, tx: AsyncSession, owner_id: UUID) -> int:
        return (await _COUNT.fetch_one(tx, owner_id=owner_id))["total"]

    async def find_own(self, owner_id: UUID, search_id: UUID) -> SavedSearchRow | None:
        return await self._reader.first(_ONE, owner_id=owner_id, id=search_id)

    async def lock_own(self, tx: AsyncSession, owner_id: UUID, search_id: UUID) -> SavedSearchRow | None:
        return await _ONE_LOCKED.fetch_first(tx, owner_id=owner_id, id=search_id)

    async def find(self, search_id: UUID) -> SavedSearchRow | None:
        """Return somebody's search, for the worker."""
        return await self._reader.first(_ANY, id=search_id)

    async def lock(self, tx: AsyncSession, search_id: UUID) -> SavedSearchRow | None:
        """Return somebody's search, for who has a token of it."""
        return await _ANY_LOCKED.fetch_first(tx, id=search_id)

    async def page(self, owner_id: UUID, *, after: Moment | None, limit: int) -> Sequence[SavedSearchRow]:
        binds: dict[str, object] = {} if after is None else {"last_created_at": after[0], "last_id": after[1]}
        return await self._reader.all(page_query(continued=after is not None), owner_id=owner_id, limit=limit, **binds)

    async def count(self, owner_id: UUID) -> int:
        return await total_of(self._reader, _COUNT, owner_id=owner_id)

    async def insert(self, tx: AsyncSession, values: NewSavedSearch) -> None:
        await _INSERT.run(tx, values)

    async def update(self, tx: AsyncSession, search_id: UUID, changes: SavedSearchChanges) -> SavedSearchRow:
        return await _UPDATE.fetch_one(tx, changes, search_id=search_id)

    async def delete(self, tx: AsyncSession, search_id: UUID) -> None:
        await tx.execute(delete(_TABLE).where(_TABLE.c.id == search_id))

    async def has_due(self, now: datetime) -> bool:
        """Return without a lock whether a mail is due: most of the time none is."""
        return await self._reader.first(_NEXT, now=now) is not None

    async def lock_due(self, tx: AsyncSession, now: datetime, *, limit: int) -> Sequence[DueRow]:
        """Return the searches whose mail is due, the longest first, without those that another worker has taken."""
        return await _DUE.fetch_all(tx, now=now, limit=limit)

    async def advance(self, tx: AsyncSession, search_id: UUID, progress: Progress) -> None:
        await _PROGRESS.run(tx, progress, search_id=search_id)
