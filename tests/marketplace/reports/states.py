"""Reports in every state."""

from __future__ import annotations

import httpx

from tests.contract.walks import Edge, Walk, World
from tests.marketplace.payloads import Json, complain, ok
from tests.marketplace.provider_services import states as services
from tests.marketplace.reports.decisions import QUEUE, STATEMENT

_OUTCOMES = {
    "ACTIONED": {"outcome": "ACTIONED", "action": "NONE", "statement": STATEMENT},
    "DISMISSED": {"outcome": "DISMISSED", "statement": STATEMENT},
}


async def _make(world: World, state: str, _: Edge | None) -> Json:
    """Return a report in this state, of somebody new about one service."""
    reporter = await world.accounts.make()
    report = await complain(reporter, await services.listed(world))
    thing = {"by": reporter, "id": report["id"]}
    if state != "OPEN":
        ok(await _triage(world, thing, "TRIAGED"))
    if state in _OUTCOMES:
        ok(await _decide(world, thing, state))
    return thing


async def _triage(world: World, report: Json, _: str) -> httpx.Response:
    staff = await world.accounts.staff()
    return await staff.client.post(f"{QUEUE}/{report['id']}/triage")


async def _decide(world: World, report: Json, target: str) -> httpx.Response:
    staff = await world.accounts.staff()
    return await staff.client.post(f"{QUEUE}/{report['id']}/decision", json=_OUTCOMES[target])


async def _read(world: World, report: Json) -> str | None:
    staff = await world.accounts.staff()
    return str(ok(await staff.client.get(f"{QUEUE}/{report['id']}"))["state"])


WALKS = {"ReportState": Walk(_make, {"triageReport": _triage, "decideReport": _decide}, _read)}
