"""Pages and counts have all that filters leave, few or many, by each way that PostgreSQL takes."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest

from impl.kernel.database import Database
from impl.marketplace.capabilities.filter_bits.service import FilterBitsKeeper
from impl.marketplace.capabilities.frequent_words.service import FrequentWordsKeeper
from impl.marketplace.capabilities.geography.service import Nearby, area_columns
from impl.marketplace.capabilities.listings.tables import UNPRICED, PricingKind
from impl.marketplace.capabilities.relevance.service import Rank
from impl.marketplace.capabilities.search.service import Bounds, SearchService, indexed_words
from impl.marketplace.capabilities.spelling.service import SpellingService
from impl.marketplace.catalogue.repository import CatalogueRepository
from impl.marketplace.catalogue.service import CatalogueService, Tally
from impl.marketplace.catalogue.tables import DESCENDING, KEYS, PRICE_SORTS, CatalogueSort, Filters
from impl.marketplace.provider_profile.tables import HIDDEN_IDS

COPPER, MARBLE, TAPS, SONS, PLUMBING, MATERIALS = map(
    indexed_words, ("copper", "marble", "taps", "sons", "plumbing", "materials")
)
LISTED: Final = 160
PAGE: Final = 12
FILL: Final = f"""
SET session_replication_role = replica;
INSERT INTO marketplace.provider_profiles
    (id, user_id, business_name, slug, licences, state, area_x, area_y, area_z, area_cell, created_at, updated_at,
     version)
SELECT gen_random_uuid(), gen_random_uuid(), 'Business', 'business-' || n, '[]',
    CASE WHEN n = 7 THEN 'SUSPENDED' ELSE 'APPROVED' END, $1, $2, $3, $4 + (n % 2) * 100000, now(), now(), 1
FROM generate_series(0, 7) n;
INSERT INTO marketplace.verifications
    (id, owner_id, kind, title, number, authority, country, document_type, document_bytes, state, decided_by,
     decided_at, expires_date, created_at, updated_at, version)
SELECT gen_random_uuid(), user_id, 'LICENCE', 'Master', '1', 'Board', 'US', 'PDF', 1, 'VERIFIED', user_id, now(),
    CASE WHEN right(slug, 1) = '0' THEN DATE '2001-01-01' END, now(), now(), 1
FROM marketplace.provider_profiles WHERE right(slug, 1) IN ('0', '3', '5');
INSERT INTO marketplace.listings
    (service_id, profile_id, category_id, live, title, description, pricing_kind, price_minor, currency, tags,
     price_rank_up, price_rank_down, rating_rank, rating_tenths, version, created_at, updated_at, published_at)
SELECT gen_random_uuid(), profile.id, category.id, n % 11 > 0, 'Offer', 'Told',
    (ARRAY['FIXED', 'HOURLY', 'QUOTE'])[1 + n % 3],
    CASE WHEN n % 3 < 2 THEN n * 37 % 50 * 300 END,
    CASE WHEN n % 3 < 2 THEN (ARRAY['USD', 'EUR'])[1 + n / 3 % 2] END, '[]',
    CASE WHEN n % 3 < 2 THEN n * 37 % 50 * 300 ELSE {UNPRICED} END,
    CASE WHEN n % 3 < 2 THEN -(n * 37 % 50 * 300) ELSE {UNPRICED} END,
    n * 13 % 40, n * 13 % 40 + 10, 1, now(), now(), now() - n * 53 % 80 * interval '1 second'
FROM generate_series(1, {LISTED}) n
JOIN marketplace.provider_profiles profile ON profile.slug = 'business-' || n % 8
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM marketplace.categories WHERE parent_id IS NOT NULL)
    category ON category.place = 1 + n % 5;
INSERT INTO marketplace.placements
    (service_id, category_id, profile_id, pricing_kind, live, currency, price_rank_up, price_rank_down, rating_rank,
     rating_tenths, published_at)
SELECT service_id, above.ancestor_id, profile_id, pricing_kind, live, currency, price_rank_up, price_rank_down,
    rating_rank, rating_tenths, published_at
FROM marketplace.listings listing
JOIN marketplace.category_ancestors above ON above.category_id = listing.category_id;
INSERT INTO marketplace.listing_texts
    (service_id, profile_id, category_id, live, quality, licensed_until, title, tags, business, category, description)
SELECT service_id, profile_id, listing.category_id, live, (row_number() OVER (ORDER BY service_id)) % 4 * 20,
    CASE right(slug, 1) WHEN '0' THEN DATE '2001-01-01' WHEN '3' THEN DATE '9999-12-31' WHEN '5'
        THEN DATE '9999-12-31' END,
    CASE WHEN pricing_kind = 'FIXED' THEN '{COPPER}' ELSE '{MARBLE}' END, '{TAPS}', '{SONS}', '{PLUMBING}',
    CASE WHEN rating_tenths > 30 THEN '{COPPER}' ELSE '' END || '{MATERIALS}'
FROM marketplace.listings listing JOIN marketplace.provider_profiles profile ON profile.id = profile_id;
INSERT INTO marketplace.known_words (word, listings, pages)
SELECT word, {LISTED}, 0 FROM unnest(ARRAY['copper', 'marble', 'taps', 'sons', 'plumbing', 'materials']) word;
SET session_replication_role = origin;
ANALYZE;
"""  # noqa: S608 - numbers of ours
ROWS: Final = """
SELECT listing.*, text.quality, profile.area_cell, profile.slug, text.licensed_until >= $1 AS licensed,
    concat(text.title, text.tags, text.business, text.category, text.description) AS words,
    profile.state = 'APPROVED' AND listing.live AS shown,
    ARRAY(SELECT slug FROM marketplace.placements placed
          JOIN marketplace.categories above ON above.id = placed.category_id
          WHERE placed.service_id = listing.service_id) AS categories
FROM marketplace.listings listing
JOIN marketplace.listing_texts text USING (service_id)
JOIN marketplace.provider_profiles profile ON profile.id = listing.profile_id
"""
TODAY: Final = date(2031, 3, 5)
POINT: Final = (45.5, -122.6)
# Of few and many matches; frequent words and others.
BOUNDS: Final = (
    Bounds(few=2, frequent=0, walked=3),
    Bounds(few=12, frequent=0, walked=5),
    Bounds(few=1000, frequent=0, walked=20),
    Bounds(few=4, frequent=10**9, walked=10),
)
TEXTS: Final = ("copper", "materials", "copper materials", "copper marble", "marble sons taps", "missing")


def _filters(chance: random.Random, categories: list[str]) -> Filters:
    currency = chance.choice((None, "USD", "EUR", "JPY"))
    text = chance.choice((None, *TEXTS))
    return Filters(
        words=None if text is None else tuple(text.split()),
        category=chance.choice((None, None, *categories)),
        pricing=chance.choice((None, None, PricingKind.FIXED, PricingKind.QUOTE, PricingKind.PER_UNIT)),
        currency=currency,
        min_price=chance.choice((None, 3000)) if currency else None,
        max_price=chance.choice((None, 9000)) if currency else None,
        min_rating=chance.choice((None, 2, 4)),
        verified=chance.choice((None, TODAY)),
        near=chance.choice((None, None, Nearby(POINT, 50, include_remote=True))),
    )


def _passes(row: dict[str, Any], filters: Filters, here: int) -> bool:
    price = row["price_minor"]
    is_bounded = filters.min_price is not None or filters.max_price is not None
    return all(
        (
            row["shown"],
            filters.words is None or {*filters.words} <= {*row["words"].split()},
            filters.category is None or filters.category in row["categories"],
            filters.pricing is None or row["pricing_kind"] == filters.pricing,
            filters.currency is None
            or row["currency"] in ((filters.currency,) if is_bounded else (filters.currency, None)),
            filters.min_price is None or (price is not None and price >= filters.min_price),
            filters.max_price is None or (price is not None and price <= filters.max_price),
            filters.min_rating is None or row["rating_tenths"] >= 10 * filters.min_rating,
            filters.verified is None or bool(row["licensed"]),
            filters.near is None or row["area_cell"] == here,
        )
    )


async def _pages(catalogue: CatalogueRepository, filters: Filters, sort: CatalogueSort) -> list[UUID]:
    found, last = list[UUID](), None
    while True:
        rows = await catalogue.page(filters, sort, after=last, limit=PAGE)
        found += [row["id"] for row in rows]
        if len(rows) < PAGE:
            return found
        row: dict[str, Any] = {**rows[-1]}
        last = row[KEYS[sort]], row["id"]


async def _ranked(catalogue: CatalogueRepository, filters: Filters) -> list[tuple[int, int, UUID]]:
    found, last = list[tuple[int, int, UUID]](), None
    while True:
        page = await catalogue.ranked(filters, after=last, limit=PAGE)
        found += [(row["tier"], row["quality"], row["id"]) for _, row in page.items]
        if not page.more:
            return found
        last = Rank.at(page.items[-1][0].position())


async def _facets(database: Database, filters: Filters) -> dict[Filters, Tally]:
    """Return the counts of facets, by the filters with each choice."""
    unused: Any = None
    facets = await CatalogueService(database, unused, unused, unused).facets(filters)
    prices = {replace(filters, min_price=low, max_price=high): one for (low, high), one in facets.prices.items()}
    return {
        **{replace(filters, category=facets.category_rows[it]["slug"]): one for it, one in facets.categories.items()},
        **{replace(filters, pricing=kind): one for kind, one in facets.pricing.items()},
        **{replace(filters, min_rating=stars): one for stars, one in facets.ratings.items()},
        **prices,
    }


def _words_keeper(database: Database) -> FrequentWordsKeeper:
    return FrequentWordsKeeper(database, SearchService(SpellingService(database)).rows_of_word, frequent=3)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_filters_leave_the_same_by_each_way(database: Database, plain: asyncpg.Connection) -> None:
    area: dict[str, Any] = {**area_columns(POINT)}
    fill = FILL
    for number, name in enumerate(("area_x", "area_y", "area_z", "area_cell"), start=1):
        fill = fill.replace(f"${number}", str(area[name]))
    await plain.execute(fill)
    rows = {row["service_id"]: dict(row) for row in await plain.fetch(ROWS, TODAY)}
    assert len(rows) == LISTED
    chance = random.Random(23)  # noqa: S311 - filters, no secrets
    categories = sorted({one for row in rows.values() for one in row["categories"]})
    few_and_many = set[int]()
    for number in range(160):
        if number == 80:
            # Now the bits of words and filters tell, too.
            while await FilterBitsKeeper(database, HIDDEN_IDS).add_up() or await _words_keeper(database).add_up():
                pass
        filters = _filters(chance, categories)
        expected = {one for one, row in rows.items() if _passes(row, filters, area["area_cell"])}
        few_and_many.add(min(len(expected), 20))
        catalogue = CatalogueRepository(database.reader, "postgresql", BOUNDS[number % len(BOUNDS)])
        for sort in (CatalogueSort.OLDEST, CatalogueSort.NEWEST, CatalogueSort.BEST_RATED, *PRICE_SORTS):
            if sort in PRICE_SORTS and filters.currency is None:
                continue
            found = await _pages(catalogue, filters, sort)
            keys = [(rows[one][KEYS[sort]], one) for one in found]
            assert keys == sorted(keys, reverse=sort in DESCENDING), (filters, sort)
            assert (len(found), {*found}) == (len(expected), expected), (filters, sort)
        total = await catalogue.count(filters)
        assert total == len(expected), filters
        if number % 8 == 0:
            for choice, tally in (await _facets(database, filters)).items():
                of_choice = sum(_passes(row, choice, area["area_cell"]) for row in rows.values())
                assert (tally.count, tally.capped) == (of_choice, False), (choice, filters)
        if filters.words is not None:
            ranked = await _ranked(catalogue, filters)
            assert [(tier, -quality) for tier, quality, _ in ranked] == sorted(
                (tier, -quality) for tier, quality, _ in ranked
            )
            assert (len(ranked), {one for _, _, one in ranked}) == (len(expected), expected), filters
    assert few_and_many >= {0, 1, 20}
