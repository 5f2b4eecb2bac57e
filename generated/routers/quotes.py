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
    """The draft is there."""

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

        The caller's quotes for an inquiry that came to them, drafts included, the newest first, without lines and terms. An inquiry that did not come to the caller is 404.
        """

    @abstractmethod
    async def create_quote(self, caller: CallerT, *, inquiry_id: UUID, body: models.QuoteCreate) -> CreateQuoteCreated:
        """Write a quote.

        Adds a `DRAFT`, which nobody else sees until `POST /quotes/{quote_id}/send`. Amounts are in the minor unit of `currency`, without tax; quantities are in thousandths of the unit, so that nothing is
        rounded on the way. The service computes the totals; 422 `out_of_range` where a total would be above 100000000000, or a discount above what it is taken from.

        For whoever was asked and has not declined, while the inquiry is `OPEN` (409 `invalid-transition` names the state for the caller, or that of the inquiry). Ten quotes for one inquiry, deleted drafts
        not counted (409 `limit-reached`). 404: the inquiry did not come to the caller, or its owner's account is closed or suspended.
        """

    @abstractmethod
    async def list_received_quotes(self, caller: CallerT, *, inquiry_id: UUID) -> ListReceivedQuotesOk:
        """List the quotes for my inquiry.

        What was offered for one of the caller's inquiries, of all recipients, the newest first, without lines and terms. Drafts are not among them, nor open quotes of a business that is not to be seen at present.
        Somebody else's inquiry is 404.
        """

    @abstractmethod
    async def get_quote(self, caller: CallerT, *, quote_id: UUID) -> GetQuoteOk | GetQuoteNotModified:
        """Get a quote.

        For both parties: whoever wrote it, and, once it was sent, the owner of the inquiry. For everybody else it is 404. An open quote of a business that is not to be seen at present is 404 for the owner as long.
        """

    @abstractmethod
    async def update_quote(
        self, caller: CallerT, *, quote_id: UUID, if_match: str | None, body: models.QuoteUpdate
    ) -> UpdateQuoteOk:
        """Update a draft quote.

        What is left out stays; a `discount` or `terms` of null is none, and `lines` are replaced as a whole. The totals are computed anew. Only while it is a `DRAFT`: what was sent stays as it was read, so send a revision.
        """

    @abstractmethod
    async def delete_quote(self, caller: CallerT, *, quote_id: UUID, if_match: str | None) -> DeleteQuoteNoContent:
        """Delete a draft quote.

        Only while it is a `DRAFT` (409 `invalid-transition`): what was sent is withdrawn instead, and stays in both lists.
        """

    @abstractmethod
    async def get_quote_document(self, caller: CallerT, *, quote_id: UUID) -> GetQuoteDocumentOk:
        """Download a quote as a PDF.

        What `GET /quotes/{quote_id}` shows, on A4 pages to print or to keep, in English, with amounts in the digits of the currency. For the same people; whoever wrote a draft sees what it will look like.
        """

    @abstractmethod
    async def send_quote(self, caller: CallerT, *, quote_id: UUID, if_match: str | None) -> SendQuoteOk:
        """Send a quote.

        Makes a `DRAFT` to `SENT`, valid for `valid_days` from now, and the recipient `QUOTED`; the owner of the inquiry is mailed. If a quote of the caller's for this inquiry is `SENT`, this one revises it: the earlier one is
        `WITHDRAWN` with `end_reason` `SUPERSEDED`, and each names the other (`revises_id`, `superseded_by_id`).

        While the inquiry is `OPEN`; 409 `invalid-transition` names the state of the quote, of the caller as a recipient, of the inquiry, or of the caller's business while staff have suspended it, whichever refuses it. 409
        `conversation-closed` says that nothing is written between these two.
        """

    @abstractmethod
    async def withdraw_quote(self, caller: CallerT, *, quote_id: UUID, if_match: str | None) -> WithdrawQuoteOk:
        """Withdraw a quote.

        Only while it is `SENT`; 409 `invalid-transition` names the state. The recipient stays `QUOTED` and may send another one.
        """

    @abstractmethod
    async def accept_quote(self, caller: CallerT, *, quote_id: UUID, if_match: str | None) -> AcceptQuoteOk:
        """Accept a quote.

        Only while it is `SENT` and valid, by the clock (409 `invalid-transition` names the state), and while nothing stands between the two (409 `conversation-closed`). The inquiry is `ACCEPTED`, every other recipient who has not declined is `LOST` (`OTHER_CHOSEN`), and their open quotes are `DECLINED` with the same
        reason. Their visits that have not begun are `CANCELLED`; those of the accepted provider stay. Whoever wrote it, and whoever lost by it, is mailed. Of whatever happens at once to an inquiry and its quotes, one comes first, and the others are refused by the state that it leaves.

        Send the `ETag` that you read as `If-Match`, so that nothing else is accepted than what was seen.
        """

    @abstractmethod
    async def decline_quote(
        self, caller: CallerT, *, quote_id: UUID, if_match: str | None, body: models.QuoteDecline
    ) -> DeclineQuoteOk:
        """Decline a quote.

        Only while it is `SENT`; 409 `invalid-transition` names the state. Whoever wrote it is mailed the reason and the note, and may send another one. Where nothing is written between these two, a note is 409 `conversation-closed`; it is declined without one.
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
