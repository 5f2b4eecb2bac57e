"""Two processes of the service, their worker and mail server, and those who use them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import update

from impl.assembly import assemble
from impl.kernel.outbox import OutboxMessage
from tests.chaos.keeping import Kept
from tests.chaos.people import Moments, Resident
from tests.chaos.town import MAILS_AT_ONCE, Town
from tests.harness import settings
from tests.harness.accounts import Accounts
from tests.harness.clock import MovableClock
from tests.harness.databases import Engine
from tests.harness.environment import clean_environment
from tests.harness.inbox import Inbox, mails_in
from tests.harness.launching import assembled
from tests.harness.openid import OpenId
from tests.harness.processes import environment_of
from tests.harness.service import Service
from tests.harness.sockets import listen

_PEOPLE: Final = 6
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


@pytest.fixture
async def town(fresh_database_url: str, engine: Engine, tmp_path: Path) -> AsyncIterator[Town]:
    moments, inbox = Moments(), Inbox()
    office, loop, listener = PostOffice(inbox, moments), asyncio.get_running_loop(), listen()
    given = settings.make_settings(
        fresh_database_url, web_port=_NOBODY_LISTENS, smtp_port=listener.getsockname()[1], mailbox_dir=None
    )
    own_settings = environment_of(given, tmp_path) | {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(given.smtp_port),
        "SMTP_STARTTLS": "false",
        "WORKER_CONCURRENCY": str(MAILS_AT_ONCE),
        "WORKER_POLL_SECONDS": "0.1",
        "DATABASE_TIMEOUT_SECONDS": "120",
        # A proxy hears of it meanwhile.
        "DRAIN_SECONDS": "0.5",
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
        # What a start costs else is nearly all that a kill does.
        environment = clean_environment(**own_settings)
        parent = stack.enter_context(assembled("--port", "0", environment=environment, folder=tmp_path))
        first, second, worker = [
            await stack.enter_async_context(kept)
            for kept in (
                Kept("impl.app", tmp_path, own_settings, parent=parent),
                Kept("impl.app", tmp_path, own_settings, parent=parent),
                Kept("impl.worker", tmp_path, own_settings, after_kill=pass_leases),
            )
        ]
        clock = MovableClock()
        within = Service(engine, "http://127.0.0.1:9", given, clock, inbox, OpenId(clock, port=_NOBODY_LISTENS), parts)
        accounts = Accounts(within)
        stack.push_async_callback(accounts.close)
        made = [await accounts.make() for _ in range(_PEOPLE)]
        residents = [Resident(one, (first, second), moments, Random(number)) for number, one in enumerate(made)]  # noqa: S311 - no secret
        yield Town((first, second), worker, residents, moments, inbox, within)
