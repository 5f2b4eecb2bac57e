"""The harness makes and removes separate databases of both engines."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.harness.databases import Databases, Engine


async def _ask(url: str, statement: str) -> object:
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            return (await connection.execute(text(statement))).scalar_one()
    finally:
        await engine.dispose()


async def test_an_empty_database_answers(empty_database_url: str) -> None:
    assert await _ask(empty_database_url, "SELECT 1") == 1


async def test_postgresql_is_the_version_of_production_and_knows_words_beyond_ascii(databases: Databases) -> None:
    url = databases.server.url("postgres")

    assert str(await _ask(url, "SHOW server_version")).startswith("17.")
    assert await _ask(url, "SELECT lower('ÄÖÜ')") == "äöü"


def test_a_dropped_database_may_be_made_again(databases: Databases, engine: Engine, worker_id: str) -> None:
    for _ in range(2):
        databases.drop(databases.empty(engine, f"dropped_{worker_id}"))
