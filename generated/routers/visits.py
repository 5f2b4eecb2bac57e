# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The visits operations: replies, abstract handlers, router."""

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

_VISIT: JsonWriter[replies.Visit] = JsonWriter(replies.Visit)
_VISIT_PAGE: JsonWriter[replies.VisitPage] = JsonWriter(replies.VisitPage)


class RequestVisitCreated(Reply):
    """The visit was requested."""

    __slots__ = ()

    def __init__(self, body: replies.Visit, *, location: str, etag: str) -> None:
        super().__init__(
            201, {"content-type": "application/json", "location": location, "etag": etag}, _VISIT.dump_json(body)
        )


class ListVisitsOk(Reply):
    """A page of the caller's visits of one side."""

    __slots__ = ()

    def __init__(self, body: replies.VisitPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _VISIT_PAGE.dump_json(body))


class GetVisitOk(Reply):
    """The visit, as the caller sees it."""

    __slots__ = ()

    def __init__(self, body: replies.Visit, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _VISIT.dump_json(body))


class GetVisitNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class AcceptVisitOk(Reply):
    """The visit, as the caller sees it."""

    __slots__ = ()

    def __init__(self, body: replies.Visit, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _VISIT.dump_json(body))


class DeclineVisitOk(Reply):
    """The visit, as the caller sees it."""

    __slots__ = ()

    def __init__(self, body: replies.Visit, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _VISIT.dump_json(body))


class CancelVisitOk(Reply):
    """The visit, as the caller sees it."""

    __slots__ = ()

    def __init__(self, body: replies.Visit, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _VISIT.dump_json(body))


class AbstractVisitsHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged visits."""

    @abstractmethod
    async def request_visit(
        self, caller: CallerT, *, inquiry_id: UUID, recipient_id: UUID, body: models.VisitRequest
    ) -> RequestVisitCreated:
        """Request a visit of a provider.

        Requests one of the free hours of `GET /providers/{slug}/slots` without a service. The provider is notified by mail. The time stays free until the
        provider accepts. The visit contains no address: the provider sees it when a quote is accepted.

        - 409 `invalid-transition`: the state allows no more agreements; the problem names it.
        - 409 `conversation-closed`: communication between the two is closed, or the business is not visible at present.
        - 409 `limit-reached`: a thread has at most 20 visits.
        - 422 `not_a_slot` at `/starts_at`: it is not a free hour.
        """

    @abstractmethod
    async def list_visits(
        self,
        caller: CallerT,
        *,
        side: models.ThreadSide,
        inquiry_id: UUID | None,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> ListVisitsOk:
        """List my visits.

        The visits of one side, the last requested first: those that the caller has requested (`HOMEOWNER`), or those of the caller's business (`PROVIDER`).
        """

    @abstractmethod
    async def get_visit(self, caller: CallerT, *, visit_id: UUID) -> GetVisitOk | GetVisitNotModified:
        """Get one of my visits.

        For both sides; `side` says which one the caller is. 404: it is somebody else's.
        """

    @abstractmethod
    async def accept_visit(self, caller: CallerT, *, visit_id: UUID, if_match: str | None) -> AcceptVisitOk:
        """Accept a visit.

        `REQUESTED -> BOOKED`, by the provider, before its time, while the inquiry is open or their quote is accepted. The homeowner gets 403 `forbidden`, and is
        notified by mail. The time is taken from then on.

        - 404: the homeowner's account is closed or suspended.
        - 409 `invalid-transition`: names the state of the visit, the inquiry or the business that refuses it.
        - 409 `slot-taken`: the provider has a job or another visit at that time.
        - 409 `conversation-closed`: communication between the two is closed.
        """

    @abstractmethod
    async def decline_visit(self, caller: CallerT, *, visit_id: UUID, if_match: str | None) -> DeclineVisitOk:
        """Decline a visit.

        `REQUESTED -> DECLINED`, by the provider (403 `forbidden` for the homeowner). The homeowner is notified by mail, and may request another time.
        """

    @abstractmethod
    async def cancel_visit(self, caller: CallerT, *, visit_id: UUID, if_match: str | None) -> CancelVisitOk:
        """Cancel a visit.

        `REQUESTED | BOOKED -> CANCELLED`, by either side. The time is free again, and the other side is notified by mail.
        """


_REQUEST_VISIT = Inputs(
    Parameters(
        parameters.RequestVisitParameters,
        path={"inquiry_id": Field(), "recipient_id": Field()},
        headers={"idempotency_key": ("Idempotency-Key", Field())},
    ),
    Body[models.VisitRequest]({"application/json": JsonMedia(TypeAdapter(models.VisitRequest))}),
)

_LIST_VISITS = Inputs(
    Parameters(
        parameters.ListVisitsParameters,
        query={
            "side": Field(),
            "inquiry_id": Field(),
            "limit": Field(texts.integer),
            "cursor": Field(),
            "include_total": Field(texts.boolean),
        },
        defaults={"limit": 20, "include_total": False},
    ),
    NoBody(),
)

_GET_VISIT = Inputs(
    Parameters(
        parameters.GetVisitParameters, path={"visit_id": Field()}, headers={"if_none_match": ("If-None-Match", Field())}
    ),
    NoBody(),
)

_ACCEPT_VISIT = Inputs(
    Parameters(
        parameters.AcceptVisitParameters, path={"visit_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    NoBody(),
)

_DECLINE_VISIT = Inputs(
    Parameters(
        parameters.DeclineVisitParameters, path={"visit_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    NoBody(),
)

_CANCEL_VISIT = Inputs(
    Parameters(
        parameters.CancelVisitParameters, path={"visit_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    NoBody(),
)


def build_router[CallerT, ClientT](
    handlers: AbstractVisitsHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractVisitsHandlers, handlers)

    async def request_visit(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REQUEST_VISIT)
        given = await _REQUEST_VISIT.read(request)
        claimed = await guard.once(request, policies.REQUEST_VISIT, caller, given.payload)
        if isinstance(claimed, Reply):
            return claimed
        return await handlers.request_visit(
            claimed, inquiry_id=given.parameters.inquiry_id, recipient_id=given.parameters.recipient_id, body=given.body
        )

    async def list_visits(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_VISITS)
        given = await _LIST_VISITS.read(request)
        return await handlers.list_visits(
            caller,
            side=given.parameters.side,
            inquiry_id=given.parameters.inquiry_id,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    async def get_visit(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_VISIT)
        given = await _GET_VISIT.read(request)
        return await handlers.get_visit(caller, visit_id=given.parameters.visit_id)

    async def accept_visit(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.ACCEPT_VISIT)
        given = await _ACCEPT_VISIT.read(request)
        return await handlers.accept_visit(
            caller, visit_id=given.parameters.visit_id, if_match=given.parameters.if_match
        )

    async def decline_visit(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.DECLINE_VISIT)
        given = await _DECLINE_VISIT.read(request)
        return await handlers.decline_visit(
            caller, visit_id=given.parameters.visit_id, if_match=given.parameters.if_match
        )

    async def cancel_visit(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.CANCEL_VISIT)
        given = await _CANCEL_VISIT.read(request)
        return await handlers.cancel_visit(
            caller, visit_id=given.parameters.visit_id, if_match=given.parameters.if_match
        )

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.REQUEST_VISIT, request_visit),
            OperationRoute(policies.LIST_VISITS, list_visits),
            OperationRoute(policies.GET_VISIT, get_visit),
            OperationRoute(policies.ACCEPT_VISIT, accept_visit),
            OperationRoute(policies.DECLINE_VISIT, decline_visit),
            OperationRoute(policies.CANCEL_VISIT, cancel_visit),
        ]
    )
    return router
