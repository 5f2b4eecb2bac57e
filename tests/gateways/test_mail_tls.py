"""Mail is sent only to a server that has proved its name: STARTTLS, TLS from the start, and signing in."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypedDict

import pytest
from sqlalchemy import select

from impl.assembly import assemble
from impl.gateways.mail import Composer, Mail, SmtpMailer
from impl.identity.capabilities.mails.service import TOPIC
from impl.identity.registration.service import NewAccount
from impl.kernel import outbox
from impl.kernel.database import Database
from impl.kernel.outbox import AttemptFailed
from tests.gateways.smtp_server import Authority, Server, serving
from tests.harness.accounts import unique
from tests.harness.clock import MovableClock
from tests.harness.patience import PATIENCE
from tests.harness.programs import running
from tests.harness.settings import make_settings

HOST = "127.0.0.1"
PASSWORD = "Copper-Kettle-58"
USERS = {"hestami": PASSWORD}
MAIL = Mail(to="someone@hestami.test", subject="Hello", text="Hello\n", html="<p>Hello</p>")


@pytest.fixture
def composer(clock: MovableClock) -> Composer:
    return Composer("Hestami <no-reply@hestami.test>", clock)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "ours")


def mailer(composer: Composer, server: Server, ca_file: Path | None, **options: object) -> SmtpMailer:
    values: dict[str, object] = {"timeout": PATIENCE, "ca_file": ca_file, **options}
    return SmtpMailer(composer, host=HOST, port=server.port, **values)  # type: ignore[arg-type]  # keyword arguments of several types


class Ways(TypedDict, total=False):
    """Ways in which a server speaks TLS."""

    tls: ssl.SSLContext
    starttls: ssl.SSLContext


def _by(context: ssl.SSLContext, *, tls: bool) -> Ways:
    return {"tls": context} if tls else {"starttls": context}


async def why_not(mailer: SmtpMailer) -> str:
    """Return why a mail was not sent, as an operator reads it, without recipient and secrets."""
    with pytest.raises(AttemptFailed) as raised:
        await mailer.send(MAIL)
    told = str(raised.value)
    assert MAIL.to not in told
    assert PASSWORD not in told
    return told


async def test_starttls_with_a_certificate_of_an_authority_that_was_named(
    composer: Composer, authority: Authority
) -> None:
    async with serving(Server(), starttls=authority.server_context(address=HOST)) as server:
        await mailer(composer, server, authority.file).send(MAIL)
    assert [envelope.rcpt_tos for envelope in server.received] == [[MAIL.to]]


async def test_tls_from_the_first_byte(composer: Composer, authority: Authority) -> None:
    async with serving(Server(), tls=authority.server_context(address=HOST)) as server:
        await mailer(composer, server, authority.file, tls=True).send(MAIL)
    assert len(server.received) == 1


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
async def test_signing_in_over_tls(composer: Composer, authority: Authority, mechanism: str, *, tls: bool) -> None:
    context = authority.server_context(address=HOST)
    other = {"PLAIN": "LOGIN", "LOGIN": "PLAIN"}[mechanism]
    async with serving(Server(users=USERS), **_by(context, tls=tls), without=(other,)) as server:
        options = {"tls": tls, "username": "hestami", "password": PASSWORD}
        await mailer(composer, server, authority.file, **options).send(MAIL)
    assert (server.signed_in, server.mechanisms, len(server.received)) == (["hestami"], [mechanism], 1)


@pytest.mark.parametrize("tls", [False, True])
async def test_a_certificate_of_an_authority_that_nobody_named(
    composer: Composer, authority: Authority, tmp_path: Path, *, tls: bool
) -> None:
    context = Authority(tmp_path, "theirs").server_context(address=HOST)
    for trusted in (None, authority.file):
        async with serving(Server(users=USERS), **_by(context, tls=tls)) as server:
            options = {"tls": tls, "username": "hestami", "password": PASSWORD}
            told = await why_not(mailer(composer, server, trusted, **options))
        assert told == "the mail server's certificate is refused: unable to get local issuer certificate"
        assert (server.mechanisms, server.received) == ([], [])


@pytest.mark.parametrize("tls", [False, True])
async def test_a_certificate_for_another_name(composer: Composer, authority: Authority, *, tls: bool) -> None:
    context = authority.server_context(host="mail.hestami.test")
    async with serving(Server(users=USERS), **_by(context, tls=tls)) as server:
        options = {"tls": tls, "username": "hestami", "password": PASSWORD}
        told = await why_not(mailer(composer, server, authority.file, **options))
    assert told.startswith("the mail server's certificate is refused: IP address mismatch")
    assert (server.mechanisms, server.received) == ([], [])


@pytest.fixture
async def stripped() -> AsyncIterator[tuple[Server, list[bytes]]]:
    """Return a server behind somebody who struck out its offer of STARTTLS, and the lines that they heard."""
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            heard.append(line)
            writer.write(b"250-here\r\n250 AUTH PLAIN LOGIN\r\n" if line.startswith(b"EHLO") else b"250 go on\r\n")
        writer.close()

    listening = await asyncio.start_server(answer, HOST, 0)
    async with listening:
        yield Server(port=listening.sockets[0].getsockname()[1]), heard


async def test_a_struck_out_offer_of_tls_brings_nothing_to_light(
    composer: Composer, stripped: tuple[Server, list[bytes]]
) -> None:
    server, heard = stripped
    told = await why_not(mailer(composer, server, None, username="hestami", password=PASSWORD))
    assert told == "the mail server offers no STARTTLS"
    assert [line.split()[0] for line in heard] == [b"EHLO"]


async def test_a_server_without_tls_where_it_is_expected_from_the_first_byte(composer: Composer) -> None:
    async with serving(Server()) as server:
        told = await why_not(mailer(composer, server, None, tls=True))
    assert told in {
        "no connection to the mail server: WRONG_VERSION_NUMBER",
        "no connection to the mail server: RECORD_LAYER_FAILURE",
    }
    assert server.received == []


async def test_wrong_credentials_are_the_operator_s_to_mend(composer: Composer, authority: Authority) -> None:
    async with serving(Server(users=USERS), starttls=authority.server_context(address=HOST)) as server:
        options = {"username": "hestami", "password": "another-one"}
        told = await why_not(mailer(composer, server, authority.file, **options))
        assert told == "the mail server refuses our user name and password (535)"
        assert server.received == []

        await mailer(composer, server, authority.file, username="hestami", password=PASSWORD).send(MAIL)
        assert len(server.received) == 1


async def test_a_server_that_lets_nobody_sign_in(composer: Composer, authority: Authority) -> None:
    context = authority.server_context(address=HOST)
    async with serving(Server(), starttls=context, without=("PLAIN", "LOGIN")) as server:
        told = await why_not(mailer(composer, server, authority.file, username="hestami", password=PASSWORD))
    assert told == "the mail server offers no way to sign in that we know"


async def test_a_server_that_wants_a_name_and_gets_none(composer: Composer, authority: Authority) -> None:
    async with serving(Server(users=USERS), starttls=authority.server_context(address=HOST)) as server:
        told = await why_not(mailer(composer, server, authority.file))
    assert told == "the mail server refuses our sender address (530)"


async def test_mails_wait_until_the_operator_has_mended_the_settings(
    authority: Authority, fresh_database_url: str, tmp_path: Path
) -> None:
    """The whole way: settings, the worker as a process, its log, and another worker after the next start."""
    services = assemble(make_settings(fresh_database_url, web_port=1, smtp_port=1))
    await services.open()
    new = NewAccount(f"{unique()}@example.test", "Some Body", None, roles=("HOMEOWNER",))
    async with services.database.begin() as tx:
        user_id = await services.identity.registration.add(tx, new, password_hash="x")
        await outbox.put(tx, TOPIC, {"kind": "VERIFY_EMAIL", "user_id": str(user_id)})
    async with serving(Server(users=USERS), starttls=authority.server_context(address=HOST)) as server:
        settings = {
            "ENVIRONMENT": "test",
            "DATABASE_URL": fresh_database_url,
            "DATA_DIR": str(tmp_path / "data"),
            "SMTP_HOST": HOST,
            "SMTP_PORT": str(server.port),
            "SMTP_USERNAME": "hestami",
            "SMTP_PASSWORD": PASSWORD,
            "WORKER_POLL_SECONDS": "0.02",
        }
        mistakes = {
            "the mail server's certificate is refused: unable to get local issuer certificate": {},
            "the mail server refuses our user name and password (535)": {
                "SMTP_CA_FILE": str(authority.file),
                "SMTP_PASSWORD": "another-one",
            },
        }
        for told, mistake in mistakes.items():
            async with running("impl.worker", folder=tmp_path, settings=settings | mistake) as worker:
                assert "again at" in await worker.wait_for_line(told)
                await worker.stop()
            for secret in (PASSWORD, "another-one", new.email):
                assert secret not in worker.output
            await _let_the_next_attempt_come(services.database)
        assert server.received == []
        mended = settings | {"SMTP_CA_FILE": str(authority.file)}
        async with running("impl.worker", folder=tmp_path, settings=mended) as worker:
            await server.got(1)
            await worker.stop()
    assert [envelope.rcpt_tos for envelope in server.received] == [[new.email]]
    assert server.signed_in == ["hestami"]
    await services.close()


async def _let_the_next_attempt_come(database: Database) -> None:
    """Make the next attempt due, as time would: the programs use the machine's clock."""
    async with database.begin() as tx:
        (waiting,) = await tx.scalars(select(outbox.OutboxMessage))
        assert waiting.attempts > 0
        assert waiting.dead_at is None
        waiting.next_attempt_at = database.clock.now()
