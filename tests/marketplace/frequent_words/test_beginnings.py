"""Beginnings of many words are found in the order of relevance, by each way that PostgreSQL takes to them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg
import pytest

from impl.kernel.database import Database
from impl.marketplace.capabilities.relevance.service import Rank
from impl.marketplace.capabilities.search.postgresql import NAMED_WORDS
from impl.marketplace.capabilities.search.service import Bounds, Tier, indexed_words
from impl.marketplace.capabilities.search.tables import EVERYTHING, LISTINGS, STEM_MARK
from impl.marketplace.capabilities.stemming.service import stem
from impl.marketplace.catalogue.repository import CatalogueRepository
from impl.marketplace.catalogue.tables import CatalogueSort, Filters

LISTED: Final = 150
FILL: Final = f"""
SET session_replication_role = replica;
INSERT INTO marketplace.provider_profiles
    (id, user_id, business_name, slug, licences, state, created_at, updated_at, version)
VALUES (gen_random_uuid(), gen_random_uuid(), 'Business', 'business', '[]', 'APPROVED', now(), now(), 1);
INSERT INTO marketplace.listings
    (service_id, profile_id, category_id, live, title, description, pricing_kind, price_minor, currency, tags,
     price_rank_up, price_rank_down, version, created_at, updated_at, published_at)
SELECT gen_random_uuid(), profile.id, category.id, true, 'Offer', 'Told', 'FIXED', n, 'USD', '[]',
    n, -n, 1, now(), now(), now() - n * interval '1 second'
FROM generate_series(1, {LISTED}) n,
    (SELECT id FROM marketplace.provider_profiles) profile,
    (SELECT id FROM marketplace.categories WHERE parent_id IS NOT NULL LIMIT 1) category;
SET session_replication_role = origin;
"""  # noqa: S608 - numbers of ours
# Each begins more words than a statement names.
BEGINNINGS: Final = ("lo", "ren", "quin", "stone")
WORDS: Final = [f"{beginning}{end}" for beginning in BEGINNINGS for end in range(3 * NAMED_WORDS)]
QUERIES: Final = (
    ("lo", "quin"),
    ("quin", "stone"),
    ("lo", "ren", "quin"),
    ("marble", "ren"),
    ("copper", "stones"),
    ("stone",),
    ("lo", "missing"),
)
BOUNDS: Final = (
    Bounds(few=2, frequent=0, walked=3),
    Bounds(few=10, frequent=0, walked=40),
    Bounds(few=5, frequent=10**9, walked=10),
)


def _text(chance: random.Random, most: int) -> str:
    metals = chance.sample(("copper", "marble", "coppers"), k=chance.randrange(2))
    return " ".join([*chance.sample(WORDS, k=chance.randrange(most)), *metals])


def _tier(row: dict[str, str], words: tuple[str, ...]) -> Tier | None:
    """Return the best tier in which the row has all words."""
    for tier in Tier:
        held = {one for field in LISTINGS.fields_of(tier) for one in row[field].split()}
        if all(
            any(one.startswith(word) for one in held) or (tier.by_stems and f"{STEM_MARK}{stem(word)}" in held)
            for word in words
        ):
            return tier
    return None


async def _insert(
    plain: asyncpg.Connection, texts_of: Sequence[tuple[int, dict[str, str]]]
) -> dict[UUID, tuple[int, dict[str, str]]]:
    """Write the texts of listings, and return them with the qualities as they are stored."""
    rows: dict[UUID, tuple[int, dict[str, str]]] = {}
    listings = await plain.fetch("SELECT service_id, profile_id, category_id FROM marketplace.listings")
    for listing, (quality, texts) in zip(listings, texts_of, strict=False):
        stored = {name: indexed_words(texts.get(name, "")) for name in EVERYTHING}
        rows[listing["service_id"]] = quality, stored
        await plain.execute(
            "INSERT INTO marketplace.listing_texts "
            "(service_id, profile_id, category_id, live, quality, title, tags, business, category, description) "
            "VALUES ($1, $2, $3, true, $4, $5, $6, $7, $8, $9)",
            *listing.values(),
            quality,
            *stored.values(),
        )
    return rows


async def _ranked(catalogue: CatalogueRepository, filters: Filters, *, limit: int) -> list[UUID]:
    found, last = list[UUID](), None
    while True:
        page = await catalogue.ranked(filters, after=last, limit=limit)
        found += [row["id"] for _, row in page.items]
        if not page.more:
            return found
        last = Rank.at(page.items[-1][0].position())


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_matches_that_were_met_along_the_order_are_shown_once(
    database: Database, plain: asyncpg.Connection
) -> None:
    """Those of the best quality are few enough to be fetched; those of the next one were met together with them."""
    await plain.execute(FILL)
    both = {"description": "lo0 quin0"}
    begun = [(0, {"title": " ".join(one for one in WORDS if one.startswith(word))}) for word in ("lo", "quin")]
    rows = await _insert(plain, [*[(50, both)] * 2, *[(40, both)] * 5, *begun])
    catalogue = CatalogueRepository(database.reader, "postgresql", Bounds(few=3, frequent=0, walked=40))
    found = await _ranked(catalogue, Filters(words=("lo", "quin")), limit=7)
    assert [rows[one][0] for one in found] == [50] * 2 + [40] * 5
    assert len({*found}) == 7


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_beginnings_of_many_words_are_found_in_order(database: Database, plain: asyncpg.Connection) -> None:
    chance = random.Random(11)  # noqa: S311 - texts, no secrets
    await plain.execute(FILL)
    texts_of = [
        (chance.randrange(8) * 12, {name: _text(chance, 3 if name == "title" else 2) for name in EVERYTHING})
        for _ in range(LISTED)
    ]
    rows = await _insert(plain, texts_of)
    for number, words in enumerate(QUERIES):
        tiers = {one: tier for one, (_, texts) in rows.items() if (tier := _tier(texts, words)) is not None}
        expected = sorted(tiers, key=lambda one: (-tiers[one], rows[one][0], one), reverse=True)
        for bounds in (BOUNDS[1], BOUNDS[number % 2 * 2]):
            catalogue = CatalogueRepository(database.reader, "postgresql", bounds)
            filters = Filters(words=words)
            assert await _ranked(catalogue, filters, limit=(7, 100)[number % 2]) == expected, (words, bounds)
            newest = await catalogue.page(filters, CatalogueSort.NEWEST, after=None, limit=LISTED)
            assert {row["id"] for row in newest} == {*expected}, (words, bounds)
            assert await catalogue.count(filters) == len(expected), (words, bounds)
            facets = await catalogue.facets(filters, await catalogue.plan(filters))
            assert sum(row["total"] for row in facets) == len(expected), (words, bounds)
    met = {_tier(texts, words) for words in QUERIES for _, texts in rows.values()}
    assert {Tier.TITLE, Tier.SUMMARY, Tier.DESCRIPTION} <= met
