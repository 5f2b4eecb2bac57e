"""Real values for the fuzzer: the audit trail."""

from __future__ import annotations

from tests.fuzz.entries import Fuzzing, lasting_id
from tests.fuzz.pools import Item, Pool, Seeds
from tests.operations.audit.successes import event_by


async def _event(seeds: Seeds) -> Item:
    return {"id": await event_by(seeds.stage, seeds.admin)}


_EVENTS = Pool("audit_events", _event, lasting=2)

FUZZING = Fuzzing(pools=[_EVENTS], fills={"getAuditEvent": [lasting_id(_EVENTS, "event_id")]})
