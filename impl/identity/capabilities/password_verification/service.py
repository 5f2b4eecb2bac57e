"""Whether somebody knows an account's password: counted, in even time, and on record when they do not."""

from uuid import UUID

from impl.gateways.password_hashing import PasswordHasher
from impl.identity.capabilities.login_throttle.service import Attempt, LoginThrottleService
from impl.identity.capabilities.password_verification.errors import InvalidCredentials
from impl.identity.capabilities.users.service import Credentials
from impl.kernel import audit
from impl.kernel.caller import AnonymousClient
from impl.kernel.database import Database


class PasswordVerificationService:
    """One place for all ways in: otherwise guesses could go on at one of them while another backs off."""

    def __init__(self, *, database: Database, throttle: LoginThrottleService, hasher: PasswordHasher) -> None:
        self._database = database
        self._throttle = throttle
        self._hasher = hasher

    async def check(
        self,
        client: AnonymousClient,
        credentials: Credentials | None,
        password: str,
        *,
        refusal: str,
        login: str = "",
        device: UUID | None = None,
    ) -> Attempt:
        """The attempt, which the caller reports as succeeded in the transaction of what it is for.

        Raises LoginThrottled and InvalidCredentials; `refusal` is the event of the latter. Without an account, `login`
        is what attempts are counted by, and as long is spent on hashing.
        """
        account = login if credentials is None else credentials.user_id
        attempt = await self._throttle.attempt(account=account, address=client.address, device=device)
        if await self._hasher.verify(password, None if credentials is None else credentials.password_hash):
            return attempt
        async with self._database.begin() as tx:
            await audit.record(
                tx,
                refusal,
                client,
                subject=None if credentials is None else ("user", credentials.user_id),
                data={"reason": "invalid-credentials", "blocks": attempt.blocks},
            )
        raise InvalidCredentials

    async def renewed_hash(self, credentials: Credentials, password: str) -> str | None:
        """A new hash of a right password whose stored one was made with an earlier cost or pepper."""
        if credentials.password_hash is None or not self._hasher.needs_rehash(credentials.password_hash):
            return None
        return await self._hasher.hash(password)
