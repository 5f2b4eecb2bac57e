"""Handlers of a homeowner's properties."""

from typing import override
from uuid import UUID

from generated import models, policies, replies
from generated.routers.properties import (
    AbstractPropertiesHandlers,
    CreatePropertyCreated,
    DeletePropertyNoContent,
    GetPropertyOk,
    ListPropertiesOk,
    ReplacePropertyOk,
    UpdatePropertyOk,
)
from generated.states import PropertyState
from impl.kernel import etags
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.paging import Cursors, Moment, capped
from impl.kernel.words import tokenize_query
from impl.marketplace.capabilities.geography.wire import coordinates_to_wire
from impl.marketplace.properties.repository import Filters, PropertyRow
from impl.marketplace.properties.service import PropertiesService
from impl.marketplace.properties.tables import NewProperty, PropertyChanges, PropertyContent, PropertyType
from impl.marketplace.properties.wire import address_to_wire

TYPES = {kind.value: kind for kind in models.PropertyType}
STATES = {state.value: state for state in PropertyState}


def _to_wire(row: PropertyRow | NewProperty) -> replies.Property:
    return {
        "id": row["id"],
        "label": row["label"],
        "type": TYPES[row["type"]],
        "address": address_to_wire(row),
        "coordinates": coordinates_to_wire(row["latitude"], row["longitude"]),
        "coordinates_approximate": row["coordinates_approximate"],
        "size_m2": row["size_m2"],
        "year_built": row["year_built"],
        "notes": row["notes"],
        "state": STATES[row["state"]],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def _moment_of(row: PropertyRow) -> Moment:
    return row["created_at"], row["id"]


def _serialize_created(row: NewProperty) -> CreatePropertyCreated:
    location = policies.GET_PROPERTY.path.format(property_id=row["id"])
    return CreatePropertyCreated(_to_wire(row), location=location, etag=etags.etag(row["version"]))


def _whole(body: models.PropertyCreate | models.PropertyReplace) -> PropertyContent:
    address, point = body.address, body.coordinates
    return {
        "label": body.label,
        "type": PropertyType(body.type),
        "line1": address.line1,
        "line2": address.line2,
        "city": address.city,
        "region": address.region,
        "postal_code": address.postal_code,
        "country": address.country.value,
        "latitude": None if point is None else float(point.latitude),
        "longitude": None if point is None else float(point.longitude),
        "size_m2": body.size_m2,
        "year_built": body.year_built,
        "notes": body.notes,
    }


def _changes_of(body: models.PropertyUpdate) -> PropertyChanges:
    """Return the fields that a merge patch names; null is a value, refused by the model where it is not allowed."""
    named = body.model_fields_set
    changes: PropertyChanges = {}
    if body.label is not None:
        changes["label"] = body.label
    if body.type is not None:
        changes["type"] = PropertyType(body.type)
    if body.address is not None:
        changes.update(_address_changes(body.address))
    if "coordinates" in named:
        point = body.coordinates
        changes["latitude"] = None if point is None else float(point.latitude)
        changes["longitude"] = None if point is None else float(point.longitude)
    if "size_m2" in named:
        changes["size_m2"] = body.size_m2
    if "year_built" in named:
        changes["year_built"] = body.year_built
    if "notes" in named:
        changes["notes"] = body.notes
    return changes


def _address_changes(address: models.AddressUpdate) -> PropertyChanges:
    named = address.model_fields_set
    changes: PropertyChanges = {}
    if address.line1 is not None:
        changes["line1"] = address.line1
    if "line2" in named:
        changes["line2"] = address.line2
    if address.city is not None:
        changes["city"] = address.city
    if "region" in named:
        changes["region"] = address.region
    if "postal_code" in named:
        changes["postal_code"] = address.postal_code
    if address.country is not None:
        changes["country"] = address.country.value
    return changes


class PropertiesHandlers(AbstractPropertiesHandlers[Caller, AnonymousClient]):
    def __init__(self, service: PropertiesService, cursors: Cursors) -> None:
        self._service = service
        self._cursors = cursors

    @override
    async def list_properties(
        self,
        caller: Caller,
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
        filters = Filters(
            type=None if type is None else PropertyType(type),
            country=None if country is None else country.value,
            city=city,
            words=None if q is None else tokenize_query(q),
        )
        scope = f"listProperties {caller.user_id} {sort.value} {filters.cursor_scope()}"
        page = await self._service.page(
            caller,
            filters,
            descending=sort is models.PropertySort.CREATED_AT_DESC,
            after=self._cursors.decode_moment(cursor, scope=scope),
            limit=limit,
        )
        total = await self._service.count(caller, filters) if include_total else None
        return ListPropertiesOk(
            {
                "items": [_to_wire(row) for row in page.items],
                "next_cursor": self._cursors.encode_next_moment(page, _moment_of, scope=scope),
                **capped(total),
            }
        )

    @override
    async def create_property(self, caller: Caller, *, body: models.PropertyCreate) -> CreatePropertyCreated:
        return await self._service.create(caller, _whole(body), _serialize_created)

    @override
    async def get_property(self, caller: Caller, *, property_id: UUID) -> GetPropertyOk:
        row = await self._service.get(caller, property_id)
        return GetPropertyOk(_to_wire(row), etag=etags.etag(row["version"]))

    @override
    async def replace_property(
        self, caller: Caller, *, property_id: UUID, if_match: str | None, body: models.PropertyReplace
    ) -> ReplacePropertyOk:
        row = await self._service.change(caller, property_id, {**_whole(body)}, if_match=if_match)
        return ReplacePropertyOk(_to_wire(row), etag=etags.etag(row["version"]))

    @override
    async def update_property(
        self, caller: Caller, *, property_id: UUID, if_match: str | None, body: models.PropertyUpdate
    ) -> UpdatePropertyOk:
        row = await self._service.change(caller, property_id, _changes_of(body), if_match=if_match)
        return UpdatePropertyOk(_to_wire(row), etag=etags.etag(row["version"]))

    @override
    async def delete_property(
        self, caller: Caller, *, property_id: UUID, if_match: str | None
    ) -> DeletePropertyNoContent:
        await self._service.archive(caller, property_id, if_match=if_match)
        return DeletePropertyNoContent()
