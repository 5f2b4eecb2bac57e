"""Personal parts of events are deleted after their period; the events stay readable and the chain intact."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness.accounts import Accounts
from tests.harness.service import Service, run_service

if TYPE_CHECKING:
    import httpx

    from tests.harness.databases import Databases, Engine

DAYS = 90
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:141.0) Gecko/20100101 Firefox/141.0"


async def _items(client: httpx.AsyncClient, path: str, **query: str) -> list[dict[str, Any]]:
    answer = await client.get(path, params={"limit": "100", **query})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def _sealed(service: Service) -> None:
    """Append pending events; the service's worker does so too, and whoever is second finds nothing to do."""
    while (await service.services.operations.audit_chain.verify()).waiting:
        await service.services.operations.audit_chain.append_pending()


@pytest.fixture
async def own(databases: Databases, engine: Engine, worker_id: str) -> AsyncIterator[tuple[Service, Accounts]]:
    """Return a service of the test's own, as months pass in it."""
    changes = {"retention_audit_personal_days": DAYS}
    async with run_service(databases, engine, f"audit_retention_{worker_id}", **changes) as service:
        accounts = Accounts(service)
        yield service, accounts
        await accounts.close()


async def test_where_an_event_came_from_goes_and_the_event_stays(own: tuple[Service, Accounts]) -> None:
    service, accounts = own
    person, staff = await accounts.make(), await accounts.staff("STAFF_ADMIN")
    person.client.headers["User-Agent"] = FIREFOX
    await accounts.login(person)
    user_id = (await person.client.get("/users/me")).json()["id"]
    before = await _items(person.client, "/users/me/activity")
    assert before[0]["device"] == "Firefox on Windows"
    await _sealed(service)

    service.clock.advance(timedelta(days=DAYS, minutes=1))
    for somebody in (person, staff):
        await accounts.login(somebody)
    # The worker of the service may be at it already, and leaves to others what it holds.
    while (await service.services.retention.count())["audit_personal"]:
        await service.services.cleanup_jobs["audit_personal"]()

    now = await _items(person.client, "/users/me/activity")
    assert [one["event"] for one in now] == ["session.started", *(one["event"] for one in before)]
    assert [(one["device"], one["address"]) for one in now] == [
        ("Firefox on Windows", "127.0.0.1"),
        *((None, None) for _ in before),
    ]
    trail = await _items(staff.client, "/admin/audit-events", actor_id=user_id)
    assert [one["personal"] is None for one in trail] == [False, *(True for _ in trail[1:])]
    # What was before the verification is nobody's to see but for staff.
    assert {one["id"] for one in trail[1:] if one["event"] != "account.registered"} <= {one["id"] for one in before}
    whole = await staff.client.get(f"/admin/audit-events/{trail[-1]['id']}")
    assert (whole.status_code, whole.json()["personal"], whole.json()["position"] is None) == (200, None, False)

    await _sealed(service)
    verdict = await service.services.operations.audit_chain.verify()
    assert verdict.is_whole, verdict.breaks
    assert verdict.erased >= len(before)
