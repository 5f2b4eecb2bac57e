"""Notifications of the demo: what the first homeowner and the first provider were told, some of it read."""

from datetime import timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from impl.demo.accounts import Demo
from impl.demo.rows import (
    INQUIRIES,
    JOBS,
    NOTIFICATIONS,
    QUOTES,
    RECIPIENTS,
    SAVED_SEARCHES,
    SERVICES,
    VERIFICATIONS,
    Values,
    add,
    numbered,
)
from impl.marketplace.capabilities.notices.tables import (
    Notification,
    NotificationBox,
    NotificationKind,
    NotificationSubjectKind,
)

_THREAD: Final = NotificationSubjectKind.THREAD
# Event, what it is about, the id of that, and how many hours ago it was.
type _News = tuple[NotificationKind, NotificationSubjectKind, int, int]
_OF_HOMEOWNER: Final[tuple[_News, ...]] = (
    (NotificationKind.REVIEW_PUBLISHED, NotificationSubjectKind.JOB, JOBS + 6, 1146),
    (NotificationKind.QUOTE_RECEIVED, NotificationSubjectKind.QUOTE, QUOTES + 1, 120),
    (NotificationKind.JOB_DELIVERED, NotificationSubjectKind.JOB, JOBS + 3, 48),
    (NotificationKind.SAVED_SEARCH_NEWS, NotificationSubjectKind.SAVED_SEARCH, SAVED_SEARCHES, 30),
    (NotificationKind.INQUIRY_DECLINED, NotificationSubjectKind.INQUIRY, INQUIRIES, 21),
    (NotificationKind.MESSAGE_RECEIVED, _THREAD, RECIPIENTS + 1, 17),
)
_OF_PROVIDER: Final[tuple[_News, ...]] = (
    (NotificationKind.REVIEW_PUBLISHED, NotificationSubjectKind.JOB, JOBS + 6, 1146),
    (NotificationKind.VERIFICATION_VERIFIED, NotificationSubjectKind.VERIFICATION, VERIFICATIONS, 936),
    (NotificationKind.QUOTE_ACCEPTED, NotificationSubjectKind.QUOTE, QUOTES + 5, 120),
    (NotificationKind.JOB_DISPUTED, NotificationSubjectKind.JOB, JOBS + 5, 192),
    (NotificationKind.JOB_CHANGES_REQUESTED, NotificationSubjectKind.JOB, JOBS + 4, 120),
    (NotificationKind.SERVICE_REJECTED, NotificationSubjectKind.SERVICE, SERVICES + 4, 72),
    (NotificationKind.INQUIRY_RECEIVED, NotificationSubjectKind.INQUIRY, INQUIRIES, 24),
    (NotificationKind.MESSAGE_RECEIVED, _THREAD, RECIPIENTS, 19),
)
_UNREAD: Final = 2


async def fill(tx: AsyncSession, demo: Demo) -> None:
    rows: list[Values] = []
    boxes: list[Values] = []
    for role, told in (("HOMEOWNER", _OF_HOMEOWNER), ("SERVICE_PROVIDER", _OF_PROVIDER)):
        account_id = demo.those_with(role)[0].id
        in_order = sorted(told, key=lambda news: -news[-1])
        for number, (kind, subject_kind, subject, hours) in enumerate(in_order, start=1):
            at = demo.now - timedelta(hours=hours)
            is_read = number <= len(told) - _UNREAD
            rows.append(
                {
                    "id": numbered(NOTIFICATIONS + len(rows)),
                    "account_id": account_id,
                    "number": number,
                    "kind": kind,
                    "subject_kind": subject_kind,
                    "subject_id": numbered(subject),
                    "inquiry_id": numbered(INQUIRIES) if subject_kind is _THREAD else None,
                    "created_at": at,
                    "read_at": at + timedelta(hours=1) if is_read else None,
                }
            )
        boxes.append({"account_id": account_id, "last_number": len(told), "unread_count": _UNREAD})
    await add(tx, NotificationBox, boxes)
    await add(tx, Notification, rows)
