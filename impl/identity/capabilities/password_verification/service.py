"""Service that verifies passwords: each attempt is counted, takes the same time, and is audited when it fails."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.gateways.password_hashing import PasswordHasher
from impl.identity.capabilities.login_throttle.service import Attempt, LoginThrottleService
from impl.identity.capabilities.mails.service import MailsService
from impl.identity.capabilities.mails.tables import MailKind
from impl.identity.capabilities.password_verification.errors import InvalidCredentials
from impl.identity.capabilities.users.service import Credentials
from impl.kernel import audit, audit_intake
from impl.kernel.caller import AnonymousClient
from impl.kernel.database import Database
from impl.kernel.errors import Unavailable
from impl.kernel.presence import ClientGone


class PasswordVerificationService:
    """Verifies the passwords of every way of signing in.

    With one place for all, guesses cannot go on at one of them while another backs off.
    """

    def __init__(
        self, *, database: Database, throttle: LoginThrottleService, hasher: PasswordHasher, mails: MailsService
    ) -> None:
        self._database = database
        self._throttle = throttle
        self._hasher = hasher
        self._mails = mails

    async def check(
        self,
        client: AnonymousClient,
        credentials: Credentials | None,
        password: str,
        *,
        refusal: str,
        throttle_key: str | None = None,
    ) -> Attempt:
        """Return the attempt, which the caller reports as succeeded in the transaction of what it is for.

        Raises LoginThrottled and InvalidCredentials; `refusal` is the event of the latter, `throttle_key` counts for a
        signed-in caller, who proves the password again.
        """
        attempt, is_right = await self.try_password(client, credentials, password, throttle_key=throttle_key)
        if is_right:
            return attempt
        async with self._database.begin() as tx:
            await self.record_refusal(tx, client, credentials, attempt, event=refusal, reason="invalid-credentials")
        raise InvalidCredentials

    async def try_password(
        self,
        client: AnonymousClient,
        credentials: Credentials | None,
        password: str,
        *,
        login: str | None = None,
        device: UUID | None = None,
        throttle_key: str | None = None,
    ) -> tuple[Attempt, bool]:
        """Return the attempt, and whether the password is right; raises LoginThrottled and Unavailable.

        `login` is the comparable form of what was typed; who has come by a link types none, and is counted by the
        account's address. Without an account as long is spent on hashing. A known `device`, and who is signed in at a
        `place`, does not wait for strangers.
        """
        is_preferred = device is not None or throttle_key is not None
        # Before the attempt is counted, which would be taken back: two transactions for everybody who is refused.
        self._hasher.refuse_rush(preferred=is_preferred)
        if throttle_key is not None and credentials is not None:
            attempt = await self._throttle.attempt_signed_in(credentials.user_id, throttle_key)
        else:
            counted = login or ("" if credentials is None else credentials.email_key)
            attempt = await self._throttle.attempt(login=counted, address=client.address, device=device)
        stored = None if credentials is None else credentials.password_hash
        try:
            return attempt, await self._hasher.verify(password, stored, preferred=is_preferred)
        except (Unavailable, ClientGone):
            # Nothing was verified: a rush must not block those who try again.
            async with self._database.begin() as tx:
                await self._throttle.withdraw(tx, attempt)
            raise

    async def refuse_login(
        self, client: AnonymousClient, credentials: Credentials | None, attempt: Attempt, *, is_right: bool
    ) -> None:
        """Record a refused login, and mail the link again to somebody who has only not verified the address yet.

        The same rows whoever it is for: the worker finds out whether there is something to mail.
        """
        reason = "email-unverified" if is_right else "invalid-credentials"
        async with self._database.begin() as tx:
            await audit_intake.defer(
                tx,
                "session.refused",
                client,
                account_id=None if credentials is None else credentials.user_id,
                data={"reason": reason, "blocks": attempt.blocks},
            )
            registered = credentials.user_id if credentials is not None and is_right else None
            await self._mails.queue(tx, MailKind.VERIFY_EMAIL, registered)

    async def record_refusal(
        self,
        tx: AsyncSession,
        client: AnonymousClient,
        credentials: Credentials | None,
        attempt: Attempt,
        *,
        event: str,
        reason: str,
    ) -> None:
        """Record that a password opened nothing, and why."""
        await audit.record(
            tx,
            event,
            client,
            subject=None if credentials is None else ("user", credentials.user_id),
            data={"reason": reason, "blocks": attempt.blocks},
        )

    async def renewed_hash(self, credentials: Credentials, password: str, *, device: UUID | None) -> str | None:
        """Hash a right password anew if the stored hash has an earlier cost or pepper."""
        if credentials.password_hash is None or not self._hasher.needs_rehash(credentials.password_hash):
            return None
        return await self._hasher.hash(password, preferred=device is not None)
