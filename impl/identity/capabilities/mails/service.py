"""Service of mails about accounts.

A request writes one outbox row; the worker decides later to whom, whether and with which link the mail is sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import AccountState
from impl.gateways.mail import Mail, Mailer
from impl.identity.capabilities.letters.service import Texts
from impl.identity.capabilities.mails.repository import MailRepository
from impl.identity.capabilities.mails.tables import MailKind, SentMail
from impl.identity.capabilities.one_time_tokens.service import LIFETIME, OneTimeTokensService
from impl.identity.capabilities.one_time_tokens.tables import Purpose
from impl.identity.capabilities.users.service import UsersService
from impl.identity.capabilities.users.tables import EmailChange, User
from impl.kernel import audit, outbox
from impl.kernel.audit import Origin
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.secrets import derive

TOPIC: Final = "identity.mail"
_TEMPLATES: Final = Path(__file__).with_name("templates")
HOURLY_LIMIT: Final = 5
_HOUR: Final = timedelta(hours=1)
# Time for which an expired link is replaced: as long as the outbox retries a mail.
_WAITED_FOR: Final = timedelta(days=4)

_LINKS: Final[Mapping[MailKind, tuple[Purpose, str]]] = {
    MailKind.VERIFY_EMAIL: (Purpose.VERIFY_EMAIL, "/verify-email"),
    MailKind.REGISTERED_AGAIN: (Purpose.VERIFY_EMAIL, "/verify-email"),
    MailKind.RESET_PASSWORD: (Purpose.RESET_PASSWORD, "/reset-password"),
    MailKind.ACCOUNT_CLOSED: (Purpose.RESTORE_ACCOUNT, "/restore-account"),
    MailKind.CLOSED_MEANWHILE: (Purpose.RESTORE_ACCOUNT, "/restore-account"),
    # Both have one purpose, so that a reset during an invitation leaves one valid link and not two.
    MailKind.INVITATION: (Purpose.RESET_PASSWORD, "/reset-password"),
    MailKind.CONFIRM_EMAIL: (Purpose.CHANGE_EMAIL, "/confirm-email"),
}
_FORGOTTEN: Final = "/forgot-password"
# Paths of links in mails, below APP_URL; in development the service serves pages there itself.
MAILED_PATHS: Final = (*dict.fromkeys(path for _, path in _LINKS.values()), _FORGOTTEN)
# Mails that ask for a step which a suspended account cannot take.
_INVITING: Final = frozenset(
    {
        MailKind.VERIFY_EMAIL,
        MailKind.REGISTERED_AGAIN,
        MailKind.RESET_PASSWORD,
        MailKind.INVITATION,
    }
)
# Mails that a click requests; a double click must not send two.
_CLICKED: Final = frozenset({MailKind.VERIFY_EMAIL, MailKind.REGISTERED_AGAIN, MailKind.RESET_PASSWORD})
# Mails about an audit event, with its time and place.
_EVENTS: Final = frozenset({MailKind.DATA_EXPORTED})
# Notices of a change are never limited, because the change itself took a proof or a permission.
_NEWS: Final = frozenset(
    {
        MailKind.PASSWORD_CHANGED,
        MailKind.ACCOUNT_CLOSED,
        MailKind.ACCOUNT_RESTORED,
        MailKind.ACCOUNT_SUSPENDED,
        MailKind.ACCOUNT_REACTIVATED,
        MailKind.EMAIL_CHANGED,
        MailKind.MFA_ENABLED,
        MailKind.MFA_DISABLED,
        MailKind.MFA_RESET,
        MailKind.RECOVERY_CODE_USED,
        MailKind.RECOVERY_CODES_RENEWED,
        MailKind.IDENTITY_LINKED,
        MailKind.IDENTITY_UNLINKED,
    }
)


@dataclass(frozen=True, slots=True)
class _Notice:
    """Mail to send to an address, unless a rate limit forbids it."""

    user: User
    kind: MailKind
    to: str


@dataclass(frozen=True, slots=True)
class _Draft:
    """Mail whose text and recipient are settled, to be sent after the transaction.

    It contains neither a name nor a user agent: who registers somebody else's address chooses both, and could make the
    service send a text of theirs to that person.
    """

    to: str
    locale: str
    kind: MailKind
    link: str | None
    until: datetime | None = None
    origin: Origin | None = None


class MailsService:
    """Queues mails in a caller's transaction, and composes and sends them in the worker.

    A request writes the same row whether or not the address has an account, so that its answer reveals nothing.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        users: UsersService,
        one_time_tokens: OneTimeTokensService,
        mailer: Mailer,
        app_url: str,
        support_email: str,
        secret_key: bytes,
        restorable: timedelta,
    ) -> None:
        self._database = database
        self._clock = clock
        self._users = users
        self._one_time_tokens = one_time_tokens
        self._mailer = mailer
        self._app_url = app_url.rstrip("/")
        self._support_email = support_email
        self._secret_key = secret_key
        self._restorable = restorable
        self._repository = MailRepository()
        self._texts = Texts(_TEMPLATES)

    @property
    def outbox_handlers(self) -> Mapping[str, outbox.Handler]:
        """Return the handlers of this capability's outbox messages, by topic."""
        return {TOPIC: self.deliver}

    async def queue(
        self,
        tx: AsyncSession,
        kind: MailKind,
        user_id: UUID | None,
        *,
        about: UUID | None = None,
        key: str | None = None,
    ) -> None:
        """Queue a mail in the transaction of its change; without an account there is a row too, of no effect.

        `about` is the change of address or the audit event that a mail is about: ids only, as addresses have no place
        in the outbox.
        """
        payload = {"kind": kind.value, "user_id": None if user_id is None else str(user_id)}
        if about is not None:
            payload["about"] = str(about)
        await outbox.put(tx, TOPIC, payload, key=key)

    async def deliver(self, message: outbox.Message) -> None:
        """Decide once what to send, and send it; a second try of the message sends the same link."""
        user_id, about = message.payload["user_id"], message.payload.get("about")
        if user_id is None:
            return
        kind = MailKind(str(message.payload["kind"]))
        async with self._database.begin() as tx:
            # Under the account's lock the count is exact, and only one token is the newest, whatever other workers do.
            user = await self._users.find_locked_even_closed(tx, UUID(str(user_id)))
            change = None if about is None else await self._users.find_email_change(tx, UUID(str(about)))
            letter = None if user is None else _fitting(kind, user, change)
            draft = None if letter is None else await self._draft(tx, message, letter)
            if draft is not None and await self._goes_to_owner(tx, message.id, user_id, draft):
                draft = None
        if draft is not None:
            await self._mailer.send(self._mail(message.id, draft))

    async def _goes_to_owner(self, tx: AsyncSession, mail_id: UUID, user_id: object, draft: _Draft) -> bool:
        """Tell the owner of an address that somebody else has asked for it, in place of the mail that was drafted.

        Only now: in what the asker can export, an address that is somebody's leaves the same rows as one that is free.
        """
        owner = await self._users.find_by_email(tx, draft.to) if draft.kind is MailKind.CONFIRM_EMAIL else None
        if owner is None or str(owner.id) == user_id:
            return False
        # Queued as a message of its own, because the owner has a lock and a count of their own.
        await self.queue(tx, MailKind.EMAIL_IN_USE, owner.id, key=f"in-use:{mail_id}")
        return True

    async def _draft(self, tx: AsyncSession, message: outbox.Message, letter: _Notice) -> _Draft | None:
        mail_id, user, kind, to = message.id, letter.user, letter.kind, letter.to
        address = self._users.login_key(to)
        recipient = derive(self._secret_key, "mail-recipient", address)
        decided = await self._repository.find_decided(tx, mail_id)
        if decided is not None and decided.kind is not kind:
            # The account has changed since the first attempt, so that another kind of mail would be due now.
            return None
        purpose, path = _LINKS.get(kind, (None, ""))
        if decided is None and await self._is_too_much(tx, message, user, recipient, kind):
            return None
        link = None
        until = None if user.closed_at is None else user.closed_at + self._restorable
        if purpose is not None:
            token = await self._one_time_tokens.issue(tx, mail_id, user, purpose, email_key=address, until=until)
            if token is None:
                if until is None and await self._one_time_tokens.has_lapsed(tx, mail_id):
                    await self._requeue(tx, message)
                return None
            link = f"{self._app_url}{path}#{token}"
        if decided is None:
            now = self._clock.now()
            await self._repository.add(
                tx, SentMail(id=mail_id, user_id=user.id, recipient=recipient, kind=kind, decided_at=now)
            )
        return _Draft(to, user.locale, kind, link, until, await self._origin(tx, message, kind))

    async def _origin(self, tx: AsyncSession, message: outbox.Message, kind: MailKind) -> Origin | None:
        return await audit.find_origin(tx, UUID(str(message.payload["about"]))) if kind in _EVENTS else None

    async def _requeue(self, tx: AsyncSession, message: outbox.Message) -> None:
        """Queue a new link for a mail whose link expired while the mail server was away."""
        since = str(message.payload.get(outbox.SINCE, message.created_at.isoformat()))
        if self._clock.now() - datetime.fromisoformat(since) < _WAITED_FOR:
            await outbox.put(tx, TOPIC, {**message.payload, outbox.SINCE: since}, key=f"anew:{message.id}")

    async def _is_too_much(
        self, tx: AsyncSession, message: outbox.Message, user: User, recipient: bytes, kind: MailKind
    ) -> bool:
        """Return whether the limit of this kind is reached; one kind does not use up another's.

        By address, too: many accounts could ask for the same one to be written to.
        """
        if kind in _NEWS:
            return False
        if kind in _CLICKED and await self._one_time_tokens.has_fresh(
            tx, user, _LINKS[kind][0], asked_at=message.created_at
        ):
            return True
        # Always taken after the account's lock and before no other one, which prevents deadlocks.
        await self._repository.take_turns(tx, recipient)
        since = self._clock.now() - _HOUR
        return await self._repository.count(tx, user.id, recipient, kind, since=since) >= HOURLY_LIMIT

    def _mail(self, mail_id: UUID, draft: _Draft) -> Mail:
        values = {
            "email": draft.to,
            "link": draft.link,
            "until": draft.until,
            "at": None if draft.origin is None else draft.origin.occurred_at,
            "address": None if draft.origin is None else draft.origin.address,
            "minutes": int(LIFETIME.total_seconds() // 60),
            "forgotten": f"{self._app_url}{_FORGOTTEN}",
            "support": self._support_email,
        }
        text = self._texts.write(draft.kind, draft.locale, values)
        return Mail(id=mail_id, to=draft.to, subject=text.subject, text=text.plain, html=text.html, link=draft.link)


def _fitting(wanted: MailKind, user: User, change: EmailChange | None) -> _Notice | None:
    """Return the notice that fits the account now, which may have changed since the mail was queued."""
    owned = _Notice(user, wanted, user.email)
    match wanted:
        case MailKind.EMAIL_CHANGED | MailKind.CONFIRM_EMAIL | MailKind.EMAIL_CHANGE_ASKED:
            return None if change is None else _about_change(owned, change)
        case MailKind.CLOSED_MEANWHILE:
            return None if user.closed_at is None else owned
        case MailKind.DATA_EXPORTED:
            # Sent although the account may have been closed since, but never to an unverified address.
            return None if user.email_verified_at is None else owned
        case _ if wanted in _NEWS:
            return owned if _is_still_true(wanted, user) else None
        case _ if user.closed_at is not None:
            return replace(owned, kind=MailKind.CLOSED_MEANWHILE)
        case _ if user.state is AccountState.SUSPENDED and wanted in _INVITING:
            return replace(owned, kind=MailKind.SUSPENDED_MEANWHILE)
        case MailKind.VERIFY_EMAIL | MailKind.REGISTERED_AGAIN if user.state is not AccountState.PENDING:
            return replace(owned, kind=MailKind.ALREADY_VERIFIED)
        case MailKind.VERIFY_EMAIL if user.password_hash is None:
            # An invited person has no password to verify with; setting one verifies the address as well.
            return replace(owned, kind=MailKind.RESET_PASSWORD)
        case _:
            return owned


def _is_still_true(news: MailKind, user: User) -> bool:
    is_closed, is_suspended = user.closed_at is not None, user.state is AccountState.SUSPENDED
    match news:
        case MailKind.ACCOUNT_CLOSED:
            return is_closed
        case MailKind.ACCOUNT_RESTORED:
            return not is_closed
        case MailKind.ACCOUNT_SUSPENDED:
            return is_suspended and not is_closed
        case MailKind.ACCOUNT_REACTIVATED:
            return not is_suspended and not is_closed
        case _:
            return True


def _about_change(owned: _Notice, change: EmailChange) -> _Notice | None:
    if owned.kind is MailKind.EMAIL_CHANGED:
        # Sent to the former address, which no longer belongs to the account.
        return None if change.former_email is None else replace(owned, to=change.former_email)
    if change.confirmed_at is not None or owned.user.closed_at is not None:
        return None
    if owned.kind is MailKind.EMAIL_CHANGE_ASKED:
        return owned
    # Who reads the new address has proved nothing, and is not told that the account is suspended.
    return None if owned.user.state is AccountState.SUSPENDED else replace(owned, to=change.email)
