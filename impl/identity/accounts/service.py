"""Service by which staff find, invite, correct, suspend and sign out accounts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import ACCOUNT_STATE_MACHINE
from impl.identity.accounts.errors import EmailTaken, OwnAccount
from impl.identity.accounts.repository import AccountsRepository, Filters, Order, Position, UserRow
from impl.identity.capabilities.access_control.errors import ExceedsOwnPermissions
from impl.identity.capabilities.access_control.service import AccessControlService
from impl.identity.capabilities.authentication.service import SessionsService
from impl.identity.capabilities.authentication.tables import EndReason
from impl.identity.capabilities.login_throttle.service import LoginThrottleService
from impl.identity.capabilities.mails.service import MailsService
from impl.identity.capabilities.mails.tables import MailKind
from impl.identity.capabilities.one_time_tokens.service import OneTimeTokensService
from impl.identity.capabilities.role_catalogue.service import OPEN_ROLES
from impl.identity.capabilities.users.errors import UsernameTaken
from impl.identity.capabilities.users.service import UsersService
from impl.identity.capabilities.users.tables import Details, User
from impl.identity.closure.service import ClosureService
from impl.identity.own_sessions.service import OwnSessionsService, SessionRow
from impl.identity.registration.service import NewAccount
from impl.kernel import audit, etags, idempotency
from impl.kernel.caller import Caller
from impl.kernel.database import Database
from impl.kernel.errors import NotFound
from impl.kernel.paging import Moment, Page, fetched
from impl.kernel.states import next_state
from impl.kernel.words import fold
from openapi.runtime.wire import Reply

_GRANTING: Final = "role:write"
# Prefix that matches no account: names, addresses and usernames never begin with a space.
_NOTHING: Final = " "
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND_BITS: Final = 54  # enough for five hundred years of microseconds


def search_prefixes(text: str) -> dict[str, str]:
    """Return the prefixes to look for in the searched columns."""
    name = " ".join(fold(text).split()) or _NOTHING
    plain = text.strip().casefold() or _NOTHING
    return {"email": plain, "username": plain, "full_name": name, "last_name": name}


def edition(version: int, last_login_at: datetime | None) -> int:
    """Return the number behind the ETag of an account as staff see it: each change and each sign-in changes it.

    Signing in is no change of the account, so its version stays; staff are shown when it was, though.
    """
    if last_login_at is None:
        return version
    return version << _MICROSECOND_BITS | (last_login_at - _EPOCH) // timedelta(microseconds=1)


class AccountsService:
    def __init__(
        self,
        *,
        database: Database,
        users: UsersService,
        access_control: AccessControlService,
        sessions: SessionsService,
        own_sessions: OwnSessionsService,
        one_time_tokens: OneTimeTokensService,
        throttle: LoginThrottleService,
        closure: ClosureService,
        mails: MailsService,
    ) -> None:
        self._database = database
        self._users = users
        self._access_control = access_control
        self._sessions = sessions
        self._own_sessions = own_sessions
        self._one_time_tokens = one_time_tokens
        self._throttle = throttle
        self._closure = closure
        self._mails = mails
        self._repository = AccountsRepository(database.reader, database.dialect)

    # ---- reading; each reading is audited before its rows are returned

    async def page(
        self,
        caller: Caller,
        filters: Filters,
        order: Order,
        *,
        after: Position | None,
        offset: int,
        limit: int,
    ) -> Page[UserRow]:
        page = Page.of(
            await self._repository.page(filters, order, after=after, offset=offset, limit=fetched(limit)), limit
        )
        seen = audit.listed(row["id"] for row in page.items)
        async with self._database.begin() as tx:
            await audit.record(tx, "account.listed", caller, data={**filters.serialize(), "accounts": seen})
        return page

    async def count(self, filters: Filters) -> int:
        return await self._repository.count(filters)

    async def get(self, caller: Caller, user_id: UUID) -> UserRow:
        return await self._read(caller, user_id, "account.read")

    async def sessions_of(
        self, caller: Caller, user_id: UUID, *, after: Moment | None, limit: int, counted: bool
    ) -> tuple[Page[SessionRow], int | None]:
        await self._read(caller, user_id, "account.sessions_read")
        page = await self._own_sessions.page(user_id, after=after, limit=limit)
        return page, await self._own_sessions.count(user_id) if counted else None

    # ---- changes

    async def invite[ReplyT: Reply](
        self, caller: Caller, new: NewAccount, serialize: Callable[[UserRow], ReplyT]
    ) -> ReplyT:
        """Create an account whose owner proves the address and chooses the password with one mailed link.

        `serialize` makes the reply inside the transaction: an idempotency key keeps those very bytes.
        """
        if not set(new.roles) <= OPEN_ROLES and _GRANTING not in caller.permissions:
            raise ExceedsOwnPermissions({_GRANTING})
        async with self._database.begin() as tx:
            await self._access_control.refuse_granting(tx, caller, new.roles)
            if new.username is not None and await self._users.is_username_taken(tx, new.username):
                raise UsernameTaken
            user = await self._users.create(
                tx,
                email=new.email,
                password_hash=None,
                full_name=new.full_name,
                username=new.username,
                phone=new.phone,
                locale=new.locale,
            )
            if user is None:
                await idempotency.refuse_repeat_in_flight(self._database.reader, caller)
                raise EmailTaken
            await self._access_control.grant(tx, user.id, set(new.roles), by=caller.user_id)
            data = {"roles": sorted(set(new.roles))}
            await audit.record(tx, "account.created", caller, subject=("user", user.id), data=data)
            await self._mails.queue(tx, MailKind.INVITATION, user.id)
            reply = serialize(await self._repository.get(tx, user.id))
            await idempotency.store_reply(tx, caller, reply)
        return reply

    async def replace(
        self, caller: Caller, user_id: UUID, email: str, details: Details, *, if_match: str | None
    ) -> UserRow:
        async with self._database.begin() as tx:
            user = await self._locked(tx, caller, user_id)
            etags.check(if_match, edition(user.version, user.last_login_at), required=True)
            old = user.email
            changed = []
            if email != old:
                await self._move(tx, caller, user, email)
                changed.append("email")
            changed += await self._users.amend(tx, user, details)
            data = {"members": changed}
            await audit.record(tx, "account.changed", caller, subject=("user", user_id), data=data)
            return await self._repository.get(tx, user_id)

    async def close(self, caller: Caller, user_id: UUID, *, if_match: str | None) -> None:
        async with self._database.begin() as tx:
            user = await self._locked(tx, caller, user_id)
            etags.check(if_match, edition(user.version, user.last_login_at), required=True)
            _refuse_own(caller, user)
            await self._closure.close(tx, user, by=caller)
        self._closure.note_closed(user_id)

    async def suspend(self, caller: Caller, user_id: UUID, reason: str) -> UserRow:
        async with self._database.begin() as tx:
            user = await self._locked(tx, caller, user_id)
            _refuse_own(caller, user)
            next_state(ACCOUNT_STATE_MACHINE, user.state, "suspendUser")
            await self._access_control.refuse_losing_last_admin(tx, user_id)
            self._users.suspend(user, reason)
            await self._closure.conceal(tx, user)
            ended = await self._sessions.end_all(tx, user_id, EndReason.SUSPENDED)
            await audit.record(
                tx,
                "account.suspended",
                caller,
                subject=("user", user_id),
                data={"ended_sessions": ended},
                personal={"reason": reason},
            )
            await self._mails.queue(tx, MailKind.ACCOUNT_SUSPENDED, user_id)
            return await self._repository.get(tx, user_id)

    async def reactivate(self, caller: Caller, user_id: UUID) -> UserRow:
        async with self._database.begin() as tx:
            user = await self._locked(tx, caller, user_id)
            self._users.reactivate(user)
            await self._closure.conceal(tx, user)
            await audit.record(tx, "account.reactivated", caller, subject=("user", user_id))
            await self._mails.queue(tx, MailKind.ACCOUNT_REACTIVATED, user_id)
            if user.email_verified_at is None:
                # While suspended, mails ask for no step: the verification of an address that staff set then is mailed
                # now.
                await self._mails.queue(tx, MailKind.VERIFY_EMAIL, user_id)
            return await self._repository.get(tx, user_id)

    async def unlock(self, caller: Caller, user_id: UUID) -> None:
        async with self._database.begin() as tx:
            user = await self._locked(tx, caller, user_id)
            await self._throttle.unlock(tx, user.email_key, user.username_key)
            await self._throttle.unlock_second_factor(tx, user_id)
            await audit.record(tx, "account.unlocked", caller, subject=("user", user_id))

    async def mail_password_link(self, caller: Caller, user_id: UUID) -> None:
        async with self._database.begin() as tx:
            user = await self._locked(tx, caller, user_id)
            kind = MailKind.INVITATION if user.password_hash is None else MailKind.RESET_PASSWORD
            await audit.record(tx, "password.reset_requested", caller, subject=("user", user_id))
            await self._mails.queue(tx, kind, user_id)

    async def end_sessions(self, caller: Caller, user_id: UUID) -> None:
        async with self._database.begin() as tx:
            await self._locked(tx, caller, user_id)
            ended = await self._sessions.end_all(tx, user_id, EndReason.ENDED_BY_STAFF)
            await audit.record(
                tx, "session.all_ended", caller, subject=("user", user_id), data={"ended_sessions": ended}
            )

    async def end_session(self, caller: Caller, user_id: UUID, session_id: UUID) -> None:
        async with self._database.begin() as tx:
            await self._locked(tx, caller, user_id)
            if not await self._sessions.end_one(tx, user_id, session_id, EndReason.ENDED_BY_STAFF):
                raise NotFound
            await audit.record(tx, "session.ended", caller, subject=("session", session_id))

    # ---- inside

    async def _read(self, caller: Caller, user_id: UUID, event: str) -> UserRow:
        row = await self._repository.find(user_id)
        if row is None:
            raise NotFound
        async with self._database.begin() as tx:
            await audit.record(tx, event, caller, subject=("user", user_id))
        return row

    async def _locked(self, tx: AsyncSession, caller: Caller, user_id: UUID) -> User:
        user = await self._users.get_locked(tx, user_id)
        await self._access_control.refuse_acting_above(tx, caller, user_id)
        return user

    async def _move(self, tx: AsyncSession, caller: Caller, user: User, email: str) -> None:
        _refuse_own(caller, user)
        # The owner cannot act as administrator until the new address is verified, which may be never.
        await self._access_control.refuse_losing_last_admin(tx, user.id)
        change = await self._users.move(tx, user, email)
        if change is None:
            raise EmailTaken
        await self._sessions.end_all(tx, user.id, EndReason.ENDED_BY_STAFF)
        await self._one_time_tokens.void(tx, user.id)
        await self._mails.queue(tx, MailKind.EMAIL_CHANGED, user.id, about=change.id)
        await self._mails.queue(tx, MailKind.VERIFY_EMAIL, user.id)


def _refuse_own(caller: Caller, user: User) -> None:
    if user.id == caller.user_id:
        raise OwnAccount
