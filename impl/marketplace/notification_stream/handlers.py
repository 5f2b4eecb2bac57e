"""Streams of notifications on the wire."""

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
    StreamedRow,
)
from openapi.runtime.wire import HEARTBEAT, Event, Heartbeat

type ToWire = Callable[[StreamedRow, str], replies.Notification]


class NotificationEvents:
    """Stream whose items are the events of the contract."""

    __slots__ = ("_stream", "_to_wire")

    def __init__(self, stream: NotificationStream, to_wire: ToWire) -> None:
        self._stream = stream
        self._to_wire = to_wire

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
                "notification": self._to_wire(item, self._stream.locale),
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
    def __init__(
        self, service: NotificationStreamService, is_live: Callable[[Caller], Awaitable[bool]], to_wire: ToWire
    ) -> None:
        """Take the service, what says whether a caller's session goes on, and how a notification is shown."""
        self._service = service
        self._is_live = is_live
        self._to_wire = to_wire

    @override
    async def stream_notifications(self, caller: Caller, *, last_event_id: int | None) -> StreamNotificationsOk:
        stream = await self._service.open(caller, last_event_id, self._is_live)
        return StreamNotificationsOk(NotificationEvents(stream, self._to_wire))
