"""Statements that read what a stream has not sent yet, and where an account's numbers stand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Integer, String, bindparam, func, select, type_coerce
from typing_extensions import TypedDict

from impl.identity.capabilities.users.tables import User
from impl.kernel.paging import LIMIT
from impl.kernel.reader import Reader
from impl.kernel.statements import Query
from impl.marketplace.capabilities.notices.tables import Notification, NotificationBox


class StreamedRow(TypedDict):
    """Notification, and how many were unread when it was read."""

    id: UUID
    number: int
    kind: str
    subject_kind: str
    subject_id: UUID
    inquiry_id: UUID | None
    created_at: datetime
    read_at: datetime | None
    unread_count: int


class PositionRow(TypedDict):
    """Last number of an account, how many it has to read, and the language of its owner."""

    last_number: int
    unread_count: int
    locale: str


_AFTER: Final = Query(
    select(
        Notification.id,
        Notification.number,
        # Enums come as text: the wire has enums of its own.
        type_coerce(Notification.kind, String).label("kind"),
        type_coerce(Notification.subject_kind, String).label("subject_kind"),
        Notification.subject_id,
        Notification.inquiry_id,
        Notification.created_at,
        Notification.read_at,
        NotificationBox.unread_count,
    )
    .join(NotificationBox, NotificationBox.account_id == Notification.account_id)
    .where(Notification.account_id == bindparam("account_id"), Notification.number > bindparam("number"))
    .order_by(Notification.number)
    .limit(LIMIT),
    StreamedRow,
)
_POSITION: Final = Query(
    select(
        func.coalesce(NotificationBox.last_number, 0, type_=BigInteger).label("last_number"),
        func.coalesce(NotificationBox.unread_count, 0, type_=Integer).label("unread_count"),
        User.locale,
    )
    .select_from(User)
    .outerjoin(NotificationBox, NotificationBox.account_id == User.id)
    .where(User.id == bindparam("account_id")),
    PositionRow,
)


class NotificationStreamRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def after(self, account_id: UUID, number: int, *, limit: int) -> Sequence[StreamedRow]:
        """Return the notifications after a number, the oldest first."""
        return await self._reader.all(_AFTER, account_id=account_id, number=number, limit=limit)

    async def position(self, account_id: UUID) -> PositionRow | None:
        return await self._reader.first(_POSITION, account_id=account_id)
