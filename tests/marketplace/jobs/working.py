"""Jobs between two parties, over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final
from uuid import UUID
from weakref import WeakKeyDictionary

import httpx
from sqlalchemy import update

from impl.kernel.tables import core_table
from impl.marketplace.capabilities.jobs.tables import Job
from tests.harness.accounts import Account, Accounts
from tests.harness.service import Service
from tests.marketplace.inquiries.asking import INBOX, ask, asker, businesses
from tests.marketplace.payloads import Json, ok

JOBS: Final = "/jobs"
LINES: Final = [
    {
        "description": "All as described",
        "quantity_thousandths": 1000,
        "unit": "job",
        "unit_price_minor": 24000,
        "tax_basis_points": 0,
    }
]
QUOTE: Final = {"currency": "USD", "lines": LINES, "valid_days": 30}
CHANGES: Final = {"text": "It still drips at night."}
CANCEL: Final = {"cancel_reason": "CANNOT_KEEP_TIME", "note": "My van has broken down."}
DISPUTE: Final = {"text": "Nobody has come back for two weeks."}
DECISION: Final = {"outcome": "COMPLETED", "statement": "What was agreed is done."}
_FRESH: Final = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class Parties:
    """A homeowner with a home, and a provider with a business."""

    owner: Account
    home: str
    provider: Account
    profile: str

    async def agree(self, **changes: object) -> Json:
        """Let the homeowner ask, the provider quote and the homeowner accept; return the job as its owner sees it."""
        inquiry = await ask(self.owner, self.home, self.profile, **changes)
        path = f"{INBOX}/{inquiry['id']}/quotes"
        quote = ok(await self.provider.client.post(path, json=QUOTE), 201)
        ok(await self.provider.client.post(f"/quotes/{quote['id']}/send"))
        ok(await self.owner.client.post(f"/quotes/{quote['id']}/accept"))
        listed = ok(await self.owner.client.get(JOBS, params={"side": "HOMEOWNER", "limit": 1}))["items"]
        assert [one["quote_id"] for one in listed] == [quote["id"]]
        found: Json = listed[0]
        return found

    async def begun(self, state: str, **changes: object) -> Json:
        """Return a new job that was taken to this state."""
        job = await self.agree(**changes)
        for state_after, step, body in _WAYS[state]:
            who = self.owner if step in _BY_OWNER else self.provider
            assert ok(await act(who, job, step, body))["state"] == state_after
        return job


_START: Final = ("IN_PROGRESS", "start", None)
_DELIVER: Final = ("DELIVERED", "deliver", None)
_BY_OWNER: Final = {"complete", "request-changes"}
_WAYS: Final[dict[str, list[tuple[str, str, Any]]]] = {
    "SCHEDULED": [],
    "IN_PROGRESS": [_START],
    "DELIVERED": [_START, _DELIVER],
    "CHANGES_REQUESTED": [_START, _DELIVER, ("CHANGES_REQUESTED", "request-changes", CHANGES)],
    "DISPUTED": [_START, ("DISPUTED", "dispute", DISPUTE)],
    "COMPLETED": [_START, _DELIVER, ("COMPLETED", "complete", None)],
    "CANCELLED": [("CANCELLED", "cancel", CANCEL)],
}
_times = count()
_shared: WeakKeyDictionary[Accounts, tuple[Parties, datetime]] = WeakKeyDictionary()


async def parties(accounts: Accounts) -> Parties:
    """Return two parties of the test's own."""
    owner, home = await asker(accounts)
    ((provider, profile),) = await businesses(accounts, 1)
    return Parties(owner, home, provider, profile)


async def shared_parties(accounts: Accounts, service: Service) -> Parties:
    """Return two parties whom many tests share: what a test is about is the job, and not who has it."""
    now = service.clock.now()
    if accounts not in _shared:
        _shared[accounts] = (await parties(accounts), now)
    found, since = _shared[accounts]
    if now - since > _FRESH:
        for account in (found.owner, found.provider):
            await accounts.login(account)
        _shared[accounts] = (found, now)
    return found


async def act(who: Account, job: Json, step: str, body: object = None, **headers: str) -> httpx.Response:
    """Take a step of a job."""
    path = f"{JOBS}/{job['id']}/{step}"
    answer: httpx.Response = await who.client.post(path, json=body, headers=headers)
    return answer


async def seen(who: Account, job: Json) -> Json:
    found: Json = ok(await who.client.get(f"{JOBS}/{job['id']}"))
    return found


def moment_in(service: Service, hours: float) -> str:
    return (service.clock.now() + timedelta(hours=hours)).replace(microsecond=0).isoformat()


def time_in(service: Service, hours: float) -> dict[str, str]:
    """Return a time that begins so many hours from now, or seconds later: a provider has each of them once."""
    begins = service.clock.now().replace(microsecond=0) + timedelta(hours=hours, seconds=2 * next(_times))
    return {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(seconds=1)).isoformat()}


async def put_time(who: Account, job: Json, time: dict[str, str]) -> httpx.Response:
    answer: httpx.Response = await who.client.put(f"{JOBS}/{job['id']}/schedule", json=time)
    return answer


async def was(service: Service, job: Json, **moments: timedelta) -> None:
    """Let moments of a job be so long ago: the clock is every test's, and two weeks would end others' as well."""
    table = core_table(Job)
    values = {name: service.clock.now() - ago for name, ago in moments.items()}
    async with service.services.database.begin() as tx:
        await tx.execute(update(table).where(table.c.id == UUID(job["id"])).values(**values))
