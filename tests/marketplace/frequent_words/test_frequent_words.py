"""Bits of frequent words leave out no match, whatever is edited while they are read or written (PostgreSQL only)."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, cast

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.database import Database
from impl.marketplace.capabilities.frequent_words.service import FrequentWords, FrequentWordsKeeper
from impl.marketplace.capabilities.row_bits.service import ROWS_OF_PART
from impl.marketplace.capabilities.search.service import (
    HITS,
    LISTINGS,
    SearchPlanner,
    SearchService,
    indexed_words,
)
from impl.marketplace.capabilities.spelling.service import SpellingService

pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)

WORDS: Final = ("copper", "marble", "stones", "copperas", "mended", "mending", "roof")
QUERIES: Final = (("copper", "marble"), ("coppers", "mend"), ("stone", "mended", "roof"), ("roof", "unknown"))
LISTED: Final = 60

# Their numbers are of two parts.
FILL: Final = f"""
ALTER TABLE marketplace.listing_texts ALTER number RESTART WITH {ROWS_OF_PART - LISTED // 2};
SET session_replication_role = replica;
INSERT INTO marketplace.listings
    (service_id, profile_id, category_id, live, title, description, pricing_kind, price_minor, currency, tags,
     price_rank_up, price_rank_down, version, created_at, updated_at, published_at)
SELECT gen_random_uuid(), gen_random_uuid(), (SELECT id FROM marketplace.categories LIMIT 1), true, 'Offer', 'Told',
    'FIXED', n, 'USD', '[]', n, -n, 1, now(), now(), now()
FROM generate_series(1, {LISTED}) n;
SET session_replication_role = origin;
INSERT INTO marketplace.listing_texts
    (service_id, profile_id, category_id, live, quality, title, tags, business, category, description)
SELECT service_id, profile_id, category_id, true, 50, '', '', '', '', '' FROM marketplace.listings;
"""  # noqa: S608 - numbers of ours


@pytest.fixture
async def editor(plain: asyncpg.Connection) -> asyncpg.Connection:
    """Return a connection of somebody who edits listings, of which there are some without words."""
    await plain.execute(FILL)
    return plain


async def _edit(editor: asyncpg.Connection, place: int, title: str, *, live: bool = True) -> None:
    await editor.execute(
        "UPDATE marketplace.listing_texts SET title = $1, live = $2 WHERE number = $3",
        indexed_words(title),
        live,
        ROWS_OF_PART - LISTED // 2 + place,
    )


def _keeper(database: Database) -> FrequentWordsKeeper:
    return FrequentWordsKeeper(database, SearchService(SpellingService(database)).rows_of_word, frequent=3)


async def _keep(database: Database) -> None:
    while await SpellingService(database).add_up():
        pass
    while await _keeper(database).add_up():
        pass


async def _found(database: Database, words: tuple[str, ...]) -> set[object]:
    planner = SearchPlanner(database.reader, "postgresql")
    search = await planner.everywhere(LISTINGS, await planner.terms(LISTINGS, words))
    return {*cast("list[object]", search.binds[HITS])}


async def _named_by_bits(database: Database, words: tuple[str, ...], *, most: int) -> Sequence[int] | None:
    """Return what bits name, if these are kept of several of the words and it is not too much."""
    bits = await FrequentWords(database.reader).bits(words, at_least=2)
    return None if bits is None else bits.numbers(most)


async def _plain(editor: asyncpg.Connection, words: tuple[str, ...]) -> set[object]:
    """Return what has all words by the index of words alone, as a search of each has it."""
    found: list[set[object]] = []
    for word in words:
        query = f"{word}:* | '{indexed_words(word).split()[-1]}'"
        rows = await editor.fetch(
            "SELECT service_id FROM marketplace.listing_texts WHERE live AND all_words @@ $1::text::tsquery", query
        )
        found.append({row["service_id"] for row in rows})
    return set.intersection(*found)


async def test_searches_find_what_has_all_words_after_any_edits(database: Database, editor: asyncpg.Connection) -> None:
    chance = random.Random(7)  # noqa: S311 - edits, no secrets
    had_bits = False
    for turn in range(12):
        for _ in range(chance.choice((1, 20))):
            title = " ".join(chance.sample(WORDS, k=chance.randrange(4)))
            await _edit(editor, chance.randrange(LISTED), title, live=chance.random() < 0.9)
        if turn % 3 == 0:
            await editor.execute(
                "DELETE FROM marketplace.listings WHERE service_id = "
                "(SELECT service_id FROM marketplace.listing_texts WHERE live LIMIT 1)"
            )
        # Edits are found before the worker has seen them, and after.
        for keeps in (False, turn % 2 == 1):
            if keeps:
                await _keep(database)
            for words in QUERIES:
                assert await _found(database, words) == await _plain(editor, words), (turn, words)
        had_bits = had_bits or await _named_by_bits(database, QUERIES[0], most=1000) is not None
    assert had_bits, "no word had bits"


async def test_words_that_never_meet_are_told_apart_by_their_bits(
    database: Database, editor: asyncpg.Connection
) -> None:
    for place in range(LISTED):
        await _edit(editor, place, ("copper", "marble")[place % 2])
    assert await _named_by_bits(database, ("copper", "marble"), most=1000) is None
    await _keep(database)
    assert await _named_by_bits(database, ("copper", "marble"), most=1000) == []
    await _edit(editor, 0, "copper marble")
    await _edit(editor, LISTED - 1, "copper marble")
    first = ROWS_OF_PART - LISTED // 2
    for kept in (False, True):
        if kept:
            await _keep(database)
        named = await _named_by_bits(database, ("copper", "marble"), most=1000) or []
        assert sorted(named) == [first, first + LISTED - 1]
        assert len(await _found(database, ("copper", "marble"))) == 2
    # More than are wanted are looked for by the index of words.
    assert await _named_by_bits(database, ("copper", "marble"), most=1) is None
    # What was taken away is named until the worker has seen it, and is looked at again.
    await _edit(editor, 0, "marble")
    assert first in (await _named_by_bits(database, ("copper", "marble"), most=1000) or [])
    await _keep(database)
    assert await _named_by_bits(database, ("copper", "marble"), most=1000) == [first + LISTED - 1]
    assert len(await _found(database, ("copper", "marble"))) == 1


@pytest.mark.parametrize("all_of_a_word", [True, False], ids=["bits of a new word", "bits of a change"])
async def test_an_edit_while_the_worker_writes_bits_is_found(
    database: Database, editor: asyncpg.Connection, fresh_database_url: str, *, all_of_a_word: bool
) -> None:
    """The edit is committed after the worker has looked at the row, and before its bits are."""
    for place in range(LISTED):
        await _edit(editor, place, ("copper", "marble")[place % 2])
    if all_of_a_word:
        while await SpellingService(database).add_up():
            pass
        await _edit(editor, 5, "roof")
    else:
        await _keep(database)
        await _edit(editor, 5, "roof")
    open_since = await asyncpg.connect(fresh_database_url.replace("+asyncpg", ""))
    early = open_since.transaction()
    await early.start()
    await _edit(open_since, 4, "copper marble")
    rows_of_word = SearchService(SpellingService(database)).rows_of_word
    seen: list[str] = []

    async def slowly(tx: AsyncSession, word: str, numbers: Collection[int] | None) -> Mapping[int, Sequence[int]]:
        rows = await rows_of_word(tx, word, numbers)
        if not seen:
            await _edit(editor, 5, "copper marble")
            await early.commit()
        seen.append(word)
        # Nothing of the worker's transaction is to be seen yet.
        assert len(await _found(database, ("copper", "marble"))) == 2
        return rows

    keeper = FrequentWordsKeeper(database, slowly, frequent=3)
    while await keeper.add_up():
        assert len(await _found(database, ("copper", "marble"))) == (2 if seen else 0)
    assert set(seen) == {"copper", "marble"}
    named: Any = await _named_by_bits(database, ("copper", "marble"), most=1000)
    assert named is not None
    await open_since.close()


async def test_bits_of_another_stem_are_not_used_and_made_anew(database: Database, editor: asyncpg.Connection) -> None:
    """A release may know that two words have one stem, and nothing of the texts changes by that."""
    for place in range(LISTED):
        await _edit(editor, place, ("copper", "marble")[place % 2])
    await _keep(database)
    await editor.execute(
        "UPDATE marketplace.frequent_word_rows SET word = 'copper cop 2', bits = '' WHERE word LIKE 'copper %'"
    )
    assert await _named_by_bits(database, ("copper", "marble"), most=1000) is None
    await _keep(database)
    assert await _named_by_bits(database, ("copper", "marble"), most=1000) == []
    words = await editor.fetch("SELECT DISTINCT word FROM marketplace.frequent_word_rows ORDER BY word")
    assert [row["word"] for row in words] == ["copper copper 2", "marble marbl 2"]
