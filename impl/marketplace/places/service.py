"""Service of places: suggestions while someone types, and the import of the gazetteer."""

import gzip
import hashlib
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID, uuid5

from impl.kernel.database import Database
from impl.kernel.errors import NotFound
from impl.kernel.words import name_key
from impl.marketplace.capabilities.geography.service import EARTH_KM, Point, reach, vector
from impl.marketplace.places.repository import NamedRow, PlaceRepository, PlaceRow
from impl.marketplace.places.tables import NewPlace, NewPlaceName, PlaceKind

TOWN_WITHIN_KM: Final = 50
GAZETTEER: Final = Path(__file__).with_name("gazetteer.tsv.gz")
NAMES_BETWEEN: Final = "|"
# Ids are derived, so that one place has the same in every database and after every import.
_NAMESPACE: Final = UUID("8c0e8a52-5d1c-5f0a-9d63-3d8f5e0b6a11")

# States of the United States, which the gazetteer has by their codes and people write in full as well.
_STATES: Final = """
AL Alabama, AK Alaska, AZ Arizona, AR Arkansas, CA California, CO Colorado, CT Connecticut, DE Delaware,
DC District of Columbia, FL Florida, GA Georgia, GU Guam, HI Hawaii, ID Idaho, IL Illinois, IN Indiana, IA Iowa,
KS Kansas, KY Kentucky, LA Louisiana, ME Maine, MD Maryland, MA Massachusetts, MI Michigan, MN Minnesota,
MS Mississippi, MO Missouri, MT Montana, NE Nebraska, NV Nevada, NH New Hampshire, NJ New Jersey, NM New Mexico,
NY New York, NC North Carolina, ND North Dakota, OH Ohio, OK Oklahoma, OR Oregon, PA Pennsylvania, PR Puerto Rico,
RI Rhode Island, SC South Carolina, SD South Dakota, TN Tennessee, TX Texas, UT Utah, VT Vermont, VI Virgin Islands,
VA Virginia, WA Washington, WV West Virginia, WI Wisconsin, WY Wyoming
"""


def _letters(text: str) -> str:
    return name_key(text).replace(" ", "")


_STATE_OF: Final = {
    _letters(spelling): code
    for code, name in (line.strip().split(" ", 1) for line in _STATES.split(","))
    for spelling in (code, name)
}


def read_gazetteer(content: bytes) -> Iterator[tuple[NewPlace, Sequence[NewPlaceName]]]:
    """Yield the places of a gazetteer, which `tools/gazetteer.py` has written, each with its other names."""
    edition = hashlib.sha256(content).hexdigest()[:16]
    for line in gzip.decompress(content).decode().splitlines():
        kind, key, country, area, name, latitude, longitude, population, *others = line.split("\t")
        is_code = kind == PlaceKind.POSTAL_CODE
        words = name_key(key if is_code else name)
        place_id = uuid5(_NAMESPACE, f"{kind}:{country}:{key}")
        place: NewPlace = {
            "id": place_id,
            "kind": PlaceKind(kind),
            "name": key if is_code else name,
            "locality": name if is_code else None,
            "admin_area": area or None,
            "country": country,
            "latitude": float(latitude),
            "longitude": float(longitude),
            "population": int(population),
            "search_key": f"{words} {area.lower()}" if area and not is_code else words,
            "edition": edition,
        }
        names = others[0].split(NAMES_BETWEEN) if others else ()
        yield place, [_called(place_id, other, place["population"], country) for other in names]


def _called(place_id: UUID, name: str, population: int, country: str) -> NewPlaceName:
    return {
        "place_id": place_id,
        "search_key": name_key(name),
        "name": name,
        "population": population,
        "country": country,
    }


class PlacesService:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._repository = PlaceRepository(database.reader, database.dialect)

    async def suggest(self, text: str, country: str | None) -> Sequence[NamedRow]:
        """Return the ten best places of which a name or code begins with the words of the text."""
        key = name_key(text)
        return await self._repository.suggest(key, country) if any(map(str.isalnum, key)) else ()

    async def get(self, place_id: UUID) -> PlaceRow:
        place = await self.find(place_id)
        if place is None:
            raise NotFound
        return place

    async def find(self, place_id: UUID) -> PlaceRow | None:
        return await self._repository.find(place_id)

    async def nearest_town(self, point: Point) -> UUID | None:
        """Return the town nearest to a point, or None when there is none within TOWN_WITHIN_KM."""
        latitude, longitude = point
        height = math.degrees(TOWN_WITHIN_KM / EARTH_KM)
        flat = math.cos(math.radians(min(90.0, abs(latitude) + height)))
        # Near a pole, all around.
        around = height / 180
        width = 180.0 * (around / max(flat, around))
        towns = await self._repository.towns_around(
            longitude, south=latitude - height, north=latitude + height, width=width
        )
        here = vector(point)
        near = [(math.dist(here, vector((town["latitude"], town["longitude"]))), town["id"]) for town in towns]
        nearest = min(near, default=None)
        return nearest[1] if nearest is not None and nearest[0] ** 2 <= reach(TOWN_WITHIN_KM) else None

    async def locate(
        self, *, city: str, region: str | None, postal_code: str | None, country: str
    ) -> tuple[float, float] | None:
        """Return about where an address is: its postal code, or else its town; None for a name of several towns.

        What lies in another state than the address says is not taken: one of the two is wrong.
        """
        state = _STATE_OF.get(_letters(region)) if country == "US" and region is not None else None
        if postal_code is not None and (code := name_key(postal_code).split()):
            # Of a long code of the United States, the first part.
            found = await self._repository.find_code(code[0] if country == "US" else " ".join(code), country)
            if found is not None and state in {None, found["admin_area"]}:
                return found["latitude"], found["longitude"]
        key = name_key(city)
        towns = await self._repository.towns(key, country) if any(map(str.isalnum, key)) else ()
        if state is not None:
            towns = [one for one in towns if one["admin_area"] == state]
        return (towns[0]["latitude"], towns[0]["longitude"]) if len(towns) == 1 else None

    async def load(self, content: bytes | None = None) -> int:
        """Import the gazetteer unless its edition is there; return the number of places imported.

        Everything is replaced in one transaction: whoever asks meanwhile finds what was there before.
        """
        given = GAZETTEER.read_bytes() if content is None else content
        if await self._repository.find_edition() == hashlib.sha256(given).hexdigest()[:16]:
            return 0
        read = list(read_gazetteer(given))
        places, names = [place for place, _ in read], [name for _, names in read for name in names]
        async with self._database.begin() as tx:
            await self._repository.replace(tx, places, names)
        return len(places)
