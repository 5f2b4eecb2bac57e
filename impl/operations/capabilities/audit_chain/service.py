"""Service that appends committed audit events to the hash chain, and verifies the chain."""

import json
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from impl.kernel.database import Database
from impl.kernel.errors import JsonValue
from impl.kernel.secrets import derive
from impl.operations.capabilities.audit_chain.repository import (
    AuditChainRepository,
    EventRow,
    Link,
    NoPersonalRow,
    PersonalRow,
    SealRow,
)
from impl.operations.capabilities.audit_chain.tables import KEY_ID_LENGTH

BATCH: Final = 500
# Predecessor of the first link.
_GENESIS: Final = bytes(32)
_BREAKS_TOLD: Final = 20

_log = logging.getLogger("hestami.audit")


@dataclass(frozen=True, slots=True)
class Head:
    """Position and digest at the end of the chain.

    Kept elsewhere, it proves later that nothing up to it was removed.
    """

    position: int
    digest: bytes


@dataclass(slots=True)
class Verdict:
    """Result of verifying the whole chain."""

    head: Head = field(default=Head(0, _GENESIS))
    erased: int = 0
    """Number of events without a personal row, as erasure and retention leave them."""
    waiting: int = 0
    """Number of events that the worker has not appended to the chain yet."""
    breaks: list[str] = field(default_factory=list)
    """First places at which the chain does not hold."""

    @property
    def is_whole(self) -> bool:
        return not self.breaks

    def report(self, where: str) -> None:
        if len(self.breaks) < _BREAKS_TOLD:
            self.breaks.append(where)


class AuditChainService:
    """Appends links: keyed digests over the previous link, the event, and a digest of its personal row.

    The key is not in the database: who can only write there may change a row, but cannot make the links fit it. The
    first of `keys` makes new links, and the others still verify the links that they made.
    """

    def __init__(self, database: Database, *, keys: Sequence[bytes]) -> None:
        self._database = database
        self._ring = {derive(key, "audit.key-id").hex()[:KEY_ID_LENGTH]: key for key in keys}
        self._key_id = next(iter(self._ring))
        self._chain = AuditChainRepository()

    async def append_pending(self) -> bool:
        """Seal what has committed, up to one batch; True when more may be waiting.

        Whoever commits while this runs is found the next time, whatever its id: in the chain, an event never stands
        before one that was in the chain when it committed. Inside of a batch the order is that of the ids.
        """
        # Read outside a transaction, which on SQLite would stop all writers; most often nothing waits.
        if not await self._chain.has_pending(self._database.reader):
            return False
        async with self._database.begin() as tx:
            if not await self._chain.claim(tx):
                return False
            head = await self._chain.head(tx) or (0, _GENESIS)
            position, digest = head
            key, now = self._ring[self._key_id], self._database.clock.now()
            links: list[SealRow] = []
            for row in await self._chain.find_pending(tx, limit=BATCH):
                position += 1
                personal = _personal_digest(key, row)
                digest = _link(key, digest, row, position=position, sealed_at=now, personal_digest=personal)
                links.append(
                    {
                        "position": position,
                        "event_id": row["id"],
                        "personal_digest": personal,
                        "key_id": self._key_id,
                        "sealed_at": now,
                        "digest": digest,
                    }
                )
            if links:
                await self._chain.append(tx, links)
        # Logged, because the log is kept elsewhere: it shows when the end of the chain has been cut off.
        _log.info("the audit chain reaches %d:%s", position, digest.hex())
        return len(links) == BATCH

    async def verify(self, known: Head | None = None) -> Verdict:
        """Walk the chain in bounded memory; a head that was written down earlier must stand in it."""
        verdict = Verdict()
        async for row in self._links():
            self._verify_link(row, verdict)
            if known is not None and row["position"] == known.position and row["digest"] != known.digest:
                verdict.report(f"position {known.position}: not the digest that was written down")
            verdict.head = Head(row["position"], row["digest"])
        if known is not None and verdict.head.position < known.position:
            verdict.report(f"position {known.position}: the chain was cut off, it ends at {verdict.head.position}")
        for event_id in await self._chain.outside(self._database.reader, limit=_BREAKS_TOLD):
            verdict.report(f"event {event_id}: neither in the chain nor waiting for it")
        verdict.waiting = await self._chain.waiting(self._database.reader)
        return verdict

    async def _links(self) -> AsyncIterator[Link]:
        after = 0
        while rows := await self._chain.links(self._database.reader, after=after, limit=BATCH):
            for row in rows:
                yield row
            after = rows[-1]["position"]

    def _verify_link(self, row: Link, verdict: Verdict) -> None:
        position, before = row["position"], verdict.head
        if position != before.position + 1:
            # A link after a gap cannot be compared with the missing one.
            verdict.report(f"position {before.position + 1}: missing, the next one is {position}")
            return
        key = self._ring.get(row["key_id"])
        if key is None:
            verdict.report(f"position {position}: signed with a key that is not in AUDIT_KEYS")
        elif row["id"] is None:
            verdict.report(f"position {position}: event {row['event_id']} is gone")
        elif row["digest"] != _link(
            key,
            before.digest,
            row,
            position=position,
            sealed_at=row["sealed_at"],
            personal_digest=row["personal_digest"],
        ):
            verdict.report(f"position {position}: event {row['event_id']} or its place in the chain was changed")
        elif row["personal_id"] is None:
            verdict.erased += row["personal_digest"] is not None
        elif row["personal_digest"] != _personal_digest(key, row):
            verdict.report(f"position {position}: the personal row of event {row['event_id']} was changed")


def _link(
    key: bytes, before: bytes, event: EventRow, *, position: int, sealed_at: datetime, personal_digest: bytes | None
) -> bytes:
    place = _canonical(position, _instant(sealed_at))
    content = _canonical(
        str(event["id"]),
        _instant(event["occurred_at"]),
        event["event"],
        _text(event["actor_id"]),
        event["subject_type"],
        _text(event["subject_id"]),
        event["request_id"],
        event["data"],
    )
    return derive(key, "audit.link.1", before, place, personal_digest or b"", content)


def _personal_digest(key: bytes, row: PersonalRow | NoPersonalRow) -> bytes | None:
    """Digest the personal half with a key: addresses are few, and a plain digest could be reversed by trying all."""
    if row["personal_id"] is None:
        return None
    content = _canonical(str(row["personal_id"]), row["address"], row["user_agent"], row["personal_data"])
    return derive(key, "audit.personal.1", content)


def _canonical(*values: JsonValue) -> bytes:
    """Serialize values alike for both engines, which return the members of an object in different orders."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
