"""Statements that number notifications, write them and mark them as read."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Insert, Integer, bindparam, column, insert, select, update, values
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from impl.kernel.statements import Command, Query
from impl.kernel.tables import core_table
from impl.marketplace.capabilities.notices.tables import (
    NewNotification,
    Notification,
    NotificationBox,
    NotificationGroup,
    bit_of,
)

_BOXES: Final = core_table(NotificationBox)
_NOTIFICATIONS: Final = core_table(Notification)
_GIVEN: Final = tuple(NewNotification.__annotations__)
_INSERT: Final = insert(_NOTIFICATIONS)


def write(session: Session, group: NotificationGroup, given: Sequence[NewNotification]) -> None:
    """Write notifications of a group with their numbers, at most one of each account, in the order of these accounts.

    Two transactions that notify the same people wait for each other and never for good.
    """
    binds: dict[str, object] = {"group_bit": bit_of(group)}
    binds |= {f"{name}_{place}": value for place, row in enumerate(given) for name, value in row.items()}
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_at_once(len(given)), binds)
        return
    # A box that is muted for the group gives no number.
    numbers: dict[UUID, int] = {
        row.account_id: row.last_number for row in session.execute(_numbering("sqlite", len(given)), binds)
    }
    numbered = [row for row in given if row["account_id"] in numbers]
    if numbered:
        session.execute(_INSERT, [{**row, "number": numbers[row["account_id"]]} for row in numbered])


@cache
def _numbering(dialect: str, count: int) -> Any:  # noqa: ANN401 - an INSERT of either dialect
    """Build the statement that takes the next number of so many boxes, and counts one more to read in each."""
    insert_into = postgresql.insert if dialect == "postgresql" else sqlite.insert
    rows = [
        {
            "account_id": bindparam(f"account_id_{place}", type_=_BOXES.c.account_id.type),
            "last_number": 1,
            "unread_count": 1,
        }
        for place in range(count)
    ]
    return (
        insert_into(_BOXES)
        .values(rows)
        .on_conflict_do_update(
            index_elements=[_BOXES.c.account_id],
            where=_BOXES.c.muted.bitwise_and(bindparam("group_bit", type_=Integer())) == 0,
            set_={"last_number": _BOXES.c.last_number + 1, "unread_count": _BOXES.c.unread_count + 1},
        )
        .returning(_BOXES.c.account_id, _BOXES.c.last_number)
    )


@cache
def _at_once(count: int) -> Insert:
    """Build the one statement for so many; there are as many texts as numbers of people who are told at once."""
    boxes = _numbering("postgresql", count).cte("boxes")
    columns = [column(name, _NOTIFICATIONS.c[name].type) for name in _GIVEN]
    rows = [tuple(bindparam(f"{one.name}_{place}", type_=one.type) for one in columns) for place in range(count)]
    new = values(*columns, name="new").data(rows)
    numbered = select(*(new.c[name] for name in _GIVEN), boxes.c.last_number).join(
        boxes, boxes.c.account_id == new.c.account_id
    )
    return insert(_NOTIFICATIONS).from_select([*_GIVEN, "number"], numbered)


class _Box(TypedDict):
    unread_count: int


_BOX: Final = Query(
    select(NotificationBox.unread_count).where(NotificationBox.account_id == bindparam("account_id")).with_for_update(),
    _Box,
)
_WRITTEN: Final = select(_NOTIFICATIONS.c.id).where(_NOTIFICATIONS.c.id == bindparam("notification_id"))
_READ: Final = (
    update(_NOTIFICATIONS)
    .where(_NOTIFICATIONS.c.account_id == bindparam("owner_id"), _NOTIFICATIONS.c.read_at.is_(None))
    .values(read_at=bindparam("now", type_=_NOTIFICATIONS.c.read_at.type))
)
_READ_ONE: Final = _READ.where(_NOTIFICATIONS.c.id == bindparam("notification_id"))
_READ_ALL: Final = _READ.where(_NOTIFICATIONS.c.number <= bindparam("last_number"))
_SET_UNREAD: Final = Command(update(_BOXES).where(_BOXES.c.account_id == bindparam("owner_id")), _Box)


async def is_written(tx: AsyncSession, notification_id: UUID) -> bool:
    return await tx.scalar(_WRITTEN, {"notification_id": notification_id}) is not None


async def lock_box(tx: AsyncSession, account_id: UUID) -> int:
    """Lock the box of an account, without which nobody numbers or reads; return how many are unread."""
    row = await _BOX.fetch_first(tx, account_id=account_id)
    return 0 if row is None else row["unread_count"]


async def mark_one(tx: AsyncSession, account_id: UUID, notification_id: UUID, now: datetime) -> int:
    """Mark one as read; return whether it was unread, as a number."""
    connection = await tx.connection()
    binds = {"owner_id": account_id, "notification_id": notification_id, "now": now}
    return (await connection.execute(_READ_ONE, binds)).rowcount


async def mark_all(tx: AsyncSession, account_id: UUID, last_number: int, now: datetime) -> int:
    """Mark all up to a number as read; return how many were unread."""
    connection = await tx.connection()
    return (
        await connection.execute(_READ_ALL, {"owner_id": account_id, "last_number": last_number, "now": now})
    ).rowcount


async def mute(tx: AsyncSession, account_id: UUID, muted: int) -> None:
    """Set the groups of which nothing is shown in the application; the box may be the first thing of the account."""
    insert_into = postgresql.insert if tx.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {"account_id": account_id, "last_number": 0, "unread_count": 0, "muted": muted}
    statement = insert_into(_BOXES).values(values)
    await tx.execute(statement.on_conflict_do_update(index_elements=[_BOXES.c.account_id], set_={"muted": muted}))


async def set_unread(tx: AsyncSession, account_id: UUID, unread: int) -> None:
    await _SET_UNREAD.run(tx, {"unread_count": unread}, owner_id=account_id)
