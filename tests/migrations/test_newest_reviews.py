"""Ratings in which one homeowner counts several times are counted anew by a migration."""

from __future__ import annotations

import asyncio
import sqlite3
from importlib import import_module

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from impl.kernel.ids import new_id
from tests.migrations.test_words import connected

MIGRATION = import_module("migrations.versions.0110_newest_reviews")
PROVIDER, OTHER, OFTEN, ONCE = (new_id().hex for _ in range(4))
# Who has written, on which day, about whom, and the stars: over all and for quality.
REVIEWS = (
    (OFTEN, 1, PROVIDER, "PUBLISHED", 1, "1"),
    (OFTEN, 3, PROVIDER, "PUBLISHED", 4, "NULL"),
    (OFTEN, 2, PROVIDER, "PUBLISHED", 2, "5"),
    (OFTEN, 4, PROVIDER, "HIDDEN", 5, "5"),
    (ONCE, 1, PROVIDER, "PUBLISHED", 3, "3"),
    (OFTEN, 1, OTHER, "PUBLISHED", 5, "5"),
)
SUMS = "review_count, star_sum, quality_count, quality_sum"
AS_BEFORE = {PROVIDER: (4, 10, 3, 9), OTHER: (1, 5, 1, 5)}


def _rows(schema: str) -> list[str]:
    """Return statements that add the reviews and the sums of all that are published, without people and jobs."""
    at = "2026-02-0{} 12:00:00.000000"
    rows = [
        f"""
        INSERT INTO {schema}reviews (id, job_id, "by", author_id, subject_id, rating, quality, text, state, publish_at,
            published_at, hidden_at, statement, created_at, updated_at, version)
        VALUES ('{new_id().hex}', '{new_id().hex}', 'HOMEOWNER', '{author}', '{subject}', {stars}, {quality}, 'Fine.',
            '{state}', '{at.format(day)}', '{at.format(day)}', {f"'{at.format(9)}'" if state == "HIDDEN" else "NULL"},
            {"'Rude.'" if state == "HIDDEN" else "NULL"}, '{at.format(1)}', '{at.format(1)}', 1)
        """  # noqa: S608 - values of ours
        for author, day, subject, state, stars, quality in REVIEWS
    ]
    sums = [
        f"INSERT INTO {schema}ratings (provider_id, {SUMS}, updated_at) "  # noqa: S608 - values of ours
        f"VALUES ('{provider}', {', '.join(map(str, numbers))}, '{at.format(9)}')"
        for provider, numbers in AS_BEFORE.items()
    ]
    return [*rows, *sums]


def _fill_sqlite(path: str) -> None:
    # A plain connection looks at no foreign keys.
    connection = sqlite3.connect(path)
    with connection:
        for statement in _rows(""):
            connection.execute(statement)
    connection.close()


async def _fill(url: str) -> None:
    if url.startswith("sqlite"):
        await asyncio.to_thread(_fill_sqlite, str(make_url(url).database))
        return
    async with connected(url) as database, database.begin() as tx:
        await tx.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in _rows("marketplace."):
            await tx.execute(text(statement))


async def _sums(url: str) -> dict[str, tuple[int, ...]]:
    schema = "" if url.startswith("sqlite") else "marketplace."
    async with connected(url) as database, database.begin() as tx:
        rows = await tx.execute(text(f"SELECT provider_id, {SUMS} FROM {schema}ratings"))  # noqa: S608 - names of ours
        return {str(row[0]).replace("-", ""): tuple(row[1:]) for row in rows}


async def _changed(url: str) -> set[str]:
    """Return the providers whose pages have another `Last-Modified` since the sums were written."""
    schema = "" if url.startswith("sqlite") else "marketplace."
    async with connected(url) as database, database.begin() as tx:
        rows = await tx.execute(
            text(f"SELECT provider_id FROM {schema}ratings WHERE updated_at > '2026-02-10'")  # noqa: S608 - names of ours
        )
        return {str(row[0]).replace("-", "") for row in rows}


async def _run(url: str, direction: str) -> None:
    """Run one direction of the migration alone: on SQLite a whole run looks for rows without people and jobs."""

    def run(connection: Connection) -> None:
        with Operations.context(MigrationContext.configure(connection)):
            getattr(MIGRATION, direction)()

    async with connected(url) as database, database.begin() as tx:
        await (await tx.connection()).run_sync(run)


async def test_the_newest_review_of_each_homeowner_counts(fresh_database_url: str) -> None:
    await _fill(fresh_database_url)
    await _run(fresh_database_url, "upgrade")
    assert await _sums(fresh_database_url) == {**AS_BEFORE, PROVIDER: (2, 7, 1, 3)}
    assert await _changed(fresh_database_url) == {PROVIDER}
    await _run(fresh_database_url, "downgrade")
    assert await _sums(fresh_database_url) == AS_BEFORE
