"""How long an answer takes tells nobody who has an account: where a password is due, one is hashed either way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

import pytest

from impl.kernel.caller import Visitor
from tests.harness.accounts import Accounts, unique
from tests.harness.databases import Databases, Engine
from tests.identity.looking import statements

if TYPE_CHECKING:
    import httpx

    from tests.harness.service import Service

ROUNDS = 5


@pytest.fixture(scope="module")
async def slow(databases: Databases, engine: Engine, worker_id: str) -> AsyncIterator[Service]:
    """Return a service whose hashing takes longer than all the rest, as it does in production."""
    from tests.harness.service import run_service  # noqa: PLC0415 - not every test needs it

    async with run_service(databases, engine, f"slow_{worker_id}", bcrypt_cost=11) as running:
        yield running


@pytest.fixture
async def client(slow: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with slow.client() as opened:
        yield opened


async def ratio(known: Callable[[], Awaitable[object]], unknown: Callable[[], Awaitable[object]]) -> float:
    """Taken in turns, so that a busy machine is as busy for the one as for the other."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for ask, taken in zip((known, unknown), times, strict=True):
            began = perf_counter()
            await ask()
            taken.append(perf_counter() - began)
    return median(times[0]) / median(times[1])


async def test_login(slow: Service, client: httpx.AsyncClient) -> None:
    people = Accounts(slow)
    names = [(await people.register()).email for _ in range(ROUNDS)]

    async def login(name: str) -> None:
        answer = await client.post("/auth/login", json={"login": name, "password": "Wrong-Kettle-58"})
        assert answer.status_code == 401

    try:
        assert 0.5 < await ratio(lambda: login(names.pop()), lambda: login(f"{unique()}@example.test")) < 2
    finally:
        await people.close()


async def test_registration(slow: Service, client: httpx.AsyncClient) -> None:
    people = Accounts(slow)
    known = (await people.register()).email

    async def register(email: str) -> None:
        body = {"email": email, "password": "Copper-Kettle-58", "full_name": "Helen Newcomer"}
        assert (await client.post("/auth/register", json=body)).status_code == 202

    try:
        assert 0.5 < await ratio(lambda: register(known), lambda: register(f"{unique()}@example.test")) < 2
    finally:
        await people.close()


async def test_requests_for_mail_do_the_same_whoever_is_asked_for(service: Service, accounts: Accounts) -> None:
    """They hash nothing, so it is their statements that must be the same."""
    known = (await accounts.homeowner()).email
    pending = (await accounts.register()).email
    nobody = f"{unique()}@example.test"
    visitor = Visitor(address="192.0.2.1", user_agent="test", request_id="test")
    passwords, registration = service.hestami.passwords, service.hestami.registration
    for ask in (partial(passwords.request_reset, visitor), registration.resend):
        said = [await statements(partial(ask, email)) for email in (known, pending, nobody)]
        assert said[0] == said[1] == said[2]
        assert len(said[0]) >= 2
