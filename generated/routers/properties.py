# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The properties operations: replies, abstract handlers, router."""

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

_PROPERTY_PAGE: JsonWriter[replies.PropertyPage] = JsonWriter(replies.PropertyPage)
_PROPERTY: JsonWriter[replies.Property] = JsonWriter(replies.Property)


class ListPropertiesOk(Reply):
    """A page of properties."""

    __slots__ = ()

    def __init__(self, body: replies.PropertyPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _PROPERTY_PAGE.dump_json(body))


class CreatePropertyCreated(Reply):
    """The property was added."""

    __slots__ = ()

    def __init__(self, body: replies.Property, *, location: str, etag: str) -> None:
        super().__init__(
            201, {"content-type": "application/json", "location": location, "etag": etag}, _PROPERTY.dump_json(body)
        )


class GetPropertyOk(Reply):
    """The property."""

    __slots__ = ()

    def __init__(self, body: replies.Property, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _PROPERTY.dump_json(body))


class GetPropertyNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class ReplacePropertyOk(Reply):
    """The property."""

    __slots__ = ()

    def __init__(self, body: replies.Property, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _PROPERTY.dump_json(body))


class UpdatePropertyOk(Reply):
    """The property."""

    __slots__ = ()

    def __init__(self, body: replies.Property, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _PROPERTY.dump_json(body))


class DeletePropertyNoContent(Reply):
    """Deleted."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class AbstractPropertiesHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged properties."""

    @abstractmethod
    async def list_properties(
        self,
        caller: CallerT,
        *,
        q: str | None,
        type: models.PropertyType | None,
        country: models.CountryCode | None,
        city: str | None,
        sort: models.PropertySort,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> ListPropertiesOk:
        """List my properties.

        The caller's own properties, newest first by default. Deleted ones are not listed.

        `q` searches label, address and notes, by the rules of `GET /services`: all words have to match, case and accents are ignored, and words of two letters
        or more also match as prefixes.
        """

    @abstractmethod
    async def create_property(self, caller: CallerT, *, body: models.PropertyCreate) -> CreatePropertyCreated:
        """Add a property.

        The exact address, the coordinates and the notes stay private: a provider sees the address only after the homeowner has accepted their quote.

        409 `limit-reached`: at most 200 properties, and 2,000 with those that were deleted.
        """

    @abstractmethod
    async def get_property(self, caller: CallerT, *, property_id: UUID) -> GetPropertyOk | GetPropertyNotModified:
        """Get one of my properties.

        Includes its private address and notes. 404: it belongs to somebody else.
        """

    @abstractmethod
    async def replace_property(
        self, caller: CallerT, *, property_id: UUID, if_match: str | None, body: models.PropertyReplace
    ) -> ReplacePropertyOk:
        """Replace a property.

        Absent optional members are cleared.
        """

    @abstractmethod
    async def update_property(
        self, caller: CallerT, *, property_id: UUID, if_match: str | None, body: models.PropertyUpdate
    ) -> UpdatePropertyOk:
        """Update a property.

        A merge patch, also inside `address`: `{"address": {"line2": null}}` clears the second line and keeps the rest. `coordinates` are replaced as a whole, or
        cleared by null.
        """

    @abstractmethod
    async def delete_property(
        self, caller: CallerT, *, property_id: UUID, if_match: str | None
    ) -> DeletePropertyNoContent:
        """Delete a property.

        Afterwards it is 404 for its owner. Records that others need (a finished job there) are kept.
        """


_LIST_PROPERTIES = Inputs(
    Parameters(
        parameters.ListPropertiesParameters,
        query={
            "q": Field(),
            "type": Field(),
            "country": Field(),
            "city": Field(),
            "sort": Field(),
            "limit": Field(texts.integer),
            "cursor": Field(),
            "include_total": Field(texts.boolean),
        },
        defaults={"sort": "-created_at", "limit": 20, "include_total": False},
    ),
    NoBody(),
)

_CREATE_PROPERTY = Inputs(
    Parameters(parameters.CreatePropertyParameters, headers={"idempotency_key": ("Idempotency-Key", Field())}),
    Body[models.PropertyCreate]({"application/json": JsonMedia(TypeAdapter(models.PropertyCreate))}),
)

_GET_PROPERTY = Inputs(
    Parameters(
        parameters.GetPropertyParameters,
        path={"property_id": Field()},
        headers={"if_none_match": ("If-None-Match", Field())},
    ),
    NoBody(),
)

_REPLACE_PROPERTY = Inputs(
    Parameters(
        parameters.ReplacePropertyParameters, path={"property_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    Body[models.PropertyReplace]({"application/json": JsonMedia(TypeAdapter(models.PropertyReplace))}),
)

_UPDATE_PROPERTY = Inputs(
    Parameters(
        parameters.UpdatePropertyParameters, path={"property_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    Body[models.PropertyUpdate](
        {
            "application/merge-patch+json": JsonMedia(TypeAdapter(models.PropertyUpdate)),
            "application/json": JsonMedia(TypeAdapter(models.PropertyUpdate)),
        }
    ),
)

_DELETE_PROPERTY = Inputs(
    Parameters(
        parameters.DeletePropertyParameters, path={"property_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    NoBody(),
)


def build_router[CallerT, ClientT](
    handlers: AbstractPropertiesHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractPropertiesHandlers, handlers)

    async def list_properties(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_PROPERTIES)
        given = await _LIST_PROPERTIES.read(request)
        return await handlers.list_properties(
            caller,
            q=given.parameters.q,
            type=given.parameters.type,
            country=given.parameters.country,
            city=given.parameters.city,
            sort=given.parameters.sort,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    async def create_property(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.CREATE_PROPERTY)
        given = await _CREATE_PROPERTY.read(request)
        claimed = await guard.once(request, policies.CREATE_PROPERTY, caller, given.payload)
        if isinstance(claimed, Reply):
            return claimed
        return await handlers.create_property(claimed, body=given.body)

    async def get_property(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_PROPERTY)
        given = await _GET_PROPERTY.read(request)
        return await handlers.get_property(caller, property_id=given.parameters.property_id)

    async def replace_property(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REPLACE_PROPERTY)
        given = await _REPLACE_PROPERTY.read(request)
        return await handlers.replace_property(
            caller, property_id=given.parameters.property_id, if_match=given.parameters.if_match, body=given.body
        )

    async def update_property(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.UPDATE_PROPERTY)
        given = await _UPDATE_PROPERTY.read(request)
        return await handlers.update_property(
            caller, property_id=given.parameters.property_id, if_match=given.parameters.if_match, body=given.body
        )

    async def delete_property(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.DELETE_PROPERTY)
        given = await _DELETE_PROPERTY.read(request)
        return await handlers.delete_property(
            caller, property_id=given.parameters.property_id, if_match=given.parameters.if_match
        )

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.LIST_PROPERTIES, list_properties),
            OperationRoute(policies.CREATE_PROPERTY, create_property),
            OperationRoute(policies.GET_PROPERTY, get_property),
            OperationRoute(policies.REPLACE_PROPERTY, replace_property),
            OperationRoute(policies.UPDATE_PROPERTY, update_property),
            OperationRoute(policies.DELETE_PROPERTY, delete_property),
        ]
    )
    return router
