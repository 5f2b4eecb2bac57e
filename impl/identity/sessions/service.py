"""Service of signing in by password, staying signed in, and signing out."""

from typing import Final

from generated.states import AccountState
from impl.identity.capabilities.authentication.service import LOCAL, NewSession, SessionsService, SignedIn
from impl.identity.capabilities.authentication.tables import EndReason
from impl.identity.capabilities.known_devices.service import KnownDevices
from impl.identity.capabilities.login_throttle.service import LoginThrottleService
from impl.identity.capabilities.oauth_codes.service import OAuthCodesService
from impl.identity.capabilities.password_verification.errors import InvalidCredentials
from impl.identity.capabilities.password_verification.service import PasswordVerificationService
from impl.identity.capabilities.second_factor.service import Challenge
from impl.identity.capabilities.users.service import UsersService
from impl.kernel import audit
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.database import Database
from impl.kernel.errors import AccountSuspended

_REFUSED: Final = "The login or the password is wrong, or the address is not verified yet."


class SignInService:
    def __init__(
        self,
        *,
        database: Database,
        users: UsersService,
        throttle: LoginThrottleService,
        password_verification: PasswordVerificationService,
        sessions: SessionsService,
        codes: OAuthCodesService,
        secret_key: bytes,
    ) -> None:
        self._database = database
        self._users = users
        self._throttle = throttle
        self._password_verification = password_verification
        self._sessions = sessions
        self._codes = codes
        self._devices = KnownDevices(secret_key)

    async def login(self, client: AnonymousClient, *, login: str, password: str, device_token: str | None) -> SignedIn:
        credentials = await self._users.find_credentials(login)
        device_id = self._devices.recognise(credentials, device_token)
        attempt, is_right = await self._password_verification.try_password(
            client, credentials, password, login=self._users.login_key(login), device=device_id
        )
        if credentials is None or not is_right or credentials.state is AccountState.PENDING:
            await self._password_verification.refuse_login(client, credentials, attempt, is_right=is_right)
            raise InvalidCredentials(_REFUSED)
        renewed_hash = await self._password_verification.renewed_hash(credentials, password, device=device_id)
        outcome: NewSession | Challenge | None = None
        async with self._database.begin() as tx:
            user = await self._users.find_locked(tx, credentials.user_id)
            # A password reset since the check has ended all sessions; a new one must not outlive it.
            if user is None or user.password_changed_at != credentials.password_changed_at:
                raise InvalidCredentials(_REFUSED)
            if renewed_hash is not None:
                self._users.renew_hash(user, renewed_hash)
            if user.state is AccountState.SUSPENDED:
                await audit.record(
                    tx, "session.refused", client, subject=("user", user.id), data={"reason": "account-suspended"}
                )
            else:
                outcome = await self._sessions.open_session(tx, client, user, provider=LOCAL, device_id=device_id)
            if isinstance(outcome, NewSession):
                await self._throttle.succeeded(tx, attempt)
            else:
                await self._throttle.withdraw(tx, attempt)
        if outcome is None:
            raise AccountSuspended
        return self._sessions.signed_in_or_challenged(outcome)

    async def refresh(self, client: AnonymousClient, refresh_token: str) -> SignedIn:
        """Issue new tokens for the session, to the client that it was opened for."""
        opened = await self._sessions.refresh(client, refresh_token)
        return self._sessions.signed_in(opened, client_id=await self._codes.find_client_of(opened.session.id))

    async def logout(self, caller: Caller) -> None:
        async with self._database.begin() as tx:
            if await self._sessions.end_one(tx, caller.user_id, caller.session_id, EndReason.SIGNED_OUT):
                await audit.record(tx, "session.ended", caller, subject=("session", caller.session_id))
