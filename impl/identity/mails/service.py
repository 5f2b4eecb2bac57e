"""Mails about accounts: a row beside the change, and all else (who, whether, which link) decided by the worker."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy.ext.asyncio import AsyncSession

from impl.gateways.mail import Mail, Mailer
from impl.identity.account.service import AccountService
from impl.identity.account.tables import AccountState, User
from impl.identity.mails.repository import MailRepository
from impl.identity.mails.tables import MailKind, SentMail
from impl.identity.one_time_tokens.service import LIFETIME, OneTimeTokensService
from impl.identity.one_time_tokens.tables import Purpose
from impl.kernel import outbox
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import JsonValue

TOPIC: Final = "identity.mail"
HOURLY_LIMIT: Final = 5
_HOUR: Final = timedelta(hours=1)
# Longer than any message is tried.
_KEPT: Final = timedelta(days=7)
_TEMPLATES: Final = Path(__file__).with_name("templates")

_SUBJECTS: Final[Mapping[MailKind, str]] = {
    MailKind.VERIFY_EMAIL: "Verify your e-mail address",
    MailKind.REGISTERED_AGAIN: "Verify your e-mail address: it was registered again",
    MailKind.ALREADY_VERIFIED: "You already have a Hestami account",
    MailKind.RESET_PASSWORD: "Reset your password",
    MailKind.PASSWORD_CHANGED: "Your password was changed",
    MailKind.ACCOUNT_CLOSED: "Your account is closed",
    MailKind.CLOSED_MEANWHILE: "Your account is closed: how to get it back",
    MailKind.ACCOUNT_RESTORED: "Your account is open again",
    MailKind.INVITATION: "Your account at Hestami",
    MailKind.EMAIL_CHANGED: "Your e-mail address was changed",
    MailKind.MFA_ENABLED: "Your second factor was switched on",
    MailKind.MFA_DISABLED: "Your second factor was switched off",
    MailKind.MFA_RESET: "Your second factor was reset",
    MailKind.RECOVERY_CODE_USED: "A recovery code was used",
    MailKind.RECOVERY_CODES_RENEWED: "You have new recovery codes",
}
_LINKS: Final[Mapping[MailKind, tuple[Purpose, str]]] = {
    MailKind.VERIFY_EMAIL: (Purpose.VERIFY_EMAIL, "/verify-email"),
    MailKind.REGISTERED_AGAIN: (Purpose.VERIFY_EMAIL, "/verify-email"),
    MailKind.RESET_PASSWORD: (Purpose.RESET_PASSWORD, "/reset-password"),
    MailKind.ACCOUNT_CLOSED: (Purpose.RESTORE_ACCOUNT, "/restore-account"),
    MailKind.CLOSED_MEANWHILE: (Purpose.RESTORE_ACCOUNT, "/restore-account"),
    # One purpose: whoever asks for a reset while the invitation is under way has one live link, not two.
    MailKind.INVITATION: (Purpose.RESET_PASSWORD, "/reset-password"),
}
# What tells of a change is bounded by the proof or the permission that the change took, and must come.
_NEWS: Final = frozenset(
    {
        MailKind.PASSWORD_CHANGED,
        MailKind.ACCOUNT_CLOSED,
        MailKind.ACCOUNT_RESTORED,
        MailKind.EMAIL_CHANGED,
        MailKind.MFA_ENABLED,
        MailKind.MFA_DISABLED,
        MailKind.MFA_RESET,
        MailKind.RECOVERY_CODE_USED,
        MailKind.RECOVERY_CODES_RENEWED,
    }
)


@dataclass(frozen=True, slots=True)
class _Draft:
    """What there is to send, known when the transaction is over.

    No name: whoever registers somebody else's address chooses it, and could have us mail a text of theirs.
    """

    to: str
    kind: MailKind
    link: str | None
    until: datetime | None = None


class MailsService:
    """Requests do the same for known and unknown addresses, one row, because the worker finds out what it comes to."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        accounts: AccountService,
        one_time_tokens: OneTimeTokensService,
        mailer: Mailer,
        app_url: str,
        restorable: timedelta,
        hourly_limit: int = HOURLY_LIMIT,
    ) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts
        self._one_time_tokens = one_time_tokens
        self._mailer = mailer
        self._app_url = app_url.rstrip("/")
        self._restorable = restorable
        self._hourly_limit = hourly_limit
        self._mails = MailRepository()
        self._templates = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )

    @property
    def outbox_handlers(self) -> Mapping[str, outbox.Handler]:
        """What the worker delivers the messages of this feature to."""
        return {TOPIC: self.deliver}

    async def queue(self, tx: AsyncSession, kind: MailKind, user_id: UUID | None, *, to: str | None = None) -> None:
        """With the change that it tells of. Without an account there is a row as well, which comes to nothing.

        `to` is an address that the account has left behind, and that only this message still knows.
        """
        payload = {"kind": kind.value, "user_id": None if user_id is None else str(user_id)}
        await outbox.put(tx, TOPIC, payload if to is None else {**payload, "to": to})

    async def deliver(self, message: outbox.Message) -> None:
        """Decides once and sends; a second try of the same message sends the same link."""
        user_id = message.payload["user_id"]
        if user_id is None:
            return
        kind = MailKind(str(message.payload["kind"]))
        async with self._database.begin() as tx:
            draft = await self._draft(tx, message.id, UUID(str(user_id)), kind, message.payload.get("to"))
        if draft is not None:
            await self._mailer.send(self._mail(message.id, draft))

    async def purge(self) -> int:
        async with self._database.begin() as tx:
            return await self._mails.purge(tx, before=self._clock.now() - _KEPT)

    async def _draft(
        self, tx: AsyncSession, mail_id: UUID, user_id: UUID, wanted: MailKind, to: JsonValue
    ) -> _Draft | None:
        # The account's lock makes the count exact, and one token the newest, whoever else works on the outbox.
        user = await self._accounts.find_locked_even_closed(tx, user_id)
        # An address that was left behind gets this news and nothing else: never a link into the account.
        kind = wanted if to is not None else None if user is None else _fitting(wanted, user)
        if user is None or kind is None:
            return None
        is_second_try = await self._mails.is_decided(tx, mail_id)
        if not is_second_try and await self._is_too_much(tx, user_id, kind):
            return None
        link = None
        until = None if user.closed_at is None else user.closed_at + self._restorable
        if kind in _LINKS:
            purpose, path = _LINKS[kind]
            token = await self._one_time_tokens.issue(tx, mail_id, user, purpose, until=until)
            if token is None:
                return None
            link = f"{self._app_url}{path}#{token}"
        if not is_second_try:
            sent = SentMail(id=mail_id, user_id=user_id, kind=kind, decided_at=self._clock.now())
            await self._mails.add(tx, sent)
        return _Draft(user.email if to is None else str(to), kind, link, until)

    async def _is_too_much(self, tx: AsyncSession, user_id: UUID, kind: MailKind) -> bool:
        """By kind, so that somebody who asks for one kind all the time does not keep the owner from getting another."""
        if kind in _NEWS:
            return False
        since = self._clock.now() - _HOUR
        return await self._mails.count(tx, user_id, kind, since=since) >= self._hourly_limit

    def _mail(self, mail_id: UUID, draft: _Draft) -> Mail:
        values = {
            "email": draft.to,
            "link": draft.link,
            "until": None if draft.until is None else draft.until.strftime("%d %B %Y, %H:%M UTC").lstrip("0"),
            "minutes": int(LIFETIME.total_seconds() // 60),
            "forgotten": f"{self._app_url}/forgot-password",
            "subject": _SUBJECTS[draft.kind],
        }
        name = draft.kind.value.lower()
        return Mail(
            id=mail_id,
            to=draft.to,
            subject=_SUBJECTS[draft.kind],
            text=self._templates.get_template(f"{name}.txt").render(values),
            html=self._templates.get_template(f"{name}.html").render(values),
            link=draft.link,
        )


def _fitting(wanted: MailKind, user: User) -> MailKind | None:
    """What its owner can do instead, when the account is not any more what it was when the mail was asked for."""
    if user.closed_at is not None:
        return MailKind.ACCOUNT_CLOSED if wanted is MailKind.ACCOUNT_CLOSED else MailKind.CLOSED_MEANWHILE
    if wanted in {MailKind.ACCOUNT_CLOSED, MailKind.CLOSED_MEANWHILE}:
        return None
    if wanted in {MailKind.VERIFY_EMAIL, MailKind.REGISTERED_AGAIN} and user.state is not AccountState.PENDING:
        return MailKind.ALREADY_VERIFIED
    if wanted is MailKind.VERIFY_EMAIL and user.password_hash is None:
        # Somebody invited has no password to prove with; setting one verifies the address as well.
        return MailKind.RESET_PASSWORD
    return wanted
