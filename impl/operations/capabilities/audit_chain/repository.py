"""Queries and statements that append to the hash chain and verify it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypedDict
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, delete, exists, func, insert, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.audit import AuditErasure, AuditEvent, AuditPersonal
from impl.kernel.errors import JsonValue
from impl.kernel.paging import EACH, Counted, bounded_count, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Command, Query
from impl.kernel.tables import core_table
from impl.kernel.upserts import Upsert, UpsertInsert
from impl.operations.capabilities.audit_chain.tables import AuditRejected, AuditSeal, AuditUnsealed, AuditVerdict

# Number of the advisory lock, the same for all who append to the chain of a database.
_LOCK: Final = 7_241_094

_EVENT: Final = (
    AuditEvent.occurred_at,
    AuditEvent.event,
    AuditEvent.actor_id,
    AuditEvent.subject_type,
    AuditEvent.subject_id,
    AuditEvent.request_id,
    AuditEvent.data,
    AuditEvent.personal_digest.label("committed"),
    AuditEvent.key_id.label("signed_by"),
    AuditEvent.mac,
)
_ERASURE: Final = (
    AuditErasure.erased_by,
    AuditErasure.key_id.label("erasure_key"),
    AuditErasure.mac.label("erasure_mac"),
)
_PERSONAL: Final = (
    AuditPersonal.event_id.label("personal_id"),
    AuditPersonal.address,
    AuditPersonal.user_agent,
    AuditPersonal.data.label("personal_data"),
)


class EventRow(TypedDict):
    id: UUID
    occurred_at: datetime
    event: str
    actor_id: UUID | None
    subject_type: str | None
    subject_id: UUID | None
    request_id: str
    data: dict[str, JsonValue]
    committed: bytes | None
    signed_by: str | None
    mac: bytes | None


class ErasureRow(TypedDict):
    erased_by: UUID | None
    erasure_key: str | None
    erasure_mac: bytes | None


class PersonalRow(TypedDict):
    personal_id: UUID
    address: str
    user_agent: str
    personal_data: dict[str, JsonValue]


class NoPersonalRow(TypedDict):
    personal_id: None
    address: None
    user_agent: None
    personal_data: None


class PendingRow(EventRow, PersonalRow, ErasureRow):
    pass


class BarePendingRow(EventRow, NoPersonalRow, ErasureRow):
    pass


class SealRow(TypedDict):
    position: int
    event_id: UUID
    personal_digest: bytes | None
    key_id: str
    sealed_at: datetime
    digest: bytes


class LinkRow(SealRow, EventRow, PersonalRow, ErasureRow):
    pass


class BareLinkRow(SealRow, EventRow, NoPersonalRow, ErasureRow):
    """Row of a link whose event has no personal row, or whose personal row was erased."""


class BrokenLinkRow(SealRow, NoPersonalRow, ErasureRow):
    """Row of a link whose event is missing."""

    id: None
    occurred_at: None
    event: None
    actor_id: None
    subject_type: None
    subject_id: None
    request_id: None
    data: None
    committed: None
    signed_by: None
    mac: None


type Link = LinkRow | BareLinkRow | BrokenLinkRow


class HeadRow(TypedDict):
    position: int
    digest: bytes
    is_signed: bool


class RejectedRow(TypedDict):
    event_id: UUID
    reason: str


class VerdictRow(TypedDict):
    verified_at: datetime
    position: int
    breaks: int
    key_id: str
    mac: bytes


class NewVerdict(VerdictRow):
    id: int


class MarkRow(TypedDict):
    data: dict[str, JsonValue]


class UnsealedRow(TypedDict):
    events: int
    oldest_id: UUID | None


class _Any(TypedDict):
    one: int


class _EventId(TypedDict):
    id: UUID


_ANY_UNSEALED: Final = Query(select(literal(1).label("one")).select_from(AuditUnsealed).limit(1), _Any)
# The queue is limited first, then joined: otherwise a batch could be planned as a scan of all events.
# An event by a key that this process does not have is left to one that has it: keys are rotated process by process.
_IS_KNOWN: Final = or_(AuditEvent.key_id.is_(None), AuditEvent.key_id.in_(bindparam("keys", expanding=True)))
_NEXT: Final = (
    select(AuditUnsealed.event_id)
    .join(AuditEvent, AuditEvent.id == AuditUnsealed.event_id)
    .where(_IS_KNOWN)
    .order_by(AuditUnsealed.event_id)
    .limit(bindparam("limit"))
    .subquery("next")
)
_UNSEALED: Final = Query(
    select(AuditEvent.id, *_EVENT, *_PERSONAL, *_ERASURE)
    .select_from(_NEXT)
    .join(AuditEvent, AuditEvent.id == _NEXT.c.event_id)
    .outerjoin(AuditPersonal, AuditPersonal.event_id == _NEXT.c.event_id)
    .outerjoin(AuditErasure, AuditErasure.event_id == _NEXT.c.event_id)
    .order_by(_NEXT.c.event_id),
    PendingRow,
    BarePendingRow,
)
_HEAD: Final = Query(
    select(
        AuditSeal.position,
        AuditSeal.digest,
        exists().where(AuditEvent.id == AuditSeal.event_id, AuditEvent.mac.is_not(None)).label("is_signed"),
    )
    .order_by(AuditSeal.position.desc())
    .limit(1),
    HeadRow,
)
_INSERT_REJECTED: Final = Command(insert(core_table(AuditRejected)), RejectedRow)
_REJECTED: Final = Query(
    select(AuditRejected.event_id, AuditRejected.reason).order_by(AuditRejected.event_id).limit(bindparam("limit")),
    RejectedRow,
)
_INSERT_SEAL: Final = Command(insert(core_table(AuditSeal)), SealRow)
_PAGE: Final = (
    select(
        AuditSeal.position,
        AuditSeal.event_id,
        AuditSeal.personal_digest,
        AuditSeal.key_id,
        AuditSeal.sealed_at,
        AuditSeal.digest,
    )
    .where(AuditSeal.position > bindparam("after", type_=BigInteger()))
    .order_by(AuditSeal.position)
    .limit(bindparam("limit"))
    .subquery("page")
)
_LINKS: Final = Query(
    select(*_PAGE.c, AuditEvent.id, *_EVENT, *_PERSONAL, *_ERASURE)
    .select_from(_PAGE)
    .outerjoin(AuditEvent, AuditEvent.id == _PAGE.c.event_id)
    .outerjoin(AuditPersonal, AuditPersonal.event_id == _PAGE.c.event_id)
    .outerjoin(AuditErasure, AuditErasure.event_id == _PAGE.c.event_id)
    .order_by(_PAGE.c.position),
    LinkRow,
    BareLinkRow,
    BrokenLinkRow,
)
_OUTSIDE: Final = Query(
    select(AuditEvent.id)
    .where(
        ~exists().where(AuditSeal.event_id == AuditEvent.id),
        ~exists().where(AuditUnsealed.event_id == AuditEvent.id),
        ~exists().where(AuditRejected.event_id == AuditEvent.id),
    )
    .order_by(AuditEvent.id)
    .limit(bindparam("limit")),
    _EventId,
)
_FOREIGN: Final = Query(
    select(AuditEvent.id)
    .join(AuditUnsealed, AuditUnsealed.event_id == AuditEvent.id)
    .where(~_IS_KNOWN)
    .order_by(AuditEvent.id)
    .limit(bindparam("limit")),
    _EventId,
)
_VERDICT: Final = Query(
    select(AuditVerdict.verified_at, AuditVerdict.position, AuditVerdict.breaks, AuditVerdict.key_id, AuditVerdict.mac),
    VerdictRow,
)
_VERDICTS: Final = core_table(AuditVerdict)


def _upsert(statement: UpsertInsert) -> UpsertInsert:
    return statement.on_conflict_do_update(
        index_elements=[_VERDICTS.c.id], set_={name: statement.excluded[name] for name in VerdictRow.__annotations__}
    )


# In one statement: between two of them, another worker could write the row that the second one finds in its way.
_PUT_VERDICT: Final = Upsert(_VERDICTS, lambda into: Command(_upsert(into), NewVerdict))
_REJECTED_COUNT: Final = Query(bounded_count(select(EACH).select_from(AuditRejected)), Counted)
_FIRST_UNSIGNED: Final = Query(
    select(literal(1).label("one"))
    .select_from(AuditSeal)
    .join(AuditEvent, AuditEvent.id == AuditSeal.event_id)
    .where(AuditSeal.position == 1, AuditEvent.mac.is_(None)),
    _Any,
)
# Only one that is in the chain: an event there has the service's signature, or the walk finds it.
_MARK: Final = Query(
    select(AuditEvent.data)
    .join(AuditSeal, AuditSeal.event_id == AuditEvent.id)
    .where(AuditEvent.event == bindparam("event"))
    .order_by(AuditSeal.position)
    .limit(1),
    MarkRow,
)
_ANY_EVENT: Final = Query(
    select(literal(1).label("one")).select_from(AuditEvent).where(AuditEvent.event == bindparam("event")).limit(1), _Any
)
# Most that are counted: a long queue must not make looking at it slow.
_COUNTED: Final = 10_000
_SOME: Final = select(literal(1).label("one")).select_from(AuditUnsealed).limit(_COUNTED).subquery()
_BACKLOG: Final = Query(
    select(
        select(func.count()).select_from(_SOME).scalar_subquery().label("events"),
        select(AuditUnsealed.event_id).order_by(AuditUnsealed.event_id).limit(1).scalar_subquery().label("oldest_id"),
    ),
    UnsealedRow,
)
_WAITING: Final = Query(select(func.count().label("total")).select_from(AuditUnsealed), Counted)


class AuditChainRepository:
    async def has_pending(self, reader: Reader) -> bool:
        return await reader.first(_ANY_UNSEALED) is not None

    async def unsealed(self, reader: Reader) -> UnsealedRow | None:
        return await reader.first(_BACKLOG)

    async def claim(self, tx: AsyncSession) -> bool:
        """Become the only writer of the chain until the transaction ends; return False if another is."""
        if tx.get_bind().dialect.name == "sqlite":
            return True  # SQLite has one writer at a time
        return bool(await tx.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))))

    async def head(self, tx: AsyncSession) -> HeadRow | None:
        return await _HEAD.fetch_first(tx)

    async def find_pending(
        self, tx: AsyncSession, *, keys: Sequence[str], limit: int
    ) -> Sequence[PendingRow | BarePendingRow]:
        return await _UNSEALED.fetch_all(tx, keys=keys, limit=limit)

    async def find_foreign(self, tx: AsyncSession, *, keys: Sequence[str], limit: int) -> Sequence[_EventId]:
        """Return waiting events that were signed by none of the keys."""
        return await _FOREIGN.fetch_all(tx, keys=keys, limit=limit)

    async def append(self, tx: AsyncSession, links: Sequence[SealRow]) -> None:
        await _INSERT_SEAL.run_many(tx, links)
        await self._dequeue(tx, links)

    async def reject(self, tx: AsyncSession, rows: Sequence[RejectedRow]) -> None:
        """Take events out of the queue that are not to be appended: left there, they would stop it in the end."""
        await _INSERT_REJECTED.run_many(tx, rows)
        await self._dequeue(tx, rows)

    async def _dequeue(self, tx: AsyncSession, rows: Sequence[SealRow] | Sequence[RejectedRow]) -> None:
        gone = [row["event_id"] for row in rows]
        await tx.execute(delete(AuditUnsealed).where(AuditUnsealed.event_id.in_(gone)))

    async def links(self, reader: Reader, *, after: int, limit: int) -> Sequence[Link]:
        return await reader.all(_LINKS, after=after, limit=limit)

    async def outside(self, reader: Reader, *, limit: int) -> Sequence[UUID]:
        """Count the events outside the chain and its queue: the trigger that queues new ones was switched off."""
        return [row["id"] for row in await reader.all(_OUTSIDE, limit=limit)]

    async def rejected(self, reader: Reader, *, limit: int) -> Sequence[RejectedRow]:
        return await reader.all(_REJECTED, limit=limit)

    async def count_rejected(self, reader: Reader) -> int:
        """Count up to COUNTED + 1, which stands for more."""
        return await total_of(reader, _REJECTED_COUNT)

    async def find_verdict(self, reader: Reader) -> VerdictRow | None:
        return await reader.first(_VERDICT)

    async def replace_verdict(self, tx: AsyncSession, values: VerdictRow) -> None:
        await _PUT_VERDICT.on(tx).run(tx, {"id": 1, **values})

    async def begins_unsigned(self, reader: Reader) -> bool:
        """Return whether the chain begins with events from before there were signatures."""
        return await reader.first(_FIRST_UNSIGNED) is not None

    async def find_mark(self, reader: Reader, event: str) -> MarkRow | None:
        return await reader.first(_MARK, event=event)

    async def has_event(self, tx: AsyncSession, event: str) -> bool:
        return await _ANY_EVENT.fetch_first(tx, event=event) is not None

    async def waiting(self, reader: Reader) -> int:
        return await total_of(reader, _WAITING)
