"""Service of reauthentication: by the current password, or by a recent sign-in for accounts without one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.capabilities.authentication.service import LOCAL, SessionsService
from impl.identity.capabilities.login_throttle.service import Attempt, LoginThrottleService
from impl.identity.capabilities.password_verification.errors import InvalidCredentials, WrongCurrentPassword
from impl.identity.capabilities.password_verification.service import PasswordVerificationService
from impl.identity.capabilities.reauthentication.errors import FreshSignInRequired, ReauthenticationRequired
from impl.identity.capabilities.users.service import UsersService
from impl.identity.capabilities.users.tables import User
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.clock import Clock
from impl.kernel.errors import AccountSuspended, InvalidToken

FRESH: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Proof that was found right outside the transaction and is checked again inside it."""

    password_changed_at: datetime | None
    attempt: Attempt | None


@dataclass(frozen=True, slots=True)
class PasswordProof:
    password: str


@dataclass(frozen=True, slots=True)
class SessionProof:
    access_token: str


type Proof = PasswordProof | SessionProof


@dataclass(frozen=True, slots=True)
class VerifiedProof:
    """Proof of ownership by somebody without a session here: another session, or a successful login attempt."""

    session_id: UUID | None
    attempt: Attempt | None


class ReauthenticationService:
    """Checks that the owner asks, so that a stolen access token does not suffice to take an account over."""

    def __init__(
        self,
        *,
        clock: Clock,
        users: UsersService,
        password_verification: PasswordVerificationService,
        throttle: LoginThrottleService,
        sessions: SessionsService,
    ) -> None:
        self._clock = clock
        self._users = users
        self._password_verification = password_verification
        self._throttle = throttle
        self._sessions = sessions

    async def confirm(self, caller: Caller, current_password: str | None, *, refusal: str) -> Confirmation:
        """Check the caller's password; raise WrongCurrentPassword, LoginThrottled or ReauthenticationRequired.

        A wrong one is recorded as `refusal`.
        """
        credentials = await self._users.find_credentials_of(caller.user_id)
        if credentials is not None and credentials.password_hash is None:
            started_at = (await self._sessions.get_summary(caller)).created_at
            if self._clock.now() - started_at > FRESH:
                raise ReauthenticationRequired
            return Confirmation(credentials.password_changed_at, None)
        if credentials is None or current_password is None:
            raise WrongCurrentPassword
        throttle_key = (await self._sessions.get_summary(caller)).throttle_key
        try:
            attempt = await self._password_verification.check(
                caller, credentials, current_password, refusal=refusal, throttle_key=throttle_key
            )
        except InvalidCredentials:
            raise WrongCurrentPassword from None
        return Confirmation(credentials.password_changed_at, attempt)

    async def refuse_stale(self, caller: Caller) -> None:
        """Raise FreshSignInRequired unless the caller signed in lately, before a way into the account is added.

        A session that somebody else has got hold of must not be enough to come back by, nor to lock its owner out. It
        counts when the password or the second factor started it a moment ago; an identity provider's word counts
        where there is no password.
        """
        session = await self._sessions.get_summary(caller)
        is_fresh = self._clock.now() - session.created_at <= FRESH
        if is_fresh and session.provider != LOCAL and not caller.mfa_enrolled:
            credentials = await self._users.find_credentials_of(caller.user_id)
            is_fresh = credentials is not None and credentials.password_hash is None
        if not is_fresh:
            raise FreshSignInRequired(FRESH // timedelta(minutes=1))

    async def prove(self, client: AnonymousClient, user_id: UUID, proof: Proof, *, refusal: str) -> VerifiedProof:
        """Verify a proof of ownership; raise InvalidCredentials, recorded as `refusal`, or LoginThrottled."""
        if isinstance(proof, PasswordProof):
            credentials = await self._users.find_credentials_of(user_id)
            attempt = await self._password_verification.check(client, credentials, proof.password, refusal=refusal)
            return VerifiedProof(None, attempt)
        try:
            caller = await self._sessions.authenticate(proof.access_token, client)
        except (InvalidToken, AccountSuspended):
            raise InvalidCredentials from None
        if caller.user_id != user_id:
            raise InvalidCredentials
        return VerifiedProof(caller.session_id, None)

    async def withdraw(self, tx: AsyncSession, proved: VerifiedProof) -> None:
        """Uncount the attempt in the transaction of its operation, with the account locked."""
        if proved.attempt is not None:
            await self._throttle.succeeded(tx, proved.attempt)

    async def settle(self, tx: AsyncSession, user: User, confirmation: Confirmation) -> None:
        """Settle the attempt in the transaction of what it is for: the password may have changed meanwhile."""
        if user.password_changed_at != confirmation.password_changed_at:
            raise WrongCurrentPassword
        if confirmation.attempt is not None:
            await self._throttle.succeeded(tx, confirmation.attempt)
