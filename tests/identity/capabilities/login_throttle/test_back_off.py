"""Failed logins are counted exactly and back off, for every way of signing in; a known device is still let in."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from impl.identity.capabilities.login_throttle.service import LoginThrottleService
from tests.harness.accounts import unique
from tests.harness.client import assert_problem
from tests.harness.clock import INSTANT
from tests.identity.database_inspection import rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    import httpx

    from tests.harness.accounts import Account, Accounts
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service

WRONG = "Wrong-Kettle-58"
_COUNTERS = "SELECT key, failures FROM identity.login_throttles WHERE scope IN ('ACCOUNT', 'ADDRESS')"


@pytest.fixture
async def owner(accounts: Accounts) -> Account:
    return await accounts.make()


async def login(client: httpx.AsyncClient, name: str, password: str, **more: object) -> httpx.Response:
    return await client.post("/auth/login", json={"login": name, "password": password, **more})


def seconds(answer: httpx.Response) -> int:
    assert_problem(answer, 429, "login-throttled")
    return int(answer.headers["Retry-After"])


@pytest.mark.both_engines
async def test_of_a_burst_exactly_five_are_looked_at(owner: Account, service: Service) -> None:
    async with service.client() as client:
        names = [owner.email, owner.email.upper()] * 10
        answers = await asyncio.gather(*(login(client, name, WRONG) for name in names))

    assert Counter(answer.status_code for answer in answers) == {401: 5, 429: 15}


async def test_a_username_and_an_address_are_counted_apart(
    client: httpx.AsyncClient, owner: Account, accounts: Accounts
) -> None:
    """One count would tell whose they are, and that the address has an account at all."""
    other = await accounts.homeowner()
    for _ in range(5):
        await login(client, owner.username, WRONG)
    assert seconds(await login(client, owner.username.upper(), WRONG))
    for email in (owner.email, other.email, f"{unique()}@example.test"):
        assert_problem(await login(client, email, WRONG), 401, "invalid-credentials")


async def test_registering_changes_nothing_of_a_count(client: httpx.AsyncClient) -> None:
    """Else the wait for an address would be over once somebody registers it, if nobody has."""
    email = f"{unique()}@example.test"
    for _ in range(5):
        await login(client, email, WRONG)
    body = {"email": email, "password": "Copper-Kettle-58", "full_name": "Some Body"}
    assert (await client.post("/auth/register", json=body)).status_code == 202

    assert seconds(await login(client, email, WRONG))


@pytest.mark.both_engines
async def test_a_hundred_at_once_are_counted_to_the_last(owner: Account, service: Service) -> None:
    """Through clients of their own, so that the requests meet in the database and not in one connection."""
    before = {row["key"]: row["failures"] for row in await rows(service, _COUNTERS)}
    clients = [service.client() for _ in range(10)]
    answers = await asyncio.gather(*(login(clients[turn % 10], owner.email, WRONG) for turn in range(100)))
    for client in clients:
        await client.aclose()

    looked_at = [answer for answer in answers if answer.status_code == 401]
    assert Counter(answer.status_code for answer in answers) == {401: 5, 429: 95}
    after = {row["key"]: row["failures"] for row in await rows(service, _COUNTERS)}
    # One counter more, the account's, and one that has risen, the address's: by those that were looked at.
    risen = {key: failures - before.get(key, 0) for key, failures in after.items() if failures != before.get(key)}
    assert sorted(risen.values()) == [len(looked_at), len(looked_at)]


@pytest.mark.both_engines
async def test_unknown_accounts_back_off_like_known_ones(service: Service) -> None:
    name = f"{unique()}@example.test"
    async with service.client() as client:
        answers = await asyncio.gather(*(login(client, name, WRONG) for _ in range(20)))

    assert Counter(answer.status_code for answer in answers) == {401: 5, 429: 15}


async def test_waiting_lets_one_in_and_doubles(client: httpx.AsyncClient, owner: Account, service: Service) -> None:
    waits = []
    with service.clock.stopped():
        for _ in range(5):
            await login(client, owner.email, WRONG)
        for _ in range(3):
            wait = seconds(await login(client, owner.email, owner.password))
            waits.append(wait)
            service.clock.advance(timedelta(seconds=wait) - INSTANT)
            assert seconds(await login(client, owner.email, owner.password)) == 1
            service.clock.advance(INSTANT)
            assert_problem(await login(client, owner.email, WRONG), 401, "invalid-credentials")

    assert waits == [30, 60, 120]
    service.clock.advance(timedelta(seconds=240))
    assert (await login(client, owner.email, owner.password)).status_code == 200
    for _ in range(4):
        assert_problem(await login(client, owner.email, WRONG), 401, "invalid-credentials")
    assert (await login(client, owner.email, owner.password)).status_code == 200, "a success starts anew"


async def test_the_wait_has_an_end(client: httpx.AsyncClient, owner: Account, service: Service) -> None:
    wait = 0
    for _ in range(14):
        while (answer := await login(client, owner.email, WRONG)).status_code == 401:
            pass
        wait = seconds(answer)
        service.clock.advance(timedelta(seconds=wait))

    assert wait == 3600


async def test_all_ways_in_share_the_count(client: httpx.AsyncClient, owner: Account) -> None:
    for _ in range(2):
        await login(client, owner.email, WRONG)
    for _ in range(3):
        await client.post("/auth/login", data={"username": owner.email, "password": WRONG})

    form = {"username": owner.email, "password": owner.password}
    assert seconds(await client.post("/auth/login", data=form))


async def test_wrong_logins_from_outside_keep_nobody_from_their_account(
    client: httpx.AsyncClient, owner: Account, inbox: Inbox
) -> None:
    for _ in range(6):
        await login(client, owner.email, WRONG)
        await login(client, owner.username, WRONG)
    assert seconds(await login(client, owner.email, owner.password))

    asked = {"new_email": f"{unique('moved')}@example.test", "current_password": owner.password}
    assert (await owner.client.post("/users/me/email", json=asked)).status_code == 202
    change = {"current_password": owner.password, "new_password": "Birch-Window-77"}
    assert (await owner.client.put("/users/me/password", json=change)).status_code == 204
    closing = {"current_password": "Birch-Window-77"}
    assert (await owner.client.request("DELETE", "/users/me", json=closing)).status_code == 204


async def test_what_is_proved_again_is_counted_by_device(client: httpx.AsyncClient, owner: Account) -> None:
    first = (await login(client, owner.email, owner.password)).json()
    same = (await login(client, owner.email, owner.password, device_token=first["device_token"])).json()
    one, again = ({"Authorization": f"Bearer {pair['access_token']}"} for pair in (first, same))
    change = {"current_password": WRONG, "new_password": "Birch-Window-77"}
    for headers in (one, again, one, again, one):
        answer = await client.put("/users/me/password", json=change, headers=headers)
        assert_problem(answer, 422, "wrong-current-password")

    right = {**change, "current_password": owner.password}
    for headers in (one, again):
        assert seconds(await client.put("/users/me/password", json=right, headers=headers))
    assert (await login(client, owner.email, owner.password)).status_code == 200
    assert (await owner.client.put("/users/me/password", json=right)).status_code == 204, "another device"


async def test_a_known_device_still_gets_in(client: httpx.AsyncClient, owner: Account) -> None:
    device = (await login(client, owner.email, owner.password)).json()["device_token"]
    for _ in range(6):
        await login(client, owner.email, WRONG)

    assert seconds(await login(client, owner.email, owner.password))
    known = await login(client, owner.email, owner.password, device_token=device)
    assert known.status_code == 200
    form = {"username": owner.email, "password": owner.password, "device_token": known.json()["device_token"]}
    assert (await client.post("/auth/login", data=form)).status_code == 200, "the form knows it as well"
    assert seconds(await login(client, owner.email, owner.password)), "it does not open the door for others"


@pytest.mark.both_engines
async def test_a_stolen_device_token_buys_five_guesses(owner: Account, service: Service) -> None:
    async with service.client() as client:
        device = (await login(client, owner.email, owner.password)).json()["device_token"]
        guesses = (login(client, owner.email, WRONG, device_token=device) for _ in range(20))
        answers = await asyncio.gather(*guesses)

    assert Counter(answer.status_code for answer in answers) == {401: 5, 429: 15}


async def test_devices_of_an_earlier_password_buy_no_guesses(client: httpx.AsyncClient, owner: Account) -> None:
    """Whoever had that one could have made any number of them, each with five guesses at the next."""
    devices = [(await login(client, owner.email, owner.password)).json()["device_token"] for _ in range(3)]
    change = {"current_password": owner.password, "new_password": "Birch-Window-77"}
    assert (await owner.client.put("/users/me/password", json=change)).status_code == 204
    for device in (*devices, *devices[:2]):
        assert_problem(await login(client, owner.email, WRONG, device_token=device), 401, "invalid-credentials")

    assert seconds(await login(client, owner.email, WRONG, device_token=devices[2]))


async def test_another_accounts_device_is_not_known(
    client: httpx.AsyncClient, owner: Account, accounts: Accounts
) -> None:
    other = await accounts.homeowner()
    device = (await login(client, other.email, other.password)).json()["device_token"]
    for _ in range(5):
        await login(client, owner.email, WRONG)

    assert seconds(await login(client, owner.email, owner.password, device_token=device))


async def test_a_reset_lets_the_owner_in_at_once(client: httpx.AsyncClient, owner: Account, inbox: Inbox) -> None:
    for _ in range(6):
        await login(client, owner.email, WRONG)
    await client.post("/auth/reset-password", json={"email": owner.email})
    token = (await inbox.wait_for(owner.email, "reset")).token
    body = {"token": token, "new_password": "Birch-Window-77"}
    assert (await client.post("/auth/reset-password/confirm", json=body)).status_code == 204

    assert (await login(client, owner.email, "Birch-Window-77")).status_code == 200


@pytest.mark.both_engines
async def test_counting_bears_that_counters_go_meanwhile(throttle: LoginThrottleService, service: Service) -> None:
    account = unique()

    async def right_password() -> None:
        own = await throttle.attempt(login=account, address=unique())
        async with service.services.database.begin() as tx:
            await throttle.succeeded(tx, own)

    for _ in range(5):
        outcomes = await asyncio.gather(*(right_password() for _ in range(20)), return_exceptions=True)
        assert {type(outcome).__name__ for outcome in outcomes} <= {"NoneType", "LoginThrottled"}


@pytest.mark.both_engines
async def test_parallel_logins_of_the_owner_all_get_in(owner: Account, service: Service) -> None:
    async with service.client() as client:
        answers = await asyncio.gather(*(login(client, owner.email, owner.password) for _ in range(4)))

    assert {answer.status_code for answer in answers} == {200}


@pytest.fixture
def throttle(service: Service) -> LoginThrottleService:
    """Return the throttle at production's limits: over HTTP, the rate limit would refuse the test's address first."""
    return LoginThrottleService(
        database=service.services.database, clock=service.clock, secret_key=b"test" * 8, address_scale=1
    )


async def attempts(throttle: LoginThrottleService, addresses: Iterable[str]) -> Counter[str]:
    """Make one attempt at another account from each address, all at once."""
    tries = (throttle.attempt(login=unique(), address=address) for address in addresses)
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    return Counter(type(outcome).__name__ for outcome in outcomes)


@pytest.mark.both_engines
async def test_an_address_gets_fifty_failures_over_all_accounts(throttle: LoginThrottleService) -> None:
    address = f"{unique()}.example.test"

    assert await attempts(throttle, [address] * 60) == {"Attempt": 50, "LoginThrottled": 10}
    assert await attempts(throttle, [f"{unique()}.example.test"]) == {"Attempt": 1}


@pytest.mark.both_engines
async def test_an_ipv6_customer_is_one_address(throttle: LoginThrottleService) -> None:
    network = f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}"
    addresses = [f"{network}::{number:x}" for number in range(1, 61)]

    assert await attempts(throttle, addresses) == {"Attempt": 50, "LoginThrottled": 10}


@pytest.mark.both_engines
async def test_success_gives_an_address_back_only_what_it_took(
    throttle: LoginThrottleService, service: Service
) -> None:
    address = f"{unique()}.example.test"
    await attempts(throttle, [address] * 48)
    for _ in range(5):
        own = await throttle.attempt(login=unique(), address=address)
        async with service.services.database.begin() as tx:
            await throttle.succeeded(tx, own)

    assert await attempts(throttle, [address] * 10) == {"Attempt": 2, "LoginThrottled": 8}


@pytest.mark.both_engines
async def test_failures_are_forgotten_after_a_day(throttle: LoginThrottleService, service: Service) -> None:
    address = f"{unique()}.example.test"
    with service.clock.stopped():
        await attempts(throttle, [address] * 50)
        service.clock.advance(timedelta(hours=24))
        assert await attempts(throttle, [address] * 60) == {"Attempt": 50, "LoginThrottled": 10}


@pytest.mark.both_engines
async def test_failures_are_remembered_for_a_day(throttle: LoginThrottleService, service: Service) -> None:
    address = f"{unique()}.example.test"
    with service.clock.stopped():
        await attempts(throttle, [address] * 50)
        service.clock.advance(timedelta(hours=24) - INSTANT)
        assert await attempts(throttle, [address] * 10) == {"Attempt": 1, "LoginThrottled": 9}
