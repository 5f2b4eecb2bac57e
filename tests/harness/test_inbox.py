"""The harness finds mails sent over SMTP by address, subject and link."""

from __future__ import annotations

import asyncio
from email.message import EmailMessage

import aiosmtplib
import pytest

from tests.harness.inbox import Inbox, receive
from tests.harness.sockets import listen


async def _send(port: int, subject: str) -> None:
    message = EmailMessage()
    message["From"] = "no-reply@hestami.test"
    message["To"] = "ann@example.test"
    message["Subject"] = subject
    message.set_content(f"Follow https://app.hestami.test/verify?token={subject.replace(' ', '-')}.")
    await aiosmtplib.send(message, hostname="127.0.0.1", port=port, start_tls=False)


async def test_waiting_ends_when_the_mail_comes() -> None:
    inbox = Inbox()
    with listen() as listener:
        port = listener.getsockname()[1]
        async with await receive(inbox, listener):
            waiting = asyncio.ensure_future(inbox.wait_for("ann@example.test", "SECOND"))
            await _send(port, "the first")
            await _send(port, "the second")
            mail = await waiting

    assert mail.sender == "no-reply@hestami.test"
    assert mail.token == "the-second"
    assert [found.subject for found in inbox.all("ann@example.test")] == ["the first", "the second"]


async def test_a_mail_that_does_not_come_is_told_with_those_that_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.harness.inbox.PATIENCE", 0.01)

    with pytest.raises(AssertionError, match=r"no mail to nobody@example\.test"):
        await Inbox().wait_for("nobody@example.test")
