"""Handlers of notifications."""

from typing import override
from uuid import UUID

from generated import models
from generated.routers.notifications import (
    AbstractNotificationsHandlers,
    ListNotificationsOk,
    MarkNotificationReadOk,
    MarkNotificationsReadOk,
)
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.paging import Cursors, capped
from impl.marketplace.notifications.service import NotificationsService
from impl.marketplace.notifications.wire import notification_to_wire


class NotificationsHandlers(AbstractNotificationsHandlers[Caller, AnonymousClient]):
    def __init__(self, service: NotificationsService, cursors: Cursors) -> None:
        self._service = service
        self._cursors = cursors

    @override
    async def list_notifications(
        self, caller: Caller, *, unread: bool, limit: int, cursor: str | None, include_total: bool
    ) -> ListNotificationsOk:
        scope = f"listNotifications {caller.user_id} {unread}"
        after = None if cursor is None else int(str(self._cursors.decode(cursor, scope=scope)[0]))
        listed = await self._service.page(caller, unread=unread, after=after, limit=limit)
        total = await self._service.count(caller, unread=unread) if include_total else None
        items = listed.page.items
        last = items[-1]["number"] if listed.page.more else None
        return ListNotificationsOk(
            {
                "items": [notification_to_wire(row, listed.locale) for row in items],
                "next_cursor": None if last is None else self._cursors.encode([last], scope=scope),
                **capped(total),
                "unread_count": listed.unread_count,
            }
        )

    @override
    async def mark_notification_read(self, caller: Caller, *, notification_id: UUID) -> MarkNotificationReadOk:
        return MarkNotificationReadOk({"unread_count": await self._service.mark_one(caller, notification_id)})

    @override
    async def mark_notifications_read(
        self, caller: Caller, *, body: models.NotificationsRead
    ) -> MarkNotificationsReadOk:
        left = await self._service.mark_all(caller, body.last_number)
        return MarkNotificationsReadOk({"unread_count": left})
