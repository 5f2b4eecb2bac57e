"""Statements that read reviews for what belongs to them."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from generated.states import AccountState, ReviewState
from impl.identity.capabilities.users.tables import User
from impl.kernel.statements import Query
from impl.marketplace.capabilities.reviews.tables import Review


class WrittenRow(TypedDict):
    is_subject_known: bool
    state: ReviewState
    created_at: datetime


_WRITTEN: Final = Query(
    select(
        exists().where(User.id == Review.subject_id, User.state != AccountState.ERASED).label("is_subject_known"),
        Review.state,
        Review.created_at,
    ).where(Review.id == bindparam("id")),
    WrittenRow,
)


class ReviewRecordsRepository:
    async def written(self, tx: AsyncSession, review_id: UUID) -> WrittenRow | None:
        return await _WRITTEN.fetch_first(tx, id=review_id)
