"""The town of a base point: kept as places are imported anew, and never that of a point which has moved meanwhile."""

from __future__ import annotations

import asyncio
import gzip
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
import pytest

from tests.marketplace.payloads import PROFILE, Json, approve_business, business, ok
from tests.marketplace.places.small import LINES

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Account, Accounts
    from tests.harness.clock import MovableClock
    from tests.harness.service import Service

HERE = {"latitude": -49.35, "longitude": 70.22}
TOWN = ("TOWN", "9", "TF", "", "Port-aux-Français", "-49.3500", "70.2167", "100")
OTHER = ("TOWN", "10", "TF", "", "Port-Christmas", "-49.3500", "70.2300", "10")


def _edition(*towns: tuple[str, ...]) -> bytes:
    return gzip.compress("\n".join("\t".join(line) for line in (*LINES, *towns)).encode(), mtime=0)


async def _page(client: httpx.AsyncClient, provider: Account) -> httpx.Response:
    slug = ok(await provider.client.get(PROFILE))["slug"]
    answer = await client.get(f"/providers/{slug}")
    ok(answer)
    return answer


def _town(page: httpx.Response) -> str | None:
    town: Json | None = page.json()["base_town"]
    return None if town is None else town["name"]


async def test_a_town_that_a_newer_gazetteer_lacks_gives_way_to_another(
    accounts: Accounts, client: httpx.AsyncClient, service: Service, clock: MovableClock
) -> None:
    places, profiles = service.services.marketplace.places, service.services.marketplace.provider_profiles
    await places.load(_edition(TOWN))
    provider = await accounts.make("SERVICE_PROVIDER")
    await approve_business(provider, base_point=HERE)
    before, own = await _page(client, provider), await provider.client.get(PROFILE)
    assert _town(before) == "Port-aux-Français"
    clock.advance(timedelta(minutes=1))
    await places.load(_edition(OTHER))

    assert await profiles.place_bases() >= 1

    kept = {"If-Modified-Since": before.headers["last-modified"]}
    after = await client.get(before.url.path.removeprefix("/api/v1"), headers=kept)
    assert _town(after) == "Port-Christmas"
    seen = await provider.client.get(PROFILE)
    assert seen.headers["etag"] != own.headers["etag"]
    assert seen.json() == {**own.json(), "updated_at": seen.json()["updated_at"]}
    # Nothing is left to do, and what has its town stays as it is.
    assert await profiles.place_bases() == 0
    assert (await provider.client.get(PROFILE)).headers["etag"] == seen.headers["etag"]


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True, scope="session")
async def test_a_base_point_that_moves_meanwhile_keeps_the_town_of_where_it_is(
    accounts: Accounts, client: httpx.AsyncClient, service: Service
) -> None:
    places, profiles = service.services.marketplace.places, service.services.marketplace.provider_profiles
    await places.load(_edition())
    provider = await accounts.make("SERVICE_PROVIDER")
    made = await approve_business(provider, base_point=HERE)
    await places.load(_edition(TOWN))
    connection = await asyncpg.connect(service.settings.database_url.replace("+asyncpg", ""))
    # Somebody holds the row, so that the base point moves between what was read and what is written.
    held = connection.transaction()
    await held.start()
    await connection.fetch("SELECT 1 FROM marketplace.provider_profiles WHERE id = $1 FOR UPDATE", UUID(made["id"]))
    moving = asyncio.create_task(_move(provider))
    await _waiting(connection, 1, moving)
    placing = asyncio.create_task(profiles.place_bases())
    await _waiting(connection, 2, placing)
    await held.rollback()
    await connection.close()
    await moving
    await placing

    assert _town(await _page(client, provider)) == "Suva"


async def _move(provider: Account) -> None:
    suva = {"latitude": -18.1416, "longitude": 178.4415}
    ok(await provider.client.put(PROFILE, json=business(base_point=suva)))


async def _waiting(connection: asyncpg.Connection, count: int, task: asyncio.Task[object]) -> None:
    """Return once so many transactions wait for a lock on the database."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    while await connection.fetchval(query) < count:
        assert not task.done(), "it waits for the row"
        # A transaction sees it as of its first look otherwise.
        await connection.execute("SELECT pg_stat_clear_snapshot()")
