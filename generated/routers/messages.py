# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The messages operations: replies, abstract handlers, router."""

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
from openapi.runtime.parameters_reader import Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import Reply

_INQUIRY_MESSAGE_PAGE: JsonWriter[replies.InquiryMessagePage] = JsonWriter(replies.InquiryMessagePage)
_INQUIRY_MESSAGE: JsonWriter[replies.InquiryMessage] = JsonWriter(replies.InquiryMessage)
_READ_STATE: JsonWriter[replies.ReadState] = JsonWriter(replies.ReadState)


class ListRecipientMessagesOk(Reply):
    """A page of a thread."""

    __slots__ = ()

    def __init__(self, body: replies.InquiryMessagePage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _INQUIRY_MESSAGE_PAGE.dump_json(body))


class SendRecipientMessageCreated(Reply):
    """The message was sent; masked parts are masked here too."""

    __slots__ = ()

    def __init__(self, body: replies.InquiryMessage, *, location: str, etag: str) -> None:
        super().__init__(
            201,
            {"content-type": "application/json", "location": location, "etag": etag},
            _INQUIRY_MESSAGE.dump_json(body),
        )


class MarkRecipientMessagesReadOk(Reply):
    """The number of unread messages."""

    __slots__ = ()

    def __init__(self, body: replies.ReadState) -> None:
        super().__init__(200, {"content-type": "application/json"}, _READ_STATE.dump_json(body))


class ListReceivedInquiryMessagesOk(Reply):
    """A page of a thread."""

    __slots__ = ()

    def __init__(self, body: replies.InquiryMessagePage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _INQUIRY_MESSAGE_PAGE.dump_json(body))


class SendReceivedInquiryMessageCreated(Reply):
    """The message was sent; masked parts are masked here too."""

    __slots__ = ()

    def __init__(self, body: replies.InquiryMessage, *, location: str, etag: str) -> None:
        super().__init__(
            201,
            {"content-type": "application/json", "location": location, "etag": etag},
            _INQUIRY_MESSAGE.dump_json(body),
        )


class MarkReceivedInquiryMessagesReadOk(Reply):
    """The number of unread messages."""

    __slots__ = ()

    def __init__(self, body: replies.ReadState) -> None:
        super().__init__(200, {"content-type": "application/json"}, _READ_STATE.dump_json(body))


class GetInquiryMessageOk(Reply):
    """The message."""

    __slots__ = ()

    def __init__(self, body: replies.InquiryMessage, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _INQUIRY_MESSAGE.dump_json(body))


class GetInquiryMessageNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class AbstractMessagesHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged messages."""

    @abstractmethod
    async def list_recipient_messages(
        self,
        caller: CallerT,
        *,
        inquiry_id: UUID,
        recipient_id: UUID,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> ListRecipientMessagesOk:
        """List the messages with a recipient of my inquiry.

        The thread with one recipient of the caller's inquiry, the newest message first. It is readable as long as the inquiry is. Reading does not move the read
        marker.
        """

    @abstractmethod
    async def send_recipient_message(
        self, caller: CallerT, *, inquiry_id: UUID, recipient_id: UUID, body: models.InquiryMessageCreate
    ) -> SendRecipientMessageCreated:
        """Send a message to a recipient of my inquiry.

        Until the provider has been chosen, contact details are masked before the message is stored; `masked` lists the kinds that were found. The other side
        gets one mail that there is something to read, until they have read it. `attachment_ids` names attachments that were uploaded for this thread by
        `POST /message-attachments`.

        - 409 `invalid-transition`: the state of the inquiry or recipient allows no more messages; the problem names it.
        - 409 `conversation-closed`: communication between the two is closed, or, until the provider has been chosen, the business is not visible at present.
        - 409 `limit-reached`: a thread has at most 1,000 messages. A person sends at most 300 messages a day (429).
        - 422 at `/attachment_ids`: `unknown_attachment` if it is not an unused attachment of the caller for this thread, `rejected` if its photo was rejected.
        """

    @abstractmethod
    async def mark_recipient_messages_read(
        self, caller: CallerT, *, inquiry_id: UUID, recipient_id: UUID, body: models.ReadMarker
    ) -> MarkRecipientMessagesReadOk:
        """Mark the messages of a recipient as read.

        Marks all messages up to and including this one; a marker never moves back. The other side sees it in `read`. 404: the thread has no such message.
        """

    @abstractmethod
    async def list_received_inquiry_messages(
        self, caller: CallerT, *, inquiry_id: UUID, limit: int, cursor: str | None, include_total: bool
    ) -> ListReceivedInquiryMessagesOk:
        """List the messages about an inquiry that I received.

        The thread of an inquiry that the caller received, the newest message first. It is readable as long as the inquiry is. Reading does not move the read
        marker, and does not change the inquiry to `VIEWED`.
        """

    @abstractmethod
    async def send_received_inquiry_message(
        self, caller: CallerT, *, inquiry_id: UUID, body: models.InquiryMessageCreate
    ) -> SendReceivedInquiryMessageCreated:
        """Send a message about an inquiry that I received.

        Changes a `SENT` inquiry to `VIEWED`. Until the provider has been chosen, contact details are masked before the message is stored; `masked` lists the
        kinds that were found. The other side gets one mail that there is something to read, until they have read it. `attachment_ids` names attachments that
        were uploaded for this thread by `POST /message-attachments`.

        - 409 `invalid-transition`: the state of the inquiry or recipient allows no more messages, or the caller's business is suspended and has not been
          chosen; the problem names the state.
        - 409 `conversation-closed`: communication between the two is closed.
        - 409 `limit-reached`: a thread has at most 1,000 messages. A person sends at most 300 messages a day (429).
        - 422 at `/attachment_ids`: `unknown_attachment` if it is not an unused attachment of the caller for this thread, `rejected` if its photo was rejected.
        """

    @abstractmethod
    async def mark_received_inquiry_messages_read(
        self, caller: CallerT, *, inquiry_id: UUID, body: models.ReadMarker
    ) -> MarkReceivedInquiryMessagesReadOk:
        """Mark the messages about an inquiry that I received as read.

        Marks all messages up to and including this one; a marker never moves back. The other side sees it in `read`. 404: the thread has no such message.
        """

    @abstractmethod
    async def get_inquiry_message(
        self, caller: CallerT, *, message_id: UUID
    ) -> GetInquiryMessageOk | GetInquiryMessageNotModified:
        """Get a message of one of my threads.

        Returns the same fields as the thread, for both sides of it. 404: it is in somebody else's thread.
        """


_LIST_RECIPIENT_MESSAGES = Inputs(
    Parameters(
        parameters.ListRecipientMessagesParameters,
        path={"inquiry_id": Field(), "recipient_id": Field()},
        query={"limit": Field(texts.integer), "cursor": Field(), "include_total": Field(texts.boolean)},
        defaults={"limit": 20, "include_total": False},
    ),
    NoBody(),
)

_SEND_RECIPIENT_MESSAGE = Inputs(
    Parameters(
        parameters.SendRecipientMessageParameters,
        path={"inquiry_id": Field(), "recipient_id": Field()},
        headers={"idempotency_key": ("Idempotency-Key", Field())},
    ),
    Body[models.InquiryMessageCreate]({"application/json": JsonMedia(TypeAdapter(models.InquiryMessageCreate))}),
)

_MARK_RECIPIENT_MESSAGES_READ = Inputs(
    Parameters(parameters.MarkRecipientMessagesReadParameters, path={"inquiry_id": Field(), "recipient_id": Field()}),
    Body[models.ReadMarker]({"application/json": JsonMedia(TypeAdapter(models.ReadMarker))}),
)

_LIST_RECEIVED_INQUIRY_MESSAGES = Inputs(
    Parameters(
        parameters.ListReceivedInquiryMessagesParameters,
        path={"inquiry_id": Field()},
        query={"limit": Field(texts.integer), "cursor": Field(), "include_total": Field(texts.boolean)},
        defaults={"limit": 20, "include_total": False},
    ),
    NoBody(),
)

_SEND_RECEIVED_INQUIRY_MESSAGE = Inputs(
    Parameters(
        parameters.SendReceivedInquiryMessageParameters,
        path={"inquiry_id": Field()},
        headers={"idempotency_key": ("Idempotency-Key", Field())},
    ),
    Body[models.InquiryMessageCreate]({"application/json": JsonMedia(TypeAdapter(models.InquiryMessageCreate))}),
)

_MARK_RECEIVED_INQUIRY_MESSAGES_READ = Inputs(
    Parameters(parameters.MarkReceivedInquiryMessagesReadParameters, path={"inquiry_id": Field()}),
    Body[models.ReadMarker]({"application/json": JsonMedia(TypeAdapter(models.ReadMarker))}),
)

_GET_INQUIRY_MESSAGE = Inputs(
    Parameters(
        parameters.GetInquiryMessageParameters,
        path={"message_id": Field()},
        headers={"if_none_match": ("If-None-Match", Field())},
    ),
    NoBody(),
)


def build_router[CallerT, ClientT](
    handlers: AbstractMessagesHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractMessagesHandlers, handlers)

    async def list_recipient_messages(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_RECIPIENT_MESSAGES)
        given = await _LIST_RECIPIENT_MESSAGES.read(request)
        return await handlers.list_recipient_messages(
            caller,
            inquiry_id=given.parameters.inquiry_id,
            recipient_id=given.parameters.recipient_id,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    async def send_recipient_message(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.SEND_RECIPIENT_MESSAGE)
        given = await _SEND_RECIPIENT_MESSAGE.read(request)
        claimed = await guard.once(request, policies.SEND_RECIPIENT_MESSAGE, caller, given.payload)
        if isinstance(claimed, Reply):
            return claimed
        return await handlers.send_recipient_message(
            claimed, inquiry_id=given.parameters.inquiry_id, recipient_id=given.parameters.recipient_id, body=given.body
        )

    async def mark_recipient_messages_read(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.MARK_RECIPIENT_MESSAGES_READ)
        given = await _MARK_RECIPIENT_MESSAGES_READ.read(request)
        return await handlers.mark_recipient_messages_read(
            caller, inquiry_id=given.parameters.inquiry_id, recipient_id=given.parameters.recipient_id, body=given.body
        )

    async def list_received_inquiry_messages(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_RECEIVED_INQUIRY_MESSAGES)
        given = await _LIST_RECEIVED_INQUIRY_MESSAGES.read(request)
        return await handlers.list_received_inquiry_messages(
            caller,
            inquiry_id=given.parameters.inquiry_id,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    async def send_received_inquiry_message(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.SEND_RECEIVED_INQUIRY_MESSAGE)
        given = await _SEND_RECEIVED_INQUIRY_MESSAGE.read(request)
        claimed = await guard.once(request, policies.SEND_RECEIVED_INQUIRY_MESSAGE, caller, given.payload)
        if isinstance(claimed, Reply):
            return claimed
        return await handlers.send_received_inquiry_message(
            claimed, inquiry_id=given.parameters.inquiry_id, body=given.body
        )

    async def mark_received_inquiry_messages_read(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.MARK_RECEIVED_INQUIRY_MESSAGES_READ)
        given = await _MARK_RECEIVED_INQUIRY_MESSAGES_READ.read(request)
        return await handlers.mark_received_inquiry_messages_read(
            caller, inquiry_id=given.parameters.inquiry_id, body=given.body
        )

    async def get_inquiry_message(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_INQUIRY_MESSAGE)
        given = await _GET_INQUIRY_MESSAGE.read(request)
        return await handlers.get_inquiry_message(caller, message_id=given.parameters.message_id)

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.LIST_RECIPIENT_MESSAGES, list_recipient_messages),
            OperationRoute(policies.SEND_RECIPIENT_MESSAGE, send_recipient_message),
            OperationRoute(policies.MARK_RECIPIENT_MESSAGES_READ, mark_recipient_messages_read),
            OperationRoute(policies.LIST_RECEIVED_INQUIRY_MESSAGES, list_received_inquiry_messages),
            OperationRoute(policies.SEND_RECEIVED_INQUIRY_MESSAGE, send_received_inquiry_message),
            OperationRoute(policies.MARK_RECEIVED_INQUIRY_MESSAGES_READ, mark_received_inquiry_messages_read),
            OperationRoute(policies.GET_INQUIRY_MESSAGE, get_inquiry_message),
        ]
    )
    return router
