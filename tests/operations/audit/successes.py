"""Successful requests of the operations of the audit trail."""

from __future__ import annotations

import asyncio

from tests.contract.entries import Entries, as_homeowner
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Person, Stage
from tests.harness.patience import PATIENCE


async def event_by(stage: Stage, admin: Person) -> str:
    """Return the id of the first event of the audit trail, once it is sealed: only then it has a position."""
    async with asyncio.timeout(PATIENCE):
        while True:
            page = await stage.expect(200, "GET", "/admin/audit-events?sort=occurred_at&limit=1", by=admin)
            event = page.json()["items"][0]
            if event["position"] is not None:
                return str(event["id"])


async def _trail_of_somebody(stage: Stage, _: Body) -> Ready:
    # Of one person: the trail as a whole grows with each reading of it.
    query = {"subject_id": await stage.id_of(await stage.person())}
    admin = await stage.shared("STAFF_ADMIN")
    async with asyncio.timeout(PATIENCE):
        # Sealed, so that it is the same when it is read again.
        while True:
            page = await stage.expect(200, "GET", f"/admin/audit-events?subject_id={query['subject_id']}", by=admin)
            if all(event["position"] is not None for event in page.json()["items"]):
                return Ready(by=admin, query=query)


async def _event(stage: Stage, _: Body) -> Ready:
    admin = await stage.shared("STAFF_ADMIN")
    return Ready(by=admin, ids={"event_id": await event_by(stage, admin)})


SUCCESSES: Entries = {
    "listOwnActivity": as_homeowner,
    "listAuditEvents": _trail_of_somebody,
    "getAuditEvent": _event,
}
