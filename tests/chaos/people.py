"""People who use a service whose processes die, and who remember every answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol, TypedDict, Unpack
from uuid import uuid4

import httpx

from tests.harness.accounts import Account, unique
from tests.marketplace.payloads import PROPERTIES, house

# Of the ten seconds in which a refresh token may be sent again because its answer was lost.
_REFRESH_SECONDS = 8.0
_ENOUGH = 4


class Parts(TypedDict, total=False):
    """Parts of a request beside its method and path."""

    json: dict[str, Any]
    params: dict[str, Any]
    headers: dict[str, str]


class Reached(Protocol):
    """Program that answers while it is up."""

    @property
    def is_up(self) -> asyncio.Event: ...

    @property
    def client(self) -> httpx.AsyncClient: ...


class Moments:
    """Moments at which something has just begun or ended, one of which a process is killed at."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def mark(self) -> None:
        """Wake who waits for a moment."""
        passed, self._next = self._next, asyncio.Event()
        passed.set()

    async def let_pass(self, count: int) -> None:
        """Wait for so many moments."""
        for _ in range(count):
            await self._next.wait()


@dataclass(slots=True)
class Home:
    """Property as the last answer about it said."""

    known: dict[str, Any]
    etag: str


@dataclass(frozen=True, slots=True)
class Created:
    """Create that was answered, with the key that gives the same answer again."""

    key: str
    body: dict[str, Any]
    answer: bytes


class Resident:
    """Person with homes that are added, changed and removed, a session that is refreshed, and friends who register."""

    def __init__(self, account: Account, services: Sequence[Reached], moments: Moments, random: Random) -> None:
        self._account = account
        self._services: Sequence[Reached] = services
        self._moments = moments
        self._random = random
        self.homes: dict[str, Home] = {}
        self.created: list[Created] = []
        self.registered: list[str] = []
        self.answers = 0
        self.lost = 0
        self.losses: list[str] = []

    def go_through(self, proxy: Reached) -> None:
        """Send everything there from now on."""
        self._services = (proxy,)

    async def live(self, *, until: asyncio.Event) -> None:
        """Do one thing after another."""
        acts = (self._register, self._register, self._add, self._add, self._change, self._remove, self._refresh)
        while not until.is_set():
            await self._random.choice(acts)()

    async def check(self) -> None:
        """Compare every answer with what is stored."""
        found: dict[str, Any] = {}
        params: dict[str, Any] = {"limit": 100}
        while True:
            page = (await self._sent("GET", PROPERTIES, params=params)).json()
            found |= {item["id"]: item for item in page["items"]}
            if page.get("next_cursor") is None:
                break
            params["cursor"] = page["next_cursor"]
        assert found.keys() == self.homes.keys(), "something was lost, is there twice, or came back"
        for home_id, home in self.homes.items():
            stored = await self._sent("GET", f"{PROPERTIES}/{home_id}")
            assert (stored.json(), stored.headers["ETag"]) == (home.known, home.etag)
        for create in self.created:
            again = await self._create(create.key, create.body)
            assert again.content == create.answer, "a key gave another answer than the first"

    async def _register(self) -> None:
        """Register somebody, once: nobody knows what came of it when no answer comes."""
        email = f"{unique('newcomer')}@example.test"
        body = {"email": email, "password": "Copper-Kettle-58", "full_name": "Ann"}
        answer = await self._try("POST", "/auth/register", json=body)
        if answer is not None:
            assert answer.status_code == 202, answer.text
            self.registered.append(email)

    async def _add(self) -> None:
        if len(self.homes) >= _ENOUGH:
            return
        key, body = str(uuid4()), house(label=unique("home"))
        answer = await self._create(key, body)
        self.created.append(Created(key, body, answer.content))
        self.homes[answer.json()["id"]] = Home(answer.json(), answer.headers["ETag"])

    async def _create(self, key: str, body: dict[str, Any]) -> httpx.Response:
        answer = await self._sent("POST", PROPERTIES, json=body, headers={"Idempotency-Key": key})
        assert answer.status_code == 201, answer.text
        return answer

    async def _change(self) -> None:
        if not self.homes:
            return
        home_id, home = self._random.choice(list(self.homes.items()))
        label, path = unique("changed"), f"{PROPERTIES}/{home_id}"
        answer, is_first = await self._repeated("PATCH", path, json={"label": label}, headers={"If-Match": home.etag})
        if answer.status_code == 412 and not is_first:
            # The change was made, and only its answer was lost.
            answer = await self._sent("GET", path)
        assert (answer.status_code, answer.json()["label"]) == (200, label), answer.text
        self.homes[home_id] = Home(answer.json(), answer.headers["ETag"])

    async def _remove(self) -> None:
        if len(self.homes) < _ENOUGH:
            return
        home_id, home = self._random.choice(list(self.homes.items()))
        answer, is_first = await self._repeated("DELETE", f"{PROPERTIES}/{home_id}", headers={"If-Match": home.etag})
        assert answer.status_code == 204 or (answer.status_code == 404 and not is_first), answer.text
        del self.homes[home_id]

    async def _refresh(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        answer = await self._sent("POST", "/auth/refresh", json={"refresh_token": self._account.refresh_token})
        if answer.status_code == 401 and loop.time() - began > _REFRESH_SECONDS:
            login = {"login": self._account.email, "password": self._account.password}
            answer = await self._sent("POST", "/auth/login", json=login)
        assert answer.status_code == 200, answer.text
        self._account.take(answer)

    async def _sent(self, method: str, path: str, **parts: Unpack[Parts]) -> httpx.Response:
        answer, _ = await self._repeated(method, path, **parts)
        return answer

    async def _repeated(self, method: str, path: str, **parts: Unpack[Parts]) -> tuple[httpx.Response, bool]:
        """Send a request until it is answered; return the answer, and whether it is that of the first time."""
        is_first = True
        while (answer := await self._try(method, path, **parts)) is None:
            is_first = False
        return answer, is_first

    async def _try(self, method: str, path: str, **parts: Unpack[Parts]) -> httpx.Response | None:
        """Send a request to one of the processes that run; return None when nobody knows what came of it."""
        kept = self._random.choice([kept for kept in self._services if kept.is_up.is_set()] or list(self._services))
        await kept.is_up.wait()
        parts["headers"] = {"Authorization": f"Bearer {self._account.access_token}", **parts.get("headers", {})}
        asking = asyncio.create_task(kept.client.request(method, path, **parts))
        self._moments.mark()
        try:
            answer = await asking
        except httpx.TransportError as error:
            self.lost += 1
            self.losses.append(f"{method} {path}: {error!r}")
            return None
        if answer.status_code == 503:
            # Of SQLite on a busy machine: it says that nothing is known, and to send it again.
            self.lost += 1
            self.losses.append(f"{method} {path}: {answer.text}")
            return None
        self.answers += 1
        self._moments.mark()
        return answer
