"""Mails are neither lost nor repeated beyond what SMTP allows when a process is killed at any moment."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select

from impl.kernel.database import Database
from impl.kernel.engines.connecting import connect
from impl.kernel.outbox import LEASE, OutboxMessage
from tests.harness.accounts import unique
from tests.harness.client import open_client
from tests.harness.inbox import Inbox, Mail, mails_in
from tests.harness.patience import PATIENCE
from tests.harness.programs import Program, running
from tests.harness.queries import UntypedQuery
from tests.harness.sockets import listen

_PASSWORD = "Copper-Kettle-58"
_ATTEMPTS = UntypedQuery(select(OutboxMessage.attempts).order_by(OutboxMessage.id))

type Step = Callable[[], Awaitable[None]]


async def _go_on() -> None:
    """Answer a step that the test is not about."""


@dataclass
class PostOffice:
    """SMTP server whose steps a test can interrupt, while the client waits for the answer."""

    inbox: Inbox = field(default_factory=Inbox)
    before_accepting: Step = _go_on
    before_answering: Step = _go_on
    at_quit: Step = _go_on

    async def handle_DATA(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        await self.before_accepting()
        for mail in mails_in(envelope):
            self.inbox.deliver(mail)
        await self.before_answering()
        return "250 Accepted"

    async def handle_QUIT(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, _envelope: Envelope
    ) -> str:
        await self.at_quit()
        return "221 Bye"


@dataclass(frozen=True)
class Place:
    """Database, mail server, and the programs that run between them."""

    database: Database
    office: PostOffice
    folder: Path
    settings: dict[str, str]

    @contextlib.asynccontextmanager
    async def service(self) -> AsyncIterator[tuple[Program, httpx.AsyncClient]]:
        async with running("impl.app", "--port", "0", folder=self.folder, settings=self.settings) as program:
            line = json.loads(await program.wait_for_line("Uvicorn running"))["message"]
            address = re.search(r"http://[0-9.:]+", line)
            assert address is not None, line
            async with open_client(address[0]) as client:
                yield program, client

    @contextlib.asynccontextmanager
    async def worker(self, **settings: str) -> AsyncIterator[Program]:
        async with running("impl.worker", folder=self.folder, settings=self.settings | settings) as program:
            await program.wait_for_line("has started")
            yield program

    async def attempts(self) -> list[int]:
        """Return the attempts of the waiting messages, oldest first."""
        return [row["attempts"] for row in await self.database.reader.all(_ATTEMPTS)]

    async def pass_lease(self) -> None:
        """Let the time pass for which the dead worker has its message; the programs go by the machine's clock."""
        async with self.database.begin() as tx:
            for message in await tx.scalars(select(OutboxMessage).where(OutboxMessage.attempts > 0)):
                assert message.next_attempt_at > self.database.clock.now(), "until then it is nobody else's"
                message.next_attempt_at -= LEASE


@pytest.fixture
async def place(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[Place]:
    office = PostOffice()
    loop = asyncio.get_running_loop()
    listener = listen()
    database = connect(fresh_database_url)
    await database.open()
    settings = {
        "ENVIRONMENT": "test",
        "DATABASE_URL": fresh_database_url,
        "DATA_DIR": str(tmp_path / "data"),
        "APP_URL": "https://app.hestami.test",
        "BCRYPT_COST": "4",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(listener.getsockname()[1]),
        "SMTP_STARTTLS": "false",
        "WORKER_POLL_SECONDS": "0.02",
    }
    async with await loop.create_server(lambda: SMTP(office, loop=loop), sock=listener):
        yield Place(database, office, tmp_path, settings)
    await database.close()


async def _register(client: httpx.AsyncClient) -> str:
    email = f"{unique()}@example.test"
    body = {"email": email, "password": _PASSWORD, "full_name": "Ann"}
    assert (await client.post("/auth/register", json=body)).status_code == 202
    return email


async def _happened(event: asyncio.Event) -> None:
    async with asyncio.timeout(PATIENCE):
        await event.wait()


async def _verifies(client: httpx.AsyncClient, mail: Mail) -> None:
    body = {"token": mail.token, "password": _PASSWORD}
    assert (await client.post("/auth/verify-email", json=body)).status_code == 200


async def _delivered_by_the_next(place: Place, *emails: str, after: int = 0) -> Sequence[Mail]:
    """Start another worker and let it end in peace, so that nothing is under way when mails are counted."""
    async with place.worker() as worker:
        for email in emails:
            await place.office.inbox.wait_for(email, after=after)
        await worker.stop()
    assert await place.attempts() == []
    return [mail for email in emails for mail in place.office.inbox.all(email)]


async def test_a_service_that_is_killed_once_it_has_answered(place: Place) -> None:
    async with place.service() as (program, client):
        email = await _register(client)
        await program.kill()
    assert await place.attempts() == [0]

    assert len(await _delivered_by_the_next(place, email)) == 1


async def test_a_worker_that_is_killed_while_the_server_has_not_accepted(place: Place) -> None:
    """And before it took a second mail, which was committed meanwhile."""
    reached = asyncio.Event()

    async def hold() -> None:
        reached.set()
        await asyncio.Event().wait()

    place.office.before_accepting = hold
    async with place.service() as (_, client):
        async with place.worker(WORKER_CONCURRENCY="1") as worker:
            taken = await _register(client)
            await _happened(reached)
            waiting = await _register(client)
            assert await place.attempts() == [1, 0]
            await worker.kill()

        place.office.before_accepting = _go_on
        async with place.worker() as another:
            await place.office.inbox.wait_for(waiting)
            await place.pass_lease()
            await place.office.inbox.wait_for(taken)
            await another.stop()
        assert await place.attempts() == []
        for email in (waiting, taken):
            (mail,) = place.office.inbox.all(email)
            await _verifies(client, mail)


@pytest.mark.parametrize("step", ["before_answering", "at_quit"])
async def test_a_worker_that_is_killed_when_the_server_has_accepted(place: Place, step: str) -> None:
    """Nobody can know then whether it arrived; so it comes again, as the same message."""
    killed = asyncio.Event()

    async with place.service() as (_, client):
        async with place.worker() as worker:

            async def kill() -> None:
                worker.send_kill()
                killed.set()
                # Whoever is dead reads no answer; the server is told by the connection's end.
                await asyncio.Event().wait()

            setattr(place.office, step, kill)
            email = await _register(client)
            await _happened(killed)
        setattr(place.office, step, _go_on)
        assert await place.attempts() == [1]
        assert len(place.office.inbox.all(email)) == 1

        await place.pass_lease()
        first, second = await _delivered_by_the_next(place, email, after=1)
        assert first.message["Message-ID"] == second.message["Message-ID"]
        assert (first.subject, first.text, first.html) == (second.subject, second.text, second.html)
        await _verifies(client, second)


async def test_a_worker_that_is_asked_to_end_in_the_middle_of_a_batch(place: Place) -> None:
    """Deliver what it holds, once, and leave the others to the next one."""
    reached = asyncio.Semaphore(0)
    let_go = asyncio.Event()

    async def hold() -> None:
        reached.release()
        await let_go.wait()

    place.office.before_accepting = hold
    async with place.service() as (_, client):
        held = [await _register(client) for _ in range(2)]
        async with place.worker(WORKER_CONCURRENCY="2") as worker:
            for _ in held:
                async with asyncio.timeout(PATIENCE):
                    await reached.acquire()
            left = [await _register(client) for _ in range(2)]
            worker.terminate()
            await worker.wait_for_line("finishes what it has begun")
            let_go.set()
            assert await worker.exit_status() == 0, worker.output
        assert await place.attempts() == [0, 0]
        assert [len(place.office.inbox.all(email)) for email in (*held, *left)] == [1, 1, 0, 0]
        assert len(await _delivered_by_the_next(place, *held, *left)) == 4


async def test_a_worker_that_cannot_end_in_time_says_what_it_has_cut_off(place: Place) -> None:
    reached = asyncio.Event()

    async def hold() -> None:
        reached.set()
        await asyncio.Event().wait()

    place.office.before_accepting = hold
    async with place.service() as (_, client), place.worker(STOP_SECONDS="1") as worker:
        await _register(client)
        await _happened(reached)
        worker.terminate()
        assert "message identity.mail 1" in await worker.wait_for_line("cut off")
        assert await worker.exit_status() == 1, worker.output
    assert await place.attempts() == [1], "its lease brings it back"
