"""Scripted SMTP server, with TLS or without, and a certificate authority for it."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ipaddress
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.harness.patience import PATIENCE

_DAY = dt.timedelta(days=1)


@dataclass
class Server:
    """Scripted answers and received mails; `signed_in` holds the users whose passwords were right."""

    port: int = 0
    answer: str = "250 OK"
    sender_answer: str = "250 OK"
    recipient_answer: str = "250 OK"
    goodbye: str | None = "221 Bye"
    users: Mapping[str, str] = field(default_factory=dict)
    signed_in: list[str] = field(default_factory=list)
    mechanisms: list[str] = field(default_factory=list)
    received: list[Envelope] = field(default_factory=list)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def handle_MAIL(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.sender_answer

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        async with self._news:
            self.received.append(envelope)
            self._news.notify_all()
        return self.answer

    async def got(self, count: int) -> None:
        """Wait for that many mails."""
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: len(self.received) >= count)

    async def handle_QUIT(  # noqa: N802 - the library's name
        self, server: SMTP, _session: Session, _envelope: Envelope
    ) -> str:
        if self.goodbye is None:
            assert server.transport is not None
            server.transport.close()
        return self.goodbye or ""

    def check(
        self, _server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, given: LoginPassword
    ) -> AuthResult:
        """Judge a password."""
        user = given.login.decode()
        self.mechanisms.append(mechanism)
        if self.users.get(user) != given.password.decode():
            return AuthResult(success=False, handled=False)
        self.signed_in.append(user)
        return AuthResult(success=True)


@contextlib.asynccontextmanager
async def serving(
    server: Server,
    *,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    without: tuple[str, ...] = (),
) -> AsyncIterator[Server]:
    """Let it listen on a loopback port; `without` are mechanisms that it does not know."""
    loop = asyncio.get_running_loop()

    def conversation() -> SMTP:
        return SMTP(
            server,
            enable_SMTPUTF8=True,
            loop=loop,
            tls_context=starttls,
            require_starttls=starttls is not None,
            authenticator=server.check,
            # The library knows of STARTTLS only, and warns of a duty to sign in without.
            auth_required=bool(server.users) and starttls is not None,
            auth_require_tls=tls is None,
            auth_exclude_mechanism=without,
        )

    listening = await loop.create_server(conversation, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield server


class Authority:
    """Issues certificates for servers; `file` is the certificate that a client has to trust."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = (
            self._begun(self._subject, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .add_extension(_signs_certificates(), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(certificate.public_bytes(Encoding.PEM))

    def server_context(self, *, address: str | None = None, host: str | None = None) -> ssl.SSLContext:
        """Return what a server of that name needs to prove it."""
        key = ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName] = []
        if address is not None:
            names.append(x509.IPAddress(ipaddress.ip_address(address)))
        if host is not None:
            names.append(x509.DNSName(host))
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = (
            self._begun(x509.Name([]), key.public_key())
            .add_extension(x509.SubjectAlternativeName(names), critical=True)
            .add_extension(issuer, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        path = self._folder / f"{self._name}-{address or host}.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _begun(self, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _DAY)
            .not_valid_after(now + _DAY)
        )


def _signs_certificates() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
