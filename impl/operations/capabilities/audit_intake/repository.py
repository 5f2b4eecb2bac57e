"""Queries and statements on the intake of audit events."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, TypedDict
from uuid import UUID

from sqlalchemy import bindparam, delete, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import AccountState
from impl.identity.capabilities.users.tables import User
from impl.kernel.audit import AuditEvent
from impl.kernel.audit_intake import AuditIntake
from impl.kernel.paging import EACH, Counted, bounded_count
from impl.kernel.reader import Reader
from impl.kernel.statements import Query

# Number of the advisory lock, the same for all who take from the intake of a database.
_LOCK: Final = 7_241_095


class IntakeRow(TypedDict):
    id: UUID
    due_at: datetime
    key_id: str
    content: bytes


class _Any(TypedDict):
    one: int


_COLUMNS: Final = (AuditIntake.id, AuditIntake.due_at, AuditIntake.key_id, AuditIntake.content)
# A row by a key that this process does not have is left to one that has it: keys are rotated process by process.
_IS_KNOWN: Final = AuditIntake.key_id.in_(bindparam("keys", expanding=True))
_IS_DUE: Final = AuditIntake.due_at <= bindparam("now")
_ANY_DUE: Final = Query(select(literal(1).label("one")).where(_IS_DUE, _IS_KNOWN).limit(1), _Any)
_DUE: Final = Query(
    select(*_COLUMNS).where(_IS_DUE, _IS_KNOWN).order_by(AuditIntake.due_at, AuditIntake.id).limit(bindparam("limit")),
    IntakeRow,
)
_COUNTS: Final = Query(
    select(*_COLUMNS).where(AuditIntake.due_at > bindparam("now"), _IS_KNOWN).order_by(AuditIntake.id), IntakeRow
)
_RECORDED: Final = Query(
    bounded_count(
        select(EACH)
        .select_from(AuditEvent)
        .where(
            AuditEvent.subject_id == bindparam("account_id"),
            AuditEvent.event == bindparam("event"),
            AuditEvent.occurred_at >= bindparam("since"),
            AuditEvent.occurred_at < bindparam("until"),
        )
    ),
    Counted,
)


class AuditIntakeRepository:
    async def has_due(self, reader: Reader, *, keys: Sequence[str], now: datetime) -> bool:
        return await reader.first(_ANY_DUE, keys=keys, now=now) is not None

    async def claim(self, tx: AsyncSession) -> bool:
        """Become the only one who takes from the intake until the transaction ends; return False if another is."""
        if tx.get_bind().dialect.name == "sqlite":
            return True  # SQLite has one writer at a time
        return bool(await tx.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))))

    async def due(self, tx: AsyncSession, *, keys: Sequence[str], now: datetime, limit: int) -> Sequence[IntakeRow]:
        return await _DUE.fetch_all(tx, keys=keys, now=now, limit=limit)

    async def counts(self, tx: AsyncSession, *, keys: Sequence[str], now: datetime) -> Sequence[IntakeRow]:
        """Return the counts whose hour is not over."""
        return await _COUNTS.fetch_all(tx, keys=keys, now=now)

    async def recorded(
        self, tx: AsyncSession, account_id: UUID, event: str, *, since: datetime, until: datetime
    ) -> int:
        """Return how many of these events the account has in that time."""
        row = await _RECORDED.fetch_first(tx, account_id=account_id, event=event, since=since, until=until)
        return 0 if row is None else row["total"]

    async def not_erased(self, tx: AsyncSession, account_ids: Collection[UUID]) -> set[UUID]:
        """Return those of the accounts that have not been erased since."""
        found = select(User.id).where(User.id.in_(account_ids), User.state != AccountState.ERASED)
        return set(await tx.scalars(found))

    async def remove(self, tx: AsyncSession, ids: Collection[UUID]) -> None:
        await tx.execute(delete(AuditIntake).where(AuditIntake.id.in_(ids)))
