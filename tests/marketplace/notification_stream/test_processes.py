"""Streams of two processes over one database: nothing is lost or doubled, and each ends when it must."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import text

from tests.harness.client import assert_problem
from tests.harness.patience import PATIENCE
from tests.harness.processes import Fleet, two_processes
from tests.identity.roles.role_requests import id_of
from tests.marketplace.notification_stream.listening import listening, status_of, tell

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import TextClause

    from tests.harness.accounts import Account
    from tests.harness.databases import Databases, Engine
    from tests.harness.service import Service

ON_POSTGRESQL = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
_WRITERS, _EACH = 3, 8


@pytest.fixture(scope="module")
async def fleet(
    databases: Databases, engine: Engine, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Fleet]:
    """Start processes in which no heartbeat makes up for a wake-up that does not come."""
    folder: Path = tmp_path_factory.mktemp("streams")
    name = f"streams_{worker_id}"
    async with two_processes(databases, engine, name, folder, STREAM_HEARTBEAT_SECONDS="600") as both:
        yield both


@pytest.fixture
async def owner(fleet: Fleet) -> Account:
    return await fleet.accounts.hire("HOMEOWNER")


async def test_what_one_process_writes_arrives_at_the_streams_of_others(fleet: Fleet, owner: Account) -> None:
    owner_id = UUID(await id_of(owner))
    async with listening(fleet.first, owner) as here, listening(fleet.second, owner) as there:
        for stream in (here, there):
            assert await stream.next() == {"event": "OPENED", "last_number": 0, "unread_count": 0}
        for number in (1, 2):
            await tell(fleet.first, owner_id)
            (newest, *_) = (await owner.client.get("/notifications")).json()["items"]
            for stream in (here, there):
                assert await stream.next() == {
                    "event": "NOTIFICATION",
                    "notification": newest,
                    "unread_count": number,
                }
                assert stream.last == str(number)


async def test_who_comes_back_misses_nothing_and_gets_nothing_twice_while_others_write(
    fleet: Fleet, owner: Account
) -> None:
    owner_id = UUID(await id_of(owner))
    seen: list[int] = []

    async def write() -> None:
        for _ in range(_EACH):
            await tell(fleet.first, owner_id)

    async with listening(fleet.second, owner) as stream:
        await stream.next()
        last = stream.last
    async with asyncio.TaskGroup() as writing:
        for _ in range(_WRITERS):
            writing.create_task(write())
        while len(seen) < _WRITERS * _EACH:
            process = (fleet.first, fleet.second)[len(seen) % 2]
            async with listening(process, owner, last) as stream:
                assert (await stream.next())["event"] == "OPENED"
                few = range(min(5, _WRITERS * _EACH - len(seen)))
                seen.extend([(await stream.next())["notification"]["number"] for _ in few])
                last = stream.last
    assert seen == list(range(1, _WRITERS * _EACH + 1))


async def test_the_end_of_a_session_at_one_process_ends_its_streams_at_others(fleet: Fleet, owner: Account) -> None:
    async with listening(fleet.second, owner) as stream:
        await stream.next()
        assert (await owner.client.post("/auth/logout")).status_code == 204
        await stream.ended()


async def test_a_suspended_account_has_no_streams(fleet: Fleet, owner: Account) -> None:
    admin = await fleet.accounts.staff()
    owner_id = await id_of(owner)
    async with listening(fleet.second, owner) as stream:
        await stream.next()
        answer = await admin.client.post(f"/users/{owner_id}/suspend", json={"reason": "It was reported."})
        assert answer.status_code == 200, answer.text
        await stream.ended()


# Of this database alone: other tests have listeners of their own on the same server.
_LISTENERS = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
_END = text(f"SELECT pg_terminate_backend(pid), pid {_LISTENERS}")
_THERE = text("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(:pids)")
_LISTENING = text(f"SELECT count(*) {_LISTENERS}")


async def _end_listeners(service: Service) -> bool:
    """End the connections on which the processes listen; return whether there were any, which are gone by now."""
    async with service.services.database.begin() as tx:
        ended = [row.pid for row in await tx.execute(_END) if row.pg_terminate_backend]
    # The server is told to end them, and they still hear until they have ended.
    while await _number(service, _THERE.bindparams(pids=ended)):
        pass
    return bool(ended)


async def _number(service: Service, counted: TextClause) -> int:
    """Count in a transaction of its own, within which the server shows the same connections."""
    async with service.services.database.begin() as tx:
        return int((await tx.scalars(counted)).one())


@ON_POSTGRESQL
async def test_what_is_written_while_nobody_listens_arrives_when_the_connection_is_back(
    fleet: Fleet, owner: Account
) -> None:
    owner_id = UUID(await id_of(owner))
    async with listening(fleet.second, owner) as stream:
        await stream.next()
        await tell(fleet.first, owner_id)
        await stream.next()
        async with asyncio.timeout(PATIENCE):
            # What is there at the first look arrives without a wake-up: a stream may begin to listen after its events.
            while not await _end_listeners(fleet.first):
                pass
            number, written_while_nobody_listened = 1, False
            # They come back within a moment: it is done until one was written before that.
            while not written_while_nobody_listened:
                await _end_listeners(fleet.first)
                await tell(fleet.first, owner_id)
                written_while_nobody_listened = not await _number(fleet.first, _LISTENING)
                number += 1
                assert (await stream.next())["notification"]["number"] == number


async def test_a_process_that_is_stopped_ends_its_streams(fleet: Fleet, owner: Account) -> None:
    """They end as streams end, and are not broken off when its patience is over."""
    async with fleet.another() as (service, program), listening(service, owner) as stream:
        await stream.next()
        os.kill(program.pid, signal.SIGTERM)
        await stream.ended()
        await program.wait_for_line("Finished server process")


async def _refused(service: Service, account: Account, status: int, slug: str) -> None:
    async with service.client(Authorization=f"Bearer {account.access_token}") as client:
        answer = await client.get("/notifications/stream")
    assert_problem(answer, status, slug)
    assert answer.headers["Retry-After"] == "30"


async def test_an_account_and_a_process_have_so_many_streams_at_once(fleet: Fleet, owner: Account) -> None:
    other = await fleet.accounts.hire("HOMEOWNER")
    limits = {"STREAMS_PER_ACCOUNT": "2", "STREAMS_MAX": "3"}
    async with fleet.another(**limits) as (service, _), listening(service, owner):
        async with listening(service, owner):
            await _refused(service, owner, 429, "rate-limited")
            async with listening(service, other):
                await _refused(service, other, 503, "unavailable")
        async with asyncio.timeout(PATIENCE):
            # The server hears a moment later that a client has closed its connection.
            while await status_of(service, owner) != 200:
                pass
