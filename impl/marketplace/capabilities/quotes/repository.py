"""Statements that lock and write quotes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from generated.states import QuoteState
from impl.kernel.paging import LIMIT
from impl.kernel.pending_writes import change_soon
from impl.kernel.reader import Reader
from impl.kernel.statements import Command, Query
from impl.kernel.tables import UtcDateTime, core_table
from impl.marketplace.capabilities.quotes.tables import EditedQuote, NewQuote, Quote, QuoteChanges

_QUOTES: Final = core_table(Quote)


class _Id(TypedDict):
    id: UUID


class LockedQuote(TypedDict):
    """A quote that is locked, and its inquiry before it."""

    id: UUID
    inquiry_id: UUID
    recipient_id: UUID
    provider_id: UUID
    owner_id: UUID
    number: int
    state: QuoteState
    currency: str
    gross_minor: int
    valid_days: int
    expires_at: datetime | None


_LOCKED: Final = (
    Quote.id,
    Quote.inquiry_id,
    Quote.recipient_id,
    Quote.provider_id,
    Quote.owner_id,
    Quote.number,
    Quote.state,
    Quote.currency,
    Quote.gross_minor,
    Quote.valid_days,
    Quote.expires_at,
)
_OF_INQUIRY: Final = Query(
    select(*_LOCKED).where(Quote.inquiry_id == bindparam("inquiry_id")).order_by(Quote.id).with_for_update(),
    LockedQuote,
)
# Literal, so that the planner knows the index of what is sent to hold all of it.
_IS_DUE: Final = (Quote.state == literal_column("'SENT'")) & (Quote.expires_at <= bindparam("now", type_=UtcDateTime()))
_NEXT: Final = Query(select(Quote.id).where(_IS_DUE).limit(1), _Id)
DUE: Final = Query(
    select(*_LOCKED).where(_IS_DUE).order_by(Quote.expires_at).limit(LIMIT).with_for_update(skip_locked=True),
    LockedQuote,
)
_INSERT: Final = Command(insert(_QUOTES), NewQuote)
_EDIT: Final = Command(
    update(_QUOTES).where(_QUOTES.c.id == bindparam("quote_id")).values(version=_QUOTES.c.version + 1), EditedQuote
)
_UPDATE: Final = Command(
    update(_QUOTES).where(_QUOTES.c.id == bindparam("quote_id")).values(version=_QUOTES.c.version + 1), QuoteChanges
)
_END: Final = Command(
    update(_QUOTES)
    .where(_QUOTES.c.inquiry_id == bindparam("ended_id"), _QUOTES.c.state == QuoteState.SENT)
    .values(version=_QUOTES.c.version + 1),
    QuoteChanges,
)
_DELETE: Final = delete(_QUOTES).where(_QUOTES.c.id == bindparam("quote_id"))


class QuoteRecordsRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def lock(self, tx: AsyncSession, inquiry_id: UUID) -> Sequence[LockedQuote]:
        """Return the quotes for a locked inquiry, locked as well: the worker ends them without their inquiry."""
        return await _OF_INQUIRY.fetch_all(tx, inquiry_id=inquiry_id)

    async def insert(self, tx: AsyncSession, values: NewQuote) -> None:
        await _INSERT.run(tx, values)

    async def edit(self, tx: AsyncSession, quote_id: UUID, values: EditedQuote) -> None:
        await change_soon(tx, _EDIT, values, quote_id=quote_id)

    async def update(self, tx: AsyncSession, quote_id: UUID, changes: QuoteChanges) -> None:
        await change_soon(tx, _UPDATE, changes, quote_id=quote_id)

    async def supersede(self, tx: AsyncSession, quote_id: UUID, changes: QuoteChanges) -> None:
        """Change one before the next is sent, because a recipient has one that is `SENT` at any time."""
        await _UPDATE.run(tx, changes, quote_id=quote_id)

    async def end_sent(self, tx: AsyncSession, inquiry_id: UUID, changes: QuoteChanges) -> None:
        """Change all open quotes for an inquiry."""
        await change_soon(tx, _END, changes, ended_id=inquiry_id)

    async def delete(self, tx: AsyncSession, quote_id: UUID) -> None:
        await tx.execute(_DELETE, {"quote_id": quote_id})

    async def has_due(self, now: datetime) -> bool:
        """Return without a lock whether one has expired: most of the time none has."""
        return await self._reader.first(_NEXT, now=now) is not None

    async def lock_due(self, tx: AsyncSession, now: datetime, *, limit: int) -> Sequence[LockedQuote]:
        """Return those that have expired, without those that somebody else has locked."""
        return await DUE.fetch_all(tx, now=now, limit=limit)
