"""Statements that number notifications, write them and mark them as read."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final
from uuid import UUID

from sqlalchemy import (
    Insert,
    Integer,
    and_,
    bindparam,
    column,
    exists,
    func,
    insert,
    literal_column,
    select,
    update,
    values,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from generated.states import AccountState
from impl.identity.capabilities.users.tables import User
from impl.kernel.statements import Command, Query
from impl.kernel.tables import core_table
from impl.kernel.upserts import upsert_into
from impl.marketplace.capabilities.notices.tables import (
    GROUPS,
    NewNotification,
    Notification,
    NotificationBox,
    bit_of,
)

_BOXES: Final = core_table(NotificationBox)
_NOTIFICATIONS: Final = core_table(Notification)
_GIVEN: Final = tuple(NewNotification.__annotations__)
_INSERT: Final = insert(_NOTIFICATIONS)
_BIT: Final = "group_bit"
_PLACE: Final = "place"
# Of the box that is there already, as the statement names it where two are put into one place.
_OF_BOX: Final = {
    name: literal_column(f"notification_boxes.{name}", _BOXES.c[name].type) for name in ("account_id", "muted")
}
_NUMBER_ONE: Final = (
    sqlite.insert(_BOXES)
    .values(account_id=bindparam("box_id"), last_number=1, unread_count=1)
    .on_conflict_do_update(
        index_elements=[_BOXES.c.account_id],
        where=_BOXES.c.muted.bitwise_and(bindparam("group_bit", type_=Integer())) == 0,
        set_={"last_number": _BOXES.c.last_number + 1, "unread_count": _BOXES.c.unread_count + 1},
    )
    .returning(_BOXES.c.last_number)
)


_ERASED: Final = select(User.id).where(User.id == bindparam("account_id"), User.state == AccountState.ERASED)


def write(session: Session, given: Sequence[NewNotification]) -> None:
    """Write notifications with their numbers, in the order of the accounts and of each account in theirs.

    Two transactions that notify the same people wait for each other and never for good. Of what they do after the other
    party was erased, nothing is written there.
    """
    rows = [{**row, _BIT: bit_of(GROUPS[row["kind"]]), _PLACE: place} for place, row in enumerate(given)]
    if session.get_bind().dialect.name == "postgresql":
        binds = {f"{name}_{row[_PLACE]}": value for row in rows for name, value in row.items()}
        session.execute(_at_once(len(rows)), binds)
        return
    for row, new in zip(rows, given, strict=True):
        if session.scalar(_ERASED, {"account_id": new["account_id"]}) is not None:
            continue
        number = session.scalar(_NUMBER_ONE, {"box_id": new["account_id"], "group_bit": row[_BIT]})
        # A box that is muted for the group gives no number.
        if number is not None:
            session.execute(_INSERT, {**new, "number": number})


@cache
def _at_once(count: int) -> Insert:
    """Build the one statement for so many on PostgreSQL: it takes as many numbers of each box as it is not muted for.

    There are as many texts as numbers of notifications that are written at once.
    """
    columns = [column(name, _NOTIFICATIONS.c[name].type) for name in _GIVEN]
    columns += [column(_BIT, Integer()), column(_PLACE, Integer())]
    rows = [tuple(bindparam(f"{one.name}_{place}", type_=one.type) for one in columns) for place in range(count)]
    told = values(*columns, name="given").data(rows)
    is_erased = exists().where(User.id == told.c.account_id, User.state == AccountState.ERASED)
    new = select(told).where(~is_erased).cte("new")
    of_box = and_(new.c.account_id == _OF_BOX["account_id"], new.c[_BIT].bitwise_and(_OF_BOX["muted"]) == 0)
    shown = select(func.count()).select_from(new).where(of_box).scalar_subquery()
    counted = select(new.c.account_id, func.count(), func.count()).group_by(new.c.account_id)
    boxes = (
        postgresql.insert(_BOXES)
        .from_select(["account_id", "last_number", "unread_count"], counted.order_by(new.c.account_id))
        .on_conflict_do_update(
            index_elements=[_BOXES.c.account_id],
            where=exists().where(of_box),
            set_={"last_number": _BOXES.c.last_number + shown, "unread_count": _BOXES.c.unread_count + shown},
        )
        .returning(_BOXES.c.account_id, _BOXES.c.last_number, _BOXES.c.muted)
        .cte("boxes")
    )
    of_account = new.c.account_id
    place = func.row_number().over(partition_by=of_account, order_by=new.c[_PLACE])
    number = boxes.c.last_number - func.count().over(partition_by=of_account) + place
    numbered = select(*(new.c[name] for name in _GIVEN), number).join(
        boxes, and_(boxes.c.account_id == new.c.account_id, new.c[_BIT].bitwise_and(boxes.c.muted) == 0)
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
    """Lock the notification box of an account; return its number of unread notifications."""
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
    values = {"account_id": account_id, "last_number": 0, "unread_count": 0, "muted": muted}
    statement = upsert_into(tx, _BOXES).values(values)
    await tx.execute(statement.on_conflict_do_update(index_elements=[_BOXES.c.account_id], set_={"muted": muted}))


async def set_unread(tx: AsyncSession, account_id: UUID, unread: int) -> None:
    await _SET_UNREAD.run(tx, {"unread_count": unread}, owner_id=account_id)
