"""Outbox: messages written in the transaction of a change, and delivered by the worker at least once."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from random import SystemRandom
from typing import Annotated, TypedDict
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Index,
    Integer,
    String,
    and_,
    bindparam,
    cast,
    delete,
    event,
    insert,
    literal,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from impl.kernel import tracing
from impl.kernel.database import Database, clock_of, messages_of
from impl.kernel.errors import JsonValue
from impl.kernel.ids import NIL, new_id
from impl.kernel.pending_writes import insert_at_end
from impl.kernel.personal_data import MACHINERY, OF_OTHERS, Period, PersonalDataPolicy, Section
from impl.kernel.rows import NEVER_NULL
from impl.kernel.statements import Command, NewRows, Query, among
from impl.kernel.tables import Json, Table, UtcDateTime, Uuid, core_table
from impl.kernel.upserts import Upsert

# Longer than any delivery: after it, the message of a worker that died is delivered again.
LEASE = timedelta(minutes=2)
# Well within the lease: no other worker may begin while this one can still succeed.
DELIVERY = LEASE - timedelta(seconds=30)
# Nearly four days: mails survive a weekend without a working mail server (RFC 5321, section 4.5.4.1).
MAX_ATTEMPTS = 100
# Key in the payload of a message that replaces an earlier one: time since when that one has waited.
SINCE = "since"
_FIRST_DELAY = timedelta(seconds=2)
_LONGEST_DELAY = timedelta(hours=1)
_ERROR_MAX = 120
_random = SystemRandom()


class OutboxMessage(Table):
    """Message that awaits delivery, or a dead letter.

    It holds ids, never a secret or an e-mail address.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_due",
            "next_attempt_at",
            "id",
            postgresql_where=text("dead_at IS NULL"),
            sqlite_where=text("dead_at IS NULL"),
        ),
        Index(
            "uq_outbox_topic_key",
            "topic",
            "key",
            unique=True,
            postgresql_where=text("dead_at IS NULL"),
            sqlite_where=text("dead_at IS NULL"),
        ),
        Index(
            "ix_outbox_dead_at",
            "dead_at",
            postgresql_where=text("dead_at IS NOT NULL"),
            sqlite_where=text("dead_at IS NOT NULL"),
        ),
        CheckConstraint("attempts >= 0", name="attempts_range"),
        {"schema": "operations"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    topic: Mapped[str] = mapped_column(String(64))
    key: Mapped[str | None] = mapped_column(String(128))
    payload: Mapped[dict[str, JsonValue]] = mapped_column(Json)
    created_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_attempt_at: Mapped[datetime]
    last_error: Mapped[str | None] = mapped_column(String(_ERROR_MAX))
    dead_at: Mapped[datetime | None]
    # W3C Trace Context of what put it, if that was recorded.
    traceparent: Mapped[str | None] = mapped_column(String(55))


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=OutboxMessage,
        retention=Period.DEAD_LETTERS,
        expired=lambda then: OutboxMessage.dead_at <= then,
        # Matches the id anywhere in the payload, whatever its key is.
        rows=lambda person: cast(OutboxMessage.payload, String).like(f"%{person}%"),
        removed=True,
        export=Section(
            name="messages",
            withheld={
                # Ids of the person and of others.
                "payload": OF_OTHERS,
                "key": OF_OTHERS,
                "attempts": MACHINERY,
                "next_attempt_at": MACHINERY,
                "last_error": MACHINERY,
                "traceparent": MACHINERY,
            },
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Message:
    """Claimed message; `attempts` includes this one and tells it from a later claim of the same row."""

    id: UUID
    topic: str
    payload: Mapping[str, JsonValue]
    attempts: int
    created_at: datetime
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Message that is no longer tried, without the ids that would tell an operator whom it concerns."""

    id: UUID
    topic: str
    kind: str | None
    """Kind of the message within its topic, if the payload names one."""
    created_at: datetime
    attempts: int
    dead_at: datetime
    last_error: str | None


type Handler = Callable[[Message], Awaitable[None]]


class Undeliverable(Exception):
    """Raised by a handler whose message can never be delivered; its text must contain nothing personal."""


class Deferred(Exception):
    """Raised by a handler whose message is to be delivered later, which is no failed attempt."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


class AttemptFailed(Exception):
    """Raised by a handler that can explain a failed attempt; its text is logged and must contain nothing personal."""


class _NewMessage(TypedDict):
    id: UUID
    topic: str
    payload: dict[str, JsonValue]
    created_at: datetime
    attempts: int
    next_attempt_at: datetime
    traceparent: str | None


_ROW = core_table(OutboxMessage)
_CLAIMED = [_ROW.c[field.name] for field in fields(Message)]
_INSERT = Command(insert(_ROW), _NewMessage)
_PUT = Upsert(
    _ROW,
    lambda into: into.on_conflict_do_nothing(
        index_elements=[_ROW.c.topic, _ROW.c.key], index_where=_ROW.c.dead_at.is_(None)
    ).returning(_ROW.c.id),
)


async def put(
    tx: AsyncSession,
    topic: str,
    payload: Mapping[str, JsonValue],
    *,
    key: str | None = None,
    after: timedelta | None = None,
) -> UUID | None:
    """Write a message at the end of the transaction of its change, and return its id.

    While one with the same topic and key waits or is being delivered, another adds nothing, and there is no id. With
    `after`, nobody gets it before that time has passed.
    """
    new = _new_message(tx, topic, payload, after)
    if key is None:
        await insert_at_end(tx, NewRows(_INSERT, [new]))
    elif (await tx.execute(_PUT.on(tx), {**new, "key": key})).first() is None:
        return None
    if after is None:
        wake_worker(tx)
    return new["id"]


def _new_message(
    tx: AsyncSession, topic: str, payload: Mapping[str, JsonValue], after: timedelta | None
) -> _NewMessage:
    now = clock_of(tx).now()
    return {
        "id": new_id(),
        "topic": topic,
        "payload": dict(payload),
        "created_at": now,
        "attempts": 0,
        "next_attempt_at": now if after is None else now + after,
        "traceparent": tracing.traceparent(),
    }


def wake_worker(tx: AsyncSession) -> None:
    """Wake the worker of this process after the commit; workers of other processes poll."""
    signal = messages_of(tx)
    event.listen(tx.sync_session, "after_commit", lambda _session: signal.send())


class _Any(TypedDict):
    one: int


_IS_DUE = and_(
    _ROW.c.dead_at.is_(None),
    _ROW.c.next_attempt_at <= bindparam("now"),
    _ROW.c.topic.in_(bindparam("topics", expanding=True)),
)
_DUE = Query(select(literal(1).label("one")).where(_IS_DUE).limit(1), _Any)
_CLAIM = (
    update(_ROW)
    .where(
        among(
            _ROW.c.id,
            select(_ROW.c.id)
            .where(_IS_DUE)
            .order_by(_ROW.c.next_attempt_at, _ROW.c.id)
            .limit(bindparam("most"))
            .with_for_update(skip_locked=True),
        )
    )
    .values(attempts=_ROW.c.attempts + 1, next_attempt_at=bindparam("leased_until"))
    .returning(*_CLAIMED)
)
_COMPLETE = delete(_ROW).where(_ROW.c.id == bindparam("message_id"), _ROW.c.attempts == bindparam("attempt"))


async def has_due(database: Database, topics: Collection[str]) -> bool:
    """Return whether a message of these topics is due, cheaply: on SQLite claiming would stop all who write."""
    return await database.reader.first(_DUE, now=database.clock.now(), topics=sorted(topics)) is not None


async def claim(database: Database, topics: Collection[str], *, limit: int) -> Sequence[Message]:
    """Take messages that are due, oldest first; until their lease ends no other worker gets them.

    Topics that this process does not know stay for one that does: an older worker harms nothing during a release.
    """
    if not topics:
        return []
    now = database.clock.now()
    values = {"now": now, "topics": sorted(topics), "most": limit, "leased_until": now + LEASE}
    async with database.begin() as tx:
        messages = [Message(*row) for row in await tx.execute(_CLAIM, values)]
    return sorted(messages, key=lambda message: message.id)


async def complete(database: Database, message: Message) -> None:
    """Delete a message that was delivered, with all that it held."""
    async with database.begin() as tx:
        await tx.execute(_COMPLETE, {"message_id": message.id, "attempt": message.attempts})


async def retry(database: Database, message: Message, reason: str) -> datetime | None:
    """Schedule another attempt; return its time, or None if that was the last one and it is a dead letter now."""
    if message.attempts >= MAX_ATTEMPTS:
        await move_to_dead_letters(database, message, reason)
        return None
    at = database.clock.now() + backoff(message.attempts)
    await _settle(database, message, {"next_attempt_at": at, "last_error": reason[:_ERROR_MAX]})
    return at


async def defer(database: Database, message: Message, until: datetime) -> None:
    """Defer a message to a time, as if it had not been tried."""
    await _settle(database, message, {"next_attempt_at": until, "attempts": message.attempts - 1})


async def move_to_dead_letters(database: Database, message: Message, reason: str) -> None:
    """Turn a message into a dead letter, which is not retried, and which operators can list."""
    await _settle(database, message, {"dead_at": database.clock.now(), "last_error": reason[:_ERROR_MAX]})


class _DeadRow(TypedDict):
    id: UUID
    topic: str
    payload: dict[str, JsonValue]
    created_at: datetime
    attempts: int
    dead_at: Annotated[datetime, NEVER_NULL]
    last_error: str | None


_DEAD = Query(
    select(
        OutboxMessage.id,
        OutboxMessage.topic,
        OutboxMessage.payload,
        OutboxMessage.created_at,
        OutboxMessage.attempts,
        OutboxMessage.dead_at,
        OutboxMessage.last_error,
    )
    .where(
        OutboxMessage.dead_at.is_not(None),
        OutboxMessage.dead_at <= bindparam("until"),
        tuple_(OutboxMessage.dead_at, OutboxMessage.id)
        > tuple_(bindparam("after", type_=UtcDateTime()), bindparam("after_id", type_=Uuid())),
    )
    .order_by(OutboxMessage.dead_at, OutboxMessage.id)
    .limit(bindparam("limit")),
    _DeadRow,
)
_BEFORE_ALL = (datetime.min.replace(tzinfo=UTC), NIL)


async def find_dead(
    database: Database, *, until: datetime, after: tuple[datetime, UUID] = _BEFORE_ALL, limit: int
) -> Sequence[DeadLetter]:
    """Return the dead letters until then, the earliest first; `after` is where an earlier page ended."""
    at, message_id = after
    rows = await database.reader.all(_DEAD, until=until, after=at, after_id=message_id, limit=limit)
    return [
        DeadLetter(
            id=row["id"],
            topic=row["topic"],
            kind=None if (kind := row["payload"].get("kind")) is None else str(kind),
            created_at=row["created_at"],
            attempts=row["attempts"],
            dead_at=row["dead_at"],
            last_error=row["last_error"],
        )
        for row in rows
    ]


async def requeue(tx: AsyncSession, ids: Collection[UUID]) -> set[UUID]:
    """Requeue dead letters as if they were new; return the ids of those that were dead.

    Under the same id, by which receivers know what they have had. Without its key, which a later message may hold by
    now, and waiting since now: a link that ran out is worth another one only to who has not waited too long.
    """
    now = clock_of(tx).now()
    dead = select(OutboxMessage).where(OutboxMessage.id.in_(ids), OutboxMessage.dead_at.is_not(None))
    # Locked in one order, so that two operators do not deadlock.
    messages = (await tx.scalars(dead.order_by(OutboxMessage.id).with_for_update())).all()
    for message in messages:
        message.attempts = 0
        message.key = message.dead_at = message.last_error = None
        message.created_at = message.next_attempt_at = now
        message.payload = {name: value for name, value in message.payload.items() if name != SINCE}
    await tx.flush()
    return {message.id for message in messages}


def backoff(attempts: int) -> timedelta:
    """Return the pause after an attempt: twice the last, up to an hour, and up to a quarter more at random."""
    seconds = min(_LONGEST_DELAY.total_seconds(), _FIRST_DELAY.total_seconds() * 2.0 ** (attempts - 1))
    return timedelta(seconds=seconds * (1 + _random.random() / 4))


async def _settle(database: Database, message: Message, values: Mapping[str, object]) -> None:
    # Matched by attempts too: after its lease, a worker must not settle what another one has claimed since.
    async with database.begin() as tx:
        await tx.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id == message.id, OutboxMessage.attempts == message.attempts)
            .values(**values)
        )
