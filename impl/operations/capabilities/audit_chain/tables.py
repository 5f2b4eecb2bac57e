"""Tables of the chain's links, and of the events that are not linked yet."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from impl.kernel.audit_signatures import KEY_ID_LENGTH
from impl.kernel.personal_data import ALWAYS, PersonalDataPolicy
from impl.kernel.tables import Table


class AuditIntegrityState(StrEnum):
    INTACT = "INTACT"
    BROKEN = "BROKEN"
    UNVERIFIED = "UNVERIFIED"


class AuditSeal(Table):
    """Link of the chain: binds the event at this position to all before it.

    Triggers refuse every change, as on the events.
    """

    __tablename__ = "audit_seals"
    __table_args__ = (CheckConstraint("position >= 1", name="position_range"), {"schema": "operations"})

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("operations.audit_events.id"), unique=True)
    # Digest of the personal row when the event was appended, which remains when that row is erased; NULL without one.
    personal_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    key_id: Mapped[str] = mapped_column(String(KEY_ID_LENGTH))
    sealed_at: Mapped[datetime]
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))


class AuditUnsealed(Table):
    """Queue of the chain: a trigger adds each new event's id in the transaction that writes the event.

    Whatever the order of ids and commits, a committed event is in the queue until it is in the chain; and to find the
    next ones costs the same after ten events and after ten million.
    """

    __tablename__ = "audit_unsealed"
    __table_args__ = ({"schema": "operations"},)

    event_id: Mapped[UUID] = mapped_column(primary_key=True)


class AuditRejected(Table):
    """Event that the worker does not append to the chain, because the service has not signed it as it stands."""

    __tablename__ = "audit_rejected"
    __table_args__ = ({"schema": "operations"},)

    event_id: Mapped[UUID] = mapped_column(ForeignKey("operations.audit_events.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(128))


class AuditVerdict(Table):
    """Verdict of the worker's last walk over the chain, which staff read beside the trail; the only row there is.

    It is signed, so that whoever changes the trail cannot call it whole here.
    """

    __tablename__ = "audit_verdicts"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"), {"schema": "operations"})

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    verified_at: Mapped[datetime]
    position: Mapped[int] = mapped_column(BigInteger)
    # Number of places at which the trail does not hold.
    breaks: Mapped[int] = mapped_column(Integer)
    key_id: Mapped[str] = mapped_column(String(KEY_ID_LENGTH))
    mac: Mapped[bytes] = mapped_column(LargeBinary(32))


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=AuditSeal,
        retention=ALWAYS,
        pseudonyms=("personal_digest",),
        export="Seals of events; what is personal of those is in the export itself.",
        impersonal=("position", "event_id", "key_id", "sealed_at", "digest"),
    ),
    PersonalDataPolicy(table=AuditUnsealed, retention=ALWAYS, impersonal=("event_id",)),
    PersonalDataPolicy(table=AuditRejected, retention=ALWAYS, impersonal=("event_id", "reason")),
    PersonalDataPolicy(
        table=AuditVerdict, retention=ALWAYS, impersonal=("id", "verified_at", "position", "breaks", "key_id", "mac")
    ),
)
