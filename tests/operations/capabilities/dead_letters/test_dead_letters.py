"""Operators list and retry dead letters by commands that name no person."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from impl.assembly import Services, assemble
from impl.identity.capabilities.users.tables import User
from impl.identity.registration.service import NewAccount
from impl.kernel import outbox
from impl.kernel.audit import AuditEvent
from impl.kernel.ids import new_id
from impl.kernel.outbox import OutboxMessage
from impl.operations.capabilities.dead_letters.service import BATCH
from impl.worker import worker_of
from tests.gateways.smtp_server import Server, serving
from tests.harness.accounts import unique
from tests.harness.clock import MovableClock
from tests.harness.environment import clean_environment
from tests.harness.inbox import mails_in
from tests.harness.launching import run
from tests.harness.settings import make_settings

if TYPE_CHECKING:
    from collections.abc import Collection

    from impl.kernel.caller import AnonymousClient

_NO_MAILBOX = "550 5.1.1 {} has no mailbox here"


def _run(url: str, *words: str) -> subprocess.CompletedProcess[str]:
    return run("impl.cli", "dead-letters", *words, environment=clean_environment(ENVIRONMENT="test", DATABASE_URL=url))


async def _output(url: str, *words: str) -> str:
    done = await asyncio.to_thread(_run, url, *words)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


@asynccontextmanager
async def _mailing(url: str, server: Server, clock: MovableClock | None = None) -> AsyncIterator[Services]:
    services = assemble(make_settings(url, web_port=1, smtp_port=server.port), clock=clock)
    await services.open()
    try:
        yield services
    finally:
        await services.close()


async def _register(services: Services, anonymous: AnonymousClient) -> str:
    email = f"{unique()}@example.test"
    await services.identity.registration.register(anonymous, NewAccount(email, "Ann"), password="Copper-Kettle-58")
    return email


async def _ids(services: Services, *, dead: bool) -> set[UUID]:
    condition = OutboxMessage.dead_at.is_not(None) if dead else OutboxMessage.dead_at.is_(None)
    async with services.database.begin() as tx:
        return set(await tx.scalars(select(OutboxMessage.id).where(condition)))


async def _give_up(services: Services, count: int) -> set[UUID]:
    """Bury messages that no worker here knows, as one that knew them would."""
    async with services.database.begin() as tx:
        put = {await outbox.put(tx, "of-another-worker", {}, key=str(number)) for number in range(count)}
        ids = {one for one in put if one is not None}
        await tx.execute(update(OutboxMessage).where(OutboxMessage.id.in_(ids)).values(dead_at=services.clock.now()))
    return ids


async def _retried(services: Services) -> list[object]:
    """Give how many messages each audited retry was of."""
    async with services.database.begin() as tx:
        found = await tx.scalars(
            select(AuditEvent.data).where(AuditEvent.event == "outbox.retried").order_by(AuditEvent.id)
        )
        return [data["messages"] for data in found]


def _to(server: Server) -> list[str]:
    return [mail.recipient for envelope in server.received for mail in mails_in(envelope)]


async def test_a_mail_that_was_refused_is_seen_and_sent_again(
    fresh_database_url: str, anonymous: AnonymousClient
) -> None:
    async with serving(Server()) as server, _mailing(fresh_database_url, server) as services:
        email = await _register(services, anonymous)
        server.recipient_answer = _NO_MAILBOX.format(email)
        worker = worker_of(services)
        await worker.run_once()
        (letter,) = await _ids(services, dead=True)

        (line,) = (await _output(fresh_database_url, "list")).splitlines()
        assert line.startswith(f"{letter}  identity.mail VERIFY_EMAIL  put 20")
        assert line.endswith("at attempt 1: Undeliverable: the mail server refuses the recipient (550)")
        async with services.database.begin() as tx:
            (person,) = await tx.scalars(select(User.id))
        assert str(person) not in line
        assert email not in line

        server.recipient_answer = "250 OK"
        assert await worker.run_once() == 0
        assert await _output(fresh_database_url, "retry", str(letter)) == "1 messages will be tried again\n"
        assert await _output(fresh_database_url, "list") == ""
        await worker.run_once()
        assert _to(server) == [email]
        assert await _ids(services, dead=True) == await _ids(services, dead=False) == set()
        assert await _retried(services) == [1]


async def test_a_link_that_ran_out_meanwhile_comes_as_another_one(
    fresh_database_url: str, anonymous: AnonymousClient
) -> None:
    """Whose mailbox was mended after two weeks waits for a link that works, not for a mail that is never sent."""
    clock = MovableClock()
    async with serving(Server()) as server, _mailing(fresh_database_url, server, clock) as services:
        email = await _register(services, anonymous)
        server.answer = "451 4.3.0 Not now"
        worker = worker_of(services)
        await worker.run_once()
        # Its link is over by now, so another message takes its place, and says since when it has waited.
        clock.advance(timedelta(hours=2))
        server.recipient_answer = _NO_MAILBOX.format(email)
        await worker.run_once()
        (letter,) = await _ids(services, dead=True)
        server.received.clear()

        clock.advance(timedelta(days=14))
        server.answer = server.recipient_answer = "250 OK"
        assert await services.operations.dead_letters.retry([letter]) == 1
        await worker.run_once()
        (envelope,) = server.received
        (mail,) = mails_in(envelope)
        assert mail.recipient == email
        assert mail.token


async def test_all_of_them_go_however_many_there_are(fresh_database_url: str) -> None:
    async with _mailing(fresh_database_url, Server(port=1)) as services:
        given_up = await _give_up(services, BATCH + 3)
        async with services.database.begin() as tx:
            # What its sender has asked for again meanwhile, under the same key.
            later = await outbox.put(tx, "of-another-worker", {}, key="0")
        assert later is not None

        assert len((await _output(fresh_database_url, "list")).splitlines()) == BATCH + 3
        assert await _output(fresh_database_url, "retry", "--all") == f"{BATCH + 3} messages will be tried again\n"
        assert await _ids(services, dead=True) == set()
        assert await _ids(services, dead=False) == {*given_up, later}
        async with services.database.begin() as tx:
            due = (OutboxMessage.attempts == 0) & (OutboxMessage.next_attempt_at <= services.clock.now())
            assert await tx.scalar(select(func.count()).where(due)) == BATCH + 4
        assert await _retried(services) == [BATCH, 3]
        assert await _output(fresh_database_url, "retry", "--all") == "0 messages will be tried again\n"
        assert await _retried(services) == [BATCH, 3]


async def test_an_id_of_no_dead_letter_changes_nothing(fresh_database_url: str) -> None:
    async with _mailing(fresh_database_url, Server(port=1)) as services:
        given_up = await _give_up(services, 2)
        async with services.database.begin() as tx:
            waiting = await outbox.put(tx, "of-another-worker", {})
        unknown = [str(new_id()), str(waiting)]
        done = await asyncio.to_thread(_run, fresh_database_url, "retry", *map(str, given_up), *unknown)

        assert done.returncode == 1
        told = [f"There is no dead letter {one}." for one in sorted(unknown, key=UUID)]
        assert done.stderr.splitlines() == [*told, "Nothing was changed."]
        assert done.stdout == ""
        assert await _ids(services, dead=True) == given_up
        assert await _retried(services) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["retry"], "one of the arguments ID --all is required"),
        (["retry", "a-mail"], "argument ID: invalid UUID value: 'a-mail'"),
        (["retry", "--all", "01980000-0000-7000-8000-000000000001"], "not allowed with argument --all"),
        ([], "letters_command"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_opened(words: Collection[str], told: str) -> None:
    done = _run("sqlite+aiosqlite:///none.db", *words)
    assert done.returncode == 2
    assert told in done.stderr


def test_the_help_says_what_there_is() -> None:
    done = _run("sqlite+aiosqlite:///none.db", "--help")
    assert done.returncode == 0
    assert "list" in done.stdout
    assert "retry" in done.stdout
