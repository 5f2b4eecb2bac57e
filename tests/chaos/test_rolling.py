"""A release goes out while people use the last one, and no request fails."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Final

import pytest

from tests.chaos.proxy import in_front_of
from tests.chaos.town import Town

pytestmark = [pytest.mark.nginx, pytest.mark.parametrize("engine", ["postgresql"], indirect=True)]

# Of each process, a time with the proxy told before, and a time without; `make chaos` sets more.
_ROUNDS: Final = 1 + int(os.environ.get("KILLS") or 0) // 50


async def test_processes_are_replaced_one_by_one(town: Town, tmp_path: Path) -> None:
    over = asyncio.Event()
    async with in_front_of(town.services, tmp_path) as proxy, asyncio.TaskGroup() as tasks:
        for resident in town.residents:
            resident.go_through(proxy)
        living = [tasks.create_task(resident.live(until=over)) for resident in town.residents]
        for _ in range(_ROUNDS):
            for number, kept in enumerate(town.services):
                # Somebody has been served by each of them.
                await town.moments.let_pass(20)
                end = await kept.replace()
                if number == 0:
                    await proxy.lead_to(town.services)
                    await end()
                else:
                    # A proxy that was not told passes a closed port over.
                    await end()
                    await proxy.lead_to(town.services)
        await town.moments.let_pass(20)
        over.set()
        # What each has begun is answered before it is compared.
        await asyncio.gather(*living)
        await asyncio.gather(*(resident.check() for resident in town.residents))
    assert [loss for resident in town.residents for loss in resident.losses] == []
    for resident in town.residents:
        for email in resident.registered:
            await town.inbox.wait_for(email)
