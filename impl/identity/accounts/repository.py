"""Queries by which staff find accounts; they never return closed or erased ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, Literal, TypedDict
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, String, and_, bindparam, func, or_, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from generated.states import AccountState
from impl.identity.capabilities.access_control.tables import UserRole
from impl.identity.capabilities.users.tables import User
from impl.kernel.errors import JsonValue
from impl.kernel.paging import EACH, Counted, bounded_count, keyset_page, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Query
from impl.kernel.words import end_of_prefix

type Engine = Literal["postgresql", "sqlite"]
type Key = Mapping[str, InstrumentedAttribute[Any]]

_ALIVE = and_(User.state != AccountState.ERASED, User.closed_at.is_(None))
_ROLES = select(func.aggregate_strings(UserRole.role_name, ",")).where(UserRole.user_id == User.id).correlate(User)
_COLUMNS = (
    User.id,
    User.email,
    User.email_key,
    User.username,
    User.full_name,
    User.phone,
    User.locale,
    # Read as text, because the wire has an enum of its own.
    type_coerce(User.state, String).label("state"),
    User.email_verified_at,
    User.password_hash.is_not(None).label("has_password"),
    _ROLES.scalar_subquery().label("roles"),
    User.last_login_at,
    User.suspended_at,
    User.suspension_reason,
    User.created_at,
    User.updated_at,
    User.version,
)


class UserRow(TypedDict):
    id: UUID
    email: str
    email_key: str
    username: str | None
    full_name: str
    phone: str | None
    locale: str
    state: str
    email_verified_at: datetime | None
    has_password: bool
    roles: str | None
    last_login_at: datetime | None
    suspended_at: datetime | None
    suspension_reason: str | None
    created_at: datetime
    updated_at: datetime
    version: int


_ONE = select(*_COLUMNS).where(User.id == bindparam("user_id"), _ALIVE)
_FOUND = Query(_ONE, UserRow)

_NARROWED: Final[Mapping[str, ColumnElement[bool]]] = {
    "state": User.state == bindparam("state"),
    "role": User.id.in_(select(UserRole.user_id).where(UserRole.role_name == bindparam("role"))),
    "verified": User.email_verified_at.is_not(None),
    "unverified": User.email_verified_at.is_(None),
    "created_from": User.created_at >= bindparam("created_from"),
    "created_before": User.created_at < bindparam("created_before"),
}
_COMPARED: Final = ("state", "role", "created_from", "created_before")
_SEARCHED: Final[Mapping[str, ColumnElement[str] | InstrumentedAttribute[Any]]] = {
    "email": User.email_key,
    # `username_key` is NULL until the account is verified, so the search takes the name itself.
    "username": func.lower(User.username),
    "full_name": User.full_name_key,
    "last_name": User.last_name_key,
}


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters of the account list; None leaves a filter out.

    `beginnings` holds the searched prefixes, one in the normal form of each searched column.
    """

    beginnings: Mapping[str, str] | None = None
    state: AccountState | None = None
    role: str | None = None
    verified: bool | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None

    def serialize(self) -> dict[str, JsonValue]:
        """Serialize the filters for the audit trail, which stays: that a text was searched for, not which."""
        searched = True if self.beginnings is not None else None
        values = {"state": self.state, "role": self.role, "verified": self.verified, "searched": searched}
        times = {"created_from": self.created_from, "created_before": self.created_before}
        present: dict[str, JsonValue] = {name: value for name, value in values.items() if value is not None}
        return present | {name: time.isoformat() for name, time in times.items() if time is not None}

    def names(self) -> frozenset[str]:
        """Return the names of the filters in use; each set of them has a statement of its own."""
        names = {name for name in _COMPARED if getattr(self, name) is not None}
        if self.verified is not None:
            names.add("verified" if self.verified else "unverified")
        return frozenset(names | ({"q"} if self.beginnings is not None else set()))


def binds_of(filters: Filters, engine: Engine) -> dict[str, object]:
    values = {name: getattr(filters, name) for name in _COMPARED}
    binds: dict[str, object] = {name: value for name, value in values.items() if value is not None}
    for name, text in (filters.beginnings or {}).items():
        binds[f"q_{name}"] = _pattern(text) if engine == "postgresql" else text
        if engine == "sqlite":
            binds[f"q_{name}_last"] = end_of_prefix(text)
    return binds


# Sort value (time or address) and id of the last row of a page.
type Position = tuple[datetime | str, UUID]


@dataclass(frozen=True, slots=True)
class Order:
    by: Literal["created_at", "email"]
    descending: bool

    @property
    def key(self) -> Key:
        if self.by == "email":
            return {"last_email": User.email_key, "last_id": User.id}
        return {"last_created_at": User.created_at, "last_id": User.id}


def _pattern(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{escaped}%"


def _has_prefix(name: str, engine: Engine) -> ColumnElement[bool]:
    """Match a prefix: by LIKE and its index on PostgreSQL, by a range on SQLite, whose LIKE uses no index."""
    column = _SEARCHED[name]
    start = bindparam(f"q_{name}", type_=String())
    if engine == "postgresql":
        return column.like(start, escape="\\")
    return column.between(start, bindparam(f"q_{name}_last", type_=String()))


def _conditions(names: frozenset[str], engine: Engine) -> list[ColumnElement[bool]]:
    narrowed = [_NARROWED[name] for name in sorted(names - {"q"})]
    return [*narrowed, or_(*(_has_prefix(name, engine) for name in _SEARCHED))] if "q" in names else narrowed


@cache
def page_query(names: frozenset[str], order: Order, engine: Engine, *, continued: bool) -> Query[UserRow]:
    statement = select(*_COLUMNS).where(_ALIVE, *_conditions(names, engine))
    page = keyset_page(statement, order.key, descending=order.descending, continued=continued)
    return Query(page.offset(bindparam("offset", type_=Integer)), UserRow, replanned="q" in names)


@cache
def _count_query(names: frozenset[str], engine: Engine) -> Query[Counted]:
    matching = select(EACH).select_from(User).where(_ALIVE, *_conditions(names, engine))
    return Query(bounded_count(matching), Counted, replanned="q" in names)


class AccountsRepository:
    def __init__(self, reader: Reader, engine: Engine) -> None:
        self._reader = reader
        self._engine = engine

    async def find(self, user_id: UUID) -> UserRow | None:
        return await self._reader.first(_FOUND, user_id=user_id)

    async def get(self, tx: AsyncSession, user_id: UUID) -> UserRow:
        """Return the account as the transaction that changed it sees it."""
        return await _FOUND.fetch_one(tx, user_id=user_id)

    async def page(
        self, filters: Filters, order: Order, *, after: Position | None, offset: int, limit: int
    ) -> Sequence[UserRow]:
        query = page_query(filters.names(), order, self._engine, continued=after is not None)
        binds = binds_of(filters, self._engine) | _position(order, after)
        return await self._reader.all(query, limit=limit, offset=offset, **binds)

    async def count(self, filters: Filters) -> int:
        """Count up to COUNTED + 1, which stands for more."""
        query = _count_query(filters.names(), self._engine)
        return await total_of(self._reader, query, **binds_of(filters, self._engine))


def _position(order: Order, after: Position | None) -> dict[str, object]:
    return {} if after is None else dict(zip(order.key, after, strict=True))
