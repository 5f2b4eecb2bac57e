"""Service that appends committed audit events to the hash chain, and verifies the chain."""

import hashlib
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Final

from impl.kernel import audit
from impl.kernel.audit_signatures import AuditKeys, SignedEvent, SignedPersonal, canonical, instant
from impl.kernel.caller import NO_CLIENT
from impl.kernel.database import Database
from impl.kernel.errors import JsonValue
from impl.kernel.ids import made_at
from impl.kernel.retention import CleanupJob, Steps
from impl.kernel.secrets import derive
from impl.operations.capabilities.audit_chain.repository import (
    AuditChainRepository,
    BareLinkRow,
    BarePendingRow,
    EventRow,
    Link,
    LinkRow,
    PendingRow,
    PersonalRow,
    RejectedRow,
    SealRow,
    VerdictRow,
)
from impl.operations.capabilities.audit_chain.tables import AuditIntegrityState
from impl.operations.capabilities.dependencies.service import Degraded

BATCH: Final = 500
# Predecessor of the first link.
_GENESIS: Final = bytes(32)
BREAKS_TOLD: Final = 20
VERIFIED_EVERY: Final = timedelta(days=1)
# The event that says which personal rows were gone when erasures began to leave signed records.
MARK: Final = "audit.erased_before_signing"

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
    lost: int = 0
    """Number of personal rows of unsigned events that are gone without a record of their erasure."""
    lost_digest: bytes = bytes(32)
    """Digest of which these are."""
    breaks: list[str] = field(default_factory=list)
    """First places at which the chain does not hold."""

    @property
    def is_whole(self) -> bool:
        return not self.breaks

    def report(self, where: str) -> None:
        if len(self.breaks) < BREAKS_TOLD:
            self.breaks.append(where)


@dataclass(frozen=True, slots=True)
class Integrity:
    """Integrity of the trail, as far as it can be told without a walk over it."""

    state: AuditIntegrityState
    rejected: int
    """Number of events that the service has not written, COUNTED + 1 standing for more."""
    breaks: int
    """Number of places at which the last walk found the trail changed, at most 20."""
    verified_at: datetime | None
    position: int
    """Position of the last event that this walk has verified."""


@dataclass(frozen=True, slots=True)
class Unsealed:
    """Events that are not in the chain yet, 10,000 at most, and the age of the oldest one in seconds."""

    events: int
    seconds: float


class AuditChainService:
    """Appends links: keyed digests over the previous link, the event, and a digest of its personal row.

    The key is not in the database: who can only write there may change a row, but cannot make the links fit it. The
    first of `keys` makes new links, and the others still verify the links that they made.
    """

    def __init__(self, database: Database, *, keys: Sequence[bytes]) -> None:
        self._database = database
        self._keys = AuditKeys(keys)
        self._repository = AuditChainRepository()

    async def append_pending(self) -> bool:
        """Seal what has committed, up to one batch; True when more may be waiting.

        Whoever commits while this runs is found the next time, whatever its id: in the chain, an event never stands
        before one that was in the chain when it committed. Inside of a batch the order is that of the ids.
        """
        # Read outside a transaction, which on SQLite would stop all writers; most often nothing waits.
        if not await self._repository.has_pending(self._database.reader):
            return False
        async with self._database.begin() as tx:
            if not await self._repository.claim(tx):
                return False
            head = await self._repository.head(tx)
            position, digest = (0, _GENESIS) if head is None else (head["position"], head["digest"])
            # Events from before there were signatures come first; after the first signed one, none is taken any more.
            is_signed = head is not None and head["is_signed"]
            key_id, now = self._keys.newest, self._database.clock.now()
            links: list[SealRow] = []
            rejected: list[RejectedRow] = []
            found = await self._repository.find_pending(tx, keys=self._keys.ids, limit=BATCH)
            for row in sorted(found, key=lambda one: one["mac"] is not None):
                fault = self._fault(row, may_be_unsigned=not is_signed)
                if fault is not None:
                    rejected.append({"event_id": row["id"], "reason": fault})
                    continue
                is_signed |= row["mac"] is not None
                position += 1
                personal = self._commitment(row, key_id)
                digest = self._link(key_id, digest, row, position=position, sealed_at=now, personal_digest=personal)
                links.append(
                    {
                        "position": position,
                        "event_id": row["id"],
                        "personal_digest": personal,
                        "key_id": key_id,
                        "sealed_at": now,
                        "digest": digest,
                    }
                )
            if links:
                await self._repository.append(tx, links)
            if rejected:
                await self._repository.reject(tx, rejected)
        for event in rejected:
            _log.error("audit event %s is not appended to the chain: %s", event["event_id"], event["reason"])
        # Logged, because the log is kept elsewhere: it shows when the end of the chain has been cut off.
        _log.info("the audit chain reaches %d:%s", position, digest.hex())
        return len(found) == BATCH

    async def unsealed(self) -> Unsealed:
        """Return how far the worker is behind."""
        row = await self._repository.unsealed(self._database.reader)
        if row is None or row["oldest_id"] is None:
            return Unsealed(0, 0.0)
        age = (self._database.clock.now() - made_at(row["oldest_id"])).total_seconds()
        return Unsealed(row["events"], max(0.0, age))

    async def verify(self, known: Head | None = None) -> Verdict:
        """Walk the chain in bounded memory; a head that was written down earlier must stand in it."""
        verdict = Verdict()
        async for _ in self._walk(verdict, known):
            pass
        return verdict

    @property
    def jobs(self) -> dict[str, CleanupJob]:
        """Return the worker's job that walks over the chain once a day, and keeps the verdict for staff."""
        return {"audit chain": CleanupJob(self._verify_when_due)}

    async def integrity(self) -> Integrity:
        """Return what staff are told beside the trail: what was rejected, and the last walk's verdict."""
        rejected = await self._repository.count_rejected(self._database.reader)
        row = await self._find_verdict()
        breaks, verified_at, position = 0, None, 0
        if row is not None:
            breaks, verified_at, position = row["breaks"], row["verified_at"], row["position"]
        if rejected or breaks:
            state = AuditIntegrityState.BROKEN
        elif verified_at is None or self._database.clock.now() - verified_at > 2 * VERIFIED_EVERY:
            state = AuditIntegrityState.UNVERIFIED
        else:
            state = AuditIntegrityState.INTACT
        return Integrity(state, rejected, breaks, verified_at, position)

    async def require_intact(self) -> None:
        """Raise Degraded unless the trail was verified lately, and holds."""
        found = await self.integrity()
        if found.state is AuditIntegrityState.BROKEN:
            raise Degraded("The audit trail was changed.")
        if found.state is AuditIntegrityState.UNVERIFIED:
            raise Degraded("Nobody has verified the audit trail for two days.")

    async def _verify_when_due(self) -> Steps:
        row, now = await self._find_verdict(), self._database.clock.now()
        if row is not None and now - row["verified_at"] < VERIFIED_EVERY:
            return
        verdict = Verdict()
        async for _ in self._walk(verdict, None):
            yield {}
        await self._mark(verdict)
        for where in verdict.breaks:
            _log.error("the audit trail was changed: %s", where)
        key_id = self._keys.newest
        signed = _verdict_values(now, verdict.head.position, len(verdict.breaks))
        async with self._database.begin() as tx:
            await self._repository.replace_verdict(
                tx,
                {
                    "verified_at": now,
                    "position": verdict.head.position,
                    "breaks": len(verdict.breaks),
                    "key_id": key_id,
                    "mac": self._keys.sign_verdict(*signed, key_id=key_id),
                },
            )
        yield {}

    async def _find_verdict(self) -> VerdictRow | None:
        """Return the last verdict that the service has written."""
        row = await self._repository.find_verdict(self._database.reader)
        if row is None:
            return None
        values = _verdict_values(row["verified_at"], row["position"], row["breaks"])
        return row if self._keys.is_verdict_signed(*values, key_id=row["key_id"], mac=row["mac"]) else None

    async def _mark(self, verdict: Verdict) -> None:
        """Record once, as an event, which personal rows of unsigned events are gone: others that go later are missed.

        Before there were signatures, erasures left no record, and what they have erased looks like what was deleted.
        """
        if not await self._repository.begins_unsigned(self._database.reader):
            return
        async with self._database.begin() as tx:
            if await self._repository.claim(tx) and not await self._repository.has_event(tx, MARK):
                await audit.record(tx, MARK, NO_CLIENT, data=_mark_values(verdict))

    async def _walk(self, verdict: Verdict, known: Head | None) -> AsyncIterator[None]:
        """Verify the whole chain, and yield after each batch of it."""
        after = 0
        while rows := await self._repository.links(self._database.reader, after=after, limit=BATCH):
            for row in rows:
                self._verify_link(row, verdict)
                if known is not None and row["position"] == known.position and row["digest"] != known.digest:
                    verdict.report(f"position {known.position}: not the digest that was written down")
                verdict.head = Head(row["position"], row["digest"])
            after = rows[-1]["position"]
            yield
        if known is not None and verdict.head.position < known.position:
            verdict.report(f"position {known.position}: the chain was cut off, it ends at {verdict.head.position}")
        mark = await self._repository.find_mark(self._database.reader, MARK)
        if mark is not None and mark["data"] != _mark_values(verdict):
            verdict.report(
                f"{verdict.lost} personal rows of unsigned events are gone without a record, and other ones than the"
                f" {mark['data'].get('rows')} that were gone at first"
            )
        for event_id in await self._repository.outside(self._database.reader, limit=BREAKS_TOLD):
            verdict.report(f"event {event_id}: neither in the chain nor waiting for it")
        for event in await self._repository.rejected(self._database.reader, limit=BREAKS_TOLD):
            verdict.report(f"event {event['event_id']}: {event['reason']}")
        async with self._database.begin() as tx:
            foreign = await self._repository.find_foreign(tx, keys=self._keys.ids, limit=BREAKS_TOLD)
        for waiting in foreign:
            verdict.report(f"event {waiting['id']}: waits, signed with a key that is not in AUDIT_KEYS")
        verdict.waiting = await self._repository.waiting(self._database.reader)

    def _verify_link(self, row: Link, verdict: Verdict) -> None:
        position, before = row["position"], verdict.head
        if position != before.position + 1:
            # A link after a gap cannot be compared with the missing one.
            verdict.report(f"position {before.position + 1}: missing, the next one is {position}")
            return
        if self._keys.find(row["key_id"]) is None:
            verdict.report(f"position {position}: signed with a key that is not in AUDIT_KEYS")
        elif row["id"] is None:
            verdict.report(f"position {position}: event {row['event_id']} is gone")
        elif row["digest"] != self._link(
            row["key_id"],
            before.digest,
            row,
            position=position,
            sealed_at=row["sealed_at"],
            personal_digest=row["personal_digest"],
        ):
            verdict.report(f"position {position}: event {row['event_id']} or its place in the chain was changed")
        else:
            self._verify_personal(row, verdict)

    def _verify_personal(self, row: LinkRow | BareLinkRow, verdict: Verdict) -> None:
        place = f"position {row['position']}: the personal row of event {row['event_id']}"
        if row["personal_id"] is None:
            verdict.erased += row["personal_digest"] is not None
            if row["personal_digest"] is None or self._is_erasure_signed(row):
                return
            if row["mac"] is not None:
                verdict.report(f"{place} was removed, and not by the service")
            else:
                verdict.lost += 1
                verdict.lost_digest = hashlib.sha256(verdict.lost_digest + row["event_id"].bytes).digest()
        elif row["personal_digest"] is None or not self._fits(row, row["personal_digest"], row["key_id"]):
            verdict.report(f"{place} was changed")

    def _fault(self, row: PendingRow | BarePendingRow, *, may_be_unsigned: bool) -> str | None:
        """Return why an event must not be appended: the service has not written it, or not like this."""
        if row["mac"] is None:
            return None if may_be_unsigned else "not signed"
        if not self._keys.is_event_signed(_signed(row), row["committed"], key_id=row["signed_by"], mac=row["mac"]):
            return "not signed by the service"
        if row["personal_id"] is not None:
            if row["committed"] is None or not self._fits(row, row["committed"], row["signed_by"] or ""):
                return "its personal row is not the one that was signed"
        elif row["committed"] is not None and not self._is_erasure_signed(row):
            return "its personal row was removed, and not by the service"
        return None

    def _fits(self, row: PendingRow | LinkRow, digest: bytes, key_id: str) -> bool:
        """Return whether the personal row has this digest; that of a signed event is by the key that signed it."""
        made_with = row["signed_by"] or key_id
        if self._keys.find(made_with) is None:
            return False
        return compare_digest(digest, self._keys.commit_to(_signed_personal(row), key_id=made_with))

    def _commitment(self, row: PendingRow | BarePendingRow, key_id: str) -> bytes | None:
        """Return the digest of the personal row: the signed one, or one by this key for an event without signature."""
        if row["mac"] is not None or row["personal_id"] is None:
            return row["committed"]
        return self._keys.commit_to(_signed_personal(row), key_id=key_id)

    def _is_erasure_signed(self, row: PendingRow | BarePendingRow | LinkRow | BareLinkRow) -> bool:
        erased_by, key_id, mac = row["erased_by"], row["erasure_key"], row["erasure_mac"]
        if erased_by is None or key_id is None or mac is None:
            return False
        return self._keys.is_erasure_signed(row["id"], erased_by, key_id=key_id, mac=mac)

    def _link(
        self,
        key_id: str,
        before: bytes,
        event: EventRow,
        *,
        position: int,
        sealed_at: datetime,
        personal_digest: bytes | None,
    ) -> bytes:
        key = self._keys.find(key_id)
        if key is None:
            raise LookupError(key_id)
        place, content = canonical(position, instant(sealed_at)), _signed(event).canonical()
        if event["mac"] is None:
            return derive(key, "audit.link.1", before, place, personal_digest or b"", content)
        return derive(
            key,
            "audit.link.2",
            before,
            place,
            personal_digest or b"",
            content,
            event["committed"] or b"",
            event["signed_by"] or "",
            event["mac"],
        )


def _verdict_values(verified_at: datetime, position: int, breaks: int) -> tuple[JsonValue, ...]:
    return instant(verified_at), position, breaks


def _mark_values(verdict: Verdict) -> dict[str, JsonValue]:
    return {"rows": verdict.lost, "digest": verdict.lost_digest.hex()}


def _signed(row: EventRow) -> SignedEvent:
    return SignedEvent(
        row["id"],
        row["occurred_at"],
        row["event"],
        row["actor_id"],
        row["subject_type"],
        row["subject_id"],
        row["request_id"],
        row["data"],
    )


def _signed_personal(row: PersonalRow) -> SignedPersonal:
    return SignedPersonal(row["personal_id"], row["address"], row["user_agent"], row["personal_data"])
