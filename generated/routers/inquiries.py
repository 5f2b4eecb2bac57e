# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The inquiries operations: replies, abstract handlers, router."""

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

_INQUIRY_PAGE: JsonWriter[replies.InquiryPage] = JsonWriter(replies.InquiryPage)
_INQUIRY: JsonWriter[replies.Inquiry] = JsonWriter(replies.Inquiry)


class ListInquiriesOk(Reply):
    """A page of the caller's inquiries."""

    __slots__ = ()

    def __init__(self, body: replies.InquiryPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _INQUIRY_PAGE.dump_json(body))


class CreateInquiryCreated(Reply):
    """The inquiry was sent to its recipients."""

    __slots__ = ()

    def __init__(self, body: replies.Inquiry, *, location: str, etag: str) -> None:
        super().__init__(
            201, {"content-type": "application/json", "location": location, "etag": etag}, _INQUIRY.dump_json(body)
        )


class GetInquiryOk(Reply):
    """The inquiry."""

    __slots__ = ()

    def __init__(self, body: replies.Inquiry, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _INQUIRY.dump_json(body))


class GetInquiryNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class UpdateInquiryOk(Reply):
    """The inquiry."""

    __slots__ = ()

    def __init__(self, body: replies.Inquiry, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _INQUIRY.dump_json(body))


class AddInquiryRecipientOk(Reply):
    """The inquiry."""

    __slots__ = ()

    def __init__(self, body: replies.Inquiry, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _INQUIRY.dump_json(body))


class WithdrawInquiryOk(Reply):
    """The inquiry."""

    __slots__ = ()

    def __init__(self, body: replies.Inquiry, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _INQUIRY.dump_json(body))


class AbstractInquiriesHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged inquiries."""

    @abstractmethod
    async def list_inquiries(
        self, caller: CallerT, *, state: states.InquiryState | None, limit: int, cursor: str | None, include_total: bool
    ) -> ListInquiriesOk:
        """List my inquiries.

        The caller's inquiries with their recipients, the newest first.
        """

    @abstractmethod
    async def create_inquiry(self, caller: CallerT, *, body: models.InquiryCreate) -> CreateInquiryCreated:
        """Send an inquiry to providers.

        Sends the inquiry to at most five providers, each chosen by itself or by one of its services. They are notified by mail and find it in their inbox.
        It is sent to nobody else unless its owner adds recipients.

        - **Privacy**: recipients see its text, the kind of the property and the square kilometre around it, but no address, name, e-mail address or phone
          number. In title, details and answers, e-mail addresses, phone numbers, links and street addresses are masked (`*` for each character) until a provider has been chosen.
        - **Questions**: answer the current version of the category's questions (`GET /categories/{slug}/questions`).
        - **Expiry**: 30 days later it expires, with a mail three days before.

        Errors:

        - 404: the property, category, service or business does not exist, or the caller may not use it.
        - 409 `limit-reached`: at most 20 open inquiries.
        - 422 `outdated` at `/questions_version`: the questions have a newer version. Errors of answers are 422 at their place in `/answers`.
        - 422 `in_the_past`: a day has passed already.
        - 422 `not_unique`: two recipients are the same business. 422 `own_business`: a recipient is the caller's own business.
        """

    @abstractmethod
    async def get_inquiry(self, caller: CallerT, *, inquiry_id: UUID) -> GetInquiryOk | GetInquiryNotModified:
        """Get one of my inquiries.

        Returns the same fields as the list. 404: it belongs to somebody else.
        """

    @abstractmethod
    async def update_inquiry(
        self, caller: CallerT, *, inquiry_id: UUID, if_match: str | None, body: models.InquiryUpdate
    ) -> UpdateInquiryOk:
        """Update an inquiry that no provider has read.

        Absent members stay; `budget: null` removes the budget. Property, category, answers and recipients cannot be changed: withdraw the inquiry and send a
        new one.

        Only while it is `OPEN` and no recipient has read it (each is `SENT`). 409 `invalid-transition` names the state of the inquiry, or of a recipient who has
        read it, and what is possible for the inquiry.
        """

    @abstractmethod
    async def add_inquiry_recipient(
        self, caller: CallerT, *, inquiry_id: UUID, if_match: str | None, body: models.InquiryRecipientChoice
    ) -> AddInquiryRecipientOk:
        """Add a recipient to an inquiry.

        Up to five in all (409 `limit-reached`), while the inquiry is `OPEN` (409 `invalid-transition`). Adding an existing recipient again changes nothing and
        returns the inquiry. 404: no published service or visible business has this id. 422 `own_business`: it is the caller's own.
        """

    @abstractmethod
    async def withdraw_inquiry(self, caller: CallerT, *, inquiry_id: UUID, if_match: str | None) -> WithdrawInquiryOk:
        """Withdraw an inquiry.

        Only from `OPEN` (409 `invalid-transition` names the state). Recipients who have not declined become `LOST`, and visits that have not begun are
        `CANCELLED`.
        """


_LIST_INQUIRIES = Inputs(
    Parameters(
        parameters.ListInquiriesParameters,
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

_CREATE_INQUIRY = Inputs(
    Parameters(parameters.CreateInquiryParameters, headers={"idempotency_key": ("Idempotency-Key", Field())}),
    Body[models.InquiryCreate]({"application/json": JsonMedia(TypeAdapter(models.InquiryCreate))}),
)

_GET_INQUIRY = Inputs(
    Parameters(
        parameters.GetInquiryParameters,
        path={"inquiry_id": Field()},
        headers={"if_none_match": ("If-None-Match", Field())},
    ),
    NoBody(),
)

_UPDATE_INQUIRY = Inputs(
    Parameters(
        parameters.UpdateInquiryParameters, path={"inquiry_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    Body[models.InquiryUpdate](
        {
            "application/merge-patch+json": JsonMedia(TypeAdapter(models.InquiryUpdate)),
            "application/json": JsonMedia(TypeAdapter(models.InquiryUpdate)),
        }
    ),
)

_ADD_INQUIRY_RECIPIENT = Inputs(
    Parameters(
        parameters.AddInquiryRecipientParameters,
        path={"inquiry_id": Field()},
        headers={"if_match": ("If-Match", Field())},
    ),
    Body[models.InquiryRecipientChoice]({"application/json": JsonMedia(TypeAdapter(models.InquiryRecipientChoice))}),
)

_WITHDRAW_INQUIRY = Inputs(
    Parameters(
        parameters.WithdrawInquiryParameters, path={"inquiry_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    NoBody(),
)


def build_router[CallerT, ClientT](
    handlers: AbstractInquiriesHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractInquiriesHandlers, handlers)

    async def list_inquiries(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_INQUIRIES)
        given = await _LIST_INQUIRIES.read(request)
        return await handlers.list_inquiries(
            caller,
            state=given.parameters.state,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    async def create_inquiry(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.CREATE_INQUIRY)
        given = await _CREATE_INQUIRY.read(request)
        claimed = await guard.once(request, policies.CREATE_INQUIRY, caller, given.payload)
        if isinstance(claimed, Reply):
            return claimed
        return await handlers.create_inquiry(claimed, body=given.body)

    async def get_inquiry(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_INQUIRY)
        given = await _GET_INQUIRY.read(request)
        return await handlers.get_inquiry(caller, inquiry_id=given.parameters.inquiry_id)

    async def update_inquiry(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.UPDATE_INQUIRY)
        given = await _UPDATE_INQUIRY.read(request)
        return await handlers.update_inquiry(
            caller, inquiry_id=given.parameters.inquiry_id, if_match=given.parameters.if_match, body=given.body
        )

    async def add_inquiry_recipient(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.ADD_INQUIRY_RECIPIENT)
        given = await _ADD_INQUIRY_RECIPIENT.read(request)
        return await handlers.add_inquiry_recipient(
            caller, inquiry_id=given.parameters.inquiry_id, if_match=given.parameters.if_match, body=given.body
        )

    async def withdraw_inquiry(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.WITHDRAW_INQUIRY)
        given = await _WITHDRAW_INQUIRY.read(request)
        return await handlers.withdraw_inquiry(
            caller, inquiry_id=given.parameters.inquiry_id, if_match=given.parameters.if_match
        )

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.LIST_INQUIRIES, list_inquiries),
            OperationRoute(policies.CREATE_INQUIRY, create_inquiry),
            OperationRoute(policies.GET_INQUIRY, get_inquiry),
            OperationRoute(policies.UPDATE_INQUIRY, update_inquiry),
            OperationRoute(policies.ADD_INQUIRY_RECIPIENT, add_inquiry_recipient),
            OperationRoute(policies.WITHDRAW_INQUIRY, withdraw_inquiry),
        ]
    )
    return router
