# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The quotes operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from generated import models, parameters, policies, replies
from openapi.runtime.bodies import Body, JsonMedia, NoBody
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import FileReply, Reply

_QUOTE_LIST: JsonWriter[replies.QuoteList] = JsonWriter(replies.QuoteList)
_QUOTE: JsonWriter[replies.Quote] = JsonWriter(replies.Quote)


class ListOwnQuotesOk(Reply):
    """The quotes."""

    __slots__ = ()

    def __init__(self, body: replies.QuoteList) -> None:
        super().__init__(200, {"content-type": "application/json"}, _QUOTE_LIST.dump_json(body))


class CreateQuoteCreated(Reply):
    """The draft was created."""

    __slots__ = ()

    def __init__(self, body: replies.Quote, *, location: str, etag: str) -> None:
        super().__init__(
            201, {"content-type": "application/json", "location": location, "etag": etag}, _QUOTE.dump_json(body)
        )


class ListReceivedQuotesOk(Reply):
    """The quotes."""

    __slots__ = ()

    def __init__(self, body: replies.QuoteList) -> None:
        super().__init__(200, {"content-type": "application/json"}, _QUOTE_LIST.dump_json(body))


class GetQuoteOk(Reply):
    """The quote."""

    __slots__ = ()

    def __init__(self, body: replies.Quote, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _QUOTE.dump_json(body))


class GetQuoteNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class UpdateQuoteOk(Reply):
    """The quote."""

    __slots__ = ()

    def __init__(self, body: replies.Quote, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _QUOTE.dump_json(body))


class DeleteQuoteNoContent(Reply):
    """Deleted."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class GetQuoteDocumentOk(FileReply):
    """The quote on paper."""

    __slots__ = ()

    def __init__(
        self,
        chunks: AsyncGenerator[bytes, None],
        *,
        size: int,
        media_type: Literal["application/pdf"],
        content_disposition: str,
    ) -> None:
        super().__init__(
            200, {"content-type": media_type, "content-disposition": content_disposition}, chunks, size=size
        )


class SendQuoteOk(Reply):
    """The quote."""

    __slots__ = ()

    def __init__(self, body: replies.Quote, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _QUOTE.dump_json(body))


class WithdrawQuoteOk(Reply):
    """The quote."""

    __slots__ = ()

    def __init__(self, body: replies.Quote, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _QUOTE.dump_json(body))


class AcceptQuoteOk(Reply):
    """The quote."""

    __slots__ = ()

    def __init__(self, body: replies.Quote, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _QUOTE.dump_json(body))


class DeclineQuoteOk(Reply):
    """The quote."""

    __slots__ = ()

    def __init__(self, body: replies.Quote, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _QUOTE.dump_json(body))


class AbstractQuotesHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged quotes."""

    @abstractmethod
    async def list_own_quotes(self, caller: CallerT, *, inquiry_id: UUID) -> ListOwnQuotesOk:
        """List my quotes for an inquiry.

        The caller's quotes for an inquiry that they received, drafts included, the newest first, without lines and terms. 404: the caller did not receive the
        inquiry.
        """

    @abstractmethod
    async def create_quote(self, caller: CallerT, *, inquiry_id: UUID, body: models.QuoteCreate) -> CreateQuoteCreated:
        """Write a quote.

        Adds a `DRAFT`, visible to the caller only until `POST /quotes/{quote_id}/send`. Amounts are in the minor unit of `currency`, without tax; quantities are
        in thousandths of the unit, so that nothing is rounded. The service computes the totals.

        - 404: the caller did not receive the inquiry, or its owner's account is closed or suspended.
        - 409 `invalid-transition`: the inquiry is not `OPEN`, or the caller has declined it; the problem names the state.
        - 409 `limit-reached`: at most ten quotes for one inquiry, deleted drafts not counted.
        - 422 `out_of_range`: a total is above 100000000000, or a discount above the amount from which it is taken.
        """

    @abstractmethod
    async def list_received_quotes(self, caller: CallerT, *, inquiry_id: UUID) -> ListReceivedQuotesOk:
        """List the quotes for my inquiry.

        The quotes of all recipients for one of the caller's inquiries, the newest first, without lines and terms. Drafts, and open quotes of a business that is
        not visible at present, are not listed. 404: it is somebody else's inquiry.
        """

    @abstractmethod
    async def get_quote(self, caller: CallerT, *, quote_id: UUID) -> GetQuoteOk | GetQuoteNotModified:
        """Get a quote.

        For both parties: its author, and, once it was sent, the owner of the inquiry. 404 for everybody else. For the owner, an open quote of a business that
        is not visible at present is 404 too.
        """

    @abstractmethod
    async def update_quote(
        self, caller: CallerT, *, quote_id: UUID, if_match: str | None, body: models.QuoteUpdate
    ) -> UpdateQuoteOk:
        """Update a draft quote.

        Absent members stay; `discount` or `terms` of null are removed, and `lines` are replaced as a whole. The totals are recomputed. Only while it is a
        `DRAFT`; to change a sent quote, send a revision.
        """

    @abstractmethod
    async def delete_quote(self, caller: CallerT, *, quote_id: UUID, if_match: str | None) -> DeleteQuoteNoContent:
        """Delete a draft quote.

        Only while it is a `DRAFT` (409 `invalid-transition`). A sent quote can be withdrawn, and stays in both lists.
        """

    @abstractmethod
    async def get_quote_document(self, caller: CallerT, *, quote_id: UUID) -> GetQuoteDocumentOk:
        """Download a quote as a PDF.

        The content of `GET /quotes/{quote_id}` as A4 pages, in English, for the same people. The author of a draft can preview it.
        """

    @abstractmethod
    async def send_quote(self, caller: CallerT, *, quote_id: UUID, if_match: str | None) -> SendQuoteOk:
        """Send a quote.

        Changes a `DRAFT` to `SENT`, valid for `valid_days` from now, and the recipient to `QUOTED`. The owner of the inquiry is notified by mail. If the caller has
        a `SENT` quote for this inquiry, this one revises it: the earlier one becomes `WITHDRAWN` with `end_reason` `SUPERSEDED`, and each names the other
        (`revises_id`, `superseded_by_id`).

        Only while the inquiry is `OPEN`. 409 `invalid-transition` names the state that refuses it: of the quote, the recipient, the inquiry, or the caller's
        suspended business. 409 `conversation-closed`: communication between the two is closed.
        """

    @abstractmethod
    async def withdraw_quote(self, caller: CallerT, *, quote_id: UUID, if_match: str | None) -> WithdrawQuoteOk:
        """Withdraw a quote.

        Only while it is `SENT` (409 `invalid-transition` names the state). The recipient stays `QUOTED` and may send another quote.
        """

    @abstractmethod
    async def accept_quote(self, caller: CallerT, *, quote_id: UUID, if_match: str | None) -> AcceptQuoteOk:
        """Accept a quote.

        Only while it is `SENT` and has not expired. Send the `ETag` that you read as `If-Match`, so that the accepted quote is the one that the user saw.

        - The inquiry becomes `ACCEPTED`, and a job is created.
        - Every other recipient who has not declined becomes `LOST` (`OTHER_CHOSEN`), their open quotes `DECLINED` with the same reason, and their visits that
          have not begun `CANCELLED`. Visits of the accepted provider stay.
        - The author and the recipients who lost are notified by mail.

        Of concurrent changes to an inquiry and its quotes one succeeds first, and the others are refused by the resulting state. 409 `invalid-transition` names
        the state; 409 `conversation-closed`: communication between the two is closed.
        """

    @abstractmethod
    async def decline_quote(
        self, caller: CallerT, *, quote_id: UUID, if_match: str | None, body: models.QuoteDecline
    ) -> DeclineQuoteOk:
        """Decline a quote.

        Only while it is `SENT` (409 `invalid-transition` names the state). The author gets the reason and the note by mail, and may send another quote. 409
        `conversation-closed`: communication between the two is closed, so a note cannot be sent; decline without one.
        """


_LIST_OWN_QUOTES = Inputs(Parameters(parameters.ListOwnQuotesParameters, path={"inquiry_id": Field()}), NoBody())

_CREATE_QUOTE = Inputs(
    Parameters(
        parameters.CreateQuoteParameters,
        path={"inquiry_id": Field()},
        headers={"idempotency_key": ("Idempotency-Key", Field())},
    ),
    Body[models.QuoteCreate]({"application/json": JsonMedia(TypeAdapter(models.QuoteCreate))}),
)

_LIST_RECEIVED_QUOTES = Inputs(
    Parameters(parameters.ListReceivedQuotesParameters, path={"inquiry_id": Field()}), NoBody()
)

_GET_QUOTE = Inputs(
    Parameters(
        parameters.GetQuoteParameters, path={"quote_id": Field()}, headers={"if_none_match": ("If-None-Match", Field())}
    ),
    NoBody(),
)

_UPDATE_QUOTE = Inputs(
    Parameters(
        parameters.UpdateQuoteParameters, path={"quote_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    Body[models.QuoteUpdate](
        {
            "application/merge-patch+json": JsonMedia(TypeAdapter(models.QuoteUpdate)),
            "application/json": JsonMedia(TypeAdapter(models.QuoteUpdate)),
        }
    ),
)

_DELETE_QUOTE = Inputs(
    Parameters(
        parameters.DeleteQuoteParameters, path={"quote_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    NoBody(),
)

_GET_QUOTE_DOCUMENT = Inputs(Parameters(parameters.GetQuoteDocumentParameters, path={"quote_id": Field()}), NoBody())

_SEND_QUOTE = Inputs(
    Parameters(parameters.SendQuoteParameters, path={"quote_id": Field()}, headers={"if_match": ("If-Match", Field())}),
    NoBody(),
)

_WITHDRAW_QUOTE = Inputs(
    Parameters(
        parameters.WithdrawQuoteParameters, path={"quote_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    NoBody(),
)

_ACCEPT_QUOTE = Inputs(
    Parameters(
        parameters.AcceptQuoteParameters, path={"quote_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    NoBody(),
)

_DECLINE_QUOTE = Inputs(
    Parameters(
        parameters.DeclineQuoteParameters, path={"quote_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    Body[models.QuoteDecline]({"application/json": JsonMedia(TypeAdapter(models.QuoteDecline))}),
)


def build_router[CallerT, ClientT](
    handlers: AbstractQuotesHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractQuotesHandlers, handlers)

    async def list_own_quotes(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_OWN_QUOTES)
        given = await _LIST_OWN_QUOTES.read(request)
        return await handlers.list_own_quotes(caller, inquiry_id=given.parameters.inquiry_id)

    async def create_quote(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.CREATE_QUOTE)
        given = await _CREATE_QUOTE.read(request)
        claimed = await guard.once(request, policies.CREATE_QUOTE, caller, given.payload)
        if isinstance(claimed, Reply):
            return claimed
        return await handlers.create_quote(claimed, inquiry_id=given.parameters.inquiry_id, body=given.body)

    async def list_received_quotes(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_RECEIVED_QUOTES)
        given = await _LIST_RECEIVED_QUOTES.read(request)
        return await handlers.list_received_quotes(caller, inquiry_id=given.parameters.inquiry_id)

    async def get_quote(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_QUOTE)
        given = await _GET_QUOTE.read(request)
        return await handlers.get_quote(caller, quote_id=given.parameters.quote_id)

    async def update_quote(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.UPDATE_QUOTE)
        given = await _UPDATE_QUOTE.read(request)
        return await handlers.update_quote(
            caller, quote_id=given.parameters.quote_id, if_match=given.parameters.if_match, body=given.body
        )

    async def delete_quote(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.DELETE_QUOTE)
        given = await _DELETE_QUOTE.read(request)
        return await handlers.delete_quote(
            caller, quote_id=given.parameters.quote_id, if_match=given.parameters.if_match
        )

    async def get_quote_document(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_QUOTE_DOCUMENT)
        given = await _GET_QUOTE_DOCUMENT.read(request)
        return await handlers.get_quote_document(caller, quote_id=given.parameters.quote_id)

    async def send_quote(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.SEND_QUOTE)
        given = await _SEND_QUOTE.read(request)
        return await handlers.send_quote(caller, quote_id=given.parameters.quote_id, if_match=given.parameters.if_match)

    async def withdraw_quote(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.WITHDRAW_QUOTE)
        given = await _WITHDRAW_QUOTE.read(request)
        return await handlers.withdraw_quote(
            caller, quote_id=given.parameters.quote_id, if_match=given.parameters.if_match
        )

    async def accept_quote(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.ACCEPT_QUOTE)
        given = await _ACCEPT_QUOTE.read(request)
        return await handlers.accept_quote(
            caller, quote_id=given.parameters.quote_id, if_match=given.parameters.if_match
        )

    async def decline_quote(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.DECLINE_QUOTE)
        given = await _DECLINE_QUOTE.read(request)
        return await handlers.decline_quote(
            caller, quote_id=given.parameters.quote_id, if_match=given.parameters.if_match, body=given.body
        )

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.LIST_OWN_QUOTES, list_own_quotes),
            OperationRoute(policies.CREATE_QUOTE, create_quote),
            OperationRoute(policies.LIST_RECEIVED_QUOTES, list_received_quotes),
            OperationRoute(policies.GET_QUOTE, get_quote),
            OperationRoute(policies.UPDATE_QUOTE, update_quote),
            OperationRoute(policies.DELETE_QUOTE, delete_quote),
            OperationRoute(policies.GET_QUOTE_DOCUMENT, get_quote_document),
            OperationRoute(policies.SEND_QUOTE, send_quote),
            OperationRoute(policies.WITHDRAW_QUOTE, withdraw_quote),
            OperationRoute(policies.ACCEPT_QUOTE, accept_quote),
            OperationRoute(policies.DECLINE_QUOTE, decline_quote),
        ]
    )
    return router
