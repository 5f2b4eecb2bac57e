"""Demo data for development: accounts with a known password, and businesses with services in real towns."""

import json
import secrets
import sys
from asyncio import gather
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from impl.assembly import Services
from impl.identity.capabilities.access_control.tables import UserRole
from impl.identity.capabilities.users.tables import AccountState, User, name_keys
from impl.kernel.database_url import displayed
from impl.kernel.tables import Table
from impl.kernel.words import words_digest
from impl.marketplace.capabilities.categories.tables import Category
from impl.marketplace.capabilities.geography.service import area_columns, reach
from impl.marketplace.capabilities.listings.tables import UNPRICED, Listing, ListingCategory, NewListing, PricingKind
from impl.marketplace.capabilities.search.service import text_of
from impl.marketplace.capabilities.search.tables import ListingText, NewListingText
from impl.marketplace.properties.service import derived_from
from impl.marketplace.properties.tables import Property, PropertyContent, PropertyState, PropertyType
from impl.marketplace.provider_profile.service import slug_of
from impl.marketplace.provider_profile.tables import Licence, ProfileState, ProviderProfile, StoredProfile
from impl.marketplace.provider_services.tables import NewService, Service, ServiceState

# No secret: it is printed at every start and in the contract's examples, and only development loads it.
PASSWORD: Final = "Maple-Street-42"

DATA: Final = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))

# First ids of each kind, as in the contract's examples, so that these can be tried out as they are.
USERS, PROPERTIES, PROFILES, SERVICES = 0xA01, 0xC01, 0xD01, 0xE01

type Values = dict[str, object]


@dataclass(frozen=True, slots=True)
class Person:
    id: UUID
    name: str
    role: str
    known: bool

    @property
    def username(self) -> str:
        return ".".join("".join(filter(str.isalnum, part)) for part in self.name.lower().split())

    @property
    def email(self) -> str:
        return f"{self.username}@example.com"


def numbered(number: int) -> UUID:
    return UUID(f"01980000-0000-7000-8000-{number:012x}")


def people() -> list[Person]:
    known = [(name, role, True) for role, names in DATA["known"].items() for name in names]
    others = [(name, "SERVICE_PROVIDER", False) for name in DATA["others"]]
    return [Person(numbered(USERS + i), *one) for i, one in enumerate(known + others)]


async def load(services: Services) -> None:
    """Fill a database that has no demo data yet; print who can sign in.

    Demo administrators have a public password: where there is another administrator, no demo staff is made.
    """
    if services.settings.is_production:
        raise RuntimeError("demo accounts have a public password: they are for development only")
    everyone = people()
    ids = [one.id for one in everyone]
    async with services.database.begin() as tx:
        found = await tx.execute(select(User.id, User.password_hash).where(User.id.in_(ids)))
        hashes = {row.id: row.password_hash for row in found}
        others = select(UserRole.user_id).where(UserRole.role_name == "STAFF_ADMIN", UserRole.user_id.not_in(ids))
        is_administered = (await tx.execute(others.limit(1))).first() is not None
    if hashes:
        everyone = [one for one in everyone if one.id in hashes]
        _require_pepper(services, hashes[everyone[0].id])
    else:
        everyone = [one for one in everyone if not (is_administered and one.role.startswith("STAFF"))]
        # Two hashes for all accounts, since each takes a quarter of a second. Nobody knows the second password.
        known, unknown = await gather(services.hasher.hash(PASSWORD), services.hasher.hash(secrets.token_urlsafe(32)))
        now = services.clock.now()
        try:
            async with services.database.begin() as tx:
                await _add_people(tx, everyone, now, known, unknown)
                await _add_properties(tx, [one for one in everyone if one.role == "HOMEOWNER"], now)
                await _add_businesses(tx, [one for one in everyone if one.role == "SERVICE_PROVIDER"], now)
        except IntegrityError:
            where = displayed(services.settings.database_url)
            raise SystemExit(
                f"The database {where} has names or addresses of the demo: nothing was filled in."
            ) from None
    announce(everyone)


def _require_pepper(services: Services, stored: str | None) -> None:
    """End the program when the demo's passwords, which it prints, could not be verified."""
    if stored is not None and not services.hasher.can_verify(stored):
        settings = services.settings
        raise SystemExit(
            f"The accounts of {displayed(settings.database_url)} were hashed under another PASSWORD_PEPPER than that of"
            f" {settings.data_dir} or of the settings: nobody could sign in.\n"
            "Start with the DATA_DIR and the settings that it was filled with, or with an empty database."
        )


def announce(everyone: list[Person]) -> None:
    lines = [f"  {one.role:<18}{one.email}\n" for one in everyone if one.known]
    sys.stdout.write("".join([f"Demo accounts, all with the password {PASSWORD}:\n", *lines]))


async def _add(tx: AsyncSession, table: type[Table], rows: Sequence[Mapping[str, object]]) -> None:
    # SQLite bounds the parameters of one statement.
    for some in batched(rows, 500):
        await tx.execute(insert(table), [dict(row) for row in some])


class Stamps(TypedDict, closed=True):
    id: UUID
    created_at: datetime
    updated_at: datetime
    version: int


class DemoService(NewService):
    """Row of a demo service, with every column, so that drafts and published services share one INSERT."""

    review_note: None
    submitted_at: datetime | None
    published_at: datetime | None
    archived_at: None


def _stamps(number: int, at: datetime) -> Stamps:
    return {"id": numbered(number), "created_at": at, "updated_at": at, "version": 1}


async def _add_people(tx: AsyncSession, everyone: list[Person], now: datetime, known: str, unknown: str) -> None:
    users: list[Values] = [
        {
            **_stamps(USERS, now - timedelta(days=60)),
            "id": one.id,
            "email": one.email,
            "email_key": one.email,
            "email_verified_at": now - timedelta(days=60),
            "once_verified_at": now - timedelta(days=60),
            "username": one.username,
            "username_key": one.username,
            "full_name": one.name,
            **name_keys(one.name),
            "phone": None,
            "locale": "en-US",
            "state": AccountState.ACTIVE,
            "password_hash": known if one.known else unknown,
            "password_changed_at": now - timedelta(days=60),
            "credential_epoch": 1,
        }
        for one in everyone
    ]
    roles: list[Values] = [
        {"user_id": one.id, "role_name": one.role, "granted_at": now, "granted_by": None} for one in everyone
    ]
    await _add(tx, User, users)
    await _add(tx, UserRole, roles)


async def _add_properties(tx: AsyncSession, homeowners: list[Person], now: datetime) -> None:
    kinds = [PropertyType.SINGLE_FAMILY_HOME, PropertyType.APARTMENT, PropertyType.TOWNHOUSE]
    rows: list[Values] = []
    for number in range(3 * len(homeowners)):
        town, kind = DATA["towns"][number % len(DATA["towns"])], kinds[number % 3]
        content: PropertyContent = {
            "label": f"{kind.replace('_', ' ').capitalize()} in {town['city']}",
            "type": kind,
            "line1": f"{1200 + 37 * number} {town['streets'][number % 2]}",
            "line2": f"Unit {number + 1}" if kind is PropertyType.APARTMENT else None,
            "city": town["city"],
            "region": town["region"],
            "postal_code": town["postal_code"],
            "country": "US",
            "latitude": town["latitude"] + 0.0031 * number,
            "longitude": town["longitude"] - 0.0027 * number,
            "size_m2": 70 + 17 * number,
            "year_built": 1910 + 11 * number,
            "notes": None,
        }
        if number == 0:
            content |= {
                "label": "Home on Alder Street",
                "line1": "1421 SE Alder Street",
                "line2": "Back house",
                "postal_code": "97214",
                "latitude": 45.5179,
                "longitude": -122.6512,
                "notes": "The key is with the neighbors at number 1423.",
            }
        kept: Values = {"owner_id": homeowners[number // 3].id, "state": PropertyState.ACTIVE}
        stamps = _stamps(PROPERTIES + number, now - timedelta(days=40 - number))
        rows.append({**stamps, **content, **kept, **derived_from(content)})
    await _add(tx, Property, rows)


async def _add_businesses(tx: AsyncSession, providers: list[Person], now: datetime) -> None:
    tree = (await tx.execute(select(Category.slug, Category.id, Category.parent_id, Category.name))).all()
    filed = {row.id: row.name for row in tree}
    categories, above = {row.slug: row.id for row in tree}, {row.id: row.parent_id for row in tree}
    profiles = [_profile(number, one, now) for number, one in enumerate(providers)]
    services = [service for number, one in enumerate(providers) for service in _services(number, one, categories, now)]
    listings = [
        _listing(service, published_at, numbered(PROFILES + number // 5))
        for number, service in enumerate(services)
        if (published_at := service["published_at"]) is not None
    ]
    await _add(tx, ProviderProfile, profiles)
    await _add(tx, Service, services)
    await _add(tx, Listing, listings)
    names = {profile["id"]: profile["business_name"] for profile in profiles}
    await _add(tx, ListingText, [_text(one, names, filed) for one in listings])
    await _add(tx, ListingCategory, [place for one in listings for place in _listing_categories(one, above)])


def _town_and_trade(number: int) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """Return the town, neighborhood and trade of a business: one a neighborhood, the trades spread over the towns."""
    towns, trades = DATA["towns"], DATA["trades"]
    around = number // len(towns)
    town = towns[number % len(towns)]
    return town, town["neighborhoods"][around], trades[(number + around) % len(trades)]


class DemoProfile(StoredProfile):
    review_note: None
    submitted_at: datetime
    approved_at: datetime


def _profile(number: int, provider: Person, now: datetime) -> DemoProfile:
    town, neighborhood, trade = _town_and_trade(number)
    name = f"{neighborhood} {trade['name']}" if number else "Rose City Plumbing"
    slug = slug_of(name)
    licence: Licence = {
        "title": f"{trade['name']} contractor",
        "number": f"{town['region']}-{20417 + number}",
        "authority": f"{town['region']} contractors board",
        "expires_date": "2031-06-30",
    }
    base = town["latitude"] + 0.008 * (number % 5 - 2), town["longitude"] + 0.011 * (number % 3 - 1)
    radius_km = 15 + 5 * (number % 8)
    return {
        **_stamps(PROFILES + number, now - timedelta(days=50)),
        **area_columns(base),
        "area_reach": reach(radius_km),
        "user_id": provider.id,
        "business_name": name,
        "slug": slug,
        "about": f"{trade['about'].capitalize()}, in {neighborhood} and all over {town['city']}.",
        "phone": f"+1503555{100 + number:04}",
        "website": f"https://{slug}.example.com",
        "base_latitude": base[0],
        "base_longitude": base[1],
        "service_radius_km": radius_km,
        "licences": [licence],
        "state": ProfileState.APPROVED,
        "review_note": None,
        "submitted_at": now - timedelta(days=50),
        "approved_at": now - timedelta(days=50),
    }


def _services(number: int, provider: Person, categories: dict[str, UUID], now: datetime) -> Iterator[DemoService]:
    town, _, trade = _town_and_trade(number)
    for i, offer in enumerate(trade["offers"]):
        at = now - timedelta(days=45) + timedelta(hours=5 * number + i)
        # Providers with a known password have services in each state.
        state = {3: ServiceState.PAUSED, 4: ServiceState.DRAFT}.get(i) if provider.known else None
        quoted = offer["dollars"] is None
        factor = town["level"] * (0.9 + 0.05 * (number % 5))
        values: DemoService = {
            **_stamps(SERVICES + 5 * number + i, at),
            "provider_id": provider.id,
            "category_id": categories[offer["category"]],
            "title": offer["title"],
            "description": f"{offer['text']} In {town['city']} and around.",
            "pricing_kind": PricingKind(offer["kind"]),
            "price_minor": None if quoted else 100 * max(1, round(offer["dollars"] * factor)),
            "currency": None if quoted else "USD",
            "price_unit": offer["unit"],
            "duration_minutes": offer["minutes"],
            "tags": sorted({word for word in offer["category"].split("-") if word != "and"}),
            "state": state or ServiceState.PUBLISHED,
            "has_pending_changes": False,
            "review_note": None,
            "submitted_at": None if state is ServiceState.DRAFT else at,
            "published_at": None if state is ServiceState.DRAFT else at,
            "archived_at": None,
        }
        if number == i == 0:
            values |= {
                "title": "Leaking tap repaired",
                "description": "We replace worn washers and cartridges of kitchen and bathroom taps. "
                "Common parts are included.",
                "pricing_kind": PricingKind.FIXED,
                "price_minor": 12900,
                "duration_minutes": 60,
                "tags": ["tap", "leak"],
            }
        yield values


def _listing(service: DemoService, published_at: datetime, profile_id: UUID) -> NewListing:
    price = service["price_minor"]
    return {
        "service_id": service["id"],
        "profile_id": profile_id,
        "category_id": service["category_id"],
        "title": service["title"],
        "description": service["description"],
        "pricing_kind": service["pricing_kind"],
        "price_minor": price,
        "currency": service["currency"],
        "price_unit": service["price_unit"],
        "duration_minutes": service["duration_minutes"],
        "tags": service["tags"],
        "live": service["state"] is ServiceState.PUBLISHED,
        "price_rank_up": UNPRICED if price is None else price,
        "price_rank_down": UNPRICED if price is None else -price,
        "version": service["version"],
        "created_at": service["created_at"],
        "updated_at": service["updated_at"],
        "published_at": published_at,
        "text_digest": words_digest(service["title"], service["description"]),
    }


def _text(listing: NewListing, names: dict[UUID, str], filed: dict[UUID, str]) -> NewListingText:
    text = text_of(
        listing,
        profile_id=listing["profile_id"],
        business=names[listing["profile_id"]],
        category=filed[listing["category_id"]],
        live=listing["live"],
    )
    return {**text, "service_id": listing["service_id"]}


def _listing_categories(listing: NewListing, above: dict[UUID, UUID | None]) -> Iterator[Values]:
    category_id: UUID | None = listing["category_id"]
    while category_id is not None:
        yield {
            "service_id": listing["service_id"],
            "category_id": category_id,
            "live": listing["live"],
            "currency": listing["currency"],
            "price_rank_up": listing["price_rank_up"],
            "price_rank_down": listing["price_rank_down"],
            "published_at": listing["published_at"],
        }
        category_id = above[category_id]
