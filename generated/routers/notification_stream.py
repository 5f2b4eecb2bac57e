# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The notification-stream operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod

from fastapi import APIRouter
from starlette.requests import Request

from generated import parameters, policies, replies
from openapi.runtime import texts
from openapi.runtime.bodies import NoBody
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import EventReply, Events, Reply

_NOTIFICATION_EVENT: JsonWriter[replies.NotificationEvent] = JsonWriter(replies.NotificationEvent)


class StreamNotificationsOk(EventReply):
    """A stream of events; the schema describes the `data` of each."""

    __slots__ = ()

    def __init__(self, events: Events[replies.NotificationEvent]) -> None:
        super().__init__(200, {}, events, _NOTIFICATION_EVENT.dump_json)


class AbstractNotificationStreamHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged notification-stream."""

    @abstractmethod
    async def stream_notifications(self, caller: CallerT, *, last_event_id: int | None) -> StreamNotificationsOk:
        """Stream my notifications.

        Server-sent events. `id` is the number of a notification, and `data` one line of JSON. The first event, `OPENED`, says where the stream starts. Then each
        notification follows when it is written, in order of the numbers, once each. A comment every 20 seconds keeps the connection alive.

        - **Reconnecting**: send the last `id` as `Last-Event-ID`; notifications that were written meanwhile come first. Wait 2 seconds before reconnecting.
        - **`RESET`**: notifications cannot be resumed, because more than 1,000 were missed, some were deleted, or the id comes from another database (after a recovery). List the notifications
          again, and continue from there. Do the same if `last_number` of `OPENED` is higher than the newest listed number.
        - **End**: a stream ends after some minutes, with its session, when the account is suspended, and when the process stops.
        - **Limit**: an account has at most 5 streams at once (429).
        - **Browsers**: `EventSource` cannot send `Authorization`; read the response of `fetch` instead.
        """


_STREAM_NOTIFICATIONS = Inputs(
    Parameters(
        parameters.StreamNotificationsParameters, headers={"last_event_id": ("Last-Event-ID", Field(texts.integer))}
    ),
    NoBody(),
)


def build_router[CallerT, ClientT](
    handlers: AbstractNotificationStreamHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractNotificationStreamHandlers, handlers)

    async def stream_notifications(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.STREAM_NOTIFICATIONS)
        given = await _STREAM_NOTIFICATIONS.read(request)
        return await handlers.stream_notifications(caller, last_event_id=given.parameters.last_event_id)

    router = APIRouter()
    router.routes.extend([OperationRoute(policies.STREAM_NOTIFICATIONS, stream_notifications)])
    return router
