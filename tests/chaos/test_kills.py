"""Nothing that was answered is lost, whenever the processes of the service and its worker are killed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import func, select, update

from impl.assembly import assemble
from impl.kernel.outbox import OutboxMessage
from tests.chaos.keeping import Kept
from tests.chaos.people import Moments, Resident
from tests.harness import settings
from tests.harness.accounts import Accounts
from tests.harness.clock import MovableClock
from tests.harness.databases import Engine
from tests.harness.inbox import Inbox, mails_in
from tests.harness.openid import OpenId
from tests.harness.processes import told_to
from tests.harness.service import Service
from tests.harness.sockets import listen

# On each engine; `make chaos` sets it. A kill, with what happens until the next one, takes a third of a second of CPU.
_KILLS: Final = int(os.environ.get("KILLS") or 10)
_PEOPLE: Final = 6
_MAILS_AT_ONCE: Final = 2
_MOMENTS: Final = 24
_NOBODY_LISTENS: Final = 9


@dataclass(frozen=True)
class PostOffice:
    """SMTP server that takes every mail, and marks the moments of it."""

    inbox: Inbox
    moments: Moments

    async def handle_DATA(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        self.moments.mark()
        for mail in mails_in(envelope):
            self.inbox.deliver(mail)
        self.moments.mark()
        return "250 Accepted"


@dataclass(frozen=True)
class Town:
    """Two processes of the service and a worker, and those who use them."""

    services: tuple[Kept, Kept]
    worker: Kept
    residents: list[Resident]
    moments: Moments
    inbox: Inbox
    within: Service

    async def messages(self) -> int:
        """Count the messages that wait in the outbox."""
        async with self.within.services.database.begin() as tx:
            return await tx.scalar(select(func.count()).select_from(OutboxMessage)) or 0


@pytest.fixture
async def town(fresh_database_url: str, engine: Engine, tmp_path: Path) -> AsyncIterator[Town]:
    moments, inbox = Moments(), Inbox()
    office, loop, listener = PostOffice(inbox, moments), asyncio.get_running_loop(), listen()
    given = settings.make_settings(
        fresh_database_url, web_port=_NOBODY_LISTENS, smtp_port=listener.getsockname()[1], mailbox_dir=None
    )
    told = told_to(given, tmp_path) | {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(given.smtp_port),
        "SMTP_STARTTLS": "false",
        "WORKER_CONCURRENCY": str(_MAILS_AT_ONCE),
        "WORKER_POLL_SECONDS": "0.1",
    }
    parts = assemble(given)
    await parts.open()

    async def pass_leases() -> None:
        """Let the time pass for which the dead worker had its messages; nobody else has any."""
        async with parts.database.begin() as tx:
            claimed = OutboxMessage.attempts > 0
            await tx.execute(update(OutboxMessage).where(claimed).values(next_attempt_at=parts.clock.now()))

    async with AsyncExitStack() as stack:
        stack.push_async_callback(parts.close)
        await stack.enter_async_context(
            await loop.create_server(lambda: SMTP(office, enable_SMTPUTF8=True, loop=loop), sock=listener)
        )
        first, second, worker = [
            await stack.enter_async_context(kept)
            for kept in (
                Kept("impl.app", tmp_path, told),
                Kept("impl.app", tmp_path, told),
                Kept("impl.worker", tmp_path, told, after_kill=pass_leases),
            )
        ]
        clock = MovableClock()
        within = Service(engine, "http://127.0.0.1:9", given, clock, inbox, OpenId(clock, port=_NOBODY_LISTENS), parts)
        accounts = Accounts(within)
        stack.push_async_callback(accounts.close)
        made = [await accounts.make() for _ in range(_PEOPLE)]
        residents = [Resident(one, (first, second), moments, Random(number)) for number, one in enumerate(made)]  # noqa: S311 - no secret
        yield Town((first, second), worker, residents, moments, inbox, within)


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

    for resident in town.residents:
        await resident.check()
    registered = [email for resident in town.residents for email in resident.registered]
    for email in registered:
        await town.inbox.wait_for(email)
    # It ends in peace, so that nothing is under way when mails are counted.
    await town.worker.stop()
    assert await town.messages() == 0
    mails = {email: town.inbox.all(email) for email in registered}
    again = sum(len(found) - 1 for found in mails.values())
    assert again <= town.worker.kills * _MAILS_AT_ONCE, "more mails came again than a killed worker had in its hands"
    assert all(len({mail.message["Message-ID"] for mail in found}) == 1 for found in mails.values())
    answers, lost = (sum(getattr(one, name) for one in town.residents) for name in ("answers", "lost"))
    kills = sum(kept.kills for kept in town.services)
    print(  # noqa: T201 - shown by make chaos
        f"\n{kills} services and {town.worker.kills} workers killed: {answers} answers, "
        f"{lost} requests lost with a process, {len(registered)} registrations and {again} mails that came again"
    )
