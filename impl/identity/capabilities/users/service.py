"""Service of accounts: the steps that features take on them, inside their transactions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import ACCOUNT_STATE_MACHINE, AccountState
from impl.identity.capabilities.users.errors import UsernameTaken
from impl.identity.capabilities.users.repository import (
    CredentialsRow,
    UserChanges,
    UserRepository,
    email_key,
    login_key,
    username_key,
)
from impl.identity.capabilities.users.tables import Details, EmailChange, User
from impl.kernel.caller import Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import InvalidToken, NotFound
from impl.kernel.etags import FIRST_VERSION, next_version
from impl.kernel.ids import new_id
from impl.kernel.states import next_state, state_after

DEFAULT_LOCALE = "en"
_GONE = "The session has ended."


# Steps by which somebody proves that the mail of the address is theirs.
type ProvingStep = Literal["verifyEmail", "confirmPasswordReset", "finishSignIn"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """Stored values that a password is checked against."""

    user_id: UUID
    email: str
    email_key: str
    username: str | None
    state: AccountState
    password_hash: str | None
    password_changed_at: datetime | None
    epoch: int


class UsersService:
    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._clock = clock
        self._repository = UserRepository(database.reader)

    async def find_credentials(self, login: str) -> Credentials | None:
        """Find credentials by address or username, outside any transaction, which hashing must not hold open."""
        return _credentials(await self._repository.find_credentials(login))

    async def find_credentials_of(self, user_id: UUID) -> Credentials | None:
        return _credentials(await self._repository.find_credentials_of(user_id))

    def login_key(self, login: str) -> str:
        """Return the key that counts attempts where there is no such account: one for all spellings."""
        return login_key(login)

    async def find(self, tx: AsyncSession, user_id: UUID) -> User | None:
        return await self._repository.find(tx, user_id)

    async def find_by_email(self, tx: AsyncSession, email: str) -> User | None:
        return await self._repository.find_by_email(tx, email)

    async def find_locked_by_email(self, tx: AsyncSession, email: str) -> User | None:
        return await self._repository.find_locked_by_email(tx, email)

    async def find_locked(self, tx: AsyncSession, user_id: UUID) -> User | None:
        return await self._repository.find_locked(tx, user_id)

    async def get_locked(self, tx: AsyncSession, user_id: UUID) -> User:
        user = await self._repository.find_locked(tx, user_id)
        if user is None:
            raise NotFound
        return user

    async def get_own_locked(self, tx: AsyncSession, caller: Caller) -> User:
        """Lock the caller's account; raise InvalidToken if it was closed since, as the next request would."""
        user = await self._repository.find_locked(tx, caller.user_id)
        if user is None:
            raise InvalidToken(_GONE)
        return user

    async def find_locked_even_closed(self, tx: AsyncSession, user_id: UUID) -> User | None:
        """Lock an account even if it is closed, to mail to it, restore it or erase it."""
        return await self._repository.find_locked_even_closed(tx, user_id)

    async def find_closed(self, *, before: datetime, limit: int) -> list[UUID]:
        """Return the accounts closed until then, the earliest first."""
        return await self._repository.find_closed(before=before, limit=limit)

    async def count_closed(self, *, before: datetime) -> int:
        return await self._repository.count_closed(before=before)

    async def find_email_change(self, tx: AsyncSession, change_id: UUID) -> EmailChange | None:
        return await self._repository.find_email_change(tx, change_id)

    async def find_open_email_change(self, tx: AsyncSession, user_id: UUID) -> EmailChange | None:
        return await self._repository.find_open_email_change(tx, user_id)

    async def open_email_change(self, tx: AsyncSession, user: User, email: str) -> EmailChange:
        """Open a change of address in place of an open one, under the account's lock."""
        now = self._clock.now()
        change = EmailChange(id=new_id(), user_id=user.id, email=email, email_key=email_key(email), requested_at=now)
        await self._repository.drop_email_change(tx, user.id)
        await self._repository.add_email_change(tx, change)
        return change

    async def drop_email_change(self, tx: AsyncSession, user: User) -> None:
        """Drop an open change of address, since somebody else may have asked for it before the owner came back."""
        await self._repository.drop_email_change(tx, user.id)

    async def change_email(self, tx: AsyncSession, user: User, change: EmailChange) -> bool:
        """Set the new address, verified by the link that went to it; return False if it is somebody's by now."""
        former, now = user.email, self._clock.now()
        values: UserChanges = {
            "email": change.email,
            "email_key": change.email_key,
            "email_verified_at": now,
            "once_verified_at": user.owned_since or now,
            "updated_at": now,
            "version": next_version(user.version),
        }
        if not await self._repository.change(tx, user, values):
            return False
        await self._repository.confirm_email_change(tx, change, former_email=former, now=now)
        return True

    async def is_username_taken(self, tx: AsyncSession, username: str) -> bool:
        return await self._repository.is_username_taken(tx, username)

    async def create(
        self,
        tx: AsyncSession,
        *,
        email: str,
        password_hash: str | None,
        full_name: str,
        username: str | None,
        phone: str | None,
        locale: str | None,
        verified: bool = False,
    ) -> User | None:
        """Make an account; None when the address belongs to somebody, if only since a moment ago.

        The username of one that is not verified is a wish, which keeps it from nobody; where it is verified, None may
        mean the username, too. Without a password, nobody signs in with one until the owner of the address has chosen
        it.
        """
        now = self._clock.now()
        user = User(
            id=new_id(),
            email=email,
            email_key=email_key(email),
            email_verified_at=now if verified else None,
            once_verified_at=now if verified else None,
            username=username,
            username_key=None if username is None or not verified else username_key(username),
            full_name=full_name,
            phone=phone,
            locale=locale or DEFAULT_LOCALE,
            state=AccountState.ACTIVE if verified else AccountState.PENDING,
            password_hash=password_hash,
            password_changed_at=None if password_hash is None else now,
            credential_epoch=1,
            created_at=now,
            updated_at=now,
            version=FIRST_VERSION,
        )
        return user if await self._repository.add(tx, user) else None

    async def amend(self, tx: AsyncSession, user: User, details: Details) -> list[str]:
        """Change details of the locked account, and return the names of those that differed."""
        values = _changes(user, details)
        wished = details.get("username") if "username" in values else None
        if wished is not None and user.owned_since is None and await self.is_username_taken(tx, wished):
            raise UsernameTaken
        if values:
            values |= {"version": next_version(user.version), "updated_at": self._clock.now()}
            if not await self._repository.change(tx, user, values):
                raise UsernameTaken
        return sorted(details.keys() & values.keys())

    async def move(self, tx: AsyncSession, user: User, email: str) -> EmailChange | None:
        """Set another address, which is not proved yet; return None if it belongs to somebody."""
        former = user.email
        state = state_after(ACCOUNT_STATE_MACHINE, user.state, "replaceUser", to=AccountState.PENDING)
        now = self._clock.now()
        values: UserChanges = {
            "email": email,
            "email_key": email_key(email),
            "email_verified_at": None,
            "once_verified_at": user.owned_since,
            "state": state,
        }
        if not await self._repository.change(
            tx, user, {**values, "version": next_version(user.version), "updated_at": now}
        ):
            return None
        change = await self.open_email_change(tx, user, email)
        await self._repository.confirm_email_change(tx, change, former_email=former, now=now)
        return change

    def suspend(self, user: User, reason: str) -> None:
        user.state = next_state(ACCOUNT_STATE_MACHINE, user.state, "suspendUser")
        user.suspended_at = self._clock.now()
        user.suspension_reason = reason
        self.touch(user)

    def reactivate(self, user: User) -> None:
        wanted = AccountState.PENDING if user.email_verified_at is None else AccountState.ACTIVE
        user.state = next_state(ACCOUNT_STATE_MACHINE, user.state, "reactivateUser", to=wanted)
        user.suspended_at = user.suspension_reason = None
        self.touch(user)

    async def verify(
        self, tx: AsyncSession, user: User, step: ProvingStep = "verifyEmail", *, username: str | None = None
    ) -> bool:
        """Verify the account for the reader of its mailbox, with the requested username or another one.

        False when somebody else has that username; nothing has changed then. The account is locked.
        """
        now = self._clock.now()
        chosen = username or user.username
        values: UserChanges = {
            "username": chosen,
            "username_key": None if chosen is None else username_key(chosen),
            "email_verified_at": user.email_verified_at or now,
            "once_verified_at": user.owned_since or now,
            "state": state_after(ACCOUNT_STATE_MACHINE, user.state, step),
            "updated_at": now,
            "version": next_version(user.version),
        }
        return await self._repository.change(tx, user, values)

    async def hand_over(self, tx: AsyncSession, user: User, step: ProvingStep) -> None:
        """Verify the account for somebody who may not have registered it; drop a wished username that is taken."""
        if not await self.verify(tx, user, step):
            user.username = None
            await self.verify(tx, user, step)

    def set_password(self, user: User, password_hash: str) -> None:
        user.password_hash = password_hash
        user.password_changed_at = self._clock.now()
        self.forget_devices(user)
        self.touch(user)

    def renew_hash(self, user: User, password_hash: str) -> None:
        """Store a new hash of the same password, without a new version of the account."""
        user.password_hash = password_hash

    def record_login(self, user: User, now: datetime) -> bool:
        """Record a sign-in; return whether it was the first of the account."""
        is_first = user.last_login_at is None
        user.last_login_at = now
        return is_first

    def forget_devices(self, user: User) -> None:
        """Forget known devices, since the credentials have changed by which they were known.

        Each known device has guesses of its own, so whoever had the account could have kept any number of them.
        """
        user.credential_epoch += 1

    def close(self, user: User) -> None:
        user.closed_at = self._clock.now()
        self.touch(user)

    def restore(self, user: User) -> None:
        user.closed_at = None
        self.touch(user)

    async def erase(self, tx: AsyncSession, user: User) -> None:
        """Mark the account as erased; personal data in its row are removed with those of other tables."""
        user.state = next_state(ACCOUNT_STATE_MACHINE, user.state, "worker.erase_accounts")
        self.touch(user)
        await self._repository.write(tx)

    def void_password(self, user: User) -> None:
        """Void the password, and forget the devices that were known by it."""
        user.password_hash = user.password_changed_at = None
        self.forget_devices(user)
        self.touch(user)

    def touch(self, user: User) -> None:
        """Raise the version with every change that the owner can see: the ETag is made from it."""
        user.updated_at = self._clock.now()
        user.version = next_version(user.version)


def _changes(user: User, details: Details) -> UserChanges:
    changes: UserChanges = {}
    if "username" in details and (username := details["username"]) != user.username:
        changes["username"] = username
        if user.owned_since is not None:
            changes["username_key"] = None if username is None else username_key(username)
    if "full_name" in details and details["full_name"] != user.full_name:
        changes["full_name"] = details["full_name"]
    if "phone" in details and details["phone"] != user.phone:
        changes["phone"] = details["phone"]
    if "locale" in details and details["locale"] != user.locale:
        changes["locale"] = details["locale"]
    return changes


def _credentials(row: CredentialsRow | None) -> Credentials | None:
    if row is None:
        return None
    return Credentials(
        user_id=row["id"],
        email=row["email"],
        email_key=row["email_key"],
        username=row["username"],
        state=AccountState(row["state"]),
        password_hash=row["password_hash"],
        password_changed_at=row["password_changed_at"],
        epoch=row["credential_epoch"],
    )
