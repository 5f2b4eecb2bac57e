"""Statements that read an account's notifications and its box."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Integer, String, bindparam, func, select, type_coerce
from typing_extensions import TypedDict

from impl.identity.capabilities.users.tables import User
from impl.kernel.paging import EACH, LIMIT, Counted, bounded_count, keyset_page, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Query
from impl.marketplace.capabilities.notice_mails.tables import NotificationPreferences
from impl.marketplace.capabilities.notices.tables import Notification, NotificationBox


class NotificationRow(TypedDict):
    id: UUID
    number: int
    kind: str
    subject_kind: str
    subject_id: UUID
    inquiry_id: UUID | None
    created_at: datetime
    read_at: datetime | None


class StreamedRow(NotificationRow):
    """Notification, and how many were unread when it was read."""

    unread_count: int


class BoxRow(TypedDict):
    """Box of an account: its last number, how many are unread, and the language of its owner."""

    last_number: int
    unread_count: int
    locale: str


class _Id(TypedDict):
    id: UUID


_OWN: Final = Notification.account_id == bindparam("account_id")
_UNREAD: Final = Notification.read_at.is_(None)
_ROWS: Final = select(
    Notification.id,
    Notification.number,
    # Enums come as text: the wire has enums of its own.
    type_coerce(Notification.kind, String).label("kind"),
    type_coerce(Notification.subject_kind, String).label("subject_kind"),
    Notification.subject_id,
    Notification.inquiry_id,
    Notification.created_at,
    Notification.read_at,
).where(_OWN)
_AFTER: Final = Query(
    _ROWS.add_columns(NotificationBox.unread_count)
    .join(NotificationBox, NotificationBox.account_id == Notification.account_id)
    .where(Notification.number > bindparam("number"))
    .order_by(Notification.number)
    .limit(LIMIT),
    StreamedRow,
)
_ONE: Final = Query(select(Notification.id).where(_OWN, Notification.id == bindparam("id")), _Id)
# What the person has chosen, or else what their account says.
_LANGUAGE: Final = func.coalesce(type_coerce(NotificationPreferences.language, String), User.locale, type_=String)
_BOX: Final = Query(
    select(
        func.coalesce(NotificationBox.last_number, 0, type_=BigInteger).label("last_number"),
        func.coalesce(NotificationBox.unread_count, 0, type_=Integer).label("unread_count"),
        _LANGUAGE.label("locale"),
    )
    .select_from(User)
    .outerjoin(NotificationPreferences, NotificationPreferences.account_id == User.id)
    .outerjoin(NotificationBox, NotificationBox.account_id == User.id)
    .where(User.id == bindparam("account_id")),
    BoxRow,
)


@cache
def page_query(*, unread: bool, continued: bool) -> Query[NotificationRow]:
    rows = _ROWS.where(_UNREAD) if unread else _ROWS
    key = {"last_number": Notification.number}
    return Query(keyset_page(rows, key, descending=True, continued=continued), NotificationRow)


@cache
def _count_query(*, unread: bool) -> Query[Counted]:
    each = select(EACH).select_from(Notification).where(_OWN)
    return Query(bounded_count(each.where(_UNREAD) if unread else each), Counted)


class NotificationRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def page(self, account_id: UUID, *, unread: bool, after: int | None, limit: int) -> Sequence[NotificationRow]:
        binds = {} if after is None else {"last_number": after}
        query = page_query(unread=unread, continued=after is not None)
        return await self._reader.all(query, account_id=account_id, limit=limit, **binds)

    async def count(self, account_id: UUID, *, unread: bool) -> int:
        return await total_of(self._reader, _count_query(unread=unread), account_id=account_id)

    async def after(self, account_id: UUID, number: int, *, limit: int) -> Sequence[StreamedRow]:
        """Return the notifications after a number, the oldest first."""
        return await self._reader.all(_AFTER, account_id=account_id, number=number, limit=limit)

    async def box(self, account_id: UUID) -> BoxRow | None:
        return await self._reader.first(_BOX, account_id=account_id)

    async def has(self, account_id: UUID, notification_id: UUID) -> bool:
        return await self._reader.first(_ONE, account_id=account_id, id=notification_id) is not None
