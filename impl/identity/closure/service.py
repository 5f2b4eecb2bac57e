"""Service that closes an account, restores it by a mailed link, and erases it after the grace period."""

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import AccountState
from impl.identity.capabilities.access_control.errors import LastAdmin
from impl.identity.capabilities.access_control.service import AccessControlService
from impl.identity.capabilities.authentication.service import SessionsService
from impl.identity.capabilities.authentication.tables import EndReason
from impl.identity.capabilities.login_throttle.service import LoginThrottleService
from impl.identity.capabilities.mails.service import MailsService
from impl.identity.capabilities.mails.tables import MailKind
from impl.identity.capabilities.one_time_tokens.errors import InvalidOneTimeToken
from impl.identity.capabilities.one_time_tokens.service import OneTimeTokensService
from impl.identity.capabilities.one_time_tokens.tables import Purpose
from impl.identity.capabilities.reauthentication.service import ReauthenticationService
from impl.identity.capabilities.role_catalogue.service import PROVIDER
from impl.identity.capabilities.users.service import UsersService
from impl.identity.capabilities.users.tables import User
from impl.identity.closure.repository import ClosureRepository
from impl.kernel import audit
from impl.kernel.caller import NO_CLIENT, AnonymousClient, Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.personal_data import PersonalData
from impl.kernel.retention import CleanupJob, Steps
from impl.kernel.tables import core_table

_BATCH: Final = 100
# What closed and erased accounts are named by after a restored backup has brought them back (docs/recovery.md).
_log: Final = logging.getLogger("hestami.accounts")


class Publisher(Protocol):
    """Feature that publishes content of an account."""

    async def set_concealed(self, tx: AsyncSession, user_id: UUID, *, concealed: bool) -> None: ...


class Appointments(Protocol):
    """Feature in which others wait for the person of an account at an agreed time."""

    async def end_of_account(self, tx: AsyncSession, who: AnonymousClient, person_id: UUID) -> None: ...


class Claims(Protocol):
    """Feature in which a member of staff claims work, so that nobody else does it meanwhile."""

    async def release_claims(self, tx: AsyncSession, user_id: UUID) -> None: ...


class Index(Protocol):
    """Search index that may keep words of deleted rows until it is purged."""

    async def compact(self, tx: AsyncSession) -> None: ...


class ClosureService:
    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        users: UsersService,
        access_control: AccessControlService,
        sessions: SessionsService,
        one_time_tokens: OneTimeTokensService,
        reauthentication: ReauthenticationService,
        throttle: LoginThrottleService,
        mails: MailsService,
        publishers: Sequence[Publisher],
        appointments: Sequence[Appointments],
        claims: Sequence[Claims],
        indexes: Sequence[Index],
        personal_data: PersonalData,
        restorable: timedelta,
        unverified: timedelta,
    ) -> None:
        self._database = database
        self._repository = ClosureRepository(database.reader)
        self._clock = clock
        self._users = users
        self._access_control = access_control
        self._sessions = sessions
        self._one_time_tokens = one_time_tokens
        self._reauthentication = reauthentication
        self._throttle = throttle
        self._mails = mails
        self._publishers = publishers
        self._appointments = appointments
        self._claims = claims
        self._indexes = indexes
        self._personal_data = personal_data
        self._restorable = restorable
        self._unverified = unverified

    async def close_own(self, caller: Caller, *, current_password: str | None) -> None:
        confirmation = await self._reauthentication.confirm(caller, current_password, refusal="account.closure_refused")
        refusal: LastAdmin | None = None
        async with self._database.begin() as tx:
            user = await self._sessions.get_own_locked(tx, caller)
            await self._reauthentication.settle(tx, user, confirmation)
            try:
                await self.close(tx, user, by=caller)
            except LastAdmin as error:
                refusal = error
        # Raised after the transaction, so that the attempt is taken off the throttle: the password was right.
        if refusal is not None:
            raise refusal
        self.note_closed(caller.user_id)

    async def close(self, tx: AsyncSession, user: User, *, by: AnonymousClient) -> None:
        """Close the locked account; raise LastAdmin before anything was changed."""
        await self._access_control.refuse_losing_last_admin(tx, user.id)
        self._users.close(user)
        ended = await self._sessions.end_all(tx, user.id, EndReason.ACCOUNT_CLOSED)
        await self._one_time_tokens.void(tx, user.id)
        await self._users.drop_email_change(tx, user)
        await self._throttle.unlock(tx, user.email_key, user.username_key)
        await self.conceal(tx, user)
        for calendar in self._appointments:
            await calendar.end_of_account(tx, by, user.id)
        await audit.record(tx, "account.closed", by, subject=("user", user.id), data={"ended_sessions": ended})
        await self._mails.queue(tx, MailKind.ACCOUNT_CLOSED, user.id)

    @staticmethod
    def note_closed(user_id: UUID) -> None:
        """Name an account in the log whose closing was committed."""
        _log.info("the account %s was closed", user_id)

    async def conceal(self, tx: AsyncSession, user: User) -> None:
        """Hide the published content of an account that is closed, suspended or not a provider any more.

        It is shown again as it was afterwards.
        """
        is_away = user.closed_at is not None or user.state is AccountState.SUSPENDED
        concealed = is_away or PROVIDER not in await self._access_control.names_of(tx, user.id)
        for publisher in self._publishers:
            await publisher.set_concealed(tx, user.id, concealed=concealed)
        if is_away:
            await self.release_claims(tx, user.id)

    async def release_claims(self, tx: AsyncSession, user_id: UUID) -> None:
        """Release what the account has claimed and may not do any more: it is not claimed again with its return."""
        for claims in self._claims:
            await claims.release_claims(tx, user_id)

    async def restore(self, client: AnonymousClient, token: str) -> None:
        """Restore the account without signing anybody in: the link proves the mailbox, not the password."""
        presented = await self._one_time_tokens.present(token, Purpose.RESTORE_ACCOUNT)
        async with self._database.begin() as tx:
            user = await self._users.find_locked_even_closed(tx, presented.user_id)
            if user is None or user.closed_at is None:
                raise InvalidOneTimeToken
            await self._one_time_tokens.redeem(tx, presented, user)
            self._users.restore(user)
            await self.conceal(tx, user)
            await audit.record(tx, "account.restored", client, actor_id=user.id, subject=("user", user.id))
            await self._mails.queue(tx, MailKind.ACCOUNT_RESTORED, user.id)
        _log.info("the account %s was restored by its owner", presented.user_id)

    async def count_due(self) -> int:
        """Count the accounts that nobody can restore any more, and those that nobody ever verified."""
        now = self._clock.now()
        closed = await self._users.count_closed(before=now - self._restorable)
        return closed + await self._repository.count_unverified(before=now - self._unverified, now=now)

    @property
    def erase_due(self) -> CleanupJob:
        """Erase the accounts that nobody can restore any more, each in its own transaction."""
        return CleanupJob(self._erase_each)

    async def _erase_each(self) -> Steps:
        before = self._clock.now() - self._restorable
        # Reported even when no account is due.
        yield {core_table(User).name: 0}
        while found := await self._users.find_closed(before=before, limit=_BATCH):
            for user_id in found:
                async with self._database.begin() as tx:
                    user = await self._users.find_locked_even_closed(tx, user_id)
                    # Another worker has erased it, or its owner has restored it at the last moment.
                    if user is None or user.closed_at is None or user.closed_at > before:
                        continue
                    erased = await self._erase(tx, user)
                _log.info("the account %s was erased", user_id)
                yield erased

    @property
    def erase_unverified(self) -> CleanupJob:
        """Erase the accounts whose address was not verified in time, each in its own transaction."""
        return CleanupJob(self._erase_each_unverified)

    async def _erase_each_unverified(self) -> Steps:
        now = self._clock.now()
        span = {"before": now - self._unverified, "now": now}
        while found := await self._repository.find_unverified(**span, limit=_BATCH):
            for user_id in found:
                async with self._database.begin() as tx:
                    user = await self._users.find_locked(tx, user_id)
                    # Checked again under the lock, which verification and sign-in take as well.
                    if user is None or not await self._repository.is_unverified(tx, user_id, **span):
                        continue
                    self._users.close(user)
                    erased = await self._erase(tx, user)
                _log.info("the account %s was erased", user_id)
                yield erased

    async def _erase(self, tx: AsyncSession, user: User) -> Counter[str]:
        await self._users.erase(tx, user)
        erased = await self._personal_data.erase(tx, user.id)
        for index in self._indexes:
            await index.compact(tx)
        await audit.record(tx, "account.erased", NO_CLIENT, subject=("user", user.id))
        return erased
