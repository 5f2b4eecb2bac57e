"""The journey, on both engines, with every response held against the sealed contract."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import httpx

from tests.harness.contract import Response, load_contract
from tests.harness.inbox import Inbox
from tests.harness.service import Service
from tests.journey.story import Journey
from tests.journey.telling import Teller


@dataclass(frozen=True, slots=True)
class _ReceivedMail:
    """The harness's inbox, as the story wants it."""

    inbox: Inbox

    def token(self, address: str, *, after: int) -> str:
        return self.inbox.wait_here_for(address, after=after).token

    def count(self, address: str) -> int:
        return len(self.inbox.all(address))


async def test_the_journey_ends_well(service: Service) -> None:
    told: list[str] = []

    def walk() -> int:
        hooks = {"response": [_validate]}
        with httpx.Client(base_url=f"{service.url}/api/v1", timeout=30.0, trust_env=False, event_hooks=hooks) as client:
            return Journey(Teller(client, told.append), _ReceivedMail(service.inbox)).walk()

    steps = await asyncio.to_thread(walk)
    assert steps == sum("->" in line for line in told)
    assert sum("refused:" in line for line in told) > 15, "the story shows what is refused, too"


def _validate(response: httpx.Response) -> None:
    response.read()
    load_contract().check(
        Response(
            method=response.request.method,
            path=response.request.url.path,
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=response.content,
        )
    )
