"""Successful requests of the operations of the audit trail."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.contract.entries import Entries, as_homeowner
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Person, Stage
from tests.harness.patience import PATIENCE


async def event_by(stage: Stage, admin: Person) -> str:
    """Return the id of the first event of the audit trail, once it is sealed: only then it has a position."""
    first = await _sealed(stage, admin, "sort=occurred_at&limit=1")
    return str(first[0]["id"])


async def _sealed(stage: Stage, admin: Person, query: str) -> list[dict[str, Any]]:
    """Seal events until those of a page are: the worker, which comes round every ten seconds, may be at it too."""
    async with asyncio.timeout(PATIENCE):
        while True:
            while await stage.service.services.operations.audit_chain.append_pending():
                continue
            page = await stage.expect(200, "GET", f"/admin/audit-events?{query}", by=admin)
            events: list[dict[str, Any]] = page.json()["items"]
            if all(event["position"] is not None for event in events):
                return events


async def _trail_of_somebody(stage: Stage, _: Body) -> Ready:
    # Of one person: the trail as a whole grows with each reading of it.
    query = {"subject_id": await stage.id_of(await stage.person())}
    admin = await stage.shared("STAFF_ADMIN")
    # Sealed, so that it is the same when it is read again.
    await _sealed(stage, admin, f"subject_id={query['subject_id']}")
    return Ready(by=admin, query=query)


async def _event(stage: Stage, _: Body) -> Ready:
    admin = await stage.shared("STAFF_ADMIN")
    return Ready(by=admin, ids={"event_id": await event_by(stage, admin)})


SUCCESSES: Entries = {
    "listOwnActivity": as_homeowner,
    "listAuditEvents": _trail_of_somebody,
    "getAuditEvent": _event,
}
