"""Concurrent requests, each with a connection: one wins, nothing stale remains, and none fails with an error."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx
import pytest

from tests.harness.accounts import Accounts, unique
from tests.harness.oauth_sign_in import signing_in
from tests.harness.openid import Person
from tests.harness.service import run_service
from tests.identity.database_inspection import rows
from tests.identity.mfa.mfa_flows import enrol, first_step, known_devices, second_step
from tests.identity.race_barrier import at_once, meeting
from tests.identity.roles.role_requests import ANY, define, give, id_of, permissions_of, refused
from tests.marketplace.payloads import PROPERTIES, house

if TYPE_CHECKING:
    from tests.harness.accounts import Account
    from tests.harness.databases import Databases, Engine
    from tests.harness.service import Service

PASSWORD = "Birch-Window-77"
WRONG = "Wrong-Kettle-58"
PLACES = 24

type Answers = list[httpx.Response]


@pytest.fixture(scope="module")
async def live(databases: Databases, engine: Engine, worker_id: str) -> AsyncIterator[Service]:
    """Serve with a connection for everyone who comes, and time until the last of them stands where all wait."""
    changes = {"database_pool_size": PLACES, "database_timeout_seconds": 60.0}
    async with run_service(databases, engine, f"races_{worker_id}", **changes) as live:
        yield live


@pytest.fixture(scope="module")
async def accounts(live: Service) -> AsyncIterator[Accounts]:
    made = Accounts(live)
    yield made
    await made.close()


@pytest.fixture
async def client(live: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with live.client() as opened:
        yield opened


@pytest.fixture
async def owner(accounts: Accounts) -> Account:
    return await accounts.make()


@pytest.fixture
async def admin(accounts: Accounts) -> Account:
    return await accounts.staff()


def statuses(answers: Answers) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def address() -> str:
    return f"{unique('moved')}@example.test"


async def login(client: httpx.AsyncClient, account: Account, **more: str) -> httpx.Response:
    body = {"login": account.email, "password": account.password, **more}
    return await client.post("/auth/login", json=body)


async def refresh(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post("/auth/refresh", json={"refresh_token": token})


async def reset(client: httpx.AsyncClient, token: str) -> httpx.Response:
    body = {"token": token, "new_password": PASSWORD}
    return await client.post("/auth/reset-password/confirm", json=body)


async def ask_for(owner: Account, email: str) -> httpx.Response:
    return await owner.client.post("/users/me/email", json={"new_email": email, "current_password": owner.password})


async def confirm(owner: Account, token: str) -> httpx.Response:
    proof = {"method": "SESSION", "access_token": owner.access_token}
    return await owner.client.post("/users/me/email/confirm", json={"token": token, "proof": proof})


async def close(owner: Account) -> httpx.Response:
    return await owner.client.request("DELETE", "/users/me", json={"current_password": owner.password})


# ---- what works once


async def test_twenty_with_one_refresh_token(live: Service, client: httpx.AsyncClient, owner: Account) -> None:
    token = owner.refresh_token
    answers = await at_once(live, "identity.sessions", *(refresh(client, token) for _ in range(20)))
    assert statuses(answers) == {200: 20}
    (successor,) = {answer.json()["refresh_token"] for answer in answers}
    live.clock.advance(timedelta(seconds=11))
    answers = await at_once(live, "identity.sessions", *(refresh(client, token) for _ in range(20)))
    assert statuses(answers) == {401: 20}
    assert refused(await refresh(client, successor)) == (401, "invalid-refresh-token")


async def test_twenty_with_one_code_of_a_provider(live: Service) -> None:
    async with signing_in(live) as sign_in:
        code = (await sign_in.back(Person()))["code"]
        answers = await at_once(live, "identity.oauth_codes", *(sign_in.token(code) for _ in range(20)))
    assert statuses(answers) == {200: 1, 400: 19}


async def test_twenty_with_one_link_to_reset(live: Service, client: httpx.AsyncClient, owner: Account) -> None:
    await client.post("/auth/reset-password", json={"email": owner.email})
    token = (await live.inbox.wait_for(owner.email, "reset")).token
    answers = await at_once(live, "identity.users", *(reset(client, token) for _ in range(20)))
    assert statuses(answers) == {204: 1, 422: 19}


async def test_twenty_with_one_invitation(live: Service, client: httpx.AsyncClient, admin: Account) -> None:
    email = address()
    made = await admin.client.post("/users", json={"email": email, "full_name": "Gerda Guest"})
    assert made.status_code == 201
    token = (await live.inbox.wait_for(email)).token
    answers = await at_once(live, "identity.users", *(reset(client, token) for _ in range(20)))
    assert statuses(answers) == {204: 1, 422: 19}
    body = {"login": email, "password": PASSWORD}
    assert (await client.post("/auth/login", json=body)).status_code == 200


@pytest.mark.parametrize("kind", ["totp", "recovery"])
async def test_twenty_with_one_code_of_a_second_factor(
    live: Service, client: httpx.AsyncClient, owner: Account, kind: str
) -> None:
    enrolled = await enrol(owner, live.clock)
    devices = await known_devices(client, enrolled, live.clock, 20)
    proof = enrolled.totp() if kind == "totp" else enrolled.recovery()
    tokens = [await first_step(client, owner, device_token=device) for device in devices]
    answers = await at_once(live, "identity.users", *(second_step(client, token, proof) for token in tokens))
    assert statuses(answers) == {200: 1, 422: 19}
    winner = next(answer for answer in answers if answer.status_code == 200)
    state = (await client.get("/users/me/mfa", headers=bearer(winner.json()["access_token"]))).json()
    assert state["recovery_codes_left"] == (10 if kind == "totp" else 9)


async def test_a_hundred_wrong_passwords(live: Service, owner: Account) -> None:
    await rows(live, "DELETE FROM identity.login_throttles")
    clients = [live.client() for _ in range(10)]
    wrong = {"login": owner.email, "password": WRONG}
    guesses = [clients[turn % 10].post("/auth/login", json=wrong) for turn in range(100)]
    answers = await at_once(live, "identity.login_throttles", *guesses)
    for one in clients:
        await one.aclose()
    assert statuses(answers) == {401: 5, 429: 95}
    counted = await rows(live, "SELECT failures FROM identity.login_throttles")
    assert [row["failures"] for row in counted] == [5, 5], "the account's and the address's"
    await rows(live, "DELETE FROM identity.login_throttles")


# ---- another address


async def test_two_addresses_asked_for(live: Service, owner: Account) -> None:
    wanted = [address() for _ in range(2)]
    answers = await at_once(live, "identity.users", *(ask_for(owner, email) for email in wanted))
    assert statuses(answers) == {202: 2}
    sql = "SELECT email FROM identity.email_changes WHERE user_id = :id AND confirmed_at IS NULL"
    (left,) = [row["email"] for row in await rows(live, sql, id=UUID(await id_of(owner)))]
    assert left in wanted
    token = (await live.inbox.wait_for(left, "confirm your new")).token
    assert (await confirm(owner, token)).status_code == 204
    assert (await owner.client.get("/users/me")).json()["email"] == left


async def test_one_link_confirmed_twice(live: Service, owner: Account) -> None:
    new = address()
    await ask_for(owner, new)
    token = (await live.inbox.wait_for(new, "confirm your new")).token
    answers = await at_once(live, "identity.users", *(confirm(owner, token) for _ in range(2)))
    assert statuses(answers) == {204: 1, 422: 1}
    assert (await owner.client.get("/users/me")).json()["email"] == new


async def test_a_link_confirmed_while_another_address_is_asked_for(live: Service, owner: Account) -> None:
    first, second = address(), address()
    await ask_for(owner, first)
    token = (await live.inbox.wait_for(first, "confirm your new")).token
    confirmed, asked = await at_once(live, "identity.users", confirm(owner, token), ask_for(owner, second))
    assert (confirmed.status_code, asked.status_code) in {(204, 202), (422, 202)}
    newest = (await live.inbox.wait_for(second, "confirm your new")).token
    reason = "already-used" if confirmed.status_code == 204 else "invalid-one-time-token"
    assert refused(await confirm(owner, token)) == (422, reason)
    assert (await confirm(owner, newest)).status_code == 204
    assert (await owner.client.get("/users/me")).json()["email"] == second


async def test_two_accounts_that_move_to_one_address(live: Service, accounts: Accounts, owner: Account) -> None:
    rival, new = await accounts.make(), address()
    tokens: list[str] = []
    for place_in_line, account in enumerate((owner, rival)):
        assert (await ask_for(account, new)).status_code == 202
        tokens.append((await live.inbox.wait_for(new, "confirm your new", after=place_in_line)).token)
    answers = await at_once(live, "identity.users", confirm(owner, tokens[0]), confirm(rival, tokens[1]))
    assert statuses(answers) == {204: 1, 422: 1}
    winner, loser = (owner, rival) if answers[0].status_code == 204 else (rival, owner)
    assert (await winner.client.get("/users/me")).json()["email"] == new
    assert (await loser.client.get("/users/me")).json()["email"] == loser.email
    sql = "SELECT id FROM identity.users WHERE email_key = :key"
    assert len(await rows(live, sql, key=new)) == 1


async def test_an_address_that_is_confirmed_and_registered(
    live: Service, client: httpx.AsyncClient, owner: Account
) -> None:
    new = address()
    await ask_for(owner, new)
    token = (await live.inbox.wait_for(new, "confirm your new")).token
    person = {"email": new, "full_name": "Some Body", "password": PASSWORD}
    answers = await at_once(live, "identity.users", confirm(owner, token), client.post("/auth/register", json=person))
    assert (answers[0].status_code, answers[1].status_code) in {(204, 202), (422, 202)}
    assert len(await rows(live, "SELECT id FROM identity.users WHERE email_key = :key", key=new)) == 1


async def test_an_address_that_is_invited_twice(live: Service, admin: Account) -> None:
    guest = {"email": address(), "full_name": "Gerda Guest"}
    answers = await at_once(
        live, "identity.role_catalogue", *(admin.client.post("/users", json=guest) for _ in range(4))
    )
    assert statuses(answers) == {201: 1, 409: 3}
    assert {refused(answer)[1] for answer in answers if answer.status_code == 409} == {"email-taken"}


# ---- administrators

type Deed = Callable[[Account, str], Coroutine[Any, Any, httpx.Response]]


async def _demotes(by: Account, user_id: str) -> httpx.Response:
    return await by.client.put(f"/users/{user_id}/roles", json={"roles": ["STAFF_SUPPORT"]}, headers=ANY)


async def _suspends(by: Account, user_id: str) -> httpx.Response:
    return await by.client.post(f"/users/{user_id}/suspend", json={"reason": "A test."})


async def _deletes(by: Account, user_id: str) -> httpx.Response:
    return await by.client.delete(f"/users/{user_id}", headers=ANY)


@pytest.mark.parametrize("deed", [_demotes, _suspends, _deletes])
async def test_two_administrators_against_each_other(
    databases: Databases, engine: Engine, worker_id: str, deed: Deed
) -> None:
    """Where nobody else is one, so that whoever comes second would be the last to go."""
    async with run_service(databases, engine, f"admins_{worker_id}") as alone:
        staff = Accounts(alone)
        pair = [await staff.hire("STAFF_ADMIN") for _ in range(2)]
        ids = [await id_of(account) for account in pair]
        answers = await at_once(alone, "identity.users", deed(pair[0], ids[1]), deed(pair[1], ids[0]))
        assert sorted(answer.is_success for answer in answers) == [False, True]
        loser = next(answer for answer in answers if not answer.is_success)
        # Let in as an administrator, who is none any more when it comes to it; on SQLite perhaps stopped at the door.
        door = {(401, "invalid-token"), (403, "forbidden")} if engine == "sqlite" else set()
        assert refused(loser) in {(403, "exceeds-own-permissions"), *door}
        stayed = pair[0] if answers[0].is_success else pair[1]
        assert "role:write" in await permissions_of(stayed)
        await staff.close()


async def test_a_role_deleted_while_it_is_granted(live: Service, accounts: Accounts, admin: Account) -> None:
    person = await accounts.hire("HOMEOWNER")
    for _ in range(4):
        role = await define(admin, "account:read")
        deleted, given = await at_once(
            live,
            "identity.role_catalogue",
            admin.client.delete(f"/roles/{role['id']}", headers=ANY),
            give(admin, person, "HOMEOWNER", role["name"]),
        )
        held = (await person.client.get("/users/me")).json()["roles"]
        if deleted.status_code == 204:
            assert (refused(given), held) == ((422, "unknown-role"), ["HOMEOWNER"])
        else:
            assert (refused(deleted), given.status_code) == ((409, "role-in-use"), 200)
            assert set(held) == {"HOMEOWNER", role["name"]}
        assert (await give(admin, person, "HOMEOWNER")).status_code == 200


# ---- what ends while something is under way


async def test_a_session_that_ends_while_it_is_refreshed(
    live: Service, client: httpx.AsyncClient, owner: Account
) -> None:
    answers = await at_once(
        live, "identity.sessions", owner.client.post("/auth/logout"), refresh(client, owner.refresh_token)
    )
    assert answers[0].status_code == 204
    assert answers[1].status_code in {200, 401}
    assert (await owner.client.get("/users/me")).status_code == 401
    if answers[1].status_code == 200:
        pair = answers[1].json()
        assert (await client.get("/users/me", headers=bearer(pair["access_token"]))).status_code == 401
        assert (await refresh(client, pair["refresh_token"])).status_code == 401


async def test_an_account_that_is_closed_while_its_owner_goes_on(
    live: Service, client: httpx.AsyncClient, owner: Account
) -> None:
    second = (await login(client, owner)).json()
    user_id = UUID(await id_of(owner))
    assert (await owner.client.post(PROPERTIES, json=house())).status_code == 201
    change = {"current_password": owner.password, "new_password": PASSWORD}
    closed, signed_in, *others = await at_once(
        live,
        "identity.users",
        close(owner),
        login(client, owner),
        owner.client.post(PROPERTIES, json=house()),
        owner.client.patch("/users/me", json={"full_name": "Who Is That"}),
        owner.client.put("/users/me/password", json=change),
        ask_for(owner, address()),
        owner.client.post("/users/me/mfa/totp"),
    )
    # Whoever comes after the password has changed knows a wrong one.
    gone = {(401, "invalid-token"), (401, "invalid-credentials"), (422, "wrong-current-password")}
    assert {refused(answer) for answer in (closed, signed_in, *others) if not answer.is_success} <= gone
    if not closed.is_success:
        owner.password = PASSWORD
        assert (await close(owner)).status_code == 204
    sessions = "SELECT id FROM identity.sessions WHERE user_id = :id AND ended_at IS NULL"
    assert await rows(live, sessions, id=user_id) == []
    tokens = [owner.access_token, second["access_token"]]
    pairs = [second["refresh_token"], owner.refresh_token]
    if signed_in.status_code == 200:
        tokens.append(signed_in.json()["access_token"])
        pairs.append(signed_in.json()["refresh_token"])
    for token in tokens:
        assert (await client.get(PROPERTIES, headers=bearer(token))).status_code == 401
    for token in pairs:
        assert refused(await refresh(client, token)) == (401, "invalid-refresh-token")
    for password in (owner.password, PASSWORD):
        body = {"login": owner.email, "password": password}
        assert refused(await client.post("/auth/login", json=body)) == (401, "invalid-credentials")
    # What came into being at the last moment goes with the rest.
    live.clock.advance(timedelta(days=14, seconds=1))
    await live.services.identity.closure.erase_due()
    assert await rows(live, "SELECT id FROM marketplace.properties WHERE owner_id = :id", id=user_id) == []


async def test_an_account_that_is_closed_while_it_is_refreshed(
    live: Service, client: httpx.AsyncClient, owner: Account
) -> None:
    closed, refreshed = await at_once(live, "identity.sessions", close(owner), refresh(client, owner.refresh_token))
    assert closed.status_code == 204
    assert refreshed.status_code in {200, 401}
    if refreshed.status_code == 200:
        pair = refreshed.json()
        assert (await client.get("/users/me", headers=bearer(pair["access_token"]))).status_code == 401
        assert (await refresh(client, pair["refresh_token"])).status_code == 401


async def test_an_account_that_is_erased_while_it_is_restored(
    live: Service, client: httpx.AsyncClient, owner: Account
) -> None:
    """The link was good when it was looked at; the account's time ends while both wait for it."""
    user_id = UUID(await id_of(owner))
    assert (await close(owner)).status_code == 204
    token = (await live.inbox.wait_for(owner.email, "closed")).token
    live.clock.advance(timedelta(days=13, hours=23))
    async with meeting(live, "identity.users") as met:
        await met.begin(client.post("/auth/restore", json={"token": token}))
        live.clock.advance(timedelta(hours=2))
        await met.begin(live.services.identity.closure.erase_due())
    restored = await met.tasks[0]
    await met.tasks[1]
    (state,) = [row["state"] for row in await rows(live, "SELECT state FROM identity.users WHERE id = :id", id=user_id)]
    if restored.status_code == 204:
        assert state == "ACTIVE"
        assert (await login(client, owner)).status_code == 200
    else:
        assert refused(restored) == (422, "invalid-one-time-token")
        assert state == "ERASED"
