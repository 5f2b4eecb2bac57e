"""Audit trail: immutable events, and their personal part in a table of its own that erasure may empty."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TypedDict
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    CompoundSelect,
    ForeignKey,
    Index,
    LargeBinary,
    Select,
    String,
    and_,
    case,
    delete,
    exists,
    insert,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from impl.kernel.audit_signatures import KEY_ID_LENGTH, SignedEvent, SignedPersonal
from impl.kernel.caller import NO_CLIENT, AnonymousClient, Caller
from impl.kernel.database import audit_keys_of, clock_of
from impl.kernel.errors import JsonValue
from impl.kernel.ids import first_id, new_id
from impl.kernel.paging import fetched
from impl.kernel.pending_writes import insert_at_end
from impl.kernel.personal_data import ALWAYS, MACHINERY, MOST, Period, PersonalDataPolicy, Section
from impl.kernel.statements import Command, NewRows
from impl.kernel.tables import Json, Table, core_table

_USER_AGENT_MAX = 256
# The event of an erasure, and how many rows go with one statement.
_ERASED = "audit.personal_erased"
_ERASED_AT_ONCE = 500
_NOTHING: Mapping[str, JsonValue] = MappingProxyType({})


class Detail(TypedDict):
    """Detail of an audit event."""

    name: str
    values: list[str]


class AuditEvent(Table):
    """Audit event, which names people by pseudonyms only.

    Triggers refuse UPDATE and DELETE (and TRUNCATE, where there is one). Another trigger queues each new row for the
    worker, which appends it to the hash chain (impl/operations/capabilities/audit_chain), so that writers do not wait
    for one another.
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
    event: Mapped[str] = mapped_column(String(64))
    actor_id: Mapped[UUID | None]
    subject_type: Mapped[str | None] = mapped_column(String(32))
    subject_id: Mapped[UUID | None]
    request_id: Mapped[str] = mapped_column(String(64))
    data: Mapped[dict[str, JsonValue]] = mapped_column(Json)
    # Keyed digest of the personal row, which outlives it; none when there was none.
    personal_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    # Signature over the event and that digest. Only events from before there were signatures have none.
    key_id: Mapped[str | None] = mapped_column(String(KEY_ID_LENGTH))
    mac: Mapped[bytes | None] = mapped_column(LargeBinary(32))


class AuditPersonal(Table):
    """Personal part of an audit event: client address, user agent and personal details.

    It is erased with the account, or when its retention period is over.
    """

    __tablename__ = "audit_personal"
    __table_args__ = ({"schema": "operations"},)

    event_id: Mapped[UUID] = mapped_column(ForeignKey("operations.audit_events.id"), primary_key=True)
    address: Mapped[str] = mapped_column(String(64))
    user_agent: Mapped[str] = mapped_column(String(_USER_AGENT_MAX))
    data: Mapped[dict[str, JsonValue]] = mapped_column(Json)


class AuditErasure(Table):
    """Record that the personal row of an event was erased, without which a trigger refuses to delete it.

    It is signed: a record that was made past the service is found by whoever verifies the chain.
    """

    __tablename__ = "audit_erasures"
    __table_args__ = ({"schema": "operations"},)

    event_id: Mapped[UUID] = mapped_column(ForeignKey("operations.audit_events.id"), primary_key=True)
    # The event that tells of the erasure.
    erased_by: Mapped[UUID]
    key_id: Mapped[str] = mapped_column(String(KEY_ID_LENGTH))
    mac: Mapped[bytes] = mapped_column(LargeBinary(32))


def details(data: Mapping[str, JsonValue]) -> list[Detail]:
    """Return the details of an event as lists of texts, in the order of their names."""
    return [{"name": name, "values": _values(value)} for name, value in sorted(data.items())]


def _own_details(data: Mapping[str, JsonValue]) -> list[Detail]:
    """Return the details of a person's own event, without whose it was that they acted on, as staff do."""
    return details({name: value for name, value in data.items() if name != "owner_id"})


def _values(value: JsonValue) -> list[str]:
    return [_text(one) for one in value] if isinstance(value, list | tuple) else [_text(value)]


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _events_of(person: UUID) -> CompoundSelect[UUID]:
    """Select the newest events that the person caused or that happened to them.

    Two walks down two indexes: for one OR the database would sort all that it finds, or look through all there is.
    """
    newest = (AuditEvent.occurred_at.desc(), AuditEvent.id.desc())
    made = select(AuditEvent.id).where(AuditEvent.actor_id == person).order_by(*newest).limit(fetched(MOST)).subquery()
    met = select(AuditEvent.id).where(AuditEvent.subject_id == person).order_by(*newest).limit(fetched(MOST)).subquery()
    return union_all(made.select(), met.select())


def _is_own_subject(person: UUID) -> ColumnElement[bool]:
    """Select whether the person may see the subject of the event.

    They may if it happened to their own account, also when staff did it, and if they did it to something that is no
    account. What people on the staff did to other accounts, or whose events they read, is not theirs to take along.
    """
    own_act = and_(
        AuditEvent.actor_id == person,
        AuditEvent.subject_type.is_distinct_from("user"),
        AuditEvent.event.not_like("audit.%"),
        AuditEvent.event != "account.listed",
    )
    return or_(AuditEvent.subject_id == person, own_act)


def _is_not_of_others(person: UUID) -> ColumnElement[bool]:
    """Select whether the person may know where it came from, which is not the place of somebody else."""
    return or_(AuditEvent.actor_id == person, AuditEvent.actor_id.is_(None))


def _of_event(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(AuditEvent.id == AuditPersonal.event_id, condition)


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(table=AuditErasure, retention=ALWAYS, impersonal=("event_id", "erased_by", "key_id", "mac")),
    PersonalDataPolicy(
        table=AuditEvent,
        retention=ALWAYS,
        pseudonyms=("actor_id", "subject_id", "personal_digest"),
        impersonal=("id", "occurred_at", "event", "subject_type", "request_id", "data", "key_id", "mac"),
        export=Section(
            name="activity",
            withheld=dict.fromkeys(("personal_digest", "key_id", "mac"), MACHINERY),
            rows=lambda person: AuditEvent.id.in_(_events_of(person)),
            since=lambda then: AuditEvent.occurred_at >= then,
            named={"actor_id": "by", "subject_type": "subject.type", "subject_id": "subject.id", "data": "details"},
            shown={
                "actor_id": lambda person: case(
                    (AuditEvent.actor_id == person, "SELF"),
                    (AuditEvent.actor_id.is_(None), "NOBODY"),
                    else_="SOMEBODY_ELSE",
                ),
                "subject_type": lambda person: case((_is_own_subject(person), AuditEvent.subject_type), else_=null()),
                "subject_id": lambda person: case((_is_own_subject(person), AuditEvent.subject_id), else_=null()),
                "data": lambda person: case((_is_own_subject(person), AuditEvent.data), else_=null()),
                "request_id": lambda person: case((_is_not_of_others(person), AuditEvent.request_id), else_=null()),
            },
            written={"data": lambda data: _own_details(data or {}), "request_id": lambda name: name or None},
        ),
    ),
    PersonalDataPolicy(
        table=AuditPersonal,
        retention=Period.AUDIT_PERSONAL,
        # Bounds the scan by id, which rises with time; otherwise it would read all events.
        expired=lambda then: and_(
            AuditPersonal.event_id < first_id(then),
            select(AuditEvent.occurred_at).where(AuditEvent.id == AuditPersonal.event_id).scalar_subquery() <= then,
        ),
        rows=lambda person: AuditPersonal.event_id.in_(
            select(AuditEvent.id).where(or_(AuditEvent.actor_id == person, AuditEvent.subject_id == person))
        ),
        removed=True,
        remover=lambda tx, condition: erase_personal(tx, condition),  # noqa: PLW0108 - it is defined below
        export=Section(
            name="activity_origins",
            rows=lambda person: AuditPersonal.event_id.in_(_events_of(person)),
            since=lambda then: _of_event(AuditEvent.occurred_at >= then),
            named={"data": "details"},
            shown={
                "address": lambda person: case(
                    (_of_event(_is_not_of_others(person)), AuditPersonal.address), else_=null()
                ),
                "user_agent": lambda person: case(
                    (_of_event(_is_not_of_others(person)), AuditPersonal.user_agent), else_=null()
                ),
                "data": lambda person: case((_of_event(_is_own_subject(person)), AuditPersonal.data), else_=null()),
            },
            written={"data": lambda data: details(data or {})},
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Time and client address of an event; the address is None once it has been erased."""

    occurred_at: datetime
    address: str | None


class _NewEvent(TypedDict):
    id: UUID
    occurred_at: datetime
    event: str
    actor_id: UUID | None
    subject_type: str | None
    subject_id: UUID | None
    request_id: str
    data: dict[str, JsonValue]
    personal_digest: bytes | None
    key_id: str
    mac: bytes


class _NewPersonal(TypedDict):
    event_id: UUID
    address: str
    user_agent: str
    data: dict[str, JsonValue]


class _NewErasure(TypedDict):
    event_id: UUID
    erased_by: UUID
    key_id: str
    mac: bytes


_INSERT_EVENT = Command(insert(core_table(AuditEvent)), _NewEvent)
_INSERT_PERSONAL = Command(insert(core_table(AuditPersonal)), _NewPersonal)
_INSERT_ERASURE = Command(insert(core_table(AuditErasure)), _NewErasure)


def listed(ids: Iterable[UUID]) -> list[JsonValue]:
    """Return the ids of what somebody is shown, as the data of an event has them."""
    return [str(one) for one in ids]


async def record(
    tx: AsyncSession,
    event: str,
    who: AnonymousClient,
    *,
    actor_id: UUID | None = None,
    subject: tuple[str, UUID] | None = None,
    data: Mapping[str, JsonValue] = _NOTHING,
    personal: Mapping[str, JsonValue] = _NOTHING,
    occurred_at: datetime | None = None,
) -> UUID:
    """Write and sign one event in the caller's transaction; the actor is the caller unless another one is named.

    The event is inserted when the transaction ends. It occurs now, or at the time at which the intake took it
    (impl/kernel/audit_intake.py). `data` stays for ever and may hold ids, codes and counts only. Names, addresses and
    texts belong into `personal`.
    """
    if actor_id is None and isinstance(who, Caller):
        actor_id = who.user_id
    keys, now = audit_keys_of(tx), occurred_at or clock_of(tx).now()
    subject_type, subject_id = subject or (None, None)
    signed = SignedEvent(new_id(), now, event, actor_id, subject_type, subject_id, who.request_id, dict(data))
    private: SignedPersonal | None = None
    if who.address or who.user_agent or personal:
        private = SignedPersonal(signed.id, who.address, who.user_agent, dict(personal))
    key_id = keys.newest
    digest = None if private is None else keys.commit_to(private, key_id=key_id)
    row: _NewEvent = {
        "id": signed.id,
        "occurred_at": now,
        "event": event,
        "actor_id": actor_id,
        "subject_type": subject_type,
        "subject_id": subject_id,
        "request_id": who.request_id,
        "data": dict(data),
        "personal_digest": digest,
        "key_id": key_id,
        "mac": keys.sign_event(signed, digest, key_id=key_id),
    }
    personal_rows: list[_NewPersonal] = []
    if private is not None:
        address, user_agent = private.address, private.user_agent
        personal_rows.append(
            {"event_id": signed.id, "address": address, "user_agent": user_agent, "data": dict(personal)}
        )
    await insert_at_end(tx, NewRows(_INSERT_EVENT, [row]), NewRows(_INSERT_PERSONAL, personal_rows))
    return signed.id


async def erase_personal(tx: AsyncSession, condition: ColumnElement[bool]) -> int:
    """Delete personal rows of events, with a signed record of each and one event of all; return their number."""
    table = core_table(AuditPersonal)
    found = list(await tx.scalars(select(table.c.event_id).where(condition).order_by(table.c.event_id)))
    if not found:
        return 0
    keys = audit_keys_of(tx)
    key_id, erased_by = keys.newest, await record(tx, _ERASED, NO_CLIENT, data={"rows": len(found)})
    for start in range(0, len(found), _ERASED_AT_ONCE):
        some = found[start : start + _ERASED_AT_ONCE]
        records: list[_NewErasure] = [
            {
                "event_id": event_id,
                "erased_by": erased_by,
                "key_id": key_id,
                "mac": keys.sign_erasure(event_id, erased_by, key_id=key_id),
            }
            for event_id in some
        ]
        await _INSERT_ERASURE.run_many(tx, records)
        await tx.execute(delete(table).where(table.c.event_id.in_(some)))
    return len(found)


async def erase_personal_about(tx: AsyncSession, events: Collection[str], things: Select[UUID]) -> int:
    """Erase the personal rows of events of these names about these things; return their number."""
    about = select(AuditEvent.id).where(AuditEvent.subject_id.in_(things), AuditEvent.event.in_(events))
    return await erase_personal(tx, core_table(AuditPersonal).c.event_id.in_(about))


async def find_origin(tx: AsyncSession, event_id: UUID) -> Origin | None:
    """Return the origin of a person's own event, for a mail about it."""
    found = await tx.execute(
        select(AuditEvent.occurred_at, AuditPersonal.address)
        .outerjoin(AuditPersonal, AuditPersonal.event_id == AuditEvent.id)
        .where(AuditEvent.id == event_id)
    )
    row = found.one_or_none()
    return None if row is None else Origin(row.occurred_at, row.address)
