"""Listeners of streams: what an account is sent, event by event, each held against the contract."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from impl.kernel.ids import new_id
from impl.marketplace.capabilities.notices.service import About, NotificationKind, NotificationSubjectKind, notify
from tests.harness.client import open_browser
from tests.harness.contract import Response, load_contract
from tests.harness.events import SentEvent, events_of
from tests.harness.patience import PATIENCE

if TYPE_CHECKING:
    from uuid import UUID

    import httpx

    from tests.harness.accounts import Account
    from tests.harness.service import Service

PATH = "/api/v1/notifications/stream"


async def tell(service: Service, account_id: UUID) -> None:
    """Notify an account from this process, as the worker does."""
    async with service.services.database.begin() as tx:
        notify(tx, NotificationKind.JOB_STARTED, account_id, About(NotificationSubjectKind.JOB, new_id()))


class Listener:
    """Reader of an open stream."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._bytes = response.aiter_bytes()
        self._rest = b""
        self.last: str | None = None

    async def next(self) -> dict[str, Any]:
        """Return the data of the next event, however many comments come before it."""
        event = await self._next()
        assert event is not None, "the stream has ended"
        return event.json

    async def ended(self) -> None:
        """Wait for the end, before which nothing more comes."""
        assert await self._next() is None

    async def _next(self) -> SentEvent | None:
        async with asyncio.timeout(PATIENCE):
            while True:
                block, separator, rest = self._rest.partition(b"\n\n")
                if separator:
                    self._rest = rest
                    for event in events_of(block):
                        self._check(block)
                        self.last = event.id
                        return event
                    continue
                try:
                    self._rest += await anext(self._bytes)
                except StopAsyncIteration:
                    return None

    def _check(self, block: bytes) -> None:
        headers = {name.lower(): value for name, value in self._response.headers.items()}
        load_contract().check(Response("GET", PATH, 200, headers, block))


@asynccontextmanager
async def _opened(service: Service, account: Account, last: str | None) -> AsyncIterator[httpx.Response]:
    headers = {"Authorization": f"Bearer {account.access_token}", **({} if last is None else {"Last-Event-ID": last})}
    async with open_browser(service.url) as client, client.stream("GET", PATH, headers=headers) as response:
        yield response


@asynccontextmanager
async def listening(service: Service, account: Account, last: str | None = None) -> AsyncIterator[Listener]:
    """Open a stream after an event; its first event is the caller's to read."""
    async with _opened(service, account, last) as response:
        assert response.status_code == 200, (await response.aread()).decode()
        yield Listener(response)


async def status_of(service: Service, account: Account) -> int:
    """Return the status with which a stream begins, and leave it."""
    async with _opened(service, account, None) as response:
        return response.status_code
