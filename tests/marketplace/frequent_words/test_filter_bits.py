"""Bits of filters leave out no match, and counts by them are exact, whatever is edited meanwhile (PostgreSQL only)."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest

from impl.kernel.database import Database
from impl.marketplace.capabilities.filter_bits.service import FilterBits, FilterBitsKeeper, FilterCounts
from impl.marketplace.capabilities.frequent_words.service import FrequentWordsKeeper
from impl.marketplace.capabilities.listings.tables import PricingKind
from impl.marketplace.capabilities.row_bits.service import ROWS_OF_PART
from impl.marketplace.capabilities.search.service import SearchPlanner, SearchService, indexed_words
from impl.marketplace.capabilities.spelling.service import SpellingService
from impl.marketplace.catalogue.tables import Filters
from impl.marketplace.provider_profile.tables import HIDDEN_IDS

pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)

COPPER, OTHER = map(indexed_words, ("copper", "other"))
LISTED: Final = 40
FIRST: Final = ROWS_OF_PART - LISTED // 2
# Their numbers are of two parts. The first has a business of its own, as its edits are open while others are edited.
FILL: Final = f"""
ALTER TABLE marketplace.listing_texts ALTER number RESTART WITH {FIRST};
SET session_replication_role = replica;
INSERT INTO marketplace.provider_profiles
    (id, user_id, business_name, slug, licences, state, created_at, updated_at, version)
SELECT gen_random_uuid(), gen_random_uuid(), 'Business', 'business-' || n, '[]', 'APPROVED', now(), now(), 1
FROM generate_series(0, 10) n;
INSERT INTO marketplace.listings
    (service_id, profile_id, category_id, live, title, description, pricing_kind, price_minor, currency, tags,
     price_rank_up, price_rank_down, version, created_at, updated_at, published_at)
SELECT gen_random_uuid(), (SELECT id FROM marketplace.provider_profiles
    WHERE slug = 'business-' || CASE WHEN n = 1 THEN 10 ELSE n % 10 END),
    (SELECT id FROM marketplace.categories ORDER BY id LIMIT 1), true, 'Offer',
    'Told', 'FIXED', n, 'USD', '[]', n, -n, 1, now(), now(), now()
FROM generate_series(1, {LISTED}) n;
INSERT INTO marketplace.listing_texts
    (service_id, profile_id, category_id, live, quality, title, tags, business, category, description)
SELECT service_id, profile_id, category_id, true, 50, '{COPPER}', '', '', '', '' FROM marketplace.listings;
INSERT INTO marketplace.known_words (word, listings, pages) VALUES ('copper', {LISTED}, 0);
INSERT INTO marketplace.placements
    (service_id, category_id, profile_id, pricing_kind, live, price_rank_up, price_rank_down, published_at)
SELECT service_id, category_id, profile_id, pricing_kind, live, price_rank_up, price_rank_down, published_at
FROM marketplace.listings;
SET session_replication_role = origin;
"""  # noqa: S608 - numbers of ours
PRICES: Final = (0, 499, 500, 7_000, 40_000_000)
TODAY: Final = date(2031, 3, 5)
ANY: Final = "stands for a category"
FILTERS: Final = (
    Filters(pricing=PricingKind.FIXED),
    Filters(pricing=PricingKind.QUOTE),
    Filters(currency="USD"),
    Filters(currency="EUR", min_price=500),
    Filters(currency="USD", min_price=300, max_price=7_000),
    Filters(currency="USD", max_price=0),
    Filters(min_rating=4),
    Filters(min_rating=1, pricing=PricingKind.HOURLY),
    Filters(verified=TODAY),
    Filters(verified=TODAY, currency="EUR", pricing=PricingKind.FIXED),
    Filters(category=ANY, min_rating=2),
    Filters(category=ANY),
)


async def _edit(editor: asyncpg.Connection, chance: random.Random, place: int, categories: list[UUID]) -> None:
    """Write what a listing is filtered by, as the service and the triggers on ratings and verifications do."""
    number, change = FIRST + place, chance.randrange(7)
    service_id = await editor.fetchval("SELECT service_id FROM marketplace.listing_texts WHERE number = $1", number)
    if change == 0:
        await editor.execute(
            "UPDATE marketplace.listing_texts SET licensed_until = $1 WHERE number = $2",
            chance.choice((None, TODAY - timedelta(days=1), TODAY, date.max)),
            number,
        )
        return
    if change == 1:
        tenths = chance.choice((0, 9, 10, 19, 20, 39, 40, 50))
        for table in ("listings", "placements"):
            await editor.execute(
                f"UPDATE marketplace.{table} SET rating_tenths = $1 WHERE service_id = $2",  # noqa: S608 - names of ours
                tenths,
                service_id,
            )
        return
    if change == 2:
        live = chance.random() < 0.6
        for table in ("listings", "placements", "listing_texts"):
            await editor.execute(
                f"UPDATE marketplace.{table} SET live = $1 WHERE service_id = $2",  # noqa: S608 - names of ours
                live,
                service_id,
            )
        return
    if change == 3:
        await editor.execute(
            "UPDATE marketplace.listing_texts SET title = $1 WHERE number = $2", chance.choice((COPPER, OTHER)), number
        )
        return
    if change == 4:
        await editor.execute(
            "UPDATE marketplace.provider_profiles SET state = $1, concealed_at = $2 "
            "WHERE id = (SELECT profile_id FROM marketplace.listings WHERE service_id = $3)",
            chance.choice(("APPROVED", "SUSPENDED")),
            chance.choice((None, None, datetime(2031, 3, 5, tzinfo=UTC))),
            service_id,
        )
        return
    kind = chance.choice(("FIXED", "HOURLY", "QUOTE"))
    price = None if kind == "QUOTE" else chance.choice(PRICES)
    currency = None if price is None else chance.choice(("USD", "EUR"))
    await editor.execute(
        "UPDATE marketplace.listings SET pricing_kind = $1, price_minor = $2, currency = $3, price_rank_up = "
        "coalesce($2, 9007199254740991), price_rank_down = coalesce(-$2, 9007199254740991) WHERE service_id = $4",
        kind,
        price,
        currency,
        service_id,
    )
    await editor.execute("DELETE FROM marketplace.placements WHERE service_id = $1", service_id)
    for category_id in chance.sample(categories, k=2):
        await editor.execute(
            "INSERT INTO marketplace.placements (service_id, category_id, profile_id, pricing_kind, live, currency, "
            "price_rank_up, price_rank_down, rating_rank, rating_tenths, published_at) "
            "SELECT service_id, $2, profile_id, pricing_kind, live, currency, price_rank_up, price_rank_down, "
            "rating_rank, rating_tenths, published_at FROM marketplace.listings WHERE service_id = $1",
            service_id,
            category_id,
        )


ROWS: Final = """
SELECT text.number, text.licensed_until, text.title = $1 AS has_word, listing.*,
    ARRAY(SELECT slug.slug FROM marketplace.placements placed
          JOIN marketplace.category_slugs slug ON slug.leads_to_id = placed.category_id
          WHERE placed.service_id = listing.service_id) AS categories
FROM marketplace.listing_texts text JOIN marketplace.listings listing USING (service_id)
JOIN marketplace.provider_profiles profile ON profile.id = listing.profile_id
WHERE text.live AND profile.state = 'APPROVED' AND profile.concealed_at IS NULL
"""


def _passes(row: dict[str, Any], filters: Filters) -> bool:
    price = row["price_minor"]
    is_bounded = filters.min_price is not None or filters.max_price is not None
    return all(
        (
            filters.pricing is None or row["pricing_kind"] == filters.pricing,
            filters.currency is None or row["currency"] in (filters.currency, *(() if is_bounded else (None,))),
            filters.min_price is None or (price is not None and price >= filters.min_price),
            filters.max_price is None or (price is not None and price <= filters.max_price),
            filters.min_rating is None or row["rating_tenths"] >= 10 * filters.min_rating,
            filters.verified is None or (row["licensed_until"] or date.min) >= filters.verified,
            filters.category is None or filters.category in row["categories"],
        )
    )


ANY_OTHER: Final = "SELECT service_id FROM marketplace.listing_texts WHERE live AND number > $1 LIMIT 1"


async def test_bits_name_and_count_what_passes_the_filters_after_any_edits(
    database: Database, plain: asyncpg.Connection, fresh_database_url: str
) -> None:
    chance = random.Random(19)  # noqa: S311 - edits, no secrets
    await plain.execute(FILL)
    categories = [row["id"] for row in await plain.fetch("SELECT id FROM marketplace.categories ORDER BY id LIMIT 3")]
    slug = await plain.fetchval(
        "SELECT slug FROM marketplace.category_slugs WHERE leads_to_id = $1 LIMIT 1", categories[0]
    )
    planner = SearchPlanner(database.reader, "postgresql")
    told, counts = FilterBits(database.reader, planner), FilterCounts(database.reader, planner, HIDDEN_IDS)
    words_keeper = FrequentWordsKeeper(database, SearchService(SpellingService(database)).rows_of_word, frequent=3)
    assert await told.rows(FILTERS[0]) is None, "there are no bits yet"
    late = await asyncpg.connect(fresh_database_url.replace("+asyncpg", ""))
    exact = 0
    for turn in range(30):
        # One edit is open while the worker runs, and is committed after it.
        open_edit = late.transaction()
        await open_edit.start()
        await _edit(late, chance, 0, categories)
        for _ in range(chance.choice((1, 15))):
            await _edit(plain, chance, chance.randrange(1, LISTED), categories)
        if turn % 2 == 0:
            while await FilterBitsKeeper(database, HIDDEN_IDS).add_up() or await words_keeper.add_up():
                pass
        if turn % 5 == 4:
            await plain.execute(
                "DELETE FROM marketplace.listings WHERE service_id = $1", await plain.fetchval(ANY_OTHER, FIRST)
            )
        await open_edit.commit()
        rows = [dict(row) for row in await plain.fetch(ROWS, COPPER)]
        all_asked = [replace(filters, category=slug) if filters.category == ANY else filters for filters in FILTERS]
        having = [row for row in rows if row["has_word"]]
        for today in (None, TODAY):
            each = [replace(asked, words=("copper",), verified=today) for asked in (Filters(), *all_asked)]
            assert await counts.of(each) == {asked: sum(_passes(row, asked) for row in having) for asked in each}, turn
        for asked in all_asked:
            expected = {row["number"] for row in rows if _passes(row, asked)}
            bits = await told.rows(asked)
            assert bits is not None
            numbers = {*(bits.numbers(LISTED) or ())}
            assert expected <= numbers, (turn, asked)
            exact += len(numbers - bits.changed) <= len(expected)
    assert exact > 200, "the bits name what passes, and little else"
    await late.close()
    unknown = await told.rows(Filters(category="no-such-category"))
    assert unknown is not None
    assert {*(unknown.numbers(LISTED) or ())} == unknown.changed
