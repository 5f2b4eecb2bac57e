"""Query on the length and the delay of the outbox, each part of which an index answers."""

from datetime import datetime
from typing import Final, TypedDict

from sqlalchemy import ColumnElement, bindparam, func, literal, select

from impl.kernel.outbox import OutboxMessage
from impl.kernel.statements import Query
from impl.kernel.tables import UtcDateTime

# Most that are counted: a long queue must not make looking at it slow.
COUNTED: Final = 10_000


class BacklogRow(TypedDict):
    due_since: datetime | None
    waiting: int
    dead: int


def _counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
    some = select(literal(1).label("one")).where(condition).limit(COUNTED).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


_ALIVE: Final = OutboxMessage.dead_at.is_(None)
BACKLOG: Final = Query(
    select(
        select(func.min(OutboxMessage.next_attempt_at))
        .where(_ALIVE, OutboxMessage.next_attempt_at <= bindparam("now", type_=UtcDateTime()))
        .scalar_subquery()
        .label("due_since"),
        _counted(_ALIVE).label("waiting"),
        _counted(OutboxMessage.dead_at.is_not(None)).label("dead"),
    ),
    BacklogRow,
)
