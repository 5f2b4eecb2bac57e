"""Service of two-factor sign-in: owners enrol and remove it, staff reset it, and sign-ins pass it."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import AccountState
from impl.identity.capabilities.access_control.service import AccessControlService
from impl.identity.capabilities.authentication.service import LOCAL, NewSession, SessionsService, SignedIn
from impl.identity.capabilities.authentication.tables import EndReason
from impl.identity.capabilities.login_throttle.service import Attempt, LoginThrottleService
from impl.identity.capabilities.mails.service import MailsService
from impl.identity.capabilities.mails.tables import MailKind
from impl.identity.capabilities.oauth_codes.service import OAuthCodesService
from impl.identity.capabilities.reauthentication.service import ReauthenticationService
from impl.identity.capabilities.second_factor.errors import InvalidMfaToken
from impl.identity.capabilities.second_factor.service import Enrolment, MfaMethod, Proof, SecondFactorService, State
from impl.identity.capabilities.users.service import UsersService
from impl.identity.mfa.errors import MfaAlreadyEnrolled, MfaEnrolmentNotStarted, MfaNotEnrolled, WrongMfaCode
from impl.kernel import audit
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.database import Database
from impl.kernel.errors import AccountSuspended

_POINTERS: Final = {MfaMethod.TOTP: "/proof/code", MfaMethod.RECOVERY_CODE: "/proof/recovery_code"}


class MfaService:
    def __init__(
        self,
        *,
        database: Database,
        users: UsersService,
        access_control: AccessControlService,
        sessions: SessionsService,
        reauthentication: ReauthenticationService,
        second_factor: SecondFactorService,
        throttle: LoginThrottleService,
        codes: OAuthCodesService,
        mails: MailsService,
    ) -> None:
        self._database = database
        self._users = users
        self._access_control = access_control
        self._sessions = sessions
        self._reauthentication = reauthentication
        self._second_factor = second_factor
        self._throttle = throttle
        self._codes = codes
        self._mails = mails

    async def find_state(self, caller: Caller) -> State | None:
        return await self._second_factor.find_state(caller.user_id)

    # ---- signing in

    async def sign_in(self, client: AnonymousClient, *, token: str, proof: Proof) -> SignedIn:
        presented = await self._second_factor.present(token)
        credentials = await self._users.find_credentials_of(presented.user_id)
        if credentials is None:
            raise InvalidMfaToken
        attempt = await self._throttle.attempt(
            login=credentials.email_key,
            address=client.address,
            device=presented.device_id,
            second_factor=presented.user_id,
        )
        outcome: NewSession | WrongMfaCode | AccountSuspended
        client_id: str | None = None
        async with self._database.begin() as tx:
            user = await self._users.find_locked(tx, presented.user_id)
            if user is None:
                raise InvalidMfaToken
            subject = ("user", user.id)
            if user.state is AccountState.SUSPENDED:
                outcome = AccountSuspended()
                await audit.record(tx, "session.refused", client, subject=subject, data={"reason": "account-suspended"})
            elif await self._accepts(tx, client, user.id, proof):
                waiting = await self._codes.find_waiting(tx, presented.challenge_id)
                # Raises if the token was used in the meantime; the rollback then leaves the code unused.
                provider = await self._second_factor.redeem(tx, presented, user)
                outcome = await self._sessions.open_passed(
                    tx, client, user, provider=provider, device_id=presented.device_id
                )
                if waiting is not None:
                    # The client may refresh and revoke the session, and a replay of the code ends it.
                    self._codes.note_session(waiting, outcome.session.id)
                    client_id = waiting.client_id
                await self._throttle.succeeded(tx, attempt)
            else:
                outcome = WrongMfaCode(_POINTERS[proof.method])
                await self._record_wrong(tx, client, user.id, proof, event="session.refused", attempt=attempt)
        if isinstance(outcome, NewSession):
            with_device = outcome.session.provider == LOCAL
            return self._sessions.signed_in(outcome, with_device=with_device, client_id=client_id)
        raise outcome

    # ---- enrolment

    async def start(self, caller: Caller) -> Enrolment:
        await self._reauthentication.refuse_stale(caller)
        async with self._database.begin() as tx:
            user = await self._sessions.get_own_locked(tx, caller)
            enrolment = await self._second_factor.start(tx, user)
            if enrolment is None:
                raise MfaAlreadyEnrolled
            await audit.record(tx, "mfa.enrolment_started", caller, subject=("user", user.id))
        return enrolment

    async def confirm(self, caller: Caller, code: str) -> Sequence[str]:
        """Confirm the enrolment and end the other sessions, which were opened with the password alone.

        For the same reason no device is known any more. Wrong codes are not counted: they guess at nothing, whoever may
        confirm was told the secret.
        """
        async with self._database.begin() as tx:
            user = await self._sessions.get_own_locked(tx, caller)
            factor = await self._second_factor.find_started(tx, user.id)
            if factor is None:
                raise MfaEnrolmentNotStarted
            codes = await self._second_factor.confirm(tx, factor, code)
            if codes is None:
                raise WrongMfaCode("/code")
            self._users.forget_devices(user)
            ended = await self._sessions.end_all(tx, user.id, EndReason.MFA_ENABLED, but=caller.session_id)
            await audit.record(tx, "mfa.enabled", caller, subject=("user", user.id), data={"ended_sessions": ended})
            await self._mails.queue(tx, MailKind.MFA_ENABLED, user.id)
        return codes

    # ---- changes that need a code

    async def disable(self, caller: Caller, proof: Proof) -> None:
        """Switch the second factor off; a role that requires it is withheld until there is a new one.

        Refusing would keep an administrator from ever moving to another telephone without a colleague.
        """
        attempt = await self._attempt(caller)
        async with self._database.begin() as tx:
            is_right = await self._proves(tx, caller, proof, attempt)
            if is_right:
                await self._second_factor.remove(tx, caller.user_id)
                await self._throttle.unlock_second_factor(tx, caller.user_id)
                await audit.record(tx, "mfa.disabled", caller, subject=("user", caller.user_id))
                await self._mails.queue(tx, MailKind.MFA_DISABLED, caller.user_id)
        if not is_right:
            raise WrongMfaCode(_POINTERS[proof.method])

    async def renew_recovery_codes(self, caller: Caller, proof: Proof) -> Sequence[str]:
        attempt = await self._attempt(caller)
        codes: Sequence[str] = ()
        async with self._database.begin() as tx:
            is_right = await self._proves(tx, caller, proof, attempt)
            if is_right:
                codes = await self._second_factor.renew_codes(tx, caller.user_id)
                await audit.record(tx, "mfa.recovery_codes_renewed", caller, subject=("user", caller.user_id))
                await self._mails.queue(tx, MailKind.RECOVERY_CODES_RENEWED, caller.user_id)
        if not is_right:
            raise WrongMfaCode(_POINTERS[proof.method])
        return codes

    # ---- staff

    async def reset(self, caller: Caller, user_id: UUID) -> None:
        """Reset a second factor and end the sessions: whoever found the telephone may be signed in on it."""
        async with self._database.begin() as tx:
            user = await self._users.get_locked(tx, user_id)
            await self._access_control.refuse_acting_above(tx, caller, user.id)
            if not await self._second_factor.remove(tx, user.id):
                raise MfaNotEnrolled
            await self._throttle.unlock_second_factor(tx, user.id)
            ended = await self._sessions.end_all(tx, user.id, EndReason.MFA_RESET)
            await audit.record(tx, "mfa.reset", caller, subject=("user", user.id), data={"ended_sessions": ended})
            await self._mails.queue(tx, MailKind.MFA_RESET, user.id)

    # ---- inside

    async def _attempt(self, caller: Caller) -> Attempt:
        await self._reauthentication.refuse_stale(caller)
        if not caller.mfa_enrolled:
            raise MfaNotEnrolled
        throttle_key = (await self._sessions.get_summary(caller)).throttle_key
        return await self._throttle.attempt_signed_in(caller.user_id, throttle_key, second_factor=True)

    async def _proves(self, tx: AsyncSession, caller: Caller, proof: Proof, attempt: Attempt) -> bool:
        user = await self._sessions.get_own_locked(tx, caller)
        if not await self._second_factor.is_enrolled(tx, user.id):
            raise MfaNotEnrolled
        if await self._accepts(tx, caller, user.id, proof):
            await self._throttle.succeeded(tx, attempt)
            return True
        await self._record_wrong(tx, caller, user.id, proof, event="mfa.change_refused", attempt=attempt)
        return False

    async def _accepts(self, tx: AsyncSession, client: AnonymousClient, user_id: UUID, proof: Proof) -> bool:
        if not await self._second_factor.accept(tx, user_id, proof):
            return False
        if proof.method is MfaMethod.RECOVERY_CODE:
            await audit.record(
                tx,
                "mfa.recovery_code_used",
                client,
                actor_id=user_id,
                subject=("user", user_id),
                data={"left": await self._second_factor.count_codes(tx, user_id)},
            )
            await self._mails.queue(tx, MailKind.RECOVERY_CODE_USED, user_id)
        return True

    async def _record_wrong(
        self, tx: AsyncSession, client: AnonymousClient, user_id: UUID, proof: Proof, *, event: str, attempt: Attempt
    ) -> None:
        await audit.record(
            tx,
            event,
            client,
            subject=("user", user_id),
            data={"reason": "wrong-mfa-code", "method": proof.method.value, "blocks": attempt.blocks},
        )
