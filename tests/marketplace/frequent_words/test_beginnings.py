"""Beginnings of many words are found in the order of relevance, by each way that PostgreSQL takes to them."""

from __future__ import annotations

import random
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

LISTED: Final = 240
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
    ("lo", "copper"),
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


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_beginnings_of_many_words_are_found_in_order(database: Database, plain: asyncpg.Connection) -> None:
    chance = random.Random(11)  # noqa: S311 - texts, no secrets
    await plain.execute(FILL)
    rows: dict[UUID, tuple[int, dict[str, str]]] = {}
    for listing in await plain.fetch("SELECT service_id, profile_id, category_id FROM marketplace.listings"):
        texts = {name: indexed_words(_text(chance, 3 if name == "title" else 2)) for name in EVERYTHING}
        quality = chance.randrange(8) * 12
        rows[listing["service_id"]] = quality, texts
        await plain.execute(
            "INSERT INTO marketplace.listing_texts "
            "(service_id, profile_id, category_id, live, quality, title, tags, business, category, description) "
            "VALUES ($1, $2, $3, true, $4, $5, $6, $7, $8, $9)",
            *listing.values(),
            quality,
            *(texts[name] for name in EVERYTHING),
        )
    for number, words in enumerate(QUERIES):
        tiers = {one: tier for one, (_, texts) in rows.items() if (tier := _tier(texts, words)) is not None}
        expected = sorted(tiers, key=lambda one: (-tiers[one], rows[one][0], one), reverse=True)
        for bounds in BOUNDS:
            catalogue = CatalogueRepository(database.reader, "postgresql", bounds)
            filters, found, last = Filters(words=words), list[UUID](), None
            while True:
                page = await catalogue.ranked(filters, after=last, limit=(7, 100)[number % 2])
                found += [row["id"] for _, row in page.items]
                if not page.more:
                    break
                last = Rank.at(page.items[-1][0].position())
            assert found == expected, (words, bounds)
            newest = await catalogue.page(filters, CatalogueSort.NEWEST, after=None, limit=LISTED)
            assert {row["id"] for row in newest} == {*expected}, (words, bounds)
            search = await catalogue.plan(filters)
            assert await catalogue.count(filters, search) == len(expected), (words, bounds)
            facets = await catalogue.facets(filters, search)
            assert sum(row["total"] for row in facets) == len(expected), (words, bounds)
    met = {_tier(texts, words) for words in QUERIES for _, texts in rows.values()}
    assert {Tier.TITLE, Tier.SUMMARY, Tier.DESCRIPTION} <= met
