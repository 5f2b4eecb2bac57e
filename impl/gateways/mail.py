"""Outgoing mail: by SMTP, into a folder, or into memory."""

import asyncio
import contextlib
import logging
import re
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8, Policy
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any, Final, Protocol, override
from uuid import UUID

import aiosmtplib

from impl.kernel import tracing
from impl.kernel.clock import Clock
from impl.kernel.ids import new_id
from impl.kernel.outbox import AttemptFailed, Undeliverable

_log = logging.getLogger("hestami.mail")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_UNSAFE = re.compile(r"[^A-Za-z0-9@._-]+")
# RFC 5322, section 3.2.3: dot-atom.
_ATOMS = re.compile(r"[^\s\x00-\x20()<>\[\]:;@\\,.\"\x7f-\xa0]+(?:\.[^\s\x00-\x20()<>\[\]:;@\\,.\"\x7f-\xa0]+)*")
_SUBJECT_MAX = 200
# Characters of a subject that need no second line (RFC 5322, section 2.1.1).
_LINE_MAX = 68
# Beginning of an encoded word (RFC 2047, section 2).
_ENCODED = "=?"
_PERMANENT = 500
# RFC 5321, section 4.2.3: the codes of a refusal that is about the mailbox, when nothing more exact is said.
_NO_MAILBOX = frozenset({550, 551, 553})
_ENHANCED = re.compile(r"5\.\d{1,3}\.\d{1,3}\b")
# RFC 3463, sections 3.2 and 3.3: codes about the recipient's address or mailbox. 5.1.7 to 5.1.9 are about the sender.
_ABOUT_RECIPIENT = re.compile(r"5\.(?:1\.(?![789]\b)|2\.)")
_REFUSALS: dict[type[aiosmtplib.SMTPResponseException], str] = {
    aiosmtplib.SMTPAuthenticationError: "refuses our user name and password",
    aiosmtplib.SMTPSenderRefused: "refuses our sender address",
    aiosmtplib.SMTPDataError: "refuses the message",
    aiosmtplib.SMTPResponseException: "is not ready for us",
}
_QUIT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """Calendar that a mail brings along (RFC 6047): mail programs offer to take its event over.

    `method` is the one that is in the content as well.
    """

    content: bytes
    method: str
    name: str


@dataclass(frozen=True, slots=True)
class Mail:
    """Message to one address; `link` is the link in its text, for the log of a developer.

    `unsubscribe` is the address to which a mail program sends a POST when its reader wants no more of these.
    """

    to: str
    subject: str
    text: str
    html: str
    link: str | None = None
    unsubscribe: str | None = None
    calendar: CalendarFile | None = None
    id: UUID = field(default_factory=new_id)


def _address(text: str) -> Address:
    if text.isascii():
        return Address(addr_spec=text)
    # The library's parser handles ASCII only (RFC 6531 allows more), so the rest of its checks are repeated here.
    local, _, domain = text.rpartition("@")
    if not _ATOMS.fullmatch(local) or not _ATOMS.fullmatch(domain):
        raise ValueError("not an address")
    return Address(username=local, domain=domain)


class _Unfolded(UnstructuredHeader, BaseHeader):
    """Header that holds an address: folded, it would be an encoded word, which mail programs do not follow."""

    @override
    def fold(self, *, policy: Policy) -> str:
        """Return the header as one line, which may have 998 characters (RFC 5322, section 2.1.1)."""
        return f"{self.name}: {self}{policy.linesep}"


class _Subject(UnstructuredHeader, BaseHeader):
    """Subject header that keeps its text unchanged.

    The library's own reads encoded words (RFC 2047) in what it is given. `=?utf-8?q?Hi=0ABcc:...?=` as the title of
    something would become another header, or the text of another mail.
    """

    @classmethod
    @override
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        kwds["parse_tree"], kwds["decoded"] = None, value

    @override
    def fold(self, *, policy: Policy) -> str:
        """Return the header as encoded words, unless it is short, ASCII, and looks like none."""
        text = str(self)
        if not text.isascii() or _ENCODED in text or len(text) > _LINE_MAX:
            text = Header(text, "utf-8", header_name=self.name).encode(linesep=policy.linesep)
        return f"{self.name}: {text}{policy.linesep}"


class _Headers(HeaderRegistry):
    """Registry that makes the class of a header once, where Python's own makes one for each header of each mail."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, type[BaseHeader]] = {}

    @override
    def __getitem__(self, name: str) -> type[BaseHeader]:
        key = name.lower()
        if key not in self._made:
            self._made[key] = super().__getitem__(key)
        return self._made[key]


_HEADERS: Final = _Headers()
_HEADERS.map_to_type("list-unsubscribe", _Unfolded)
_HEADERS.map_to_type("subject", _Subject)
_ASCII, _UNICODE = (policy.clone(header_factory=_HEADERS) for policy in (SMTP, SMTPUTF8))


class Mailer(Protocol):
    async def send(self, mail: Mail) -> None:
        """Hand the mail over. Raises Undeliverable when trying again is useless, anything else when it may help."""
        ...

    async def require_up(self) -> None:
        """Raise AttemptFailed when no mail could be handed over at this moment."""
        ...


class Composer:
    """Turns a mail into a MIME message; names in header values cannot start a new header line."""

    def __init__(self, sender: str, clock: Clock) -> None:
        name, address = parseaddr(sender)
        self._sender = Address(display_name=name, addr_spec=address)
        self._clock = clock

    @property
    def sender(self) -> str:
        return self._sender.addr_spec

    def compose(self, mail: Mail) -> EmailMessage:
        """Make the MIME message of a mail; raise Undeliverable for an address that no mail can have."""
        message = EmailMessage(policy=_ASCII if mail.to.isascii() else _UNICODE)
        try:
            message["From"] = self._sender
            message["To"] = _address(mail.to)
            message["Subject"] = _CONTROL.sub(" ", mail.subject).strip()[:_SUBJECT_MAX]
        except (MessageError, ValueError, IndexError) as error:
            raise Undeliverable("the recipient's address is not one that mail can be sent to") from error
        message["Date"] = format_datetime(self._clock.now())
        # The same for each attempt, so that a second delivery can be recognised.
        message["Message-ID"] = f"<{mail.id}@{self._sender.domain}>"
        # RFC 3834, section 5: keeps vacation responders from answering.
        message["Auto-Submitted"] = "auto-generated"
        if mail.unsubscribe is not None:
            # RFC 8058, section 3.1. The mail server that signs has to cover both (DKIM).
            message["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        if mail.calendar is not None:
            message.add_attachment(
                mail.calendar.content.decode(),
                subtype="calendar",
                filename=mail.calendar.name,
                params={"method": mail.calendar.method},
            )
        return message


class SmtpMailer(Mailer):
    """Sends each mail over SMTP, with TLS unless it is switched off, and never to a server with an unproved name.

    Only a refused recipient makes a mail undeliverable. Any other failure is for the operator to mend (a certificate,
    credentials, a sender that is not allowed) or passes by itself: the mail is tried again.
    """

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
        ca_file: Path | None = None,
        timeout: float = 20.0,
    ) -> None:
        """Configure the server; `ca_file` (PEM) is trusted beside the machine's, `timeout` is seconds for a step."""
        self._composer = composer
        self._host = host
        self._port = port
        self._username = username
        self._password = password
        self._starttls = starttls and not tls
        self._tls = tls
        self._ca_file = ca_file
        self._timeout = timeout
        # This machine's name, with which the library greets. It would ask the resolver for each mail.
        self._own_name: str | None = None

    @override
    async def send(self, mail: Mail) -> None:
        message = self._composer.compose(mail)
        client = self._client()
        # Bounds the whole conversation: the library's time-out is for each step, and a slow server must not hold the
        # worker.
        patience = self._timeout * 2
        with tracing.span("SMTP send", {"server.address": self._host, "server.port": self._port}):
            try:
                async with asyncio.timeout(patience):
                    await self._connect(client)
                    # A client that gives up before the answer sends the message twice (RFC 5321, section 4.5.3.2.6).
                    await client.send_message(
                        message, sender=self._composer.sender, recipients=[mail.to], timeout=patience
                    )
                await _quit(client)
            except (aiosmtplib.SMTPException, OSError) as error:
                raise _failure(error) from error
            finally:
                client.close()

    @override
    async def require_up(self) -> None:
        client = self._client()
        try:
            await self._connect(client)
            await _quit(client)
        except (aiosmtplib.SMTPException, OSError) as error:
            raise _failure(error) from error
        finally:
            client.close()

    def _client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            local_hostname=self._own_name,
            start_tls=False,
            use_tls=self._tls,
            cert_bundle=None if self._ca_file is None else str(self._ca_file),
            timeout=self._timeout,
        )

    async def _connect(self, client: aiosmtplib.SMTP) -> None:
        await client.connect()
        self._own_name = client.local_hostname
        if self._starttls:
            await client.ehlo()
            if not client.supports_extension("starttls"):
                # Refused, because an attacker between the two can remove the offer of STARTTLS.
                raise AttemptFailed("the mail server offers no STARTTLS")
            await client.starttls()
        if self._username is not None:
            await client.ehlo()
            if not client.supported_auth_methods:
                raise AttemptFailed("the mail server offers no way to sign in that we know")
            await client.login(self._username, self._password or "")


async def _quit(client: aiosmtplib.SMTP) -> None:
    # The server has accepted the mail: an error from here on must not cause a second delivery.
    with contextlib.suppress(aiosmtplib.SMTPException, OSError):
        async with asyncio.timeout(_QUIT_SECONDS):
            await client.quit()


def _failure(error: aiosmtplib.SMTPException | OSError) -> AttemptFailed | Undeliverable:
    """Describe a failure for operators without the server's own words, which may hold an address."""
    *_, first = causes = list(_causes(error))
    untrusted = next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None)
    if untrusted is not None:
        return AttemptFailed(f"the mail server's certificate is refused: {untrusted.verify_message}")
    match error:
        case aiosmtplib.SMTPRecipientsRefused(recipients=refusals):
            code = refusals[0].code
            if all(_is_about_recipient(refusal) for refusal in refusals):
                return Undeliverable(f"the mail server refuses the recipient ({code})")
            return AttemptFailed(f"the mail server refuses the recipient for now, or because of us ({code})")
        case aiosmtplib.SMTPResponseException():
            words = next(words for kind, words in _REFUSALS.items() if isinstance(error, kind))
            return AttemptFailed(f"the mail server {words} ({error.code})")
        case aiosmtplib.SMTPNotSupported():
            return AttemptFailed("the mail server takes no addresses in other scripts than ASCII")
        case TimeoutError():
            return AttemptFailed("the mail server does not answer in time")
        case _:
            reason = first.reason if isinstance(first, ssl.SSLError) else None
            return AttemptFailed(f"no connection to the mail server: {reason or type(first).__qualname__}")


def _is_about_recipient(refusal: aiosmtplib.SMTPRecipientRefused) -> bool:
    if refusal.code < _PERMANENT:
        return False
    if _ENHANCED.match(refusal.message):
        return _ABOUT_RECIPIENT.match(refusal.message) is not None
    return refusal.code in _NO_MAILBOX


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


class MailboxMailer(Mailer):
    """Writes each mail atomically to a folder and its link to the log; for development only."""

    def __init__(self, composer: Composer, folder: Path) -> None:
        self._composer = composer
        self._folder = folder

    @override
    async def send(self, mail: Mail) -> None:
        content = self._composer.compose(mail).as_bytes()
        path = await asyncio.to_thread(self._write, mail, content)
        _log.info("mail %r in %s, link: %s", mail.subject, path, mail.link or "none")

    @override
    async def require_up(self) -> None:
        """Do nothing: a folder is made when there is a mail."""

    def _write(self, mail: Mail, content: bytes) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{mail.id}-{_UNSAFE.sub('-', mail.to)[:80]}.eml"
        draft = path.with_suffix(".part")
        draft.write_bytes(content)
        draft.replace(path)
        return path


class InMemoryMailer(Mailer):
    """Keeps mails in a list."""

    def __init__(self, composer: Composer) -> None:
        self._composer = composer
        self.sent: list[Mail] = []

    @override
    async def send(self, mail: Mail) -> None:
        self._composer.compose(mail)
        self.sent.append(mail)

    @override
    async def require_up(self) -> None:
        """Do nothing: a list is always there."""


class AllMailers(Mailer):
    """Sends a mail through several mailers in turn, until one fails.

    The mailer that can repeat a mail without harm comes first.
    """

    def __init__(self, mailers: Sequence[Mailer]) -> None:
        self._mailers = tuple(mailers)

    @override
    async def send(self, mail: Mail) -> None:
        if not self._mailers:
            # An error, because silence would look as if the mail had been sent.
            raise RuntimeError("no way to send mail is configured")
        for mailer in self._mailers:
            await mailer.send(mail)

    @override
    async def require_up(self) -> None:
        for mailer in self._mailers:
            await mailer.require_up()
