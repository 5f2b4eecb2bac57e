"""Service that resets forgotten passwords and changes known ones."""

from uuid import UUID

from generated.states import AccountState
from impl.gateways.password_hashing import PasswordHasher
from impl.identity.capabilities.authentication.service import SessionsService
from impl.identity.capabilities.authentication.tables import EndReason
from impl.identity.capabilities.external_identities.service import ExternalIdentitiesService
from impl.identity.capabilities.login_throttle.service import LoginThrottleService
from impl.identity.capabilities.mails.service import MailsService
from impl.identity.capabilities.mails.tables import MailKind
from impl.identity.capabilities.one_time_tokens.errors import InvalidOneTimeToken
from impl.identity.capabilities.one_time_tokens.service import OneTimeTokensService
from impl.identity.capabilities.one_time_tokens.tables import Purpose
from impl.identity.capabilities.password_policy.service import PasswordPolicy
from impl.identity.capabilities.password_verification.errors import InvalidCredentials, WrongCurrentPassword
from impl.identity.capabilities.password_verification.service import PasswordVerificationService
from impl.identity.capabilities.second_factor.service import SecondFactorService
from impl.identity.capabilities.users.service import UsersService
from impl.kernel import audit, audit_intake
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.database import Database

_POINTER = "/new_password"


class PasswordsService:
    def __init__(
        self,
        *,
        database: Database,
        hasher: PasswordHasher,
        password_policy: PasswordPolicy,
        password_verification: PasswordVerificationService,
        throttle: LoginThrottleService,
        users: UsersService,
        sessions: SessionsService,
        one_time_tokens: OneTimeTokensService,
        external_identities: ExternalIdentitiesService,
        second_factor: SecondFactorService,
        mails: MailsService,
    ) -> None:
        self._database = database
        self._hasher = hasher
        self._password_policy = password_policy
        self._password_verification = password_verification
        self._throttle = throttle
        self._users = users
        self._sessions = sessions
        self._one_time_tokens = one_time_tokens
        self._external_identities = external_identities
        self._second_factor = second_factor
        self._mails = mails

    async def request_reset(self, client: AnonymousClient, email: str) -> None:
        """Request a reset by the same rows for known and unknown addresses; the worker finds out what to mail."""
        async with self._database.begin() as tx:
            user = await self._users.find_by_email(tx, email)
            user_id: UUID | None = None if user is None else user.id
            await audit_intake.defer(tx, "password.reset_requested", client, account_id=user_id)
            await self._mails.queue(tx, MailKind.RESET_PASSWORD, user_id)

    async def confirm_reset(self, client: AnonymousClient, *, token: str, new_password: str) -> None:
        """Set the password, end every earlier credential and session, and sign in nobody."""
        presented = await self._one_time_tokens.present(token, Purpose.RESET_PASSWORD)
        credentials = await self._users.find_credentials_of(presented.user_id)
        if credentials is None:
            raise InvalidOneTimeToken
        self._password_policy.check(
            new_password, email=credentials.email, username=credentials.username, pointer=_POINTER
        )
        password_hash = await self._hasher.hash(new_password)
        async with self._database.begin() as tx:
            user = await self._users.find_locked(tx, presented.user_id)
            if user is None:
                raise InvalidOneTimeToken
            await self._one_time_tokens.redeem(tx, presented, user)
            was_pending = user.state is AccountState.PENDING
            if was_pending:
                # Staff may have given the account this address: who reads its mail has not linked these identities, and
                # would have to pass somebody else's second factor.
                await self._external_identities.remove_all(tx, user.id)
                await self._second_factor.remove(tx, user.id)
            self._users.set_password(user, password_hash)
            await self._users.hand_over(tx, user, "confirmPasswordReset")
            ended = await self._sessions.end_all(tx, user.id, EndReason.PASSWORD_RESET)
            await self._one_time_tokens.void(tx, user.id)
            await self._users.drop_email_change(tx, user)
            await self._throttle.unlock(tx, user.email_key, user.username_key)
            subject = ("user", user.id)
            await audit.record(
                tx, "password.reset", client, actor_id=user.id, subject=subject, data={"ended_sessions": ended}
            )
            if was_pending:
                await audit.record(tx, "account.verified", client, actor_id=user.id, subject=subject)
            await self._mails.queue(tx, MailKind.PASSWORD_CHANGED, user.id)

    async def change(self, caller: Caller, *, current_password: str, new_password: str) -> None:
        """Change the password and end the account's other sessions."""
        credentials = await self._users.find_credentials_of(caller.user_id)
        if credentials is None:
            raise WrongCurrentPassword
        # Checked first, so that a refused new password does not count as a failed attempt at the old one.
        self._password_policy.check(
            new_password, email=credentials.email, username=credentials.username, pointer=_POINTER
        )
        throttle_key = (await self._sessions.get_summary(caller)).throttle_key
        try:
            attempt = await self._password_verification.check(
                caller, credentials, current_password, refusal="password.change_refused", throttle_key=throttle_key
            )
        except InvalidCredentials:
            raise WrongCurrentPassword from None
        password_hash = await self._hasher.hash(new_password, preferred=True)
        async with self._database.begin() as tx:
            user = await self._sessions.get_own_locked(tx, caller)
            if user.password_changed_at != credentials.password_changed_at:
                raise WrongCurrentPassword
            await self._throttle.succeeded(tx, attempt)
            self._users.set_password(user, password_hash)
            ended = await self._sessions.end_all(tx, user.id, EndReason.PASSWORD_CHANGED, but=caller.session_id)
            # Pending resets and changes of address could undo this.
            await self._one_time_tokens.void(tx, user.id, Purpose.RESET_PASSWORD)
            await self._one_time_tokens.void(tx, user.id, Purpose.CHANGE_EMAIL)
            await self._users.drop_email_change(tx, user)
            await audit.record(
                tx, "password.changed", caller, subject=("user", user.id), data={"ended_sessions": ended}
            )
            await self._mails.queue(tx, MailKind.PASSWORD_CHANGED, user.id)
