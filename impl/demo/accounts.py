"""People of the demo: some of each role with the known password, and owners of businesses that nobody signs in as."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import AccountState
from impl.demo.rows import DATA, USERS, Values, add, numbered, stamps
from impl.identity.capabilities.access_control.tables import UserRole
from impl.identity.capabilities.users.tables import User, name_keys
from impl.kernel.encryption import Cipher


@dataclass(frozen=True, slots=True)
class Person:
    id: UUID
    name: str
    role: str
    known: bool

    @property
    def username(self) -> str:
        return ".".join("".join(filter(str.isalnum, part)) for part in self.name.lower().split())

    @property
    def email(self) -> str:
        return f"{self.username}@example.com"


def people() -> list[Person]:
    known = [(name, role, True) for role, names in DATA["known"].items() for name in names]
    others = [(name, "SERVICE_PROVIDER", False) for name in DATA["others"]]
    return [Person(numbered(USERS + i), *one) for i, one in enumerate(known + others)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """Values that every feature's rows are made from: the people, the hashes of their passwords, and the time.

    Webhooks also need the cipher of their secrets and the address of the API, which their events name.
    """

    everyone: list[Person]
    known_hash: str
    unknown_hash: str
    now: datetime
    cipher: Cipher
    api_url: str

    def those_with(self, role: str) -> list[Person]:
        return [one for one in self.everyone if one.role == role]

    @property
    def joined_at(self) -> datetime:
        return self.now - timedelta(days=60)

    @property
    def moderator_id(self) -> UUID:
        """Return the id of the demo's moderator, or None if another administrator exists and the demo has no staff."""
        return next((one.id for one in self.those_with("STAFF_MODERATOR")), numbered(0))


async def fill(tx: AsyncSession, demo: Demo) -> None:
    now, joined = demo.now, demo.joined_at
    users: list[Values] = [
        {
            **stamps(USERS, joined),
            "id": one.id,
            "email": one.email,
            "email_key": one.email,
            "email_verified_at": joined,
            "once_verified_at": joined,
            "username": one.username,
            "username_key": one.username,
            "full_name": one.name,
            **name_keys(one.name),
            "phone": None,
            "locale": "en-US",
            "state": AccountState.ACTIVE,
            "password_hash": demo.known_hash if one.known else demo.unknown_hash,
            "password_changed_at": joined,
            "credential_epoch": 1,
        }
        for one in demo.everyone
    ]
    roles: list[Values] = [
        {"user_id": one.id, "role_name": one.role, "granted_at": now, "granted_by": None} for one in demo.everyone
    ]
    await add(tx, User, users)
    await add(tx, UserRole, roles)
