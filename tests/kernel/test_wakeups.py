"""Wake-ups: whoever waits for news of an account shares them with others, and a connection while somebody waits."""

from __future__ import annotations

import asyncio
from uuid import UUID

from sqlalchemy import func, select, text

from impl.kernel.database import Database
from impl.kernel.engines.listeners import CHANNEL
from impl.kernel.ids import new_id
from tests.harness.patience import PATIENCE
from tests.kernel.test_database import add_message

_LISTENING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'")


async def _commit_news(database: Database, account_id: UUID) -> None:
    if database.dialect == "sqlite":
        # Every commit is one.
        await add_message(database)
        return
    async with database.begin() as tx:
        await tx.execute(select(func.pg_notify(CHANNEL, str(account_id))))


async def _listening(database: Database) -> int:
    async with database.begin() as tx:
        return int((await tx.execute(_LISTENING)).scalar_one())


async def test_all_who_wait_are_woken_and_the_last_one_ends_the_listening(database: Database) -> None:
    account_id, other_id = new_id(), new_id()
    first, second, third = (database.wakeups.subscribe(one) for one in (account_id, account_id, other_id))
    # Something may have been missed before.
    assert all([await one.wait(PATIENCE) for one in (first, second, third)])
    first.end()
    third.renew()
    second.renew()
    await _commit_news(database, account_id)
    assert await second.wait(PATIENCE)
    second.renew()
    assert not await second.wait(0)
    if database.dialect == "postgresql":
        assert not await third.wait(0), "there was no news of that account"
        assert await _listening(database) == 1
    second.end()
    third.end()
    async with asyncio.timeout(PATIENCE):
        while database.dialect == "postgresql" and await _listening(database):
            pass
    again = database.wakeups.subscribe(account_id)
    assert await again.wait(PATIENCE)
    again.end()
