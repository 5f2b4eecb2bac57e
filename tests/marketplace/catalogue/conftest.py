"""Database of ten thousand listings, for tests of how PostgreSQL finds them."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.harness.databases import Databases, Engine

# Enough for a scan of the table to cost more than an index; half of the titles have the one word, a few the other.
# Of beginnings of words PostgreSQL knows nothing before there are a hundred words.
FILL = """
SET session_replication_role = replica;
INSERT INTO marketplace.provider_profiles
    (id, user_id, business_name, slug, licences, state, created_at, updated_at, version)
SELECT gen_random_uuid(), gen_random_uuid(), 'Business', 'business-' || n, '[]', 'APPROVED', now(), now(), 1
FROM generate_series(1, 100) n;
INSERT INTO marketplace.listings
    (service_id, profile_id, category_id, live, title, description, pricing_kind, price_minor, currency, tags,
     price_rank_up, price_rank_down, version, created_at, updated_at, published_at)
SELECT gen_random_uuid(), profile.id, category.id, true, 'Offer', 'Told',
    CASE WHEN n % 8 = 0 THEN 'FIXED' ELSE 'HOURLY' END, n, 'USD', '[]',
    n, -n, 1, now(), now(), now() - n * interval '1 second'
FROM generate_series(1, 10000) n
JOIN (SELECT id, row_number() OVER () AS place FROM marketplace.provider_profiles) profile
    ON profile.place = 1 + n % 100
JOIN (SELECT id, row_number() OVER () AS place FROM marketplace.categories WHERE parent_id IS NOT NULL) category
    ON category.place = 1 + n % 50;
INSERT INTO marketplace.placements
    (service_id, category_id, profile_id, pricing_kind, live, currency, price_rank_up, price_rank_down, published_at)
SELECT service_id, above.ancestor_id, profile_id, pricing_kind, live, currency, price_rank_up, price_rank_down,
    published_at
FROM marketplace.listings listing
JOIN marketplace.category_ancestors above ON above.category_id = listing.category_id;
INSERT INTO marketplace.listing_texts
    (service_id, profile_id, category_id, live, quality, licensed_until, title, tags, business, category, description)
SELECT service_id, profile_id, category_id, true, price_minor % 100,
    CASE WHEN price_minor % 8 < 2 THEN DATE '9999-12-31' END,
    CASE WHEN price_minor % 2 = 0 THEN 'common ' ELSE 'other ' END
        || CASE WHEN price_minor % 1000 = 0 THEN 'rare ' ELSE '' END || 'word' || price_minor % 200 || ' ',
    '', 'business ', 'category ', 'told at some length '
FROM marketplace.listings;
SET session_replication_role = origin;
ANALYZE;
"""


@pytest.fixture(scope="module")
async def filled(databases: Databases, worker_id: str) -> AsyncIterator[str]:
    """Return the URL of a database with ten thousand listings, which are written once: it takes longer than a test."""
    url = databases.migrated("postgresql", f"plans_{worker_id}")
    writing = await asyncpg.connect(url.replace("+asyncpg", ""))
    await writing.execute(FILL)
    await writing.close()
    yield url
    databases.drop(url)


@pytest.fixture
async def connection(
    databases: Databases, filled: str, engine: Engine, worker_id: str
) -> AsyncIterator[asyncpg.Connection]:
    """Return a connection to a copy of the filled database, which the test may change."""
    assert engine == "postgresql"
    url = databases.copied(filled, f"plans_copy_{worker_id}")
    yield await asyncpg.connect(url.replace("+asyncpg", ""))
    databases.drop(url)
