"""Queries on accounts that were never verified and are due for erasure."""

from datetime import datetime
from typing import Final, TypedDict
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import AccountState
from impl.identity.capabilities.one_time_tokens.tables import OneTimeToken
from impl.identity.capabilities.users.tables import User
from impl.kernel.paging import Counted, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Query
from impl.kernel.tables import UtcDateTime

_BEFORE: Final = bindparam("before", type_=UtcDateTime())
_NOW: Final = bindparam("now", type_=UtcDateTime())
# Valid link of a verification, an invitation or a reset, each of which would verify the address.
_HAS_LINK: Final = exists().where(
    OneTimeToken.user_id == User.id,
    OneTimeToken.used_at.is_(None),
    OneTimeToken.voided_at.is_(None),
    OneTimeToken.expires_at > _NOW,
)
_FORGOTTEN: Final = and_(
    User.email_verified_at.is_(None),
    User.once_verified_at.is_(None),
    User.closed_at.is_(None),
    User.updated_at <= _BEFORE,
    User.state == AccountState.PENDING,
    ~_HAS_LINK,
)


class UserId(TypedDict):
    id: UUID


_FOUND: Final = Query(select(User.id).where(_FORGOTTEN).order_by(User.updated_at).limit(bindparam("limit")), UserId)
_COUNT: Final = Query(select(func.count().label("total")).select_from(User).where(_FORGOTTEN), Counted)
_IS_ONE: Final = select(User.id).where(_FORGOTTEN, User.id == bindparam("user_id"))


class ClosureRepository:
    """Finds unverified accounts that have not changed since `before` and have no valid link left."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find_unverified(self, *, before: datetime, now: datetime, limit: int) -> list[UUID]:
        return [row["id"] for row in await self._reader.all(_FOUND, before=before, now=now, limit=limit)]

    async def count_unverified(self, *, before: datetime, now: datetime) -> int:
        return await total_of(self._reader, _COUNT, before=before, now=now)

    async def is_unverified(self, tx: AsyncSession, user_id: UUID, *, before: datetime, now: datetime) -> bool:
        return await tx.scalar(_IS_ONE, {"user_id": user_id, "before": before, "now": now}) is not None
