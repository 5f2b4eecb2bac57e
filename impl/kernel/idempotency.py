"""Idempotency keys: a create stores its reply in its transaction, and repetitions get it for 24 hours."""

from datetime import datetime, timedelta
from hmac import compare_digest
from typing import TypedDict
from uuid import UUID

from sqlalchemy import Index, LargeBinary, SmallInteger, String, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from impl.kernel.caller import Caller, IdempotencyRecord
from impl.kernel.database import clock_of
from impl.kernel.encryption import Cipher, DecryptionError
from impl.kernel.errors import LimitReached, Problem
from impl.kernel.personal_data import DERIVED, OF_OTHERS, OWN_ID, Period, PersonalDataPolicy, Section
from impl.kernel.reader import Reader
from impl.kernel.statements import Change, Query, ReturningStatement
from impl.kernel.tables import Json, Table, core_table
from impl.kernel.upserts import Upsert, UpsertInsert
from openapi.runtime.wire import Reply

__all__ = ["LIFETIME", "IdempotencyKey", "IdempotencyKeyInFlight", "IdempotencyKeyReused", "IdempotencyRecord"]
__all__ += ["decrypt_reply", "encrypt_reply", "find_reply", "refuse_beyond", "refuse_repeat_in_flight", "store_reply"]

LIFETIME = timedelta(hours=24)
# Header of a stored reply whose body is encrypted; no reply has it on the wire.
_SEALED = "sealed"
_REPEAT = "Repeat the request in a moment to get the answer of the first one."


class IdempotencyKeyReused(Problem):
    """Raised when an idempotency key comes again with another request."""

    status = 422
    slug = "idempotency-key-reused"
    title = "Idempotency key reused"


class IdempotencyKeyInFlight(Problem):
    """Raised when the first request with an idempotency key has not been answered yet."""

    status = 409
    slug = "idempotency-in-flight"
    title = "Request in flight"


class IdempotencyKey(Table):
    """Stored reply of a create; it may contain personal data of the caller until it expires."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index(None, "expires_at"), {"schema": "operations"})

    caller_id: Mapped[UUID] = mapped_column(primary_key=True)
    operation: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32))
    status: Mapped[int] = mapped_column(SmallInteger)
    headers: Mapped[dict[str, str]] = mapped_column(Json)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime]


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=IdempotencyKey,
        retention=Period.IDEMPOTENCY_KEYS,
        # The period counts from when the reply was written.
        expired=lambda then: IdempotencyKey.expires_at <= then + LIFETIME,
        rows=lambda person: IdempotencyKey.caller_id == person,
        removed=True,
        export=Section(
            name="idempotency_keys",
            withheld={
                "caller_id": OWN_ID,
                "fingerprint": DERIVED,
                "headers": DERIVED,
                # Resources of the person have sections of their own; those made by staff may belong to others.
                "body": OF_OTHERS,
            },
        ),
    ),
)


class _ReplyRow(TypedDict):
    fingerprint: bytes
    status: int
    headers: dict[str, str]
    body: bytes


class _NewKey(_ReplyRow):
    caller_id: UUID
    operation: str
    key: str
    expires_at: datetime


class _Key(TypedDict):
    key: str


_STORED = Query(
    select(IdempotencyKey.fingerprint, IdempotencyKey.status, IdempotencyKey.headers, IdempotencyKey.body).where(
        IdempotencyKey.caller_id == bindparam("caller_id"),
        IdempotencyKey.operation == bindparam("operation"),
        IdempotencyKey.key == bindparam("key"),
        IdempotencyKey.expires_at > bindparam("now"),
    ),
    _ReplyRow,
)


def _upsert(statement: UpsertInsert) -> ReturningStatement:
    # An expired key can be used again, even before it is purged.
    return statement.on_conflict_do_update(
        index_elements=[_ROW.c.caller_id, _ROW.c.operation, _ROW.c.key],
        set_={name: statement.excluded[name] for name in ("fingerprint", "status", "headers", "body", "expires_at")},
        where=_ROW.c.expires_at <= bindparam("now", type_=_ROW.c.expires_at.type),
    ).returning(_ROW.c.key)


_ROW = core_table(IdempotencyKey)
_STORE = Upsert(_ROW, lambda into: Change(_upsert(into), _NewKey, _Key))


async def find_reply(reader: Reader, record: IdempotencyRecord) -> Reply | None:
    """Return the stored reply of this very request; raise IdempotencyKeyReused (422) if the key was another's."""
    row = await reader.first(
        _STORED, caller_id=record.caller_id, operation=record.operation, key=record.key, now=reader.clock.now()
    )
    if row is None:
        return None
    if not compare_digest(row["fingerprint"], record.fingerprint):
        raise IdempotencyKeyReused("Use a new key for a new request.")
    return Reply(row["status"], row["headers"], row["body"])


async def store_reply(tx: AsyncSession, caller: Caller, reply: Reply) -> None:
    """Store the reply with the change that it answers, when the caller's request carries a key.

    Raises IdempotencyKeyInFlight (409), and so rolls the change back, when another request with the key was first. It
    comes last in its transaction: on PostgreSQL the second request waits here until the first one has ended.
    """
    record = caller.idempotency_record
    if record is None:
        return
    now = clock_of(tx).now()
    values: _NewKey = {
        "caller_id": record.caller_id,
        "operation": record.operation,
        "key": record.key,
        "fingerprint": record.fingerprint,
        "status": reply.status,
        "headers": dict(reply.headers),
        "body": reply.body,
        "expires_at": now + LIFETIME,
    }
    if await _STORE.on(tx).fetch_first(tx, values, now=now) is None:
        raise IdempotencyKeyInFlight(_REPEAT)


def encrypt_reply(cipher: Cipher, caller: Caller, reply: Reply) -> Reply:
    """Encrypt the body of a reply that holds a secret, for storage; return a reply that no key stores as it is."""
    record = caller.idempotency_record
    if record is None:
        return reply
    body = cipher.encrypt(reply.body.decode(), context=_context(record))
    return Reply(reply.status, {**reply.headers, _SEALED: "true"}, body)


def decrypt_reply(cipher: Cipher, record: IdempotencyRecord, kept: Reply) -> Reply:
    """Decrypt a stored reply, if it is encrypted; raise IdempotencyKeyReused (422) if its encryption key is gone."""
    headers = dict(kept.headers)
    if headers.pop(_SEALED, None) is None:
        return kept
    try:
        body = cipher.decrypt(kept.body, context=_context(record))
    except DecryptionError as error:
        raise IdempotencyKeyReused("The answer of the first request is not kept any more. Use a new key.") from error
    return Reply(kept.status, headers, body.encode())


def _context(record: IdempotencyRecord) -> str:
    return f"reply {record.caller_id} {record.operation} {record.key}"


async def refuse_repeat_in_flight(reader: Reader, caller: Caller) -> None:
    """Raise IdempotencyKeyInFlight (409) if a request with the same key has just been committed.

    Called before a create is refused because a name is taken: the name may have been taken by this request's double.
    """
    if caller.idempotency_record is not None and await find_reply(reader, caller.idempotency_record) is not None:
        raise IdempotencyKeyInFlight(_REPEAT)


async def refuse_beyond(reader: Reader, caller: Caller, detail: str, *, number: int, most: int) -> None:
    """Raise LimitReached (409) if there are as many as may be, or IdempotencyKeyInFlight (409).

    The last of them may be of this request's double, which has just been committed.
    """
    if number >= most:
        await refuse_repeat_in_flight(reader, caller)
        raise LimitReached(detail, most)
