"""Intake of audit events that outsiders cause: one encrypted row a request, which the worker turns into events later.

Events are kept for ever. Whoever has no account, and could write one with every request, would let the trail grow
without bound; so the worker records the first few of an account in an hour one by one, and only counts the others. The
request cannot tell which is which: it writes the same kind of row, of the same length, whether or not there is an
account.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final, TypedDict
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from impl.kernel.audit_signatures import KEY_ID_LENGTH
from impl.kernel.caller import AnonymousClient
from impl.kernel.database import audit_keys_of, clock_of
from impl.kernel.errors import JsonValue
from impl.kernel.ids import NIL, new_id
from impl.kernel.personal_data import Period, PersonalDataPolicy
from impl.kernel.statements import Command
from impl.kernel.tables import Table, core_table

_NOTHING: Mapping[str, JsonValue] = MappingProxyType({})
# Stands for no account, so that a row is as long with one as without.
_NOBODY: Final = NIL


class AuditIntake(Table):
    """Encrypted event that waits for the worker, or the count of some until their hour is over."""

    __tablename__ = "audit_intake"
    __table_args__ = (Index("ix_audit_intake_due", "due_at", "id"), {"schema": "operations"})

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    # From when on the worker takes it.
    due_at: Mapped[datetime]
    key_id: Mapped[str] = mapped_column(String(KEY_ID_LENGTH))
    content: Mapped[bytes] = mapped_column(LargeBinary)


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=AuditIntake,
        # The worker takes a row within seconds; what is left after this period was encrypted with a key that is gone.
        retention=Period.AUDIT_INTAKE,
        expired=lambda then: AuditIntake.due_at <= then,
        pseudonyms=("content",),
        impersonal=("id", "due_at", "key_id"),
        export="Encrypted until the worker has made events of them, which are in the export.",
    ),
)


@dataclass(frozen=True, slots=True)
class DeferredEvent:
    """Event of the intake: one that occurred, or with a `count` several of a kind."""

    event: str
    account_id: UUID | None
    occurred_at: datetime
    last_at: datetime
    count: int
    request_id: str
    address: str
    user_agent: str
    data: Mapping[str, JsonValue]
    until: datetime | None = None
    """End of the hour of a count; None for a single event."""

    def serialize(self) -> bytes:
        """Serialize the event, as long for any account as for none."""
        return json.dumps(
            {
                "event": self.event,
                "account_id": str(self.account_id or _NOBODY),
                "occurred_at": self.occurred_at.isoformat(),
                "last_at": self.last_at.isoformat(),
                "count": self.count,
                "request_id": self.request_id,
                "address": self.address,
                "user_agent": self.user_agent,
                "data": dict(self.data),
                "until": None if self.until is None else self.until.isoformat(),
            },
            separators=(",", ":"),
        ).encode()

    @classmethod
    def parse(cls, content: bytes) -> "DeferredEvent":
        """Parse what `serialize` made."""
        values = json.loads(content)
        account_id = UUID(values["account_id"])
        return cls(
            event=values["event"],
            account_id=None if account_id == _NOBODY else account_id,
            occurred_at=datetime.fromisoformat(values["occurred_at"]),
            last_at=datetime.fromisoformat(values["last_at"]),
            count=values["count"],
            request_id=values["request_id"],
            address=values["address"],
            user_agent=values["user_agent"],
            data=values["data"],
            until=None if values["until"] is None else datetime.fromisoformat(values["until"]),
        )


class NewIntake(TypedDict):
    id: UUID
    due_at: datetime
    key_id: str
    content: bytes


_INSERT: Final = Command(insert(core_table(AuditIntake)), NewIntake)


async def defer(
    tx: AsyncSession,
    event: str,
    who: AnonymousClient,
    *,
    account_id: UUID | None,
    data: Mapping[str, JsonValue] = _NOTHING,
) -> None:
    """Hand an event to the worker in the caller's transaction: the same row for an account as for none.

    `data` may hold ids, codes and counts only, as for `audit.record`.
    """
    now = clock_of(tx).now()
    single = DeferredEvent(event, account_id, now, now, 1, who.request_id, who.address, who.user_agent, data)
    await put(tx, single)


async def put(tx: AsyncSession, event: DeferredEvent) -> None:
    """Write one row of the intake, encrypted with the newest audit key; a count is due at the end of its hour."""
    keys, row_id = audit_keys_of(tx), new_id()
    key_id = keys.newest
    content = keys.encrypt_intake(row_id, event.serialize(), key_id=key_id)
    await _INSERT.run(
        tx, {"id": row_id, "due_at": event.until or event.occurred_at, "key_id": key_id, "content": content}
    )
