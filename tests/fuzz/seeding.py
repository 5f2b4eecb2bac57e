"""Seeding of the pools over HTTP and by mail, before the fuzzer starts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

from tests.contract.scenario import Person, Stage
from tests.fuzz import features
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.harness.contract import Operation
from tests.marketplace.provider_profile.successes import approved_profile_of

BOTH = ("HOMEOWNER", "SERVICE_PROVIDER")
_AT_ONCE = 8


async def seed(stage: Stage, operations: Sequence[Operation], *, size: int, fewest: int) -> tuple[Pools, list[Person]]:
    """Return the pools of these operations, and two people who must not see each other's things.

    Of each thing that works once, there are `size`, or fewer where fewer operations need it, `fewest` at least.
    """
    anna = await stage.person(*BOTH, email="anna@example.com", username="anna.fuzz")
    ben = await stage.person(*BOTH, email="ben@example.com", username="ben.fuzz")
    for person in (anna, ben):
        await approved_profile_of(stage, person)
    seeds = Seeds(stage, anna, await stage.person("STAFF_ADMIN", email="admin@example.com"))
    pools = Pools(
        {
            name: [{"authorization": who.headers["Authorization"]}]
            for name, who in (("run", seeds.anna), ("staff", seeds.admin))
        }
    )
    for pool in features.pools(operations):
        pools.values[pool.name] = await _made(pool, seeds, pool.count(size, fewest))
    return pools, [anna, ben]


def write_identities(people: list[Person], path: Path) -> None:
    """Write the file by which schemathesis knows who is who (Web Fuzzing Commons)."""
    entries = [
        {
            "name": person.email.partition("@")[0],
            "fixedHeaders": [{"name": name, "value": value} for name, value in person.headers.items()],
        }
        for person in people
    ]
    path.write_text(json.dumps({"auth": entries}), encoding="utf-8")


async def _made(pool: Pool, seeds: Seeds, count: int) -> list[Item]:
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one() -> Item:
        async with gate:
            return await pool.make(seeds)

    return list(await asyncio.gather(*(one() for _ in range(count))))
