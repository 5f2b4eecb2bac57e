"""Payloads of the marketplace's tests, and a reader of lists to their end."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import httpx

from tests.harness.accounts import Account

TAPS = "01980000-0000-7000-8000-000000000f01"
DRAINS = "01980000-0000-7000-8000-000000000f02"
PLUMBING = "01980000-0000-7000-8000-000000000f00"
LIGHTING = "01980000-0000-7000-8000-000000001003"
NOBODYS = "01980000-0000-7000-8000-00000000ffff"

PROPERTIES = "/homeowners/properties"
PROFILE = "/service-providers/profile"
SERVICES = "/service-providers/services"
REPORTS = "/reports"

# Tags of what two parties do with each other.
TRADE: Final = frozenset(
    {
        "blocks",
        "disputes",
        "inquiries",
        "job-schedules",
        "jobs",
        "message-attachments",
        "messages",
        "quotes",
        "received-inquiries",
        "reviews",
        "visits",
    }
)

type Json = dict[str, Any]


def house(**changes: object) -> Json:
    return {
        "label": "Home",
        "type": "SINGLE_FAMILY_HOME",
        "address": {
            "line1": "1421 SE Alder Street",
            "line2": "Back house",
            "city": "Portland",
            "region": "OR",
            "postal_code": "97214",
            "country": "US",
        },
        "coordinates": {"latitude": 45.5179, "longitude": -122.6512},
        "size_m2": 164,
        "year_built": 1926,
        "notes": "The key is with the neighbors.",
        **changes,
    }


def business(**changes: object) -> Json:
    return {
        "business_name": "Rose City Plumbing",
        "about": "Family plumbers since 1998.",
        "phone": "+15035550170",
        "website": "https://rosecity.example.com",
        "base_point": {"latitude": 45.5231, "longitude": -122.6765},
        "service_radius_km": 40,
        "licences": [{"title": "Plumber", "number": "PB-1", "authority": "Oregon", "expires_date": "2031-06-30"}],
        **changes,
    }


def money(amount: int, currency: str = "USD") -> Json:
    return {"amount_minor": amount, "currency": currency}


def job(**changes: object) -> Json:
    return {
        "category_id": TAPS,
        "title": "Leaking tap repaired",
        "description": "Worn washers replaced.",
        "pricing": {"kind": "FIXED", "price": money(12900)},
        "duration_minutes": 60,
        "tags": ["tap", "leak"],
        **changes,
    }


def ok(answer: httpx.Response, status: int = 200) -> Json:
    assert answer.status_code == status, f"expected {status}, got {answer.status_code} {answer.text[:1000]}"
    body: Json = answer.json() if answer.content else {}
    return body


async def approve_business(provider: Account, **changes: object) -> Json:
    """Give the provider a profile and submit it; under MODERATION=auto it is approved then."""
    ok(await provider.client.put(PROFILE, json=business(**changes)), 201)
    return ok(await provider.client.post(f"{PROFILE}/submit"))


async def add(provider: Account, **changes: object) -> Json:
    return ok(await provider.client.post(SERVICES, json=job(**changes)), 201)


async def publish(provider: Account, **changes: object) -> Json:
    draft = await add(provider, **changes)
    return ok(await provider.client.post(f"{SERVICES}/{draft['id']}/submit"))


async def whole(
    client: httpx.AsyncClient,
    path: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    limit: int = 2,
    between: Callable[[], Awaitable[object]] | None = None,
) -> list[Json]:
    """Read every page; `between` happens after each of them."""
    items: list[Json] = []
    asked = {**(parameters or {}), "limit": limit}
    while True:
        page = ok(await client.get(path, params=asked))
        assert len(page["items"]) <= limit
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        assert len(page["items"]) == limit
        if between is not None:
            await between()
        asked["cursor"] = page["next_cursor"]


async def kinds_of(account: Account) -> list[str]:
    """Return the kinds of what an account was notified of last, the newest first."""
    return [one["kind"] for one in ok(await account.client.get("/notifications"))["items"]]


def ids(items: list[Json]) -> list[str]:
    return [item["id"] for item in items]


def complaint(listing: Json, **changes: object) -> Json:
    return {
        "subject_kind": "SERVICE",
        "subject_id": listing["id"],
        "reason": "MISLEADING",
        "text": "The invoice was twice the price.",
        **changes,
    }


async def complain(reporter: Account, listing: Json, **changes: object) -> Json:
    """Report a listing for the first time."""
    return ok(await reporter.client.post(REPORTS, json=complaint(listing, **changes)), 201)
