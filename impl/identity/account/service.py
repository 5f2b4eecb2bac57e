"""Service of the caller's own account: it is read, and its details are changed."""

from dataclasses import dataclass
from uuid import UUID

from generated.states import AccountState
from impl.identity.capabilities.users.service import UsersService
from impl.identity.capabilities.users.tables import Details, User
from impl.kernel import audit, etags
from impl.kernel.caller import Caller, CallerDetails
from impl.kernel.database import Database


@dataclass(frozen=True, slots=True)
class Account(CallerDetails):
    id: UUID
    email: str
    state: AccountState

    @property
    def email_verified(self) -> bool:
        return self.state is not AccountState.PENDING


class AccountService:
    def __init__(self, database: Database, users: UsersService) -> None:
        self._database = database
        self._users = users

    async def update(self, caller: Caller, details: Details, *, if_match: str | None) -> Account:
        async with self._database.begin() as tx:
            user = await self._users.get_own_locked(tx, caller)
            etags.check(if_match, user.version)
            # An unchanged account keeps its version, but the request is audited all the same.
            changed = await self._users.amend(tx, user, details)
            await audit.record(
                tx,
                "account.changed",
                caller,
                actor_id=caller.user_id,
                subject=("user", caller.user_id),
                data={"members": changed},
            )
            return _updated_account(user)


def account_of(caller: Caller) -> Account:
    """Return the caller's account, which the check of their session has read: it is alive and active."""
    details = caller.details
    return Account(
        id=caller.user_id,
        email=caller.email,
        state=AccountState.ACTIVE,
        username=details.username,
        full_name=details.full_name,
        phone=details.phone,
        locale=details.locale,
        has_password=details.has_password,
        created_at=details.created_at,
        updated_at=details.updated_at,
        version=details.version,
    )


def _updated_account(user: User) -> Account:
    return Account(
        id=user.id,
        email=user.email,
        state=user.state,
        username=user.username,
        full_name=user.full_name,
        phone=user.phone,
        locale=user.locale,
        has_password=user.password_hash is not None,
        created_at=user.created_at,
        updated_at=user.updated_at,
        version=user.version,
    )
