# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The availability operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from datetime import date
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

_AVAILABILITY: JsonWriter[replies.Availability] = JsonWriter(replies.Availability)
_SLOTS: JsonWriter[replies.Slots] = JsonWriter(replies.Slots)


class GetAvailabilityOk(Reply):
    """The availability."""

    __slots__ = ()

    def __init__(self, body: replies.Availability, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _AVAILABILITY.dump_json(body))


class GetAvailabilityNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class ReplaceAvailabilityOk(Reply):
    """The availability."""

    __slots__ = ()

    def __init__(self, body: replies.Availability, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _AVAILABILITY.dump_json(body))


class ReplaceAvailabilityCreated(Reply):
    """The availability was set for the first time."""

    __slots__ = ()

    def __init__(self, body: replies.Availability, *, location: str, etag: str) -> None:
        super().__init__(
            201, {"content-type": "application/json", "location": location, "etag": etag}, _AVAILABILITY.dump_json(body)
        )


class ListSlotsOk(Reply):
    """The times that are free."""

    __slots__ = ()

    def __init__(self, body: replies.Slots) -> None:
        super().__init__(200, {"content-type": "application/json"}, _SLOTS.dump_json(body))


class ListSlotsMovedPermanently(Reply):
    """It has another address now."""

    __slots__ = ()

    def __init__(self, *, location: str) -> None:
        super().__init__(301, {"location": location})


class ListSlotsNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(304, {})


class AbstractAvailabilityHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged availability."""

    @abstractmethod
    async def get_availability(self, caller: CallerT) -> GetAvailabilityOk | GetAvailabilityNotModified:
        """Get my availability.

        404 until the first `PUT`.
        """

    @abstractmethod
    async def replace_availability(
        self, caller: CallerT, *, if_match: str | None, body: models.AvailabilityReplace
    ) -> ReplaceAvailabilityOk | ReplaceAvailabilityCreated:
        """Replace my availability.

        Replaces all of it (200), or sets it for the first time (201). Bookings stay.

        Times are local times in `time_zone`, so that they stay the same when daylight saving starts or ends: a time that the clock skips uses the offset before
        the change, and a time that occurs twice means the first (RFC 5545). Adjacent hours are merged, also across midnight.

        - 422 `overlapping`: hours of a day overlap. 422 `out_of_range`: hours end before they begin.
        - 422 `not_unique`: a day has two exceptions.
        - 422 `unknown_time_zone`: the IANA database does not know the time zone.
        """

    @abstractmethod
    async def list_slots(
        self, client: ClientT, *, slug: str, service_id: UUID | None, from_date: date | None, days: int
    ) -> ListSlotsOk | ListSlotsMovedPermanently | ListSlotsNotModified:
        """List the free times of a business.

        The times at which the business can begin, in order: its working hours without bookings, after its notice period. Each has the length of the service
        `service_id`, or an hour if there is none or it has no length. Empty if the business has no availability. A former slug is 301 to the same query under
        the current slug. 404: there is no such business, or `service_id` is not one of its public services.
        """


_GET_AVAILABILITY = Inputs(
    Parameters(parameters.GetAvailabilityParameters, headers={"if_none_match": ("If-None-Match", Field())}), NoBody()
)

_REPLACE_AVAILABILITY = Inputs(
    Parameters(parameters.ReplaceAvailabilityParameters, headers={"if_match": ("If-Match", Field())}),
    Body[models.AvailabilityReplace]({"application/json": JsonMedia(TypeAdapter(models.AvailabilityReplace))}),
)

_LIST_SLOTS = Inputs(
    Parameters(
        parameters.ListSlotsParameters,
        path={"slug": Field()},
        query={"service_id": Field(), "from_date": Field(), "days": Field(texts.integer)},
        headers={"if_none_match": ("If-None-Match", Field())},
        defaults={"days": 7},
    ),
    NoBody(),
)


def build_router[CallerT, ClientT](
    handlers: AbstractAvailabilityHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractAvailabilityHandlers, handlers)

    async def get_availability(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_AVAILABILITY)
        await _GET_AVAILABILITY.read(request)
        return await handlers.get_availability(caller)

    async def replace_availability(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REPLACE_AVAILABILITY)
        given = await _REPLACE_AVAILABILITY.read(request)
        return await handlers.replace_availability(caller, if_match=given.parameters.if_match, body=given.body)

    async def list_slots(request: Request) -> Reply:
        client = await guard.admit(request, policies.LIST_SLOTS)
        given = await _LIST_SLOTS.read(request)
        return await guard.cached(
            request,
            policies.LIST_SLOTS,
            lambda: handlers.list_slots(
                client,
                slug=given.parameters.slug,
                service_id=given.parameters.service_id,
                from_date=given.parameters.from_date,
                days=given.parameters.days,
            ),
        )

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.GET_AVAILABILITY, get_availability),
            OperationRoute(policies.REPLACE_AVAILABILITY, replace_availability),
            OperationRoute(policies.LIST_SLOTS, list_slots),
        ]
    )
    return router
