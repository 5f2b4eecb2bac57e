"""Service that backs off failed logins.

An attempt is counted before its password is checked, and is taken off again when the password was right.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.capabilities.login_throttle.errors import LoginThrottled
from impl.identity.capabilities.login_throttle.repository import LoginThrottleRepository
from impl.identity.capabilities.login_throttle.tables import LoginThrottle, Scope
from impl.kernel.addresses import network_of
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.secrets import derive

ACCOUNT_FAILURES: Final = 5
ADDRESS_FAILURES: Final = 50
_FIRST_BLOCK: Final = timedelta(seconds=30)
LONGEST_BLOCK: Final = timedelta(hours=1)
_FORGOTTEN_AFTER: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Attempt:
    """Login attempt in progress, counted as failed until it succeeds; one that `blocks` makes the next ones wait.

    `counts` holds the counters of `keys`, this attempt included.
    """

    keys: tuple[tuple[Scope, bytes], ...]
    counts: tuple[int, ...]
    blocks: bool


class LoginThrottleService:
    """Counts failed attempts by account, address, device and second factor, and makes the next ones wait.

    Counting after the check would let a burst of parallel guesses through before the first is counted.

    An attempt from a known device is counted by that device: who floods the account from elsewhere does not lock its
    owner out, and a stolen device token allows no more guesses than an account does. A proof of somebody who is signed
    in is counted by session and device, whatever happens outside.

    E-mail address and username are counted apart, as they were typed: one shared count would reveal that they belong
    together.

    Guesses at a second factor count like those at a password and by a counter of their own as well. Otherwise who knows
    the password could reset the count after every few codes, for example by changing the password.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        secret_key: bytes,
        address_scale: int,
    ) -> None:
        self._database = database
        self._clock = clock
        self._secret_key = secret_key
        # Divides the limit of an address where many people share one (a test run, an office's gateway).
        self._limits = {
            Scope.ACCOUNT: ACCOUNT_FAILURES,
            Scope.DEVICE: ACCOUNT_FAILURES,
            Scope.SECOND_FACTOR: ACCOUNT_FAILURES,
            Scope.ADDRESS: ADDRESS_FAILURES * address_scale,
        }
        self._repository = LoginThrottleRepository()

    async def attempt(
        self, *, login: str, address: str, device: UUID | None = None, second_factor: UUID | None = None
    ) -> Attempt:
        """Count one; raises LoginThrottled while anything that it would count on is blocked.

        `login` is the comparable form of what was typed, whether or not there is such an account; `second_factor` is
        whose codes are guessed at.
        """
        if device is not None:
            return await self._attempt((Scope.DEVICE, str(device)))
        named = [(Scope.ACCOUNT, login), (Scope.ADDRESS, network_of(address))]
        if second_factor is not None:
            named.append((Scope.SECOND_FACTOR, str(second_factor)))
        return await self._attempt(*named)

    async def attempt_signed_in(self, user_id: UUID, throttle_key: str, *, second_factor: bool = False) -> Attempt:
        """Count what somebody who is signed in proves again, by their `throttle_key`; raises LoginThrottled."""
        named = [(Scope.DEVICE, f"signed-in:{user_id}:{throttle_key}")]
        if second_factor:
            named.append((Scope.SECOND_FACTOR, f"signed-in:{user_id}"))
        return await self._attempt(*named)

    async def _attempt(self, *named: tuple[Scope, str]) -> Attempt:
        keys = tuple((scope, self._digest(scope, name)) for scope, name in named)
        now = self._clock.now()
        blocked_until: datetime | None = None
        async with self._database.begin() as tx:
            # Locked in one order by all attempts, which prevents deadlocks.
            counters = [await self._repository.get_locked(tx, scope, key, now=now) for scope, key in keys]
            for counter in counters:
                if counter.blocked_until is not None and counter.blocked_until > now:
                    blocked_until = max(blocked_until or now, counter.blocked_until)
            if blocked_until is None:
                for counter in counters:
                    self._count(counter, now)
        if blocked_until is not None:
            raise LoginThrottled(ceil((blocked_until - now).total_seconds()))
        counts = tuple(counter.failures for counter in counters)
        return Attempt(keys, counts, blocks=any(counter.blocked_until is not None for counter in counters))

    async def succeeded(self, tx: AsyncSession, attempt: Attempt) -> None:
        """Reset the account's counter, and give this one attempt back to the address.

        If the address started anew as well, whoever guesses could clear it by signing in to an account of their own.
        """
        for (scope, key), count in zip(attempt.keys, attempt.counts, strict=True):
            if scope is Scope.ADDRESS:
                await self._take_off(tx, scope, key, count)
            else:
                await self._repository.remove(tx, scope, key)

    async def withdraw(self, tx: AsyncSession, attempt: Attempt) -> None:
        """Uncount the attempt of the first factor; earlier failures count until the second one has passed."""
        for (scope, key), count in zip(attempt.keys, attempt.counts, strict=True):
            await self._take_off(tx, scope, key, count)

    async def unlock(self, tx: AsyncSession, *logins: str | None) -> None:
        """Unblock the password's counters, by address and username, for somebody who proved the mailbox."""
        for login in logins:
            if login is not None:
                await self._repository.remove(tx, Scope.ACCOUNT, self._digest(Scope.ACCOUNT, login))

    async def unlock_second_factor(self, tx: AsyncSession, user_id: UUID) -> None:
        """Unblock the second factor's counter, when it was removed or staff identified the person."""
        for name in (str(user_id), f"signed-in:{user_id}"):
            await self._repository.remove(tx, Scope.SECOND_FACTOR, self._digest(Scope.SECOND_FACTOR, name))

    async def _take_off(self, tx: AsyncSession, scope: Scope, key: bytes, count: int) -> None:
        counter = await self._repository.find_locked(tx, scope, key)
        if counter is None:
            return
        # If no failure was counted since, the block is this attempt's own: an earlier block would not have let it in.
        is_own = counter.failures == count
        counter.failures = max(0, counter.failures - 1)
        if is_own or counter.failures < self._limits[scope]:
            counter.blocked_until = None

    def _count(self, counter: LoginThrottle, now: datetime) -> None:
        if now - counter.last_failed_at >= _FORGOTTEN_AFTER:
            counter.failures = 0
        counter.failures += 1
        counter.last_failed_at = now
        after_position = counter.failures - self._limits[counter.scope]
        counter.blocked_until = (
            None if after_position < 0 else now + min(LONGEST_BLOCK, _FIRST_BLOCK * 2 ** min(after_position, 16))
        )

    def _digest(self, scope: Scope, value: str) -> bytes:
        return derive(self._secret_key, "login-throttle", scope.value, value)
