# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The notifications operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from uuid import UUID

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from generated import models, parameters, policies, replies
from openapi.runtime import texts
from openapi.runtime.bodies import Body, JsonMedia, NoBody
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import NoParameters, Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import Reply

_NOTIFICATION_PAGE: JsonWriter[replies.NotificationPage] = JsonWriter(replies.NotificationPage)
_UNREAD_NOTIFICATIONS: JsonWriter[replies.UnreadNotifications] = JsonWriter(replies.UnreadNotifications)


class ListNotificationsOk(Reply):
    """A page of the caller's notifications."""

    __slots__ = ()

    def __init__(self, body: replies.NotificationPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _NOTIFICATION_PAGE.dump_json(body))


class MarkNotificationsReadOk(Reply):
    """The number of unread notifications."""

    __slots__ = ()

    def __init__(self, body: replies.UnreadNotifications) -> None:
        super().__init__(200, {"content-type": "application/json"}, _UNREAD_NOTIFICATIONS.dump_json(body))


class MarkNotificationReadOk(Reply):
    """The number of unread notifications."""

    __slots__ = ()

    def __init__(self, body: replies.UnreadNotifications) -> None:
        super().__init__(200, {"content-type": "application/json"}, _UNREAD_NOTIFICATIONS.dump_json(body))


class AbstractNotificationsHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged notifications."""

    @abstractmethod
    async def list_notifications(
        self, caller: CallerT, *, unread: bool, limit: int, cursor: str | None, include_total: bool
    ) -> ListNotificationsOk:
        """List my notifications.

        The caller's notifications, the newest first. Each account numbers its notifications, and they become visible in the order of their numbers.
        `unread_count` counts all of them, whatever the page. Read notifications are deleted after some months.
        """

    @abstractmethod
    async def mark_notifications_read(
        self, caller: CallerT, *, body: models.NotificationsRead
    ) -> MarkNotificationsReadOk:
        """Mark notifications as read.

        Marks all notifications up to and including this number. Send the number of the newest notification that was shown, so that later ones stay unread.
        Repeating it changes nothing.
        """

    @abstractmethod
    async def mark_notification_read(self, caller: CallerT, *, notification_id: UUID) -> MarkNotificationReadOk:
        """Mark one notification as read.

        Repeating it changes nothing. 404: it belongs to somebody else.
        """


_LIST_NOTIFICATIONS = Inputs(
    Parameters(
        parameters.ListNotificationsParameters,
        query={
            "unread": Field(texts.boolean),
            "limit": Field(texts.integer),
            "cursor": Field(),
            "include_total": Field(texts.boolean),
        },
        defaults={"unread": False, "limit": 20, "include_total": False},
    ),
    NoBody(),
)

_MARK_NOTIFICATIONS_READ = Inputs(
    Parameters(NoParameters),
    Body[models.NotificationsRead]({"application/json": JsonMedia(TypeAdapter(models.NotificationsRead))}),
)

_MARK_NOTIFICATION_READ = Inputs(
    Parameters(parameters.MarkNotificationReadParameters, path={"notification_id": Field()}), NoBody()
)


def build_router[CallerT, ClientT](
    handlers: AbstractNotificationsHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractNotificationsHandlers, handlers)

    async def list_notifications(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_NOTIFICATIONS)
        given = await _LIST_NOTIFICATIONS.read(request)
        return await handlers.list_notifications(
            caller,
            unread=given.parameters.unread,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    async def mark_notifications_read(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.MARK_NOTIFICATIONS_READ)
        given = await _MARK_NOTIFICATIONS_READ.read(request)
        return await handlers.mark_notifications_read(caller, body=given.body)

    async def mark_notification_read(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.MARK_NOTIFICATION_READ)
        given = await _MARK_NOTIFICATION_READ.read(request)
        return await handlers.mark_notification_read(caller, notification_id=given.parameters.notification_id)

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.LIST_NOTIFICATIONS, list_notifications),
            OperationRoute(policies.MARK_NOTIFICATIONS_READ, mark_notifications_read),
            OperationRoute(policies.MARK_NOTIFICATION_READ, mark_notification_read),
        ]
    )
    return router
