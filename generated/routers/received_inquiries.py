# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The received-inquiries operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from uuid import UUID

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from generated import models, parameters, policies, replies, states
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

_RECEIVED_INQUIRY_PAGE: JsonWriter[replies.ReceivedInquiryPage] = JsonWriter(replies.ReceivedInquiryPage)
_RECEIVED_INQUIRY: JsonWriter[replies.ReceivedInquiry] = JsonWriter(replies.ReceivedInquiry)


class ListReceivedInquiriesOk(Reply):
    """A page of the inquiries that came to the caller."""

    __slots__ = ()

    def __init__(self, body: replies.ReceivedInquiryPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _RECEIVED_INQUIRY_PAGE.dump_json(body))


class GetReceivedInquiryOk(Reply):
    """The inquiry, as its recipient sees it."""

    __slots__ = ()

    def __init__(self, body: replies.ReceivedInquiry, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _RECEIVED_INQUIRY.dump_json(body))


class GetReceivedInquiryNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class DeclineInquiryOk(Reply):
    """The inquiry, as its recipient sees it."""

    __slots__ = ()

    def __init__(self, body: replies.ReceivedInquiry, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _RECEIVED_INQUIRY.dump_json(body))


class AbstractReceivedInquiriesHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged received-inquiries."""

    @abstractmethod
    async def list_received_inquiries(
        self,
        caller: CallerT,
        *,
        state: states.RecipientState | None,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> ListReceivedInquiriesOk:
        """List the inquiries that I received.

        The inbox, the newest first. Listing an inquiry does not mark it as read: it stays `SENT` until `GET` of the inquiry itself. Open inquiries of closed or
        suspended accounts are not listed.
        """

    @abstractmethod
    async def get_received_inquiry(
        self, caller: CallerT, *, inquiry_id: UUID
    ) -> GetReceivedInquiryOk | GetReceivedInquiryNotModified:
        """Get an inquiry that I received.

        Includes details and answers. The first `GET` or `HEAD` of an open inquiry changes it from `SENT` to `VIEWED`, which its owner sees. 404: it was sent to
        somebody else. Before an acceptance it contains no name, address, e-mail address or phone number of its owner.
        """

    @abstractmethod
    async def decline_inquiry(
        self, caller: CallerT, *, inquiry_id: UUID, if_match: str | None, body: models.InquiryDecline
    ) -> DeclineInquiryOk:
        """Decline an inquiry that I received.

        From `SENT` or `VIEWED`, while the inquiry is `OPEN`; 409 `invalid-transition` names the recipient's state. The owner gets the reason and the note by
        mail, with contact details masked. Visits that have not begun are `CANCELLED`. 409 `conversation-closed`: communication between the two is closed, so a note
        cannot be sent; decline without one.
        """


_LIST_RECEIVED_INQUIRIES = Inputs(
    Parameters(
        parameters.ListReceivedInquiriesParameters,
        query={
            "state": Field(),
            "limit": Field(texts.integer),
            "cursor": Field(),
            "include_total": Field(texts.boolean),
        },
        defaults={"limit": 20, "include_total": False},
    ),
    NoBody(),
)

_GET_RECEIVED_INQUIRY = Inputs(
    Parameters(
        parameters.GetReceivedInquiryParameters,
        path={"inquiry_id": Field()},
        headers={"if_none_match": ("If-None-Match", Field())},
    ),
    NoBody(),
)

_DECLINE_INQUIRY = Inputs(
    Parameters(
        parameters.DeclineInquiryParameters, path={"inquiry_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    Body[models.InquiryDecline]({"application/json": JsonMedia(TypeAdapter(models.InquiryDecline))}),
)


def build_router[CallerT, ClientT](
    handlers: AbstractReceivedInquiriesHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractReceivedInquiriesHandlers, handlers)

    async def list_received_inquiries(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_RECEIVED_INQUIRIES)
        given = await _LIST_RECEIVED_INQUIRIES.read(request)
        return await handlers.list_received_inquiries(
            caller,
            state=given.parameters.state,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    async def get_received_inquiry(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_RECEIVED_INQUIRY)
        given = await _GET_RECEIVED_INQUIRY.read(request)
        return await handlers.get_received_inquiry(caller, inquiry_id=given.parameters.inquiry_id)

    async def decline_inquiry(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.DECLINE_INQUIRY)
        given = await _DECLINE_INQUIRY.read(request)
        return await handlers.decline_inquiry(
            caller, inquiry_id=given.parameters.inquiry_id, if_match=given.parameters.if_match, body=given.body
        )

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.LIST_RECEIVED_INQUIRIES, list_received_inquiries),
            OperationRoute(policies.GET_RECEIVED_INQUIRY, get_received_inquiry),
            OperationRoute(policies.DECLINE_INQUIRY, decline_inquiry),
        ]
    )
    return router
