"""The audit trail: events that nobody changes, beside what is personal about them, which erasure may empty."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from impl.kernel.caller import Caller, Visitor
from impl.kernel.database import clock_of
from impl.kernel.errors import JsonValue
from impl.kernel.ids import new_id
from impl.kernel.personal import ALWAYS, WITH_ACCOUNT, Holding
from impl.kernel.tables import Json, Table, plain

_EVENT_MAX = 64
_USER_AGENT_MAX = 256
_NOTHING: Mapping[str, JsonValue] = MappingProxyType({})


class AuditEvent(Table):
    """What happened, under pseudonyms only. Triggers refuse UPDATE and DELETE (and TRUNCATE, where there is one).

    It may not change, so the hash chain stands beside it: another trigger queues each new row for the worker, which
    seals it (impl/operations/audit_chain). So writers wait for nobody.
    """

    __tablename__ = "audit_events"
    __table_args__ = (
        CheckConstraint("(subject_type IS NULL) = (subject_id IS NULL)", name="subject_whole"),
        Index(None, "occurred_at", "id"),
        Index(None, "actor_id", "occurred_at"),
        Index(None, "subject_id", "occurred_at"),
        Index(None, "event", "occurred_at"),
        Index(None, "subject_type", "occurred_at"),
        Index(None, "request_id"),
        {"schema": "operations"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    occurred_at: Mapped[datetime]
    event: Mapped[str] = mapped_column(String(_EVENT_MAX))
    actor_id: Mapped[UUID | None]
    subject_type: Mapped[str | None] = mapped_column(String(32))
    subject_id: Mapped[UUID | None]
    request_id: Mapped[str] = mapped_column(String(64))
    data: Mapped[dict[str, JsonValue]] = mapped_column(Json)


class AuditPersonal(Table):
    """From where and by whom an event came, as far as it is personal: erased with the account."""

    __tablename__ = "audit_personal"
    __table_args__ = ({"schema": "operations"},)

    event_id: Mapped[UUID] = mapped_column(ForeignKey("operations.audit_events.id"), primary_key=True)
    address: Mapped[str] = mapped_column(String(64))
    user_agent: Mapped[str] = mapped_column(String(_USER_AGENT_MAX))
    data: Mapped[dict[str, JsonValue]] = mapped_column(Json)


HOLDINGS = (
    Holding(
        table=AuditEvent,
        kept=ALWAYS,
        pseudonyms=("actor_id", "subject_id"),
        impersonal=("id", "occurred_at", "event", "subject_type", "request_id", "data"),
    ),
    Holding(
        table=AuditPersonal,
        kept=WITH_ACCOUNT,
        rows=lambda person: AuditPersonal.event_id.in_(
            select(AuditEvent.id).where(or_(AuditEvent.actor_id == person, AuditEvent.subject_id == person))
        ),
        removed=True,
    ),
)

_INSERT_EVENT = insert(plain(AuditEvent))
_INSERT_PERSONAL = insert(plain(AuditPersonal))


async def record(
    tx: AsyncSession,
    event: str,
    who: Visitor,
    *,
    actor_id: UUID | None = None,
    subject: tuple[str, UUID] | None = None,
    data: Mapping[str, JsonValue] = _NOTHING,
    personal: Mapping[str, JsonValue] = _NOTHING,
) -> UUID:
    """Write one event in the caller's transaction; the actor is the caller unless another one is named.

    `data` stays for ever and may hold ids, codes and counts only. Names, addresses and texts belong into `personal`.
    """
    if actor_id is None and isinstance(who, Caller):
        actor_id = who.user_id
    event_id = new_id()
    subject_type, subject_id = subject or (None, None)
    await tx.execute(
        _INSERT_EVENT,
        {
            "id": event_id,
            "occurred_at": clock_of(tx).now(),
            "event": event,
            "actor_id": actor_id,
            "subject_type": subject_type,
            "subject_id": subject_id,
            "request_id": who.request_id,
            "data": dict(data),
        },
    )
    if who.address or who.user_agent or personal:
        await tx.execute(
            _INSERT_PERSONAL,
            {
                "event_id": event_id,
                "address": who.address,
                "user_agent": who.user_agent[:_USER_AGENT_MAX],
                "data": dict(personal),
            },
        )
    return event_id
