"""Service of e-mail changes: requested by the owner, confirmed at the new address, announced at the old one."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.capabilities.authentication.service import SessionsService
from impl.identity.capabilities.authentication.tables import EndReason
from impl.identity.capabilities.mails.service import MailsService
from impl.identity.capabilities.mails.tables import MailKind
from impl.identity.capabilities.one_time_tokens.errors import InvalidOneTimeToken
from impl.identity.capabilities.one_time_tokens.service import OneTimeTokensService, Presented
from impl.identity.capabilities.one_time_tokens.tables import Purpose
from impl.identity.capabilities.reauthentication.service import Proof, ReauthenticationService
from impl.identity.capabilities.users.service import UsersService
from impl.identity.capabilities.users.tables import User
from impl.kernel import audit
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.database import Database
from impl.kernel.errors import Problem
from impl.kernel.pending_writes import savepoint


class EmailChangeService:
    def __init__(
        self,
        *,
        database: Database,
        users: UsersService,
        sessions: SessionsService,
        one_time_tokens: OneTimeTokensService,
        reauthentication: ReauthenticationService,
        mails: MailsService,
    ) -> None:
        self._database = database
        self._users = users
        self._sessions = sessions
        self._one_time_tokens = one_time_tokens
        self._reauthentication = reauthentication
        self._mails = mails

    async def request(self, caller: Caller, *, new_email: str, current_password: str | None) -> None:
        """Request a change of address; the rows do not depend on its owner, and the worker decides whom to mail."""
        confirmation = await self._reauthentication.confirm(caller, current_password, refusal="email.change_refused")
        async with self._database.begin() as tx:
            user = await self._sessions.get_own_locked(tx, caller)
            await self._reauthentication.settle(tx, user, confirmation)
            await self._one_time_tokens.void(tx, user.id, Purpose.CHANGE_EMAIL)
            change = await self._users.open_email_change(tx, user, new_email)
            await audit.record(
                tx,
                "email.change_requested",
                caller,
                subject=("user", user.id),
                data={"change": str(change.id)},
                personal={"new_email": new_email},
            )
            await self._mails.queue(tx, MailKind.CONFIRM_EMAIL, user.id, about=change.id)
            await self._mails.queue(tx, MailKind.EMAIL_CHANGE_ASKED, user.id, about=change.id)

    async def confirm(self, client: AnonymousClient, *, token: str, proof: Proof) -> None:
        """Confirm the change: the token proves the new mailbox, the proof the account, and one alone gains nothing."""
        presented = await self._one_time_tokens.present(token, Purpose.CHANGE_EMAIL)
        proved = await self._reauthentication.prove(
            client, presented.user_id, proof, refusal="email.confirmation_refused"
        )
        async with self._database.begin() as tx:
            # The account is locked before its counter, in the order of a login.
            user = await self._users.find_locked(tx, presented.user_id)
            await self._reauthentication.withdraw(tx, proved)
            refusal: Problem | None = None
            try:
                async with savepoint(tx):
                    await self._change(tx, client, user, presented, kept=proved.session_id)
            except Problem as error:
                refusal = error
        # Raised after the transaction, so that the attempt is taken off the throttle: its password was right.
        if refusal is not None:
            raise refusal

    async def _change(
        self, tx: AsyncSession, client: AnonymousClient, user: User | None, presented: Presented, *, kept: UUID | None
    ) -> None:
        """Change the address; raise InvalidOneTimeToken if the link was superseded or the address taken since."""
        change = None if user is None else await self._users.find_open_email_change(tx, user.id)
        if user is None:
            raise InvalidOneTimeToken
        await self._one_time_tokens.redeem(tx, presented, user, email_key=None if change is None else change.email_key)
        if change is None or not await self._users.change_email(tx, user, change):
            raise InvalidOneTimeToken
        # Voids every link that was mailed to the former address.
        await self._one_time_tokens.void(tx, user.id)
        await self._mails.queue(tx, MailKind.EMAIL_CHANGED, user.id, about=change.id)
        ended = await self._sessions.end_all(tx, user.id, EndReason.EMAIL_CHANGED, but=kept)
        await audit.record(
            tx, "email.changed", client, actor_id=user.id, subject=("user", user.id), data={"ended_sessions": ended}
        )
