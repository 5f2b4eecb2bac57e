"""Service that finds, creates or links the account of an external identity.

An identity is found by provider and subject. The e-mail address links it once, if provider and account both verified
it.
"""

import re
from enum import StrEnum
from typing import Final, TypeGuard
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import AccountState
from impl.gateways.oauth import Identified
from impl.identity.capabilities.access_control.service import AccessControlService
from impl.identity.capabilities.authentication.service import SessionsService
from impl.identity.capabilities.authentication.tables import EndReason
from impl.identity.capabilities.external_identities.repository import ExternalIdentityRepository, IdentityRow
from impl.identity.capabilities.external_identities.tables import ExternalIdentity
from impl.identity.capabilities.login_throttle.service import LoginThrottleService
from impl.identity.capabilities.mails.service import MailsService
from impl.identity.capabilities.mails.tables import MailKind
from impl.identity.capabilities.one_time_tokens.service import OneTimeTokensService
from impl.identity.capabilities.role_catalogue.service import HOMEOWNER
from impl.identity.capabilities.second_factor.service import SecondFactorService
from impl.identity.capabilities.users.service import UsersService
from impl.identity.capabilities.users.tables import User
from impl.kernel import audit
from impl.kernel.caller import AnonymousClient
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import Unavailable
from impl.kernel.ids import new_id

_EMAIL_MIN, _EMAIL_MAX, _NAME_MAX = 6, 254, 100
# Pattern of the contract's e-mail addresses: any other text of a provider could not be shown to its owner.
_ATEXT: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL: Final = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*@(?:{_LABEL}\.)+[A-Za-z](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?")


class SignInRefusal(StrEnum):
    """Reason why an identity signs in to no account; the values are codes that clients receive."""

    SUSPENDED = "account-suspended"
    CLOSED = "account-closed"
    NO_ADDRESS = "email-missing"
    UNVERIFIED = "email-unverified"


class ExternalIdentitiesService:
    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        users: UsersService,
        access_control: AccessControlService,
        sessions: SessionsService,
        one_time_tokens: OneTimeTokensService,
        throttle: LoginThrottleService,
        second_factor: SecondFactorService,
        mails: MailsService,
    ) -> None:
        self._clock = clock
        self._users = users
        self._access_control = access_control
        self._sessions = sessions
        self._one_time_tokens = one_time_tokens
        self._throttle = throttle
        self._second_factor = second_factor
        self._mails = mails
        self._repository = ExternalIdentityRepository(database.reader)

    async def list_of(self, user_id: UUID) -> list[IdentityRow]:
        return await self._repository.list_of(user_id)

    # ---- steps of other features, inside their transaction

    async def resolve(
        self, tx: AsyncSession, client: AnonymousClient, provider: str, who: Identified
    ) -> User | SignInRefusal:
        """Return the identity's account, locked; create or link it if there was none."""
        email = known_address(who.email)
        known = await self._repository.find(tx, provider, who.subject)
        if known is not None:
            return await self._find_linked(tx, known, email)
        if email is None:
            return SignInRefusal.NO_ADDRESS
        # Checked before any look-up: an unverified address must not reveal whether it has an account.
        if not who.email_verified:
            return SignInRefusal.UNVERIFIED
        user = await self._users.find_locked_by_email(tx, email)
        if user is None:
            user = await self._register(tx, client, provider, who, email)
            if user is not None:
                return user
            # A concurrent sign-in created it, perhaps of the same person in another window.
            user = await self._users.find_locked_by_email(tx, email)
        # Queried again under the account's lock: another window of the same person may have linked it.
        known = await self._repository.find(tx, provider, who.subject)
        is_theirs = known is not None and user is not None and known.user_id == user.id
        if user is not None and user.state is AccountState.PENDING:
            await self._hand_over(tx, client, user)
            is_theirs = False
        if not may_sign_in(user):
            return await self._refusal(tx, user or await self._users.find_by_email(tx, email))
        if is_theirs:
            return user
        is_linked = await self.link(tx, client, user.id, provider=provider, subject=who.subject, email=email)
        # The identity belongs to another account by now, which it opens from the next sign-in on.
        return user if is_linked else SignInRefusal.SUSPENDED

    async def link(
        self,
        tx: AsyncSession,
        client: AnonymousClient,
        user_id: UUID,
        *,
        provider: str,
        subject: str,
        email: str | None,
    ) -> bool:
        """Link the identity to the locked account and mail its owner; return whether it is this account's now."""
        known = await self._repository.find(tx, provider, subject)
        if known is not None:
            return known.user_id == user_id
        if not await self._add(tx, client, user_id, provider=provider, subject=subject, email=email):
            return False
        await self._mails.queue(tx, MailKind.IDENTITY_LINKED, user_id)
        return True

    async def find(self, tx: AsyncSession, provider: str, subject: str) -> ExternalIdentity | None:
        return await self._repository.find(tx, provider, subject)

    async def has_any(self, tx: AsyncSession, user_id: UUID, provider: str) -> bool:
        """Return whether the account has an identity of the provider."""
        return any(identity.provider == provider for identity in await self._repository.all_of(tx, user_id))

    async def all_of(self, tx: AsyncSession, user_id: UUID) -> list[ExternalIdentity]:
        return await self._repository.all_of(tx, user_id)

    async def remove(self, tx: AsyncSession, identity: ExternalIdentity) -> None:
        """Unlink an identity, end its sign-ins that wait for a second factor, and mail the owner."""
        await self._repository.remove(tx, identity.id)
        await self._second_factor.void_all_of(tx, identity.user_id, identity.provider)
        await self._mails.queue(tx, MailKind.IDENTITY_UNLINKED, identity.user_id)

    async def remove_all(self, tx: AsyncSession, user_id: UUID) -> int:
        """Unlink all identities of an account that changes hands or ends, and return their number."""
        return await self._repository.remove_all(tx, user_id)

    # ---- inside

    async def _add(
        self,
        tx: AsyncSession,
        client: AnonymousClient,
        user_id: UUID,
        *,
        provider: str,
        subject: str,
        email: str | None,
    ) -> bool:
        identity = self._identity(user_id, provider, subject, email)
        if not await self._repository.add(tx, identity):
            return False
        await audit.record(
            tx,
            "identity.linked",
            client,
            actor_id=user_id,
            subject=("identity", identity.id),
            data={"provider": provider},
        )
        return True

    async def _find_linked(self, tx: AsyncSession, known: ExternalIdentity, email: str | None) -> User | SignInRefusal:
        user = await self._users.find_locked_even_closed(tx, known.user_id)
        if not may_sign_in(user):
            return await self._refusal(tx, user)
        if not await self._repository.touch(tx, known.id, email=email, now=self._clock.now()):
            # Unlinked before the account was locked, perhaps by an owner who shuts out whoever signs in here.
            raise Unavailable
        return user

    async def _refusal(self, tx: AsyncSession, user: User | None) -> SignInRefusal:
        """Return the refusal for a proven owner, and mail the link that restores a closed account."""
        if user is not None and user.closed_at is None and user.state is AccountState.PENDING:
            await self._mails.queue(tx, MailKind.VERIFY_EMAIL, user.id)
            return SignInRefusal.UNVERIFIED
        if user is None or user.closed_at is None:
            return SignInRefusal.SUSPENDED
        await self._mails.queue(tx, MailKind.CLOSED_MEANWHILE, user.id)
        return SignInRefusal.CLOSED

    async def _register(
        self, tx: AsyncSession, client: AnonymousClient, provider: str, who: Identified, email: str
    ) -> User | None:
        user = await self._users.create(
            tx,
            email=email,
            password_hash=None,
            full_name=_full_name(who.name, email),
            username=None,
            phone=None,
            locale=None,
            verified=True,
        )
        if user is None:
            return None
        await self._access_control.grant(tx, user.id, (HOMEOWNER,))
        await audit.record(
            tx,
            "account.registered",
            client,
            actor_id=user.id,
            subject=("user", user.id),
            data={"roles": [HOMEOWNER], "provider": provider},
        )
        if not await self._add(tx, client, user.id, provider=provider, subject=who.subject, email=email):
            # A concurrent sign-in with another address has just linked it: the next try finds it.
            raise Unavailable
        return user

    async def _hand_over(self, tx: AsyncSession, client: AnonymousClient, user: User) -> None:
        """Hand the account over to the owner of its address: every earlier credential stops working."""
        self._users.void_password(user)
        await self._users.drop_email_change(tx, user)
        await self._users.hand_over(tx, user, "finishSignIn")
        ended = await self._sessions.end_all(tx, user.id, EndReason.ADDRESS_CLAIMED)
        await self._one_time_tokens.void(tx, user.id)
        await self._second_factor.remove(tx, user.id)
        unlinked = await self._repository.remove_all(tx, user.id)
        await self._throttle.unlock(tx, user.email_key, user.username_key)
        await audit.record(
            tx,
            "account.handed_over",
            client,
            actor_id=user.id,
            subject=("user", user.id),
            data={"ended_sessions": ended, "unlinked_identities": unlinked},
        )

    def _identity(self, user_id: UUID, provider: str, subject: str, email: str | None) -> ExternalIdentity:
        now = self._clock.now()
        return ExternalIdentity(
            id=new_id(),
            user_id=user_id,
            provider=provider,
            subject=subject,
            email=email,
            created_at=now,
            last_used_at=now,
        )


def may_sign_in(user: User | None) -> TypeGuard[User]:
    """Return whether the account exists and may have a session."""
    return user is not None and user.closed_at is None and user.state is AccountState.ACTIVE


def known_address(email: str | None) -> str | None:
    """Return the address if an account could have it, else None."""
    fits = email is not None and _EMAIL_MIN <= len(email) <= _EMAIL_MAX and _EMAIL.fullmatch(email)
    return email if fits else None


def _full_name(name: str | None, email: str) -> str:
    """Return a name in the contract's form, printable and without outer spaces, or a default if there is none."""
    words = "".join(letter if letter.isprintable() else " " for letter in name or "").split()
    return " ".join(words)[:_NAME_MAX].strip() or email.partition("@")[0]
