"""Another e-mail address: asked for by the owner, confirmed at the new one, told to the old one."""

from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.account.service import AccountService
from impl.identity.account.tables import User
from impl.identity.mails.service import MailsService
from impl.identity.mails.tables import MailKind
from impl.identity.one_time_tokens.errors import InvalidOneTimeToken
from impl.identity.one_time_tokens.service import OneTimeTokensService, Presented
from impl.identity.one_time_tokens.tables import Purpose
from impl.identity.owner_check.service import OwnerCheckService, Proof
from impl.identity.sessions.service import SessionsService
from impl.identity.sessions.tables import EndReason
from impl.kernel import audit
from impl.kernel.caller import Caller, Visitor
from impl.kernel.database import Database


class EmailChangeService:
    def __init__(
        self,
        *,
        database: Database,
        accounts: AccountService,
        sessions: SessionsService,
        one_time_tokens: OneTimeTokensService,
        owner_check: OwnerCheckService,
        mails: MailsService,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._sessions = sessions
        self._one_time_tokens = one_time_tokens
        self._owner_check = owner_check
        self._mails = mails

    async def request(self, caller: Caller, *, new_email: str, current_password: str | None) -> None:
        """The same rows whoever has the address: the worker finds out who is to be written to."""
        confirmation = await self._owner_check.confirm(caller, current_password, refusal="email.change_refused")
        async with self._database.begin() as tx:
            user = await self._sessions.get_own_locked(tx, caller)
            await self._owner_check.settle(tx, user, confirmation)
            await self._one_time_tokens.void(tx, user.id, Purpose.CHANGE_EMAIL)
            change = await self._accounts.open_email_change(tx, user, new_email)
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

    async def confirm(self, visitor: Visitor, *, token: str, proof: Proof) -> None:
        """The token proves the new mailbox and the proof the account; whoever has only one of them gains nothing."""
        presented = await self._one_time_tokens.present(token, Purpose.CHANGE_EMAIL)
        proved = await self._owner_check.prove(visitor, presented.user_id, proof, refusal="email.confirmation_refused")
        async with self._database.begin() as tx:
            # The account first, then its counter: a login locks them in this order, too.
            user = await self._accounts.find_locked(tx, presented.user_id)
            await self._owner_check.give_back(tx, proved)
            is_changed = user is not None and await self._change(tx, user, presented)
            if user is not None and is_changed:
                ended = await self._sessions.end_all(tx, user.id, EndReason.EMAIL_CHANGED, but=proved.session_id)
                await audit.record(
                    tx,
                    "email.changed",
                    visitor,
                    actor_id=user.id,
                    subject=("user", user.id),
                    data={"ended_sessions": ended},
                )
        # After the transaction, which gives the attempt back: its password was right.
        if not is_changed:
            raise InvalidOneTimeToken

    async def _change(self, tx: AsyncSession, user: User, presented: Presented) -> bool:
        """False when the link was overtaken, or somebody else has registered the address since."""
        change = await self._accounts.find_open_email_change(tx, user.id)
        if change is None:
            return False
        if not await self._one_time_tokens.redeem(tx, presented, user, email_key=change.email_key):
            return False
        if not await self._accounts.change_email(tx, user, change):
            return False
        # Whatever was mailed to the former address opens nothing any more.
        await self._one_time_tokens.void(tx, user.id)
        await self._mails.queue(tx, MailKind.EMAIL_CHANGED, user.id, about=change.id)
        return True
