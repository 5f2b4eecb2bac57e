"""The best of what bits name is read, and not what is better without being named (PostgreSQL only)."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from datetime import date
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import func, select, text

from impl.kernel.clock import SystemClock
from impl.kernel.database import Database
from impl.kernel.engines.connecting import connect
from impl.kernel.engines.connection_options import ConnectionOptions
from impl.kernel.paging import COUNTED, Counted
from impl.kernel.statements import Query
from impl.marketplace.capabilities.filter_bits.service import FilterBitsKeeper
from impl.marketplace.capabilities.frequent_words.service import FrequentWordsKeeper
from impl.marketplace.capabilities.listings.tables import PricingKind
from impl.marketplace.capabilities.relevance.service import Rank
from impl.marketplace.capabilities.search.service import Bounds, SearchService, indexed_words
from impl.marketplace.capabilities.spelling.service import SpellingService
from impl.marketplace.catalogue.repository import CatalogueRepository
from impl.marketplace.catalogue.tables import Filters
from impl.marketplace.provider_profile.tables import HIDDEN_IDS
from tests.harness.settings import AUDIT_KEY

pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)

COPPER, MARBLE, MATERIALS = map(indexed_words, ("copper", "marble", "materials"))
LISTED: Final = 2000
# The worst twentieth has the one word, at a fixed price or by the hour; what is better has the other word, or no price.
FILL: Final = f"""
SET session_replication_role = replica;
INSERT INTO marketplace.provider_profiles
    (id, user_id, business_name, slug, licences, state, created_at, updated_at, version)
VALUES (gen_random_uuid(), gen_random_uuid(), 'Business', 'business', '[]', 'APPROVED', now(), now(), 1);
INSERT INTO marketplace.verifications
    (id, owner_id, kind, title, number, authority, country, document_type, document_bytes, state, decided_by,
     decided_at, created_at, updated_at, version)
SELECT gen_random_uuid(), user_id, 'LICENCE', 'Master', '1', 'Board', 'US', 'PDF', 1, 'VERIFIED', user_id, now(), now(),
    now(), 1
FROM marketplace.provider_profiles;
INSERT INTO marketplace.listings
    (service_id, profile_id, category_id, live, title, description, pricing_kind, price_minor, currency, tags,
     price_rank_up, price_rank_down, version, created_at, updated_at, published_at)
SELECT gen_random_uuid(), profile.id, category.id, true, 'Offer', 'Told',
    CASE WHEN n > 200 THEN 'STARTING_AT' WHEN n % 2 = 0 THEN 'FIXED' ELSE 'HOURLY' END, n, 'USD', '[]',
    n, -n, 1, now(), now(), now() - n * interval '1 second'
FROM generate_series(1, {LISTED}) n,
    (SELECT id FROM marketplace.provider_profiles) profile,
    (SELECT id FROM marketplace.categories WHERE parent_id IS NOT NULL LIMIT 1) category;
INSERT INTO marketplace.placements
    (service_id, category_id, profile_id, pricing_kind, live, currency, price_rank_up, price_rank_down, published_at)
SELECT service_id, category_id, profile_id, pricing_kind, live, currency, price_rank_up, price_rank_down, published_at
FROM marketplace.listings;
INSERT INTO marketplace.listing_texts
    (service_id, profile_id, category_id, live, quality, licensed_until, title, tags, business, category, description)
SELECT service_id, profile_id, category_id, true, price_minor / 20,
    CASE WHEN price_minor % 3 = 0 THEN DATE '9999-12-31' END,
    CASE WHEN price_minor <= 200 OR price_minor % 2 = 0 THEN '{COPPER}' ELSE '{MARBLE}' END, '', '', '',
    CASE WHEN price_minor <= 200 OR price_minor % 2 = 1 THEN '{MATERIALS}' ELSE '' END
FROM marketplace.listings;
INSERT INTO marketplace.known_words (word, listings, pages)
SELECT word, {LISTED}, 0 FROM unnest(ARRAY['copper', 'marble', 'materials']) word;
SET session_replication_role = origin;
ANALYZE;
"""  # noqa: S608 - numbers of ours
TODAY: Final = date(2031, 3, 5)
# What has all that is asked for is more than few, and lies behind thousands of rows of the order.
BOUNDS: Final = Bounds(few=30, frequent=0, walked=20)
PAGE: Final = 12
SEARCHES: Final = (
    Filters(words=("copper", "materials")),
    Filters(words=("copper", "materials"), verified=TODAY),
    Filters(words=("copper",), pricing=PricingKind.FIXED),
    Filters(words=("copper",), pricing=PricingKind.HOURLY, currency="USD", verified=TODAY),
    Filters(words=("copper", "materials"), currency="USD", max_price=190),
)
_FLUSH: Final = Query(
    select(func.count().label("total")).select_from(func.pg_stat_force_next_flush().alias("flushed")), Counted
)
_READ: Final = """
SELECT idx_tup_fetch + seq_tup_read FROM pg_stat_user_tables
WHERE schemaname = 'marketplace' AND relname = 'listing_texts'
"""


@pytest.fixture
async def alone(plain: asyncpg.Connection, fresh_database_url: str) -> AsyncIterator[Database]:
    """Return a database that is read through one connection, and by indexes as a large one is."""
    await plain.execute(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET enable_seqscan = off', current_database()); END $$"
    )
    options = ConnectionOptions(size=1, wait=60, statement=60)
    opened = connect(fresh_database_url, options, clock=SystemClock(), audit_keys=[AUDIT_KEY.encode()])
    await opened.open()
    yield opened
    await opened.close()


async def _keep(database: Database) -> None:
    keeper = FrequentWordsKeeper(database, SearchService(SpellingService(database)).rows_of_word, frequent=3)
    while await FilterBitsKeeper(database, HIDDEN_IDS).add_up() or await keeper.add_up():
        pass
    async with database.begin() as tx:
        # What was read for it is counted before the searches are.
        await tx.execute(text("SELECT pg_stat_force_next_flush()"))


async def _ranked(catalogue: CatalogueRepository, filters: Filters, *, limit: int) -> list[UUID]:
    found, last = list[UUID](), None
    while True:
        page = await catalogue.ranked(filters, after=last, limit=limit)
        found += [row["id"] for _, row in page.items]
        if not page.more:
            return found
        last = Rank.at(page.items[-1][0].position())


async def _rows_read(alone: Database, plain: asyncpg.Connection) -> int:
    await alone.reader.all(_FLUSH)
    await plain.execute("SELECT pg_stat_force_next_flush()")
    read: int = await plain.fetchval(_READ)
    return read


async def test_rows_that_are_better_but_not_named_are_not_read(alone: Database, plain: asyncpg.Connection) -> None:
    await plain.execute(FILL)
    await _keep(alone)
    catalogue = CatalogueRepository(alone.reader, "postgresql", BOUNDS)
    for filters in SEARCHES:
        before = await _rows_read(alone, plain)
        page = await catalogue.ranked(filters, after=None, limit=PAGE)
        assert len(page.items) == PAGE
        assert (await _rows_read(alone, plain)) - before < LISTED / 6, filters


async def test_totals_read_no_more_than_they_count_and_without_words_none_of_these(
    alone: Database, plain: asyncpg.Connection
) -> None:
    await plain.execute(FILL)
    await _keep(alone)
    catalogue = CatalogueRepository(alone.reader, "postgresql", BOUNDS)
    for filters, most in (
        (Filters(words=("copper",), currency="USD"), 0),
        # Prices beside the bounds are more than are looked at.
        (Filters(words=("copper",), currency="USD", min_price=1, max_price=1990), COUNTED * 5 // 4),
        (Filters(verified=TODAY), 0),
    ):
        before = await _rows_read(alone, plain)
        assert await catalogue.count(filters) > COUNTED
        assert (await _rows_read(alone, plain)) - before <= most, filters


async def test_few_of_the_best_titles_are_all_that_is_read(alone: Database, plain: asyncpg.Connection) -> None:
    """Search for a beginning that more words have than a statement names: each of the titles has another one."""
    await plain.execute(FILL)
    await plain.execute(
        "UPDATE marketplace.listing_texts SET title = title || 'lo' || number || ' ' WHERE quality = 50 OR quality = 0"
    )
    while await SpellingService(alone).add_up():
        pass
    catalogue = CatalogueRepository(alone.reader, "postgresql", Bounds(few=30, frequent=31, walked=LISTED // 2))
    before = await _rows_read(alone, plain)
    page = await catalogue.ranked(Filters(words=("lo", "copper")), after=None, limit=PAGE)
    assert [row["quality"] for _, row in page.items] == [50] * 10 + [0] * 2
    assert (await _rows_read(alone, plain)) - before < LISTED / 4


async def test_edited_qualities_are_in_order_before_and_after_the_worker(
    alone: Database, plain: asyncpg.Connection
) -> None:
    chance = random.Random(3)  # noqa: S311 - qualities, no secrets
    await plain.execute(FILL)
    await plain.execute("DELETE FROM marketplace.listings WHERE price_minor > 300")
    await _keep(alone)
    for turn in range(6):
        await plain.execute(
            "UPDATE marketplace.listing_texts SET quality = $1 WHERE number % 200 BETWEEN $2 AND $3",
            chance.choice((0, 3, 63, 64, 100)),
            *sorted(chance.sample(range(200), k=2)),
        )
        if turn % 2 == 1:
            await _keep(alone)
        bounds = Bounds(few=chance.choice((5, 30)), frequent=0, walked=chance.choice((3, 50)))
        catalogue = CatalogueRepository(alone.reader, "postgresql", bounds)
        for filters in SEARCHES:
            rows = await plain.fetch(ORDERED, *_asked(filters))
            found = await _ranked(catalogue, filters, limit=chance.choice((40, 100)))
            assert found == [row["service_id"] for row in rows], (turn, filters)


ORDERED: Final = """
SELECT service_id FROM marketplace.listing_texts texts JOIN marketplace.listings listing USING (service_id)
WHERE texts.live AND ($1 OR texts.description LIKE 'materials%') AND texts.title LIKE 'copper%'
    AND ($2::text IS NULL OR pricing_kind = $2) AND price_minor <= $3 AND ($4::date IS NULL OR licensed_until >= $4)
ORDER BY quality DESC, service_id DESC LIMIT 1000
"""


def _asked(filters: Filters) -> tuple[Any, ...]:
    price = LISTED if filters.max_price is None else filters.max_price
    return filters.words == ("copper",), filters.pricing, price, filters.verified
