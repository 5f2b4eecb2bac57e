"""Statements that read reviews for what belongs to them."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from generated.states import ReviewState
from impl.kernel.statements import Query
from impl.marketplace.capabilities.reviews.tables import Review


class WrittenRow(TypedDict):
    state: ReviewState
    created_at: datetime


_WRITTEN: Final = Query(select(Review.state, Review.created_at).where(Review.id == bindparam("id")), WrittenRow)


class ReviewRecordsRepository:
    async def written(self, tx: AsyncSession, review_id: UUID) -> WrittenRow | None:
        return await _WRITTEN.fetch_first(tx, id=review_id)
