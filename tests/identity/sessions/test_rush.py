"""In a rush, passwords of strangers wait behind those of people who are known, and nobody waits long in vain."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg
import pytest

from impl.identity.registration.service import NewAccount
from impl.kernel import presence
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.presence import ClientGone, Presence
from tests.harness.accounts import Accounts, unique
from tests.harness.client import assert_problem
from tests.harness.hashing import blocked_hashing
from tests.harness.patience import PATIENCE
from tests.harness.service import run_service
from tests.harness.settings import PEPPER

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Account
    from tests.harness.databases import Databases, Engine
    from tests.harness.service import Service

PASSWORD = "Copper-Kettle-58"
ANONYMOUS = AnonymousClient(address="192.0.2.1", user_agent="test", request_id="test")

type Ask = Callable[[Service, Account], Awaitable[Awaitable[object]]]


async def register(client: httpx.AsyncClient) -> httpx.Response:
    body = {"email": f"{unique()}@example.test", "password": PASSWORD, "full_name": "Some Body"}
    return await client.post("/auth/register", json=body)


async def login(client: httpx.AsyncClient, account: Account) -> httpx.Response:
    return await client.post("/auth/login", json={"login": account.email, "password": account.password})


@asynccontextmanager
async def _locked_throttle(service: Service) -> AsyncIterator[None]:
    """Keep everybody from counting an attempt, where one table can be locked alone."""
    if service.engine == "sqlite":
        yield
        return
    connection = await asyncpg.connect(service.settings.database_url.replace("+asyncpg", ""))
    async with connection.transaction():
        await connection.execute("LOCK TABLE identity.login_throttles IN ACCESS EXCLUSIVE MODE")
        yield
    await connection.close()


@pytest.mark.both_engines
async def test_who_would_wait_too_long_gets_503_and_it_is_no_failed_attempt(
    databases: Databases, engine: Engine, worker_id: str
) -> None:
    async with run_service(databases, engine, f"rush_{worker_id}", password_wait_seconds=0.000_001) as service:
        accounts = Accounts(service)
        owner = await accounts.make()
        with blocked_hashing() as blocked:
            async with service.client() as client:
                busy = [asyncio.create_task(register(client)) for _ in range(2)]
                await blocked.wait_for(2)
                async with _locked_throttle(service):
                    for _ in range(6):
                        answer = await login(client, owner)
                        assert_problem(answer, 503, "unavailable")
                        assert int(answer.headers["Retry-After"]) >= 1
                assert_problem(await register(client), 503, "unavailable")
                blocked.let_through(2)
                assert {answer.status_code for answer in await asyncio.gather(*busy)} == {202}
        assert (await login(owner.client, owner)).status_code == 200
        await accounts.close()


async def _known_device(service: Service, owner: Account) -> Awaitable[object]:
    device = (await login(owner.client, owner)).json()["device_token"]
    return service.services.identity.sign_ins.login(
        ANONYMOUS, login=owner.email, password=owner.password, device_token=device
    )


async def _no_device(service: Service, owner: Account) -> Awaitable[object]:
    return service.services.identity.sign_ins.login(
        ANONYMOUS, login=owner.email, password=owner.password, device_token=None
    )


async def _signed_in(service: Service, owner: Account) -> Awaitable[object]:
    caller = await service.services.identity.sessions.authenticate(owner.access_token, ANONYMOUS)
    assert isinstance(caller, Caller)
    return service.services.identity.passwords.change(
        caller, current_password=owner.password, new_password=f"{PASSWORD} {unique()}"
    )


@pytest.mark.both_engines
@pytest.mark.parametrize(
    ("ask", "place"), [(_known_device, 2), (_signed_in, 2), (_no_device, 10)], ids=["device", "session", "neither"]
)
async def test_who_is_known_does_not_wait_for_strangers(
    service: Service, accounts: Accounts, ask: Ask, place: int
) -> None:
    """Ten strangers came before: two are being served, and eight wait."""
    owner = await accounts.make()
    identity, hasher = service.services.identity, service.services.hasher
    known = await ask(service, owner)

    async def register_somebody() -> None:
        new = NewAccount(f"{unique()}@example.test", "Some Body")
        await identity.registration.register(ANONYMOUS, new, password=PASSWORD)

    with blocked_hashing() as blocked:
        strangers = [asyncio.create_task(register_somebody()) for _ in range(10)]
        await blocked.wait_for(2)
        asked = asyncio.ensure_future(known)
        while hasher.waiting < 9:  # noqa: ASYNC110 - the other tasks of this loop get there, and tell nobody
            await asyncio.sleep(0)
        blocked.let_through(9)
        await blocked.wait_for(9)
        given = base64.b64encode(hmac.digest(PEPPER.encode(), owner.password.encode(), hashlib.sha384))
        assert given in blocked.begun[place : place + 2]
        blocked.let_through(100)
        await asyncio.gather(asked, *strangers)


@pytest.mark.both_engines
async def test_no_password_is_verified_for_a_client_that_has_gone_and_it_is_no_failed_attempt(
    service: Service, accounts: Accounts
) -> None:
    owner = await accounts.make()
    identity, hasher, gone = service.services.identity, service.services.hasher, list[bool]()

    async def log_in() -> None:
        presence.attach(Presence(lambda: bool(gone)))
        await identity.sign_ins.login(ANONYMOUS, login=owner.email, password=owner.password, device_token=None)

    with blocked_hashing() as blocked:
        # Together more than are allowed to fail.
        for _ in range(4):
            gone.clear()
            busy = [asyncio.create_task(hasher.hash(PASSWORD)) for _ in range(2)]
            await blocked.wait_for(2)
            leaving = [asyncio.create_task(log_in()) for _ in range(2)]
            async with asyncio.timeout(PATIENCE):
                while hasher.waiting < len(leaving):  # noqa: ASYNC110 - the other tasks of this loop get there, and tell nobody
                    await asyncio.sleep(0)
            gone.append(True)
            blocked.let_through(2)
            await asyncio.gather(*busy)
            ends = await asyncio.gather(*leaving, return_exceptions=True)
            assert [type(end) for end in ends] == [ClientGone] * len(leaving)
        assert len(blocked.begun) == 8
        blocked.let_through(1)
        assert (await login(owner.client, owner)).status_code == 200
