"""Notifications as their reader sees them, and the marks of what was read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from impl.identity.capabilities.users.service import DEFAULT_LOCALE
from impl.kernel.caller import Caller
from impl.kernel.database import Database
from impl.kernel.errors import NotFound
from impl.kernel.paging import Page, fetched
from impl.marketplace.capabilities.notices.service import mark_read
from impl.marketplace.notifications.repository import BoxRow, NotificationRepository, NotificationRow, StreamedRow

__all__ = ["BoxRow", "Listed", "NotificationRow", "NotificationsService", "StreamedRow"]

_EMPTY: Final[BoxRow] = {"last_number": 0, "unread_count": 0, "locale": DEFAULT_LOCALE}


@dataclass(frozen=True, slots=True)
class Listed:
    """Page of notifications, with how many are unread in all and the language of their texts."""

    page: Page[NotificationRow]
    unread_count: int
    locale: str


class NotificationsService:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._repository = NotificationRepository(database.reader)

    async def page(self, caller: Caller, *, unread: bool, after: int | None, limit: int) -> Listed:
        """Return a page, the newest first; what is counted as unread may be newer than the page."""
        found = await self._repository.page(caller.user_id, unread=unread, after=after, limit=fetched(limit))
        box = await self.box(caller)
        return Listed(Page.of(found, limit), box["unread_count"], box["locale"])

    async def box(self, caller: Caller) -> BoxRow:
        """Return where the account's numbers stand, and the language of its texts."""
        return await self._repository.box(caller.user_id) or _EMPTY

    async def after(self, caller: Caller, number: int, *, limit: int) -> Sequence[StreamedRow]:
        """Return the notifications after a number, the oldest first."""
        return await self._repository.after(caller.user_id, number, limit=limit)

    async def count(self, caller: Caller, *, unread: bool) -> int:
        return await self._repository.count(caller.user_id, unread=unread)

    async def mark_one(self, caller: Caller, notification_id: UUID) -> int:
        """Mark one as read; return how many are left. Marking it again changes nothing."""
        if not await self._repository.has(caller.user_id, notification_id):
            raise NotFound
        async with self._database.begin() as tx:
            return await mark_read(tx, caller.user_id, one=notification_id)

    async def mark_all(self, caller: Caller, last_number: int) -> int:
        """Mark all up to a number as read; return how many are left, which have come since."""
        async with self._database.begin() as tx:
            return await mark_read(tx, caller.user_id, last_number=last_number)
