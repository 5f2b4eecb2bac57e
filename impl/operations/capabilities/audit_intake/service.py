"""Service that turns the intake into audit events: an account's first of an hour one by one, all others counted."""

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel import audit, audit_intake
from impl.kernel.audit_intake import DeferredEvent
from impl.kernel.audit_signatures import AuditKeys
from impl.kernel.caller import NO_CLIENT, AnonymousClient
from impl.kernel.database import Database
from impl.kernel.pending_writes import send_pending
from impl.operations.capabilities.audit_intake.repository import AuditIntakeRepository, IntakeRow

BATCH: Final = 500
PERIOD: Final = timedelta(hours=1)
# Events of a kind that are recorded one by one for an account in an hour; more are what one event counts.
RECORDED_MAX: Final = 10
# The event of rows that are in the intake and were not written by the service.
FORGED: Final = "audit.intake_forged"

_log = logging.getLogger("hestami.audit")

# Event, account, details and the end of the hour: what one count is of.
type _Kind = tuple[str, UUID | None, str, datetime]


class AuditIntakeService:
    """Takes from the intake in the worker, in transactions that both write the events and remove the rows."""

    def __init__(self, database: Database, *, keys: Sequence[bytes]) -> None:
        self._database = database
        self._keys = AuditKeys(keys)
        self._repository = AuditIntakeRepository()

    async def take(self) -> bool:
        """Take one batch of what is due; True when more may be waiting.

        Where nobody has an account, an hour of a kind becomes one event with a count, as do the events of an account
        beyond the first in an hour: however many come, the trail grows by what there is to tell.
        """
        now, keys = self._database.clock.now(), self._keys.ids
        # Read outside a transaction, which on SQLite would stop all writers; most often nothing waits.
        if not await self._repository.has_due(self._database.reader, keys=keys, now=now):
            return False
        async with self._database.begin() as tx:
            if not await self._repository.claim(tx):
                return False
            due = await self._repository.due(tx, keys=keys, now=now, limit=BATCH)
            counting = [(row["id"], self._opened(row)) for row in await self._repository.counts(tx, keys=keys, now=now)]
            counts: dict[_Kind, DeferredEvent] = {}
            _add_all(counts, (event for _, event in counting if event.until is not None))
            untouched = dict(counts)
            # A row that is no count and not due was not written by the service: it is counted now, and goes below.
            _add_all(counts, (event for _, event in counting if event.until is None))
            taken = [self._opened(row) for row in due]
            _add_all(counts, (event for event in taken if event.until is not None))
            singles = await self._known(tx, [event for event in taken if event.until is None])
            _add_all(counts, [event for event in singles if not await self._record_single(tx, event)])
            changed = {kind: count for kind, count in counts.items() if untouched.get(kind) != count}
            await self._repository.remove(tx, [row["id"] for row in due])
            await self._repository.remove(tx, [row_id for row_id, event in counting if _kind(event) in changed])
            for count in changed.values():
                if count.until is not None and count.until <= now:
                    await _record_count(tx, count)
                else:
                    await audit_intake.put(tx, count)
        return len(due) == BATCH

    def _opened(self, row: IntakeRow) -> DeferredEvent:
        try:
            return DeferredEvent.parse(self._keys.decrypt_intake(row["id"], row["content"], key_id=row["key_id"]))
        except ValueError:
            _log.error("row %s of the audit intake was not written by the service", row["id"])
            at = min(row["due_at"], self._database.clock.now())
            return DeferredEvent(FORGED, None, at, at, 1, "", "", "", {})

    async def _known(self, tx: AsyncSession, events: Sequence[DeferredEvent]) -> Sequence[DeferredEvent]:
        """Take accounts off the events that were erased meanwhile, so that nothing personal comes after the erasure."""
        wanted = {event.account_id for event in events if event.account_id is not None}
        there = await self._repository.not_erased(tx, wanted) if wanted else set()
        return [event if event.account_id in there else replace(event, account_id=None) for event in events]

    async def _record_single(self, tx: AsyncSession, event: DeferredEvent) -> bool:
        """Record one event of an account, unless its hour has had enough of them."""
        account_id, until = event.account_id, _end_of_period(event.occurred_at)
        if account_id is None:
            return False
        recorded = await self._repository.recorded(tx, account_id, event.event, since=until - PERIOD, until=until)
        if recorded >= RECORDED_MAX:
            return False
        who = AnonymousClient(address=event.address, user_agent=event.user_agent, request_id=event.request_id)
        await audit.record(
            tx, event.event, who, subject=("user", account_id), data=event.data, occurred_at=event.occurred_at
        )
        # The next event of this account is counted with it.
        await send_pending(tx)
        return True


async def _record_count(tx: AsyncSession, count: DeferredEvent) -> None:
    known = count.account_id is not None or count.event == FORGED
    await audit.record(
        tx,
        count.event if known else f"{count.event}.unknown",
        NO_CLIENT,
        subject=None if count.account_id is None else ("user", count.account_id),
        data={
            **count.data,
            "count": count.count,
            "first_at": count.occurred_at.isoformat(),
            "last_at": count.last_at.isoformat(),
        },
        # In the hour that it counts, where it is one of the few events that the account has.
        occurred_at=count.last_at,
    )


def _kind(event: DeferredEvent) -> _Kind:
    return event.event, event.account_id, json.dumps(event.data, sort_keys=True), _end_of_period(event.occurred_at)


def _end_of_period(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0) + PERIOD


def _add_all(counts: dict[_Kind, DeferredEvent], events: Iterable[DeferredEvent]) -> None:
    for event in events:
        _add(counts, event)


def _add(counts: dict[_Kind, DeferredEvent], event: DeferredEvent) -> None:
    """Add an event to the count of its kind, without where it came from."""
    kind = _kind(event)
    before = counts.get(kind)
    if before is None:
        counts[kind] = replace(event, until=kind[-1], request_id="", address="", user_agent="")
        return
    counts[kind] = replace(
        before,
        count=before.count + event.count,
        occurred_at=min(before.occurred_at, event.occurred_at),
        last_at=max(before.last_at, event.last_at),
    )
