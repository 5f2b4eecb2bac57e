"""Mails are well formed whatever their content, sent over real SMTP, and written to a folder atomically."""

from __future__ import annotations

import asyncio
import email
import email.policy
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from impl.gateways.mail import AllMailers, Composer, InMemoryMailer, Mail, MailboxMailer, Mailer, SmtpMailer
from impl.kernel.outbox import AttemptFailed, Undeliverable
from tests.gateways.smtp_server import Server, serving
from tests.harness.clock import MovableClock
from tests.harness.patience import PATIENCE
from tests.harness.sockets import listen

SENDER = "Hestami <no-reply@hestami.test>"
LINK = "https://app.hestami.test/verify-email#token=abc"


def a_mail(to: str = "someone@hestami.test", subject: str = "Confirm your address") -> Mail:
    return Mail(
        to=to, subject=subject, text=f"Grüße\n\n{LINK}\n", html=f'<p>Grüße <a href="{LINK}">x</a></p>', link=LINK
    )


@pytest.fixture
def composer(clock: MovableClock) -> Composer:
    return Composer(SENDER, clock)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving(Server()) as listening:
        yield listening


def smtp(composer: Composer, server: Server, **options: object) -> SmtpMailer:
    values: dict[str, object] = {"starttls": False, "timeout": PATIENCE, **options}
    return SmtpMailer(composer, host="127.0.0.1", port=server.port, **values)  # type: ignore[arg-type]  # keyword arguments of several types


async def test_a_mail_arrives_as_text_and_as_html(composer: Composer, server: Server) -> None:
    mail = a_mail()
    await smtp(composer, server).send(mail)
    (envelope,) = server.received
    assert (envelope.mail_from, envelope.rcpt_tos) == ("no-reply@hestami.test", ["someone@hestami.test"])
    assert isinstance(envelope.content, bytes)
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content() == mail.text.replace("\n", "\r\n")
    assert LINK in html.get_content()
    assert (message["Subject"], message["To"]) == ("Confirm your address", "someone@hestami.test")
    assert message["From"] == SENDER
    assert message["Message-ID"] == f"<{mail.id}@hestami.test>"
    assert message["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("to", ["someone@hestami.test", "jürgen@hestami.test"])
async def test_an_address_to_unsubscribe_stays_one_that_programs_can_follow(composer: Composer, to: str) -> None:
    url = f"https://api.hestami.test/api/v1/unsubscribe/{'a1' * 40}"
    content = composer.compose(replace(a_mail(to), unsubscribe=url)).as_bytes()
    assert f"\r\nList-Unsubscribe: <{url}>\r\n".encode() in content, "a folded one is an encoded word"
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in content
    assert b"List-Unsubscribe" not in composer.compose(a_mail(to)).as_bytes()


@pytest.mark.parametrize(
    "subject", ["Hi\r\nBcc: evil@x.test", "Hi\nX: y", "Hi\x00there", "Hi\u2028X: y", "a" * 2000, "ü" * 300]
)
async def test_a_subject_cannot_break_out_of_its_line(composer: Composer, subject: str) -> None:
    message = email.message_from_bytes(
        composer.compose(a_mail(subject=subject)).as_bytes(), policy=email.policy.default
    )
    assert message["Bcc"] is None
    assert message["X"] is None
    assert len(message["Subject"]) <= 200
    assert message["To"] == "someone@hestami.test"


@pytest.mark.parametrize(
    "subject",
    [
        "=?utf-8?q?Hi=0ABcc:_evil@x.test?=", "A: =?utf-8?q?Hi=0D=0A=0D=0ASign_in_at_x.test?=",
        "=?utf-8?b?SGkKWDogeQ==?=", "A new inquiry: =?utf-8?q?Your_account_is_suspended?=", "=?x-unknown?q?=80?= é",
        "=?utf-8?q?=00?=", "=?", "é =?us-ascii?q?=0AX:_y?=", "מחיר טוב", "a" * 200, "tap " * 40 + "tap",
        "-- \u200f=?utf-8?q?a?=",
    ],
)  # fmt: skip
@pytest.mark.parametrize("to", ["someone@hestami.test", "jürgen@hestami.test"])
def test_a_subject_says_what_it_was_given_to_the_letter(composer: Composer, subject: str, to: str) -> None:
    """Write what looks like an encoded word to the letter: it would be read as other headers, or as another text."""
    content = composer.compose(a_mail(to, subject)).as_bytes()
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert (message["Subject"], message["Bcc"], message["X"]) == (subject, None, None)
    assert message.get_content_type() == "multipart/alternative"
    assert max(map(len, content.partition(b"\r\n\r\n")[0].splitlines())) <= 78


@pytest.mark.parametrize(
    "address",
    [
        "a@b.test\r\nBcc: evil@x.test", "a@b.test, evil@x.test", "a b@c.test", "", "nobody", "@b.test", "a@",
        "a@b@c.test", "jürgen", "jürgen@", "@bücher.test", "jü rgen@b.test", "jürgen@b.test\r\nBcc: evil@x.test",
        "jürgen@b.test, evil@x.test", "\u2028ü@b.test", "<a@b.test>", "a@b.test\x00", "Evil <a@b.test>",
    ],
)  # fmt: skip
async def test_what_is_no_address_is_undeliverable(composer: Composer, address: str) -> None:
    with pytest.raises(Undeliverable) as raised:
        composer.compose(a_mail(to=address))
    assert not address or address not in str(raised.value)


async def test_addresses_in_other_scripts_are_mailed_to(composer: Composer, server: Server) -> None:
    await smtp(composer, server).send(a_mail(to="jürgen@hestami.test"))
    assert server.received[0].rcpt_tos == ["jürgen@hestami.test"]


@pytest.mark.parametrize(
    "answer",
    ["550 no such user", "550 5.1.1 no such user", "553 5.1.3 no address", "550 5.2.1 disabled", "554 5.1.10 null mx"],
)
async def test_a_recipient_refused_for_good_is_undeliverable(composer: Composer, server: Server, answer: str) -> None:
    server.recipient_answer = answer
    with pytest.raises(Undeliverable) as raised:
        await smtp(composer, server).send(a_mail())
    assert str(raised.value) == f"the mail server refuses the recipient ({answer[:3]})"


@pytest.mark.parametrize(
    ("name", "answer", "told"),
    [
        ("recipient_answer", "451 someone@hestami.test later", "the recipient for now, or because of us (451)"),
        ("recipient_answer", "554 5.7.1 <someone@hestami.test>: Relay access denied", "because of us (554)"),
        ("recipient_answer", "550 5.1.8 no-reply@hestami.test: Domain not found", "because of us (550)"),
        ("recipient_answer", "530 5.7.0 Authentication required", "because of us (530)"),
        ("sender_answer", "550 5.1.7 no-reply@hestami.test is nobody", "our sender address (550)"),
        ("sender_answer", "421 someone@hestami.test later", "our sender address (421)"),
        ("answer", "452 full", "the message (452)"),
        ("answer", "554 5.7.1 this is spam for someone@hestami.test", "the message (554)"),
    ],
)
async def test_any_other_refusal_is_tried_again(
    composer: Composer, server: Server, name: str, answer: str, told: str
) -> None:
    """An operator's mistake must not bury people's mails; nor do the server's words, with an address, reach a log."""
    setattr(server, name, answer)
    with pytest.raises(AttemptFailed) as raised:
        await smtp(composer, server).send(a_mail())
    assert str(raised.value).endswith(told)
    assert "@" not in str(raised.value)


async def test_a_server_without_tls_gets_nothing_when_tls_is_wanted(composer: Composer, server: Server) -> None:
    with pytest.raises(AttemptFailed, match="STARTTLS"):
        await smtp(composer, server, starttls=True).send(a_mail())
    assert server.received == []


async def test_nobody_there_is_tried_again(composer: Composer) -> None:
    with listen() as closed:
        nowhere = Server(port=closed.getsockname()[1])
    with pytest.raises(AttemptFailed, match=r"^no connection to the mail server: ConnectionRefusedError$"):
        await smtp(composer, nowhere).send(a_mail())


async def test_once_it_is_accepted_nothing_has_it_sent_again(composer: Composer, server: Server) -> None:
    server.goodbye = "500 what?"
    await smtp(composer, server).send(a_mail())
    server.goodbye = None  # and not a word
    await smtp(composer, server).send(a_mail())
    assert len(server.received) == 2


async def test_a_server_that_says_nothing_does_not_hold_the_worker(composer: Composer) -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    listening = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    async with listening:
        silent = Server(port=listening.sockets[0].getsockname()[1])
        with pytest.raises(AttemptFailed, match="in time"):
            await smtp(composer, silent, timeout=0.1).send(a_mail())


async def test_a_folder_gets_the_whole_mail_and_the_log_its_link(
    composer: Composer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mail = a_mail(to='"some/../one"@hestami.test')
    with caplog.at_level(logging.INFO, "hestami.mail"):
        await MailboxMailer(composer, tmp_path / "mailbox").send(mail)
    (path,) = (tmp_path / "mailbox").iterdir()
    assert path.suffix == ".eml"
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    assert LINK in body.get_content()
    assert LINK in caplog.text


async def test_the_one_in_memory_keeps_what_could_be_sent(composer: Composer) -> None:
    memory = InMemoryMailer(composer)
    await memory.send(a_mail())
    with pytest.raises(Undeliverable):
        await memory.send(a_mail(to="nobody"))
    assert [mail.to for mail in memory.sent] == ["someone@hestami.test"]


async def test_several_get_the_same_and_none_at_all_is_an_error(composer: Composer) -> None:
    first, second = InMemoryMailer(composer), InMemoryMailer(composer)
    both: Mailer = AllMailers([first, second])
    await both.send(a_mail())
    assert first.sent == second.sent
    with pytest.raises(RuntimeError, match="configured"):
        await AllMailers([]).send(a_mail())
