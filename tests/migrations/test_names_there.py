"""Other names of towns that were imported before they told population and country are filled by a migration."""

from __future__ import annotations

from alembic import command
from sqlalchemy import insert, select

from impl.kernel.tables import core_table
from impl.marketplace.places.service import read_gazetteer
from impl.marketplace.places.tables import Place, PlaceName
from tests.marketplace.places.small import NAMED, packed
from tests.migrations.test_migrations import VERSIONS, step
from tests.migrations.test_words import connected

BEFORE = VERSIONS[[path.stem.endswith("_towns_of_names") for path in VERSIONS].index(True) - 1].stem


async def test_names_know_the_towns_that_were_there(fresh_database_url: str) -> None:
    await step(fresh_database_url, command.downgrade, BEFORE)
    read = list(read_gazetteer(packed(NAMED)))
    names = [name for _, names in read for name in names]
    async with connected(fresh_database_url) as database:
        async with database.begin() as tx:
            await tx.execute(insert(Place), [place for place, _ in read])
            # Without what the mapped table has since.
            known = ("place_id", "search_key", "name")
            then = insert(core_table(PlaceName)).values(dict.fromkeys(known, ""))
            await tx.execute(then, [{key: dict(name)[key] for key in known} for name in names])
        await step(fresh_database_url, command.upgrade, "head")
        async with database.begin() as tx:
            kept = (await tx.execute(select(PlaceName.search_key, PlaceName.population, PlaceName.country))).all()
    assert {tuple(row) for row in kept} == {(one["search_key"], one["population"], one["country"]) for one in names}
    assert {row.country for row in kept} == {"AT", "DE", "RU"}
