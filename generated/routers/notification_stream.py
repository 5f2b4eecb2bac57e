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
    """Events without an end; `schema` is of the `data` of each."""

    __slots__ = ()

    def __init__(self, events: Events[replies.NotificationEvent]) -> None:
        super().__init__(200, {}, events, _NOTIFICATION_EVENT.dump_json)


class AbstractNotificationStreamHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged notification-stream."""

    @abstractmethod
    async def stream_notifications(self, caller: CallerT, *, last_event_id: int | None) -> StreamNotificationsOk:
        """Stream my notifications.

        Server-sent events: each has the number of a notification as its `id`, and one line of JSON as its `data`. The first one says from where the stream goes on (`OPENED`); then comes each notification when it is
        written, in the order of the numbers, none twice, whichever process has written it. A comment every 20 seconds shows that the connection lives.

        Whoever comes back sends the last `id` as `Last-Event-ID` and misses nothing: what was written meanwhile comes first. Where that is not possible, because the id is of another life of the database,
        more than 1,000 were missed or some of them have been deleted, the event is `RESET`: list the notifications anew, and go on from there. So does whoever finds `last_number` of `OPENED` higher than what they have listed.

        A stream ends by itself after some minutes, when its session ends, when the account is suspended, and when the process is about to stop: open it again after 2 seconds, with `Last-Event-ID`. An account may have
        5 of them at once (429). Send the token in `Authorization`, as always: the `EventSource` of browsers cannot, so read the answer of `fetch` instead.
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
