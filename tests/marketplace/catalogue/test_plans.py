"""PostgreSQL finds a page of a search by the index of words or along the order, never by a scan of the table."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy.dialects.postgresql import asyncpg as over_asyncpg

from impl.kernel.statements import Query
from impl.kernel.words import tokenize_query
from impl.marketplace.capabilities.geography.service import Nearby
from impl.marketplace.capabilities.listings.tables import PricingKind
from impl.marketplace.capabilities.search.postgresql import met_query, numbered_query
from impl.marketplace.capabilities.search.service import (
    LICENSED_LISTINGS,
    LISTINGS,
    Plan,
    Tier,
    best_query,
    look_query,
    word_binds,
)
from impl.marketplace.catalogue.repository import (
    count_query,
    facet_query,
    graded_query,
    near_query,
    page_query,
    ranked_query,
)
from impl.marketplace.catalogue.tables import LOOKED_THROUGH, CatalogueSort, Filters, binds_of
from tests.harness.plans import plan_of
from tests.harness.service import Service

DIALECT = over_asyncpg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own


async def _indexes(connection: asyncpg.Connection, query: Query[Any], text: str, **binds: object) -> set[str]:
    words = tokenize_query(text)
    each = {f"words_{number}": (word,) for number, word in enumerate(words)}
    sql, values = query.compiled(DIALECT).call({"limit": 21, **word_binds(words), **each, **binds})
    plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) {sql}", *values))
    used: set[str] = set()

    def look(node: dict[str, object]) -> None:
        if isinstance(name := node.get("Index Name"), str):
            used.add(name)
        assert (node["Node Type"], node.get("Relation Name")) != ("Seq Scan", "listing_texts")
        below = node.get("Plans", [])
        for one in below if isinstance(below, list) else []:
            look(one)

    look(plan[0]["Plan"])
    return used


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_a_search_goes_by_an_index(connection: asyncpg.Connection) -> None:
    names = Filters(words=("any",)).names()
    few, many = Plan("postgresql", few=True), Plan("postgresql")
    for tier in Tier:
        index = f"ix_listing_texts_ranked_{('title', 'summary', 'all')[tier // 2]}_words"
        for text in ("rare", "rare common", "rar"):
            look = look_query(LISTINGS, tier, words=len(text.split()))
            assert {index} == await _indexes(connection, look, text, most=1001)
        for text in ("rare", "common rare", "common"):
            look = look_query(LISTINGS, tier, words=len(text.split()), banded=True)
            assert {index} == await _indexes(connection, look, text, most=1001, levels=[99, 98])
    # Those that a look has found are fetched by their keys, whatever else there is to a statement.
    found: dict[str, object] = {"hits": [UUID(int=number) for number in range(1000)]}
    for query in (
        graded_query(names, few, continued=False),
        ranked_query(names, Tier.SUMMARY, few, continued=False),
        page_query(names, CatalogueSort.NEWEST, few, continued=False),
        page_query(names, CatalogueSort.OLDEST, few, continued=False),
        page_query(names, CatalogueSort.BEST_RATED, few, continued=False),
    ):
        assert "uq_listing_texts_service_id" in await _indexes(connection, query, "rare", depth=1021, **found)
    # What is counted of them is not read again among the words.
    some: dict[str, object] = {"hits": [UUID(int=number) for number in range(20)]}
    for used in (
        await _indexes(connection, facet_query(names, few), "rare", **some),
        await _indexes(connection, count_query(names, few), "rare", **some),
    ):
        assert "pk_listings" in used
        assert not any("listing_texts" in name for name in used)
    for continued in (False, True):
        last = {"last_quality": 50, "last_id": "019b8b74-1801-7df2-b0ae-bffdf9d49080"} if continued else {}
        met = ranked_query(names, Tier.TITLE, many, continued=continued)
        assert "ix_listing_texts_quality" in await _indexes(connection, met, "common", depth=21, **last)
        # Of frequent words that may be nowhere near, only the next rows are looked at.
        for tier in Tier:
            brief = ranked_query(names, tier, Plan("postgresql", brief=True), continued=continued)
            for text in ("common", "common other"):
                assert "ix_listing_texts_quality" in await _indexes(connection, brief, text, walked=400, **last)
    for tier in (Tier.TITLE_STEMS, Tier.DESCRIPTION_STEMS):
        met = ranked_query(names, tier, many, continued=False)
        assert "ix_listing_texts_quality" in await _indexes(connection, met, "common", depth=1021)
    # Of an order by price, what has none is not read for a page that is full without it.
    cheapest = page_query(names | {"currency"}, CatalogueSort.CHEAPEST, many, continued=False)
    sql, values = cheapest.compiled(DIALECT).call({"limit": 21, "currency": "USD", **word_binds(("common",))})
    assert "currency IS NULL" not in sql
    assert len(await connection.fetch(sql, *values)) == 21
    newest = page_query(names, CatalogueSort.NEWEST, many, continued=False)
    assert "ix_listings_published" in await _indexes(connection, newest, "common")
    await connection.close()


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_what_was_found_is_fetched_by_its_number_or_key(connection: asyncpg.Connection) -> None:
    today, numbers = date(2031, 3, 5), [*range(1, 1000, 2)]
    for index in (LISTINGS, LICENSED_LISTINGS):
        for query in (met_query(index), numbered_query(index)):
            used = await _indexes(connection, query, "common", numbers=numbers, most=1001, today=today)
            assert used == {"pk_listing_texts"}
    # Without words, these alone are narrowed by the filters.
    names, few = Filters(pricing=PricingKind.FIXED).names(), Plan("postgresql", few=True)
    binds: dict[str, object] = {"hits": [UUID(int=number) for number in range(20)], "pricing": "FIXED"}
    for used in (
        await _indexes(connection, facet_query(names, few), "", **binds),
        await _indexes(connection, count_query(names, few), "", **binds),
    ):
        assert "pk_listings" in used
    # In a category, each of a few hits is looked up by its key: it may have many times what the planner expects.
    names = frozenset({"words", "category"})
    for query in (
        graded_query(names, few, continued=False),
        ranked_query(names, Tier.SUMMARY, few, continued=False),
        ranked_query(names, Tier.SUMMARY, Plan("postgresql", brief=True), continued=False),
    ):
        binds = {
            "hits": [UUID(int=number) for number in range(1000)],
            "category": "plumbing",
            "depth": 1021,
            "walked": 400,
        }
        used = await _indexes(connection, query, "common", **binds)
        assert {name for name in used if "placements" in name} == {"pk_placements"}
    await connection.close()


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_the_best_titles_are_found_by_their_quality(connection: asyncpg.Connection) -> None:
    levels = [*range(100, -1, -1)]
    for tier in (Tier.TITLE, Tier.TITLE_STEMS):
        best = best_query(LISTINGS, tier)
        for text in ("rare", "common rare", "common", "rar"):
            for wanted in (levels, [98]):
                used = await _indexes(connection, best, text, most=1, levels=wanted)
                assert used == {"ix_listing_texts_best_titles"}
    sql, values = (
        best_query(LISTINGS, Tier.TITLE)
        .compiled(DIALECT)
        .call({"most": 20, "levels": levels, **word_binds(("common",))})
    )
    found = [row["quality"] for row in await connection.fetch(sql, *values)]
    assert found == sorted(found, reverse=True)
    assert (found[0], len(found)) == (98, 20)
    # A beginning of four letters or fewer is looked up as a word is, and a longer one as what begins with it.
    for begun in ("wo", "wor", "word", "word1", "rare"):
        sql, values = (
            best_query(LISTINGS, Tier.TITLE)
            .compiled(DIALECT)
            .call({"most": 10_000, "levels": levels, **word_binds((begun, "comm"))})
        )
        assert (":*" in str(values)) is (len(begun) > 4)
        having = "SELECT service_id FROM marketplace.listing_texts WHERE title ~ $1 AND title ~ 'common'"
        plain = {row["service_id"] for row in await connection.fetch(having, rf"\m{begun}")}
        assert {row["id"] for row in await connection.fetch(sql, *values)} == plain
        assert plain
    await connection.close()


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_what_has_a_licence_has_indexes_of_its_own(connection: asyncpg.Connection) -> None:
    today = {"today": date(2031, 3, 5)}
    names = Filters(words=("any",), verified=today["today"]).names()
    for tier in Tier:
        index = f"ix_listing_texts_licensed_{('title', 'summary', 'all')[tier // 2]}_words"
        for text in ("rare", "rare common", "rar"):
            look = look_query(LICENSED_LISTINGS, tier, words=len(text.split()))
            assert {index} == await _indexes(connection, look, text, most=1001, **today)
        for text in ("rare", "common rare", "common"):
            look = look_query(LICENSED_LISTINGS, tier, words=len(text.split()), banded=True)
            assert {index} == await _indexes(connection, look, text, most=1001, levels=[99, 98], **today)
        brief = ranked_query(names, tier, Plan("postgresql", brief=True), continued=False)
        assert "ix_listing_texts_licensed_quality" in await _indexes(connection, brief, "common", walked=400, **today)
    levels = [*range(100, -1, -1)]
    for text in ("rare", "common rare", "common", "rar"):
        best = best_query(LICENSED_LISTINGS, Tier.TITLE)
        used = await _indexes(connection, best, text, most=1, levels=levels, **today)
        assert used == {"ix_listing_texts_licensed_best_titles"}
    # No licence is looked up, because each row says until when its business has one.
    few, many = Plan("postgresql", few=True), Plan("postgresql")
    for query in (graded_query(names, few, continued=False), count_query(names, many)):
        sql, _ = query.compiled(DIALECT).call({"limit": 21, "hits": [], **today, **word_binds(("any",))})
        assert "verifications" not in sql
    await connection.close()


def _used(node: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Return how each table or index is read, from a node of the plan down."""
    read = {(node["Node Type"], name) for key in ("Index Name", "Relation Name") if (name := node.get(key))}
    return read.union(*(_used(one) for one in node.get("Plans", [])))


def _conditions(node: Mapping[str, Any]) -> list[str]:
    """Return what bounds each reading of an index, from a node of the plan down."""
    own = [node["Index Cond"]] if "Index Cond" in node else []
    return own + [one for below in node.get("Plans", []) for one in _conditions(below)]


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_a_choice_is_counted_by_the_index_alone(connection: asyncpg.Connection) -> None:
    # As autovacuum keeps it: without pages whose rows everybody sees, an index alone would not do.
    await connection.execute(
        "UPDATE pg_class SET relallvisible = relpages "
        "WHERE oid IN ('marketplace.listings'::regclass, 'marketplace.placements'::regclass)"
    )
    slug = await connection.fetchval(
        "SELECT slug FROM marketplace.categories WHERE id = (SELECT category_id FROM marketplace.listings LIMIT 1)"
    )
    for filters in (
        Filters(category=slug),
        Filters(category=slug, currency="USD"),
        Filters(category=slug, pricing=PricingKind.FIXED),
        Filters(category=slug, pricing=PricingKind.QUOTE, currency="USD"),
        Filters(category=slug, currency="USD", min_price=100, max_price=200),
        Filters(pricing=PricingKind.FIXED, currency="USD"),
        Filters(currency="USD", max_price=200),
    ):
        query = count_query(filters.names(), Plan("postgresql"))
        sql, values = query.compiled(DIALECT).call(binds_of(filters))
        plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) {sql}", *values))
        table = "listings" if filters.category is None else "placements"
        read = {how for how, what in _used(plan[0]["Plan"]) if table in what}
        assert read == {"Index Only Scan"}, (filters, plan)
    await connection.close()


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_facets_of_a_frequent_word_look_through_a_bounded_number(connection: asyncpg.Connection) -> None:
    names = Filters(words=("common",)).names()
    sql, values = facet_query(names, Plan("postgresql")).compiled(DIALECT).call(word_binds(("common",)))
    assert sum(row["total"] for row in await connection.fetch(sql, *values)) == LOOKED_THROUGH + 1
    await connection.close()


LATE = {"last_key": 4500, "last_id": UUID("019b8b74-1801-7df2-b0ae-bffdf9d49080")}
BEST_RATED = (
    (Filters(), "ix_listings_rating"),
    (Filters(min_rating=4), "ix_listings_rating"),
    (Filters(category="plumbing"), "ix_placements_rating"),
)
COUNTED_BY_STARS = (
    (Filters(min_rating=5), "ix_listings_rated"),
    (Filters(min_rating=5, currency="USD", pricing=PricingKind.FIXED), "ix_listings_rated"),
    (Filters(min_rating=5, currency="USD", min_price=5000), "ix_listings_rated"),
    (Filters(category="plumbing", min_rating=5), "ix_placements_rated"),
)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_the_best_rated_are_found_and_counted_by_an_index(connection: asyncpg.Connection) -> None:
    for table in ("listings", "placements"):
        await connection.execute(
            f"UPDATE marketplace.{table} SET rating_rank = 3000 + price_rank_up % 2000, "  # noqa: S608 - names of ours
            "rating_tenths = 1 + price_rank_up % 50"
        )
    await connection.execute("VACUUM ANALYZE marketplace.listings, marketplace.placements")
    for filters, index in BEST_RATED:
        for last in ({}, LATE):
            query = page_query(filters.names(), CatalogueSort.BEST_RATED, Plan("postgresql"), continued=bool(last))
            assert index in await _indexes(connection, query, "", **binds_of(filters), **last)
    # What has not the word is met by its key alone.
    for filters in (Filters(words=("common",)), Filters(words=("common",), category="plumbing")):
        query = page_query(filters.names(), CatalogueSort.BEST_RATED, Plan("postgresql"), continued=False)
        sql, values = query.compiled(DIALECT).call({"limit": 21, **binds_of(filters), **word_binds(("common",))})
        plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) {sql}", *values))
        table = "listings" if filters.category is None else "placements"
        assert ("Index Only Scan", f"ix_{table}_rating") in _used(plan[0]["Plan"]), plan
    for filters, index in COUNTED_BY_STARS:
        sql, values = count_query(filters.names(), Plan("postgresql")).compiled(DIALECT).call(binds_of(filters))
        plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) {sql}", *values))
        assert ("Index Only Scan", index) in _used(plan[0]["Plan"]), plan
        # Nothing is read that is not counted, however few there are of it.
        read = [one for one in _conditions(plan[0]["Plan"]) if "rating_tenths" in one]
        assert filters.currency is None or any("'USD'" in one for one in read)
        assert filters.min_price is None or any("price_rank_up >=" in one for one in read)
    await connection.close()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True, scope="session")
async def test_sqlite_finds_and_counts_the_best_rated_by_an_index(service: Service) -> None:
    plan = Plan("sqlite", few=True)
    for filters, index in BEST_RATED:
        for last in ({}, LATE):
            query = page_query(filters.names(), CatalogueSort.BEST_RATED, plan, continued=bool(last))
            found = await plan_of(service, query, {"limit": 21, **binds_of(filters), **last})
            assert index in found
            assert "TEMP B-TREE FOR ORDER BY" not in found
    for filters, index in COUNTED_BY_STARS:
        if filters.currency is not None:
            # Without statistics it takes the index of the kind and the currency.
            continue
        assert index in await plan_of(service, count_query(filters.names(), plan), binds_of(filters))


# As many providers as a country has, one a cell or so, and the distances that a plan asks about.
AREAS = """
SET session_replication_role = replica;
INSERT INTO marketplace.provider_profiles
    (id, user_id, business_name, slug, licences, state, area_x, area_y, area_z, area_cell, area_reach,
     created_at, updated_at, version)
SELECT gen_random_uuid(), gen_random_uuid(), 'Business', 'around-' || n, '[]', 'APPROVED', 0.5, 0.5, 0.7,
    200000 + n / 5, 0.0001, now(), now(), 1
FROM generate_series(1, 20000) n;
SET session_replication_role = origin;
ANALYZE;
"""


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_a_search_by_distance_goes_by_the_index_of_areas(connection: asyncpg.Connection) -> None:
    await connection.execute(AREAS)
    near = Filters(near=Nearby((45.5, -122.6), 50))
    last = {"last_key": 0.00001, "last_id": "019b8b74-1801-7df2-b0ae-bffdf9d49080"}

    for continued in (False, True):
        page = page_query(near.names(), CatalogueSort.NEAREST, Plan("postgresql"), continued=continued)
        binds = {**binds_of(near), **(last if continued else {})}
        assert "ix_provider_profiles_area" in await _indexes(connection, page, "", **binds)
    count = count_query(near.names(), Plan("postgresql"))
    assert "ix_provider_profiles_area" in await _indexes(connection, count, "", **binds_of(near))
    # What few providers near a point offer is looked through, whatever the words.
    offers = await _indexes(connection, near_query(near.names()), "", **binds_of(near))
    assert offers == {"ix_provider_profiles_area", "ix_listings_profile"}
    placed = graded_query(near.names() | {"words"}, Plan("postgresql", placed=True), continued=False)
    for text in ("rare", "common", "rar"):
        used = await _indexes(connection, placed, text, **binds_of(near))
        assert {"ix_provider_profiles_area", "ix_listing_texts_profile"} <= used
        assert not any("words" in name for name in used)
    await connection.close()
