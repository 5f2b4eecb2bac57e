"""SMTP server on loopback, with the mails that it has received."""

from __future__ import annotations

import asyncio
import email
import email.policy
import re
import socket
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from functools import cached_property
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.harness.patience import PATIENCE

_LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True)
class Mail:
    """Received mail, parsed when a test looks at it: most are never read."""

    sender: str
    recipient: str
    content: bytes

    @cached_property
    def message(self) -> EmailMessage:
        """Return the mail as the standard library parses it."""
        return email.message_from_bytes(self.content, policy=email.policy.default)

    @cached_property
    def subject(self) -> str:
        """Return the subject."""
        return str(self.message["subject"])

    @cached_property
    def text(self) -> str:
        """Return the plain text."""
        return self._body("plain") or ""

    @cached_property
    def html(self) -> str | None:
        """Return the HTML, or None when there is none."""
        return self._body("html")

    def _body(self, kind: str) -> str | None:
        part = self.message.get_body((kind,))
        return None if part is None else str(part.get_content())

    @property
    def links(self) -> list[str]:
        """Return the addresses in the plain text, in order."""
        return [found.rstrip(".,)") for found in _LINK.findall(self.text)]

    @property
    def link(self) -> str:
        """Return the first address with a token in it, which is what the mail asks to follow."""
        for link in self.links:
            if _token(link) is not None:
                return link
        message = f"no link with a token in the mail {self.subject!r}: {self.text}"
        raise AssertionError(message)

    @property
    def token(self) -> str:
        """Return the one-time token of the link."""
        token = _token(self.link)
        assert token is not None
        return token


def _token(link: str) -> str | None:
    """Read the token from a link's fragment, which no server's log sees; a bare fragment is the token itself."""
    parts = urlsplit(link)
    for part in (parts.query, parts.fragment):
        if named := parse_qs(part).get("token"):
            return named[0]
    return parts.fragment or None


class Inbox:
    """Holds every mail of the run; waiting is for a condition, never for an amount of time."""

    def __init__(self) -> None:
        self._mails: defaultdict[str, list[Mail]] = defaultdict(list)  # by address
        self._arrived = threading.Condition()

    def deliver(self, mail: Mail) -> None:
        """Put a mail in and wake those who wait for it."""
        with self._arrived:
            self._mails[mail.recipient].append(mail)
            self._arrived.notify_all()

    def all(self, address: str) -> list[Mail]:
        """Return what an address has received so far, oldest first."""
        with self._arrived:
            return list(self._mails[address])

    async def wait_for(self, address: str, subject: str = "", *, after: int = 0) -> Mail:
        """Wait for the newest mail to the address whose subject holds the words (any case).

        With `after`, so many matching mails do not count: `after=1` waits for the second.
        """
        return await asyncio.to_thread(self.wait_here_for, address, subject, after=after)

    def wait_here_for(self, address: str, subject: str = "", *, after: int = 0) -> Mail:
        """Wait as `wait_for` does, for callers without an event loop."""
        words = subject.casefold()

        def matching() -> list[Mail]:
            return [mail for mail in self._mails[address] if not words or words in mail.subject.casefold()]

        with self._arrived:
            if self._arrived.wait_for(lambda: len(matching()) > after, timeout=PATIENCE):
                return matching()[-1]
            seen = [mail.subject for mail in self._mails[address]]
        message = f"no mail to {address} with {subject!r} in its subject came within {PATIENCE:.0f} s; there are {seen}"
        raise AssertionError(message)


def mails_in(envelope: Envelope) -> list[Mail]:
    """Return what a server was handed, once for each recipient."""
    content = envelope.content
    assert isinstance(content, bytes)
    return [Mail(envelope.mail_from or "", recipient, content) for recipient in envelope.rcpt_tos]


class _Receiver:
    """Handler that aiosmtpd calls with each mail."""

    def __init__(self, deliver: Callable[[Mail], None]) -> None:
        self._deliver = deliver

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        for mail in mails_in(envelope):
            self._deliver(mail)
        return "250 Accepted"


async def receive(inbox: Inbox, listener: socket.socket) -> asyncio.Server:
    """Serve SMTP on a bound socket, in the running loop, into the inbox."""
    receiver = _Receiver(inbox.deliver)
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: SMTP(receiver, enable_SMTPUTF8=True, loop=loop), sock=listener)
