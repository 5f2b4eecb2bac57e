"""Services of the demo's businesses: five each, of its trade, at the prices of its town."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import ServiceState
from impl.demo.accounts import Demo, Person
from impl.demo.provider_profile import NEWCOMER
from impl.demo.rows import SERVICES, add, numbered, stamps, town_and_trade
from impl.marketplace.capabilities.categories.tables import Category
from impl.marketplace.capabilities.listings.tables import PricingKind
from impl.marketplace.provider_services.tables import NewService, Service

# Services of each business.
OFFERED: Final = 5
# Services that staff have seen or shall see; the others are as their town and trade make them.
TAKEN_DOWN: Final = SERVICES + 27
EDITED, REJECTED = SERVICES + 1, SERVICES + 4
STATEMENT: Final = "The price in the listing is not the one on the invoice. Name the real one and submit it again."
REJECTION: Final = "Please say what a repair costs at the least; customers ask us."
EDIT: Final = {
    "title": "Clogged drain cleared the same day",
    "description": "One drain cleared by cable or water jet, with a camera look. "
    "Call us at +1 503 555 0100 for a discount.",
}


class DemoService(NewService):
    """Row of a demo service, with every column, so that drafts and published services share one INSERT."""

    review_note: str | None
    taken_down_from: ServiceState | None
    submitted_at: datetime | None
    published_at: datetime | None
    archived_at: None


async def fill(tx: AsyncSession, demo: Demo) -> None:
    rows = await services(tx, demo)
    # What is published of an edited service stands in its listing.
    edited = {numbered(EDITED): {**EDIT, "has_pending_changes": True, "updated_at": demo.now - timedelta(hours=1)}}
    await add(tx, Service, [{**row, **edited.get(row["id"], {})} for row in rows])


async def services(tx: AsyncSession, demo: Demo) -> list[DemoService]:
    categories = {row.slug: row.id for row in await tx.execute(select(Category.slug, Category.id))}
    providers = demo.those_with("SERVICE_PROVIDER")
    return [row for number, one in enumerate(providers) for row in _services(number, one, categories, demo.now)]


def _services(number: int, provider: Person, categories: dict[str, UUID], now: datetime) -> Iterator[DemoService]:
    town, _, trade = town_and_trade(number)
    for i, offer in enumerate(trade["offers"]):
        at = now - timedelta(days=45) + timedelta(hours=5 * number + i)
        # Providers with a known password have services in each state.
        state = {3: ServiceState.PAUSED, 4: ServiceState.DRAFT}.get(i) if provider.known else None
        if number == NEWCOMER:
            state = ServiceState.DRAFT if i else ServiceState.PENDING_REVIEW
        quoted = offer["dollars"] is None
        factor = town["level"] * (0.9 + 0.05 * (number % 5))
        values: DemoService = {
            **stamps(SERVICES + OFFERED * number + i, at),
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
            "taken_down_from": None,
            "submitted_at": None if state is ServiceState.DRAFT else at,
            "published_at": None if state in {ServiceState.DRAFT, ServiceState.PENDING_REVIEW} else at,
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
        if values["id"] == numbered(TAKEN_DOWN):
            values |= {
                "state": ServiceState.REJECTED,
                "taken_down_from": ServiceState.PUBLISHED,
                "review_note": STATEMENT,
            }
        if values["id"] == numbered(REJECTED):
            values |= {"state": ServiceState.REJECTED, "review_note": REJECTION, "submitted_at": at}
        yield values
