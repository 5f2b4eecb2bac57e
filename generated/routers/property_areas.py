# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The property-areas operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request

from generated import models, parameters, policies, replies
from openapi.runtime import texts
from openapi.runtime.bodies import NoBody
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import Reply

_PROPERTY_AREA_PAGE: JsonWriter[replies.PropertyAreaPage] = JsonWriter(replies.PropertyAreaPage)


class ListPropertyAreasOk(Reply):
    """A page of areas."""

    __slots__ = ()

    def __init__(self, body: replies.PropertyAreaPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _PROPERTY_AREA_PAGE.dump_json(body))


class AbstractPropertyAreasHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged property-areas."""

    @abstractmethod
    async def list_property_areas(
        self,
        caller: CallerT,
        *,
        type: models.PropertyType | None,
        near: str | None,
        place: UUID | None,
        radius_km: int | None,
        sort: models.PropertyAreaSort | None,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> ListPropertyAreasOk:
        """List properties by their area.

        The properties of all homeowners, each located by a cell of about 1 km: `area` is the centre of the cell, and the same for every property in it.
        Properties without coordinates, deleted ones, and those of closed or suspended accounts are not listed. Label, address, size and notes are not shown.

        `near` or `place` selects cells whose centre is within `radius_km`. `distance_km` and `sort=distance` refer to that centre too. Properties of one cell are in
        the order in which they were added.
        """


_LIST_PROPERTY_AREAS = Inputs(
    Parameters(
        parameters.ListPropertyAreasParameters,
        query={
            "type": Field(),
            "near": Field(),
            "place": Field(),
            "radius_km": Field(texts.integer),
            "sort": Field(),
            "limit": Field(texts.integer),
            "cursor": Field(),
            "include_total": Field(texts.boolean),
        },
        defaults={"limit": 20, "include_total": False},
    ),
    NoBody(),
)


def build_router[CallerT, ClientT](
    handlers: AbstractPropertyAreasHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractPropertyAreasHandlers, handlers)

    async def list_property_areas(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_PROPERTY_AREAS)
        given = await _LIST_PROPERTY_AREAS.read(request)
        return await handlers.list_property_areas(
            caller,
            type=given.parameters.type,
            near=given.parameters.near,
            place=given.parameters.place,
            radius_km=given.parameters.radius_km,
            sort=given.parameters.sort,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    router = APIRouter()
    router.routes.extend([OperationRoute(policies.LIST_PROPERTY_AREAS, list_property_areas)])
    return router
