"""The journeys pass on both engines, and every response is as the contract says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import override

import httpx

from tests.harness.accounts import Accounts
from tests.harness.client import check
from tests.harness.databases import Databases, Engine
from tests.harness.inbox import Inbox
from tests.harness.patience import PATIENCE
from tests.harness.service import Service, run_service
from tests.journey.mailbox import Mailbox
from tests.journey.people import PeopleJourney
from tests.journey.report import Person, Teller
from tests.journey.story import Journey
from tests.journey.trust import TrustJourney
from tests.marketplace.places.small import SMALL


@dataclass(frozen=True, slots=True)
class _ReceivedMail(Mailbox):
    """Inbox of the harness, as the journeys use it."""

    inbox: Inbox

    @override
    def token(self, address: str, *, after: int) -> str:
        return self.inbox.wait_here_for(address, after=after).token

    @override
    def count(self, address: str) -> int:
        return len(self.inbox.all(address))


async def test_the_journey_ends_well(service: Service) -> None:
    lines = await _walk(service, lambda teller, mailbox: Journey(teller, mailbox).walk())
    assert sum("refused:" in line for line in lines) > 15, "the story shows what is refused, too"


async def test_the_story_of_staff_and_accounts_ends_well(service: Service, accounts: Accounts) -> None:
    staff = await accounts.hire("STAFF_ADMIN")
    admin = Person("The administrator", staff.email, staff.password, ["STAFF_ADMIN"])

    def walk(teller: Teller, mailbox: Mailbox) -> None:
        PeopleJourney(teller, mailbox, admin, now=lambda: service.clock.now().timestamp()).walk()

    lines = await _walk(service, walk)
    assert sum("refused:" in line for line in lines) > 12, "the story shows what is refused, too"


async def test_the_story_of_finding_and_trusting_ends_well(
    databases: Databases, engine: Engine, worker_id: str
) -> None:
    # One way of moderation on each engine: what they do is tested on both elsewhere.
    moderation = "auto" if engine == "postgresql" else "staff"
    name, changes = f"trust_{moderation}_{worker_id}", {"moderation": moderation, "worker_poll_seconds": 0.5}
    async with run_service(databases, engine, name, **changes) as service:
        await service.services.marketplace.places.load(SMALL)
        people = Accounts(service)
        staff = await people.hire("STAFF_ADMIN")
        await people.close()
        admin = Person("The administrator", staff.email, staff.password, ["STAFF_ADMIN"])
        lines = await _walk(service, lambda teller, mailbox: TrustJourney(teller, mailbox, admin).walk())
    assert sum("refused:" in line for line in lines) > 4, "the story shows what is refused, too"
    reviewed = sum("decides: REJECT" in line for line in lines)
    assert reviewed == (1 if moderation == "auto" else 3), "profiles as well, where staff review"


async def _walk(service: Service, walk: Callable[[Teller, Mailbox], None]) -> list[str]:
    lines: list[str] = []

    def tell() -> int:
        hooks = {"response": [_validate]}
        with httpx.Client(
            base_url=f"{service.url}/api/v1", timeout=PATIENCE, trust_env=False, event_hooks=hooks
        ) as client:
            teller = Teller(client, lines.append)
            walk(teller, _ReceivedMail(service.inbox))
            return teller.steps

    steps = await asyncio.to_thread(tell)
    assert steps == sum("->" in line for line in lines)
    return lines


def _validate(response: httpx.Response) -> None:
    response.read()
    check(response)
