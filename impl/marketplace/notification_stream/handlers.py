"""Handlers of streams of notifications."""

from collections.abc import Awaitable, Callable
from typing import Self, override

from generated import replies
from generated.routers.notification_stream import AbstractNotificationStreamHandlers, StreamNotificationsOk
from impl.kernel.caller import AnonymousClient, Caller
from impl.marketplace.notification_stream.service import (
    Beginning,
    NotificationStream,
    NotificationStreamService,
    Position,
)
from impl.marketplace.notifications.wire import notification_to_wire
from openapi.runtime.wire import HEARTBEAT, Event, Heartbeat


class NotificationEvents:
    """Stream whose items are the events of the contract."""

    __slots__ = ("_stream",)

    def __init__(self, stream: NotificationStream) -> None:
        self._stream = stream

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event[replies.NotificationEvent] | Heartbeat:
        item = await anext(self._stream)
        if item is None:
            return HEARTBEAT
        if isinstance(item, Position):
            return Event(str(item.number), _position_to_wire(item))
        return Event(
            str(item["number"]),
            {
                "event": "NOTIFICATION",
                "notification": notification_to_wire(item, self._stream.locale),
                "unread_count": item["unread_count"],
            },
        )

    async def aclose(self) -> None:
        await self._stream.aclose()


def _position_to_wire(position: Position) -> replies.NotificationsOpened | replies.NotificationsReset:
    if position.beginning is Beginning.OPENED:
        return {"event": "OPENED", "last_number": position.number, "unread_count": position.unread_count}
    return {"event": "RESET", "last_number": position.number, "unread_count": position.unread_count}


class NotificationStreamHandlers(AbstractNotificationStreamHandlers[Caller, AnonymousClient]):
    def __init__(self, service: NotificationStreamService, is_live: Callable[[Caller], Awaitable[bool]]) -> None:
        """Take the service and what says whether a caller's session goes on."""
        self._service = service
        self._is_live = is_live

    @override
    async def stream_notifications(self, caller: Caller, *, last_event_id: int | None) -> StreamNotificationsOk:
        stream = await self._service.open(caller, last_event_id, self._is_live)
        return StreamNotificationsOk(NotificationEvents(stream))
