"""Outgoing mail: by SMTP, into a folder, or into memory."""

import asyncio
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Protocol, override
from uuid import UUID

import aiosmtplib

from impl.kernel.clock import Clock
from impl.kernel.ids import new_id
from impl.kernel.outbox import Undeliverable

_log = logging.getLogger("hestami.mail")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_UNSAFE = re.compile(r"[^A-Za-z0-9@._-]+")
# RFC 5322, section 3.2.3: dot-atom.
_ATOMS = re.compile(r"[^\s\x00-\x20()<>\[\]:;@\\,.\"\x7f-\xa0]+(?:\.[^\s\x00-\x20()<>\[\]:;@\\,.\"\x7f-\xa0]+)*")
_SUBJECT_MAX = 200
_PERMANENT = 500


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to one address; `link` is what it asks to follow, for the log of a developer."""

    to: str
    subject: str
    text: str
    html: str
    link: str | None = None
    id: UUID = field(default_factory=new_id)


def _address(text: str) -> Address:
    if text.isascii():
        return Address(addr_spec=text)
    # The library's parser knows ASCII only (RFC 6531 allows more); what it would refuse besides is refused here.
    local, _, domain = text.rpartition("@")
    if not _ATOMS.fullmatch(local) or not _ATOMS.fullmatch(domain):
        raise ValueError("not an address")
    return Address(username=local, domain=domain)


class Mailer(Protocol):
    async def send(self, mail: Mail) -> None:
        """Hand the mail over. Raises Undeliverable when trying again is useless, anything else when it may help."""
        ...


class Composer:
    """Turns a mail into a message. Header values cannot break out of their line, whatever a person is called."""

    def __init__(self, sender: str, clock: Clock) -> None:
        name, address = parseaddr(sender)
        self._sender = Address(display_name=name, addr_spec=address)
        self._clock = clock

    @property
    def sender(self) -> str:
        return self._sender.addr_spec

    def compose(self, mail: Mail) -> EmailMessage:
        message = EmailMessage(policy=SMTP if mail.to.isascii() else SMTPUTF8)
        try:
            message["From"] = self._sender
            message["To"] = _address(mail.to)
            message["Subject"] = _CONTROL.sub(" ", mail.subject).strip()[:_SUBJECT_MAX]
        except (MessageError, ValueError, IndexError) as error:
            raise Undeliverable("the recipient's address is not one that mail can be sent to") from error
        message["Date"] = format_datetime(self._clock.now())
        # Of the mail, not of the attempt: a second delivery of the same message can be seen to be one.
        message["Message-ID"] = f"<{mail.id}@{self._sender.domain}>"
        # RFC 3834, section 5: vacation responders leave it alone.
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        return message


class SmtpMailer(Mailer):
    """Hands each mail to one server, over TLS unless that was switched off."""

    def __init__(
        self,
        composer: Composer,
        *,
        host: str,
        port: int,
        username: str | None = None,
        password: str | None = None,
        starttls: bool = True,
        tls: bool = False,
        timeout: float = 20.0,
    ) -> None:
        self._composer = composer
        self._host = host
        self._port = port
        self._username = username
        self._password = password
        self._starttls = starttls and not tls
        self._tls = tls
        self._timeout = timeout

    @override
    async def send(self, mail: Mail) -> None:
        message = self._composer.compose(mail)
        try:
            # The library's own time-out is for each step; a server that drips must not hold the worker for ever.
            async with asyncio.timeout(self._timeout * 2):
                await aiosmtplib.send(
                    message,
                    sender=self._composer.sender,
                    recipients=[mail.to],
                    hostname=self._host,
                    port=self._port,
                    username=self._username,
                    password=self._password,
                    start_tls=self._starttls,
                    use_tls=self._tls,
                    timeout=self._timeout,
                )
        except aiosmtplib.SMTPRecipientsRefused as error:
            if all(refusal.code >= _PERMANENT for refusal in error.recipients):
                raise Undeliverable("the server refuses the recipient") from error
            raise


class MailboxMailer(Mailer):
    """Writes each mail to a folder, whole or not at all, and its link to the log: for development only."""

    def __init__(self, composer: Composer, folder: Path) -> None:
        self._composer = composer
        self._folder = folder

    @override
    async def send(self, mail: Mail) -> None:
        content = self._composer.compose(mail).as_bytes()
        path = await asyncio.to_thread(self._write, mail, content)
        _log.info("mail %r in %s, link: %s", mail.subject, path, mail.link or "none")

    def _write(self, mail: Mail, content: bytes) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{mail.id}-{_UNSAFE.sub('-', mail.to)[:80]}.eml"
        draft = path.with_suffix(".part")
        draft.write_bytes(content)
        draft.replace(path)
        return path


class InMemoryMailer(Mailer):
    """Keeps what it was given."""

    def __init__(self, composer: Composer) -> None:
        self._composer = composer
        self.sent: list[Mail] = []

    @override
    async def send(self, mail: Mail) -> None:
        self._composer.compose(mail)
        self.sent.append(mail)


class AllMailers(Mailer):
    """One after another; the first that fails ends it, so the one that can be repeated without harm stands first."""

    def __init__(self, mailers: Sequence[Mailer]) -> None:
        self._mailers = tuple(mailers)

    @override
    async def send(self, mail: Mail) -> None:
        if not self._mailers:
            # Not in silence: it would look as if it had been sent.
            raise RuntimeError("no way to send mail is configured")
        for mailer in self._mailers:
            await mailer.send(mail)
