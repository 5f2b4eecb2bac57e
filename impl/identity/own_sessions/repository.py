"""Queries on the live sessions of one account."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import TypedDict
from uuid import UUID

from sqlalchemy import bindparam, select

from impl.identity.capabilities.authentication.tables import Session
from impl.kernel.paging import EACH, Counted, Moment, bounded_count, keyset_page, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Query

_LIVE = (
    Session.user_id == bindparam("user_id"),
    Session.ended_at.is_(None),
    Session.expires_at > bindparam("now"),
)
_COLUMNS = (
    Session.id,
    Session.provider,
    Session.address,
    Session.user_agent,
    Session.created_at,
    Session.last_seen_at,
    Session.expires_at,
)


class SessionRow(TypedDict):
    id: UUID
    provider: str
    address: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


@cache
def _page_query(*, continued: bool) -> Query[SessionRow]:
    statement = select(*_COLUMNS).where(*_LIVE)
    key = {"last_created_at": Session.created_at, "last_id": Session.id}
    return Query(keyset_page(statement, key, descending=True, continued=continued), SessionRow)


_COUNT = Query(bounded_count(select(EACH).select_from(Session).where(*_LIVE)), Counted)


class OwnSessionRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def page(self, user_id: UUID, *, now: datetime, after: Moment | None, limit: int) -> Sequence[SessionRow]:
        binds: dict[str, object] = {}
        if after is not None:
            binds["last_created_at"], binds["last_id"] = after
        query = _page_query(continued=after is not None)
        return await self._reader.all(query, user_id=user_id, now=now, limit=limit, **binds)

    async def count(self, user_id: UUID, *, now: datetime) -> int:
        """Count up to COUNTED + 1, which stands for more."""
        return await total_of(self._reader, _COUNT, user_id=user_id, now=now)
