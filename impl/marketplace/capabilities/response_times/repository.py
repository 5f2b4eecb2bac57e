"""Query for the answers of a business."""

from datetime import datetime
from typing import Annotated, Final, TypedDict
from uuid import UUID

from sqlalchemy import Double, Uuid, bindparam, cast, func, literal_column, select

from impl.kernel.paging import COUNTED
from impl.kernel.reader import Reader
from impl.kernel.rows import NEVER_NULL
from impl.kernel.statements import Query
from impl.kernel.tables import UtcDateTime
from impl.marketplace.capabilities.inquiries.tables import InquiryRecipient


class AnswersRow(TypedDict):
    """Answers to the latest inquiries of a business, and when the latest of those that it answered was sent."""

    answered: Annotated[int, NEVER_NULL]
    mean_seconds: float | None
    last_sent_at: datetime | None


_SINCE: Final = bindparam("since", type_=UtcDateTime())
_UNTIL: Final = bindparam("until", type_=UtcDateTime())
# So many at most, however many a business is asked.
_LATEST: Final = (
    select(InquiryRecipient.created_at, InquiryRecipient.answered_at, InquiryRecipient.response_seconds)
    .where(InquiryRecipient.provider_id == bindparam("provider_id", type_=Uuid()), InquiryRecipient.created_at < _UNTIL)
    .order_by(InquiryRecipient.created_at.desc())
    .limit(literal_column(str(COUNTED)))
    .subquery("latest")
)
_IS_RECENT: Final = _LATEST.c.created_at >= _SINCE
_ANSWERS: Final = Query(
    select(
        func.count().filter(_IS_RECENT).label("answered"),
        cast(func.avg(_LATEST.c.response_seconds).filter(_IS_RECENT), Double).label("mean_seconds"),
        func.max(_LATEST.c.created_at, type_=UtcDateTime()).label("last_sent_at"),
    ).where(_LATEST.c.answered_at < _UNTIL),
    AnswersRow,
)


class ResponseTimesRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def answers(self, provider_id: UUID, *, since: datetime, until: datetime) -> AnswersRow | None:
        """Summarize what was sent to a provider since a time, and answered until another one."""
        return await self._reader.first(_ANSWERS, provider_id=provider_id, since=since, until=until)
