"""Service that creates accounts and verifies that an e-mail address belongs to who registered it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import AccountState
from impl.gateways.password_hashing import PasswordHasher
from impl.identity.capabilities.access_control.service import AccessControlService
from impl.identity.capabilities.authentication.service import LOCAL, NewSession, SessionsService, SignedIn
from impl.identity.capabilities.login_throttle.service import LoginThrottleService
from impl.identity.capabilities.mails.service import MailsService
from impl.identity.capabilities.mails.tables import MailKind
from impl.identity.capabilities.one_time_tokens.service import OneTimeTokensService, Presented
from impl.identity.capabilities.one_time_tokens.tables import Purpose
from impl.identity.capabilities.password_policy.service import PasswordPolicy
from impl.identity.capabilities.password_verification.errors import InvalidCredentials
from impl.identity.capabilities.password_verification.service import PasswordVerificationService
from impl.identity.capabilities.role_catalogue.service import ADMIN, HOMEOWNER
from impl.identity.capabilities.second_factor.service import Challenge
from impl.identity.capabilities.users.errors import UsernameTaken
from impl.identity.capabilities.users.service import UsersService
from impl.identity.capabilities.users.tables import User
from impl.identity.registration.errors import AddressInUseError
from impl.kernel import audit, audit_intake
from impl.kernel.caller import NO_CLIENT, AnonymousClient
from impl.kernel.database import Database
from impl.kernel.errors import AccountSuspended, Problem, Unavailable
from impl.kernel.pending_writes import savepoint


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Details that a person gives when they register."""

    email: str
    full_name: str
    username: str | None = None
    phone: str | None = None
    locale: str | None = None
    roles: tuple[str, ...] = (HOMEOWNER,)


class RegistrationService:
    def __init__(
        self,
        *,
        database: Database,
        hasher: PasswordHasher,
        password_policy: PasswordPolicy,
        password_verification: PasswordVerificationService,
        throttle: LoginThrottleService,
        users: UsersService,
        access_control: AccessControlService,
        sessions: SessionsService,
        one_time_tokens: OneTimeTokensService,
        mails: MailsService,
    ) -> None:
        self._database = database
        self._hasher = hasher
        self._password_policy = password_policy
        self._password_verification = password_verification
        self._throttle = throttle
        self._users = users
        self._access_control = access_control
        self._sessions = sessions
        self._one_time_tokens = one_time_tokens
        self._mails = mails

    async def register(self, client: AnonymousClient, new: NewAccount, *, password: str) -> None:
        """Register alike for known and unknown addresses, hashing included, which takes longer than all the rest.

        Of an account that is there, nothing changes. If a second registration set the password, a stranger's would be
        verified by the owner of the address, whose mail cannot tell the two apart.
        """
        self._password_policy.check(password, email=new.email, username=new.username, pointer="/password")
        password_hash = await self._hasher.hash(password)
        async with self._database.begin() as tx:
            if new.username is not None and await self._users.is_username_taken(tx, new.username):
                raise UsernameTaken
            user_id = await self.add(tx, new, password_hash=password_hash)
            if user_id is not None:
                await audit.record(
                    tx,
                    "account.registered",
                    client,
                    actor_id=user_id,
                    subject=("user", user_id),
                    data={"roles": sorted(new.roles)},
                )
                await self._mails.queue(tx, MailKind.VERIFY_EMAIL, user_id)
                return
            owner = await self._users.find_by_email(tx, new.email)
            if owner is None:
                raise Unavailable("The address has become free just now.")
            await audit_intake.defer(tx, "account.registered_again", client, account_id=owner.id)
            await self._mails.queue(tx, MailKind.REGISTERED_AGAIN, owner.id)

    async def resend(self, email: str) -> None:
        async with self._database.begin() as tx:
            user = await self._users.find_by_email(tx, email)
            await self._mails.queue(tx, MailKind.VERIFY_EMAIL, None if user is None else user.id)

    async def verify(self, client: AnonymousClient, *, token: str, password: str, username: str | None) -> SignedIn:
        """Make the account its owner's, and sign them in as a login does.

        The token proves the mailbox and the password the registration; whoever has only one of them gains nothing.
        `username` takes the place of the one that was wished for. Raises MfaRequired where staff gave another address
        to an account that has a second factor.
        """
        presented = await self._one_time_tokens.present(token, Purpose.VERIFY_EMAIL)
        credentials = await self._users.find_credentials_of(presented.user_id)
        attempt = await self._password_verification.check(
            client, credentials, password, refusal="account.verification_refused"
        )
        if credentials is None:
            raise InvalidCredentials
        async with self._database.begin() as tx:
            # The account is locked before its counter, in the order of a login.
            user = await self._users.find_locked(tx, presented.user_id)
            if user is None or user.password_changed_at != credentials.password_changed_at:
                raise InvalidCredentials
            await self._throttle.succeeded(tx, attempt)
            outcome: NewSession | Challenge | Problem
            try:
                async with savepoint(tx):
                    outcome = await self._verify(tx, client, user, presented, username)
            except Problem as refusal:
                outcome = refusal
        # Raised after the transaction, so that the attempt is taken off the throttle: its password was right.
        if isinstance(outcome, Problem):
            raise outcome
        return self._sessions.signed_in_or_challenged(outcome)

    async def add(
        self, tx: AsyncSession, new: NewAccount, *, password_hash: str, is_verified: bool = False
    ) -> UUID | None:
        """Add an account with its roles, or return None if the address or username belongs to somebody."""
        user = await self._users.create(
            tx,
            email=new.email,
            password_hash=password_hash,
            full_name=new.full_name,
            username=new.username,
            phone=new.phone,
            locale=new.locale,
            verified=is_verified,
        )
        if user is None:
            return None
        await self._access_control.grant(tx, user.id, new.roles)
        return user.id

    async def create_admin(self, *, email: str, full_name: str, password: str, username: str | None = None) -> UUID:
        """Create a verified administrator for the operator's command; raise WeakPassword or AddressInUseError."""
        self._password_policy.check(password, email=email, username=username, pointer="/password")
        password_hash = await self._hasher.hash(password)
        return await self.create_verified(
            NewAccount(email, full_name, username, roles=(ADMIN,)), password_hash=password_hash
        )

    async def create_verified(self, new: NewAccount, *, password_hash: str) -> UUID:
        """Create an account whose address operators vouch for; raise AddressInUseError."""
        async with self._database.begin() as tx:
            user_id = await self.add(tx, new, password_hash=password_hash, is_verified=True)
            if user_id is None:
                raise AddressInUseError("the address or the username belongs to an account")
            await audit.record(
                tx,
                "account.created",
                NO_CLIENT,
                subject=("user", user_id),
                data={"roles": sorted(new.roles)},
            )
        return user_id

    async def _verify(
        self, tx: AsyncSession, client: AnonymousClient, user: User, presented: Presented, username: str | None
    ) -> NewSession | Challenge:
        """Verify an account; a refusal uses nothing up, so that the same link serves with another username."""
        if user.state is AccountState.SUSPENDED:
            raise AccountSuspended
        await self._one_time_tokens.redeem(tx, presented, user)
        if not await self._users.verify(tx, user, username=username):
            raise UsernameTaken
        await audit.record(tx, "account.verified", client, actor_id=user.id, subject=("user", user.id))
        return await self._sessions.open_session(tx, client, user, provider=LOCAL)
