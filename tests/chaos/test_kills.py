"""Nothing that was answered is lost, whenever the processes of the service and its worker are killed."""

from __future__ import annotations

import asyncio
import os
from random import Random
from typing import Final

from tests.chaos.keeping import Kept
from tests.chaos.town import MAILS_AT_ONCE, Town
from tests.harness.patience import PATIENCE

# On each engine; `make chaos` sets it, and lets more happen between two kills.
_KILLS: Final = int(os.environ.get("KILLS") or 50)
_MOMENTS: Final = 24 if "KILLS" in os.environ else 6


async def _kill(town: Town, kept: Kept, budget: list[int], random: Random) -> None:
    """Kill a program again and again, each time at another moment, while the budget lasts."""
    while budget[0] > 0:
        budget[0] -= 1
        await town.moments.let_pass(random.randint(1, _MOMENTS))
        await kept.kill()


async def test_nothing_that_was_answered_is_lost(town: Town) -> None:
    over, budget = asyncio.Event(), [_KILLS]
    async with asyncio.TaskGroup() as tasks:
        living = [tasks.create_task(one.live(until=over)) for one in town.residents]
        async with asyncio.TaskGroup() as killing:
            for number, kept in enumerate((*town.services, town.worker)):
                killing.create_task(_kill(town, kept, budget, Random(number)))  # noqa: S311 - no secret
        over.set()
        await asyncio.gather(*living)

    # A server that has not heard yet that a worker was killed may claim messages for it after all.
    await town.worker.renew()
    for resident in town.residents:
        await resident.check()
    registered = [email for resident in town.residents for email in resident.registered]
    for email in registered:
        await town.inbox.wait_for(email)
    # Those whose answer was lost have a mail as well, if they were registered.
    async with asyncio.timeout(PATIENCE):
        while await town.messages():
            continue
    # It ends in peace, so that nothing is under way when mails are counted.
    await town.worker.stop()
    assert await town.messages() == 0
    mails = {email: town.inbox.all(email) for email in registered}
    again = sum(len(found) - 1 for found in mails.values())
    assert again <= town.worker.kills * MAILS_AT_ONCE, "more mails came again than a killed worker had in its hands"
    assert all(len({mail.message["Message-ID"] for mail in found}) == 1 for found in mails.values())
    answers, lost = (sum(getattr(one, name) for one in town.residents) for name in ("answers", "lost"))
    kills = sum(kept.kills for kept in town.services)
    print(  # noqa: T201 - shown by make chaos
        f"\n{kills} services and {town.worker.kills} workers killed: {answers} answers, "
        f"{lost} requests lost with a process, {len(registered)} registrations and {again} mails that came again"
    )
