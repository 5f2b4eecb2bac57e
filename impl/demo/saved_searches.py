"""Saved searches of the demo: one with a daily mail, and one that is only kept."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from impl.demo.accounts import Demo
from impl.demo.rows import SAVED_SEARCHES, Values, add, stamps
from impl.marketplace.saved_searches.tables import SavedSearch, SavedSearchFrequency, SearchFilters

_NO_FILTER: SearchFilters = {
    "q": None,
    "category": None,
    "pricing": None,
    "currency": None,
    "min_price_minor": None,
    "max_price_minor": None,
    "near": None,
    "place": None,
    "radius_km": None,
    "include_remote": None,
    "verified": None,
    "min_rating": None,
}


async def fill(tx: AsyncSession, demo: Demo) -> None:
    near_home: SearchFilters = {
        **_NO_FILTER,
        "q": "leaking tap",
        "category": "plumbing",
        "near": "45.5179,-122.6512",
        "radius_km": 25,
    }
    cheap: SearchFilters = {**_NO_FILTER, "category": "painting", "currency": "USD", "max_price_minor": 60000}
    owner = demo.those_with("HOMEOWNER")[0]
    common = {"owner_id": owner.id, "mailed_until_at": demo.now}
    rows: list[Values] = [
        {
            **stamps(SAVED_SEARCHES, demo.now - timedelta(days=5)),
            **common,
            "name": "Plumbers near home",
            "filters": near_home,
            "frequency": SavedSearchFrequency.DAILY,
            "next_due_at": demo.now + timedelta(days=1),
        },
        {
            **stamps(SAVED_SEARCHES + 1, demo.now - timedelta(days=3)),
            **common,
            "name": "Painters for the hall",
            "filters": cheap,
            "frequency": SavedSearchFrequency.NEVER,
            "next_due_at": None,
        },
    ]
    await add(tx, SavedSearch, rows)
