"""Catalogue to search: as many services as one wants, by COPY, the same at each run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import asyncpg

from impl.marketplace.capabilities.geography.service import area_columns, reach
from impl.marketplace.capabilities.listings.tables import UNPRICED
from impl.marketplace.capabilities.pages.service import Presented, page_of
from impl.marketplace.capabilities.ratings.service import mean, score
from impl.marketplace.capabilities.search.service import indexed_words, quality
from impl.marketplace.capabilities.search.tables import STEM_MARK
from impl.marketplace.capabilities.spelling.service import stored_remainders
from impl.marketplace.places.service import GAZETTEER, read_gazetteer

if TYPE_CHECKING:
    from asyncpg.protocol import Record

_BEGIN: Final = datetime(2026, 2, 1, tzinfo=UTC)
_KINDS: Final = ("FIXED", "HOURLY", "FIXED", "STARTING_AT", "FIXED", "PER_UNIT", "HOURLY", "QUOTE")
_MANNERS: Final = ("done in a day", "by a master", "with a warranty", "at short notice", "for old houses")
# Each in half of the titles, and never both.
_METALS: Final = ("copper", "marble")
_SYLLABLES: Final = ("ka", "lo", "mi", "ren", "sto", "vel", "dor", "quin", "bra", "fe")
_DESCRIPTION: Final = (
    "We look at it with you, say what it takes, and leave the place as clean as we found it. Materials, travel and the "
    "removal of what is old are included; extras are agreed before they are done."
)
_ABOUT: Final = (
    "A family business that comes on time, says beforehand what it costs, and cleans up when the work is done."
)
_SERVICE: Final = 0x0198_0000_0000_7000_A000_0000_1000_0000
_PROFILE: Final = 0x0198_0000_0000_7000_9000_0000_1000_0000
_USER: Final = 0x0198_0000_0000_7000_8000_0000_1000_0000
_FAVOURITE: Final = 0x0198_0000_0000_7000_B000_0000_0000_0000
_SAVED_SEARCH: Final = 0x0198_0000_0000_7000_B000_1000_0000_0000
_VERIFICATION: Final = 0x0198_0000_0000_7000_B000_2000_0000_0000
# One business in so many has a licence.
_LICENSED: Final = 4
_KEEPERS, _KEPT = 1_000, 100
_SAVERS, _SAVED = 2_000, 20


def name_of(number: int) -> str:
    """Return an invented word that belongs to the number: the rare words of the catalogue."""
    syllables: list[str] = []
    while number or not syllables:
        number, rest = divmod(number, len(_SYLLABLES))
        syllables.append(_SYLLABLES[rest])
    return "".join(syllables)


def slug_of(number: int) -> str:
    return f"{name_of(number)}-{number}"


def keeper_of(number: int) -> UUID:
    """Return the account of somebody who keeps favourites."""
    return UUID(int=_USER + number % _KEEPERS)


def saver_of(number: int) -> UUID:
    """Return the account of somebody who has saved searches."""
    return UUID(int=_USER + number % _SAVERS)


def title_of(number: int, category: str) -> str:
    metal = _METALS[number % 2] if number % 3 else "stone"
    return f"{category}, {metal}, {_MANNERS[number % 5]} {name_of(number // 25)}"


@lru_cache(maxsize=100_000)
def _words(text: str) -> str:
    return indexed_words(text)


def _plain_words(*fields: str) -> set[str]:
    """Return the words of indexed fields without their stems."""
    return {word for field in fields for word in field.split() if word[0] != STEM_MARK}


def _rating_of(provider: int) -> dict[str, int]:
    """Return the columns by which rows of a provider are sorted and filtered: one in three has no reviews."""
    reviews = 0 if provider % 3 == 0 else 1 + provider % 40
    stars = reviews * 3 + reviews * (provider * 7919 % 21) // 10
    return {
        "rating_rank": int(1000 * score(reviews, stars)),
        "rating_tenths": int(10 * (mean(stars, reviews) or 0)),
    }


def _licence_ends(provider: int) -> date | None:
    return None if provider % 3 else date(2099, 1, 1)


def _licensed_until(provider: int) -> date | None:
    return None if provider % _LICENSED else _licence_ends(provider) or date.max


class Catalogue:
    """Rows of each table, made from their numbers."""

    def __init__(self, categories: list[Record], ancestors: list[Record], *, services: int, providers: int) -> None:
        self._leaves = categories
        self._above: dict[UUID, list[UUID]] = {}
        for row in ancestors:
            self._above.setdefault(row["category_id"], []).append(row["ancestor_id"])
        self._services, self._providers = services, providers
        self.listings_of_word: Counter[str] = Counter()
        self.pages_of_word: Counter[str] = Counter()

    def users(self) -> Iterator[dict[str, Any]]:
        for number in range(self._providers):
            email = f"provider{number}@example.com"
            yield {
                "id": UUID(int=_USER + number),
                "email": email,
                "email_key": email,
                "email_verified_at": _BEGIN,
                "once_verified_at": _BEGIN,
                "full_name": f"Provider {number}",
                "locale": "en-US",
                "state": "ACTIVE",
                "password_changed_at": _BEGIN,
                "credential_epoch": 1,
                "created_at": _BEGIN,
                "updated_at": _BEGIN,
                "version": 1,
            }

    def profiles(self) -> Iterator[dict[str, Any]]:
        for number in range(self._providers):
            point = 30 + number * 7919 % 20_000 / 1000, -120 + number * 104_729 % 45_000 / 1000
            radius = 10 + number % 90
            yield {
                "id": UUID(int=_PROFILE + number),
                "user_id": UUID(int=_USER + number),
                "business_name": f"{name_of(number).title()} & Sons",
                "slug": slug_of(number),
                "base_latitude": point[0],
                "base_longitude": point[1],
                "service_radius_km": radius,
                "licences": "[]",
                "state": "APPROVED",
                **area_columns(point),
                "area_reach": reach(radius),
                "created_at": _BEGIN,
                "updated_at": _BEGIN,
                "version": 1,
            }

    def slugs(self) -> Iterator[dict[str, Any]]:
        for number in range(self._providers):
            yield {"slug": slug_of(number), "profile_id": UUID(int=_PROFILE + number), "taken_at": _BEGIN}

    def pages(self) -> Iterator[dict[str, Any]]:
        for number in range(self._providers):
            name = f"{name_of(number).title()} & Sons"
            presented: Presented = {
                "business_name": name,
                "about": _ABOUT[: number % 120],
                "website": None,
                "licences": (),
            }
            page = page_of(presented, _BEGIN + timedelta(seconds=number * 97), live=True)
            self.pages_of_word.update(_plain_words(page["name"], page["about"]))
            yield {"profile_id": UUID(int=_PROFILE + number), **page, **_rating_of(number)}

    def verifications(self) -> Iterator[dict[str, Any]]:
        for number in range(0, self._providers, _LICENSED):
            yield {
                "id": UUID(int=_VERIFICATION + number),
                "owner_id": UUID(int=_USER + number),
                "kind": "LICENCE",
                "title": "Master",
                "number": str(number),
                "authority": "State board",
                "country": "US",
                "expires_date": _licence_ends(number),
                "document_type": "PDF",
                "document_bytes": 1,
                "state": "VERIFIED",
                "decided_by": UUID(int=_USER),
                "decided_at": _BEGIN,
                "created_at": _BEGIN,
                "updated_at": _BEGIN,
                "version": 1,
            }

    def favourites(self) -> Iterator[dict[str, Any]]:
        for number in range(_KEEPERS * _KEPT):
            keeper, place = number % _KEEPERS, number // _KEEPERS
            is_service = place % 3 > 0
            first, of = (_SERVICE, self._services) if is_service else (_PROFILE, self._providers)
            subject = first + (keeper * 31 + place) % of
            yield {
                "id": UUID(int=_FAVOURITE + number),
                "owner_id": keeper_of(number),
                "kind": "SERVICE" if is_service else "PROVIDER",
                "subject_id": UUID(int=subject),
                "created_at": _BEGIN + timedelta(minutes=place),
            }

    def saved_searches(self) -> Iterator[dict[str, Any]]:
        for number in range(_SAVERS * _SAVED):
            created_at = _BEGIN + timedelta(minutes=number // _SAVERS)
            yield {
                "id": UUID(int=_SAVED_SEARCH + number),
                "owner_id": saver_of(number),
                "name": f"Search {number}",
                "filters": json.dumps({"q": name_of(number)}),
                "frequency": "DAILY" if number % 2 else "NEVER",
                "mailed_until_at": created_at,
                "next_due_at": datetime(2099, 1, 1, tzinfo=UTC) + timedelta(seconds=number) if number % 2 else None,
                "created_at": created_at,
                "updated_at": created_at,
                "version": 1,
            }

    def services(self) -> Iterator[dict[str, Any]]:
        for number in range(self._services):
            offer = self._offer(number)
            yield {
                "id": UUID(int=_SERVICE + number),
                "provider_id": UUID(int=_USER + number % self._providers),
                "state": "PUBLISHED",
                "has_pending_changes": False,
                **offer,
            }

    def listings(self) -> Iterator[dict[str, Any]]:
        for number in range(self._services):
            yield {**self._placed(number), "profile_id": UUID(int=_PROFILE + number % self._providers)} | self._offer(
                number
            )

    def placements(self) -> Iterator[dict[str, Any]]:
        for number in range(self._services):
            placed, offer = self._placed(number), self._offer(number)
            for category_id in self._above[offer["category_id"]]:
                yield {
                    **placed,
                    "category_id": category_id,
                    "profile_id": UUID(int=_PROFILE + number % self._providers),
                    "pricing_kind": offer["pricing_kind"],
                    "currency": offer["currency"],
                    "published_at": offer["published_at"],
                }

    def texts(self) -> Iterator[dict[str, Any]]:
        for number in range(self._services):
            offer, category = self._offer(number), self._leaves[number * 31 % len(self._leaves)]["name"]
            fields = {
                "title": _words(offer["title"]),
                "tags": _words("repair" if number % 2 else "installation"),
                "business": _words(f"{name_of(number % self._providers).title()} & Sons"),
                "category": _words(category),
                "description": _words(_DESCRIPTION),
            }
            self.listings_of_word.update(_plain_words(*fields.values()))
            yield {
                "service_id": UUID(int=_SERVICE + number),
                "profile_id": UUID(int=_PROFILE + number % self._providers),
                "category_id": offer["category_id"],
                "live": True,
                "quality": quality(
                    description=_DESCRIPTION[: number % 450],
                    tags=["tag"] * (number % 6),
                    has_price=offer["price_minor"] is not None,
                    has_duration=number % 3 > 0,
                ),
                "licensed_until": _licensed_until(number % self._providers),
                **fields,
            }

    def words(self) -> Iterator[dict[str, Any]]:
        for word in self.listings_of_word.keys() | self.pages_of_word.keys():
            yield {"word": word, "listings": self.listings_of_word[word], "pages": self.pages_of_word[word]}

    def misspellings(self) -> Iterator[dict[str, Any]]:
        for word in self.listings_of_word.keys() | self.pages_of_word.keys():
            for rest in stored_remainders(word):
                yield {"remainder": rest, "word": word}

    def _placed(self, number: int) -> dict[str, Any]:
        price = self._offer(number)["price_minor"]
        return {
            "service_id": UUID(int=_SERVICE + number),
            "live": True,
            "price_rank_up": UNPRICED if price is None else price,
            "price_rank_down": UNPRICED if price is None else -price,
            **_rating_of(number % self._providers),
        }

    def _offer(self, number: int) -> dict[str, Any]:
        kind, leaf = _KINDS[number % 8], self._leaves[number * 31 % len(self._leaves)]
        published_at = _BEGIN + timedelta(seconds=number * 17)
        return {
            "title": title_of(number, leaf["name"]),
            "description": _DESCRIPTION,
            "pricing_kind": kind,
            "price_minor": None if kind == "QUOTE" else 1500 + number * 7919 % 60_000,
            "currency": None if kind == "QUOTE" else "EUR" if number % 5 == 0 else "USD",
            "price_unit": "square metre" if kind == "PER_UNIT" else None,
            "duration_minutes": 30 + number % 12 * 15 if number % 3 else None,
            "tags": "[]",
            "category_id": leaf["id"],
            "created_at": published_at,
            "updated_at": published_at,
            "published_at": published_at,
            "version": 1,
        }


async def fill(url: str, *, services: int, providers: int) -> None:
    """Fill the migrated database; triggers and foreign keys rest meanwhile, as they would look at each row alone."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET session_replication_role = replica")
        leaves = await connection.fetch(
            "SELECT id, name FROM marketplace.categories category WHERE NOT EXISTS "
            "(SELECT FROM marketplace.categories child WHERE child.parent_id = category.id) ORDER BY id"
        )
        ancestors = await connection.fetch("SELECT category_id, ancestor_id FROM marketplace.category_ancestors")
        # Made once, afterwards: an index of words takes rows one by one much more slowly.
        indexes = await connection.fetch(
            "SELECT indexname, indexdef FROM pg_indexes "
            "WHERE tablename IN ('listing_texts', 'provider_pages') AND indexdef LIKE '%USING gin%'"
        )
        for index in indexes:
            await connection.execute(f"DROP INDEX marketplace.{index['indexname']}")
        made = Catalogue(leaves, ancestors, services=services, providers=providers)
        for schema, table, rows in (
            ("identity", "users", made.users()),
            ("marketplace", "provider_profiles", made.profiles()),
            ("marketplace", "provider_slugs", made.slugs()),
            ("marketplace", "provider_pages", made.pages()),
            ("marketplace", "verifications", made.verifications()),
            ("marketplace", "favourites", made.favourites()),
            ("marketplace", "saved_searches", made.saved_searches()),
            ("marketplace", "services", made.services()),
            ("marketplace", "listings", made.listings()),
            ("marketplace", "placements", made.placements()),
            ("marketplace", "listing_texts", made.texts()),
            ("marketplace", "known_words", made.words()),
            ("marketplace", "misspellings", made.misspellings()),
        ):
            await _copy(connection, schema, table, rows)
        places = list(read_gazetteer(GAZETTEER.read_bytes()))
        await _copy(connection, "marketplace", "places", (dict(place) for place, _ in places))
        names = {(name["place_id"], name["search_key"]): dict(name) for _, names in places for name in names}
        await _copy(connection, "marketplace", "place_names", iter(names.values()))
        for index in indexes:
            await connection.execute(index["indexdef"])
        await connection.execute("VACUUM (ANALYZE)")
    finally:
        await connection.close()


async def _copy(connection: asyncpg.Connection, schema: str, table: str, rows: Iterator[dict[str, Any]]) -> None:
    first = next(rows)
    columns = list(first)
    values = (tuple(row[name] for name in columns) for row in rows)
    await connection.copy_records_to_table(table, schema_name=schema, columns=columns, records=[tuple(first.values())])
    await connection.copy_records_to_table(table, schema_name=schema, columns=columns, records=values)
