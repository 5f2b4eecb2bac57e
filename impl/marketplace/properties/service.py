"""Service of properties: ownership, the derived public area, and archiving."""

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import PROPERTY_STATE_MACHINE, PropertyState
from impl.gateways.geocoding import Geocoder, PostalAddress
from impl.kernel import etags, idempotency
from impl.kernel.caller import Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import NotFound, Unavailable
from impl.kernel.ids import new_id
from impl.kernel.paging import Moment, Page, fetched
from impl.kernel.rows import has_values
from impl.kernel.states import next_state
from impl.kernel.words import tokenize_document
from impl.marketplace.capabilities.geography.service import Point, area_columns, coarse_area
from impl.marketplace.places.service import PlacesService
from impl.marketplace.properties.repository import ADD_TO_FEW, Filters, PropertyRepository, PropertyRow
from impl.marketplace.properties.tables import (
    DerivedColumns,
    NewProperty,
    PropertyChanges,
    PropertyContent,
    PropertyType,
    city_key,
)
from openapi.runtime.wire import Reply

MOST: Final = 200
MOST_IN_ALL: Final = 2_000


def words_of(*texts: str | None) -> str:
    """Return the search words of a property, from the texts of its owner."""
    return " " + tokenize_document("\n".join(text for text in texts if text is not None))


def derived_from(content: PropertyContent) -> DerivedColumns:
    """Return the derived columns: the search words, and the area that others may see."""
    texts = (
        content["label"],
        content["line1"],
        content["line2"],
        content["city"],
        content["region"],
        content["postal_code"],
        content["notes"],
    )
    latitude, longitude = content["latitude"], content["longitude"]
    point = None if latitude is None or longitude is None else (latitude, longitude)
    area = (None, None) if point is None else coarse_area(*point)
    return {
        "words": words_of(*texts),
        "city_key": city_key(content["city"]),
        "area_latitude": area[0],
        "area_longitude": area[1],
        **area_columns(point),
    }


def _with_changes(row: PropertyRow, changes: PropertyChanges) -> PropertyContent:
    return {
        "label": changes.get("label", row["label"]),
        "type": changes.get("type", PropertyType(row["type"])),
        "line1": changes.get("line1", row["line1"]),
        "line2": changes.get("line2", row["line2"]),
        "city": changes.get("city", row["city"]),
        "region": changes.get("region", row["region"]),
        "postal_code": changes.get("postal_code", row["postal_code"]),
        "country": changes.get("country", row["country"]),
        "latitude": changes.get("latitude", row["latitude"]),
        "longitude": changes.get("longitude", row["longitude"]),
        "size_m2": changes.get("size_m2", row["size_m2"]),
        "year_built": changes.get("year_built", row["year_built"]),
        "notes": changes.get("notes", row["notes"]),
    }


_ADDRESS: Final = ("line1", "city", "region", "postal_code", "country")
# Times that an address which somebody else edits meanwhile is looked up again.
_ATTEMPTS: Final = 5


def gives_coordinates(row: PropertyRow, changes: PropertyChanges) -> bool:
    """Return whether the owner says where it is; approximate coordinates that come back as they were are not said."""
    given = changes.get("latitude"), changes.get("longitude")
    return None not in given and not (row["coordinates_approximate"] and given == (row["latitude"], row["longitude"]))


def is_to_locate(row: PropertyRow, changes: PropertyChanges) -> bool:
    """Return whether coordinates have to be found: the owner gives none, and has not given those that are there."""
    if gives_coordinates(row, changes):
        return False
    if "latitude" in changes and changes["latitude"] is None:
        return True
    was_given = row["latitude"] is not None and not row["coordinates_approximate"]
    return not was_given and _moves(row, changes)


def _moves(row: PropertyRow, changes: PropertyChanges) -> bool:
    return any(name in changes and changes[name] != row[name] for name in _ADDRESS)


class PropertiesService:
    def __init__(
        self,
        database: Database,
        places: PlacesService,
        geocoder: Geocoder,
        clock: Clock,
        *,
        remove_photos: Callable[[AsyncSession, UUID], Awaitable[int]],
    ) -> None:
        """Take the dependencies; `remove_photos` deletes those of a property that is archived."""
        self._database = database
        self._remove_photos = remove_photos
        self._places = places
        self._geocoder = geocoder
        self._repository = PropertyRepository(database.reader)
        self._clock = clock

    async def get(self, caller: Caller, property_id: UUID) -> PropertyRow:
        row = await self._repository.find(caller.user_id, property_id)
        if row is None:
            raise NotFound
        return row

    async def page(
        self, caller: Caller, filters: Filters, *, descending: bool, after: Moment | None, limit: int
    ) -> Page[PropertyRow]:
        if filters.words == ():
            return Page(())
        found = await self._repository.page(
            caller.user_id, filters, descending=descending, after=after, limit=fetched(limit)
        )
        return Page.of(found, limit)

    async def count(self, caller: Caller, filters: Filters) -> int:
        if filters.words == ():
            return 0
        return await self._repository.count(caller.user_id, filters)

    async def create[ReplyT: Reply](
        self, caller: Caller, content: PropertyContent, serialize: Callable[[NewProperty], ReplyT]
    ) -> ReplyT:
        """Add a property and return its reply, whose very bytes an idempotency key keeps."""
        point = None if content["latitude"] is not None else await self._locate(content)
        if point is not None:
            content = {**content, "latitude": point[0], "longitude": point[1]}
        now = self._clock.now()
        new: NewProperty = {
            **content,
            **derived_from(content),
            "id": new_id(),
            "owner_id": caller.user_id,
            "coordinates_approximate": point is not None,
            "state": PropertyState.ACTIVE,
            "created_at": now,
            "updated_at": now,
            "version": etags.FIRST_VERSION,
        }
        # No query is needed: the service sets every column of the new row.
        reply = serialize(new)
        if caller.idempotency_record is None and await self._database.run(ADD_TO_FEW, new):
            return reply
        async with self._database.begin() as tx:
            await self._repository.take_turns(tx, caller.user_id)
            await self._check_number(tx, caller)
            await self._repository.insert(tx, new)
            await idempotency.store_reply(tx, caller, reply)
        return reply

    async def _check_number(self, tx: AsyncSession, caller: Caller) -> None:
        """Refuse one more where there are many already: deleted ones count as well, since their rows stay."""
        owned = await self._repository.owned(tx, caller.user_id)
        detail = f"You have {MOST} properties already. Delete one first."
        await idempotency.refuse_beyond(self._database.reader, caller, detail, number=owned["active"], most=MOST)
        detail = f"You have had {MOST_IN_ALL} properties, with those that you deleted."
        await idempotency.refuse_beyond(self._database.reader, caller, detail, number=owned["in_all"], most=MOST_IN_ALL)

    async def change(
        self, caller: Caller, property_id: UUID, changes: PropertyChanges, *, if_match: str | None
    ) -> PropertyRow:
        """Set these values. Setting what is there already is no change: the version stays.

        Coordinates are found before the transaction, since a geocoder may be asked.
        """
        for _ in range(_ATTEMPTS):
            seen = await self.get(caller, property_id)
            placed = await self._placed(seen, changes)
            async with self._database.begin() as tx:
                row = await self._lock(tx, caller, property_id, if_match)
                if row["version"] != seen["version"]:
                    continue
                if has_values(row, placed):
                    return row
                derived = derived_from(_with_changes(row, placed))
                written: PropertyChanges = {**placed, **derived, "updated_at": self._clock.now()}
                return await self._repository.update(tx, property_id, written)
        raise Unavailable

    async def _placed(self, row: PropertyRow, changes: PropertyChanges) -> PropertyChanges:
        """Return the changes with the coordinates that go with them, and whether these are approximate."""
        if gives_coordinates(row, changes):
            return {**changes, "coordinates_approximate": False}
        if row["coordinates_approximate"] and not _moves(row, changes):
            # They follow the address, which stays: a geocoder that is down would take them away.
            return {**changes, "latitude": row["latitude"], "longitude": row["longitude"]}
        if not is_to_locate(row, changes):
            return changes
        point = await self._locate(_with_changes(row, changes))
        latitude, longitude = (None, None) if point is None else point
        return {
            **changes,
            "latitude": latitude,
            "longitude": longitude,
            "coordinates_approximate": point is not None,
        }

    async def _locate(self, content: PropertyContent) -> Point | None:
        """Return about where an address is: as the gazetteer says, or else a geocoder, which may take a moment."""
        city, region, country = content["city"], content["region"], content["country"]
        postal_code = content["postal_code"]
        found = await self._places.locate(city=city, region=region, postal_code=postal_code, country=country)
        if found is not None:
            return found
        return await self._geocoder.find(PostalAddress(content["line1"], city, region, postal_code, country))

    async def archive(self, caller: Caller, property_id: UUID, *, if_match: str | None) -> None:
        async with self._database.begin() as tx:
            row = await self._lock(tx, caller, property_id, if_match)
            state = next_state(PROPERTY_STATE_MACHINE, PropertyState(row["state"]), "deleteProperty")
            now = self._clock.now()
            gone: PropertyChanges = {"state": state, "archived_at": now, "updated_at": now}
            await self._repository.update(tx, property_id, gone)
            await self._remove_photos(tx, property_id)

    async def _lock(self, tx: AsyncSession, caller: Caller, property_id: UUID, if_match: str | None) -> PropertyRow:
        row = await self._repository.lock(tx, caller.user_id, property_id)
        if row is None:
            raise NotFound
        etags.check(if_match, row["version"])
        return row
