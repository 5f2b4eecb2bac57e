"""Lists, pages and parts of the sitemap are found by an index on both engines."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy.dialects.postgresql import asyncpg as over_asyncpg

from impl.kernel.statements import Query
from impl.marketplace.capabilities.geography.service import Nearby
from impl.marketplace.capabilities.pages.service import PAGES
from impl.marketplace.capabilities.search.service import Plan, Tier, look_query, word_binds
from impl.marketplace.catalogue import repository as catalogue
from impl.marketplace.catalogue.tables import CatalogueSort
from impl.marketplace.catalogue.tables import Filters as CatalogueFilters
from impl.marketplace.catalogue.tables import binds_of as catalogue_binds_of
from impl.marketplace.providers.repository import (
    PAGE,
    Filters,
    binds_of,
    count_query,
    graded_query,
    page_query,
    ranked_query,
)
from impl.marketplace.providers.tables import ProviderSort
from impl.operations.capabilities.sitemap.repository import NEXT_PAGE, NEXT_SERVICE, PAGE_PART, SERVICE_PART
from tests.harness.plans import plan_of
from tests.harness.service import Service

DIALECT = over_asyncpg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own
LAST = {"last_key": "rose", "last_id": "019b8b74-1801-7df2-b0ae-bffdf9d49080"}
WORDS = Filters(words=("rose", "city"))
NEAR = Filters(near=Nearby((45.5, -122.6), 50))
PART = {"low": 4_000, "high": 4_100}
TODAY = date(2031, 3, 5)
LICENSED, LICENSED_BY_WORDS = Filters(verified=True), Filters(words=("rose", "city"), verified=True)
OFFERED = CatalogueFilters(verified=TODAY)
OFFERED_BY_WORDS = CatalogueFilters(words=("offer",), verified=TODAY)
# What a look has found.
FOUND = {"hits": [UUID(int=number) for number in range(50)]}
WORDS_BINDS = {**binds_of(WORDS, TODAY), **word_binds(("rose", "city")), **FOUND}

# Enough for a scan of a table to cost more than an index; a business in a hundred has the words, one in four a licence.
FILL = """
SET session_replication_role = replica;
INSERT INTO marketplace.provider_profiles
    (id, user_id, business_name, slug, licences, state, area_x, area_y, area_z, area_cell, area_reach,
     created_at, updated_at, version)
SELECT gen_random_uuid(), gen_random_uuid(), 'Business', 'business-' || n, '[]', 'APPROVED', 0.5, 0.5, 0.7,
    200000 + n / 5, 0.0001, now(), now(), 1
FROM generate_series(1, 10000) n;
INSERT INTO marketplace.provider_slugs (slug, profile_id, taken_at)
SELECT slug, id, created_at FROM marketplace.provider_profiles;
INSERT INTO marketplace.provider_pages (profile_id, live, quality, published_at, sort_key, name, about)
SELECT id, true, area_cell % 100, now() - area_cell * interval '1 second', slug,
    'business word' || area_cell % 200 || CASE WHEN area_cell % 100 = 0 THEN ' rose city ' ELSE ' ' END, 'told '
FROM marketplace.provider_profiles;
INSERT INTO marketplace.listings
    (service_id, profile_id, category_id, live, title, description, pricing_kind, price_minor, currency, tags,
     price_rank_up, price_rank_down, version, created_at, updated_at, published_at)
SELECT gen_random_uuid(), profile.id, category.id, true, 'Offer', 'Told', 'FIXED', 1, 'USD', '[]', 1, -1, 1,
    now(), now(), now()
FROM marketplace.provider_profiles profile JOIN (SELECT id FROM marketplace.categories LIMIT 1) category ON true;
INSERT INTO marketplace.listing_texts
    (service_id, profile_id, category_id, live, quality, licensed_until, title, tags, business, category, description)
SELECT service_id, profile_id, category_id, true, 50, CASE WHEN area_cell % 4 = 0 THEN DATE '9999-12-31' END,
    'offer ', '', 'business ', 'category ', 'told '
FROM marketplace.listings JOIN marketplace.provider_profiles profile ON profile.id = profile_id;
INSERT INTO marketplace.verifications
    (id, owner_id, kind, title, number, authority, country, document_type, document_bytes, state, decided_at,
     decided_by, created_at, updated_at, version)
SELECT gen_random_uuid(), user_id, 'LICENCE', 'Master', '1', 'State', 'US', 'PDF', 1, 'VERIFIED', now(),
    gen_random_uuid(), now(), now(), 1
FROM marketplace.provider_profiles WHERE area_cell % 4 = 0;
SET session_replication_role = origin;
ANALYZE;
"""


def _of_licensed(plan: Plan) -> tuple[Query[Any], Query[Any], Query[Any], Query[Any]]:
    """Return the queries of businesses and services of those who have a licence: all of them, and those with words."""
    return (
        page_query(LICENSED.names(), ProviderSort.NEWEST, plan, continued=False),
        catalogue.page_query(OFFERED.names(), CatalogueSort.NEWEST, plan, continued=False),
        graded_query(LICENSED_BY_WORDS.names(), plan, continued=False),
        catalogue.graded_query(OFFERED_BY_WORDS.names(), plan, continued=False),
    )


def _binds_of_licensed() -> tuple[dict[str, object], ...]:
    return (
        binds_of(LICENSED, TODAY),
        {**catalogue_binds_of(OFFERED), **FOUND},
        {**binds_of(LICENSED_BY_WORDS, TODAY), **word_binds(("rose", "city")), **FOUND},
        {**catalogue_binds_of(OFFERED_BY_WORDS), **word_binds(("offer",)), **FOUND},
    )


async def _plan(connection: asyncpg.Connection, query: Query[Any], **binds: object) -> str:
    sql, values = query.compiled(DIALECT).call({"limit": 21, "depth": 1021, **binds})
    return "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {sql}", *values))


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_postgresql_goes_by_an_index(fresh_database_url: str) -> None:
    connection = await asyncpg.connect(fresh_database_url.replace("+asyncpg", ""))
    await connection.execute(FILL)
    few, many = Plan("postgresql", few=True), Plan("postgresql")

    for continued in (False, True):
        last = LAST if continued else {}
        by_name = page_query(frozenset(), ProviderSort.NAME, many, continued=continued)
        assert "ix_provider_pages_sort_key" in await _plan(connection, by_name, today=TODAY, **last)
        nearest = page_query(NEAR.names(), ProviderSort.NEAREST, many, continued=continued)
        last_near = {**LAST, "last_key": 0.0001} if continued else {}
        assert "ix_provider_profiles_area" in await _plan(connection, nearest, **binds_of(NEAR, TODAY), **last_near)
        met = ranked_query(WORDS.names(), Tier.TITLE, many, continued=continued)
        last_met = {"last_quality": 50, "last_id": LAST["last_id"]} if continued else {}
        frequent = {**binds_of(Filters(words=("business",)), TODAY), **word_binds(("business",))}
        assert "ix_provider_pages_quality" in await _plan(connection, met, **frequent, **(last_met | {"depth": 21}))
        best = page_query(frozenset(), ProviderSort.BEST_RATED, many, continued=continued)
        last_best = {**LAST, "last_key": 4000} if continued else {}
        assert "ix_provider_pages_rating" in await _plan(connection, best, today=TODAY, **last_best)
    newest = page_query(frozenset(), ProviderSort.NEWEST, many, continued=False)
    assert "ix_provider_pages_published" in await _plan(connection, newest, today=TODAY)
    for query in (
        graded_query(WORDS.names(), few, continued=False),
        page_query(WORDS.names(), ProviderSort.NEWEST, few, continued=False),
        count_query(WORDS.names(), few),
    ):
        assert "uq_provider_pages_profile_id" in await _plan(connection, query, **WORDS_BINDS)
    for tier, index in ((Tier.TITLE, "title"), (Tier.DESCRIPTION_STEMS, "all")):
        found = await _plan(
            connection, look_query(PAGES, tier, words=2), most=1001, words_0=("rose",), words_1=("city",)
        )
        assert f"ix_provider_pages_{index}_words" in found
    assert "pk_provider_slugs" in await _plan(connection, PAGE, slug="business-7", today=TODAY)
    for found in (await _plan(connection, NEXT_PAGE, low=4_000), await _plan(connection, PAGE_PART, **PART)):
        assert "pk_provider_pages" in found
    for found in (await _plan(connection, NEXT_SERVICE, low=4_000), await _plan(connection, SERVICE_PART, **PART)):
        assert "pk_listing_texts" in found
    # Where words have left few, PostgreSQL may read the licences of all of them at once.
    expected = ("ix_verifications_shown",) * 2 + ("uq_provider_pages_profile_id", "uq_listing_texts_service_id")
    for query, binds, index in zip(_of_licensed(few), _binds_of_licensed(), expected, strict=True):
        found = await _plan(connection, query, **binds)
        assert index in found, found
    await connection.close()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True, scope="session")
async def test_sqlite_goes_by_an_index(service: Service) -> None:
    plan = Plan("sqlite", few=True)
    indexes = {
        ProviderSort.NEWEST: "ix_provider_pages_published",
        ProviderSort.NAME: "ix_provider_pages_sort_key",
        ProviderSort.BEST_RATED: "ix_provider_pages_rating",
    }
    for sort, index in indexes.items():
        found = await plan_of(
            service, page_query(frozenset(), sort, plan, continued=False), {"limit": 21, "today": TODAY}
        )
        assert index in found
        assert "TEMP B-TREE FOR ORDER BY" not in found
    words = {**WORDS_BINDS, "limit": 21, "depth": 1021}
    for query in (graded_query(WORDS.names(), plan, continued=False), count_query(WORDS.names(), plan)):
        assert "provider_pages_fts" in await plan_of(service, query, words)
    nearest = page_query(NEAR.names(), ProviderSort.NEAREST, plan, continued=False)
    found = await plan_of(service, nearest, {**binds_of(NEAR, TODAY), "limit": 21})
    assert "ix_provider_profiles_area" in found
    found = await plan_of(service, PAGE, {"slug": "business-7", "today": TODAY})
    assert "provider_slugs USING INDEX" in found
    assert "ix_services_provider_created" in found
    assert "provider_pages USING INTEGER PRIMARY KEY" in await plan_of(service, PAGE_PART, PART)
    assert "listing_texts USING INTEGER PRIMARY KEY" in await plan_of(service, SERVICE_PART, PART)
    # It reads who has a licence first for services without words; with words, listings say it themselves.
    expected = ("ix_verifications_shown", "ix_verifications_state_created_at_id", "ix_verifications_shown")
    for query, binds, index in zip(_of_licensed(plan), _binds_of_licensed(), expected, strict=False):
        found = await plan_of(service, query, {"limit": 21, "depth": 1021, **binds})
        assert index in found, found
