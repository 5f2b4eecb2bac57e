"""Login takes address or username, as JSON or form, and answers alike for unknown accounts."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import jwt
import pytest

from impl.gateways.password_hashing import BcryptHasher
from tests.harness.accounts import unique
from tests.harness.audit_intake import take_due
from tests.harness.client import assert_problem
from tests.harness.clock import INSTANT
from tests.identity.database_inspection import account_row, everything, rows

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Account, Accounts
    from tests.harness.service import Service


@pytest.fixture
async def owner(accounts: Accounts) -> Account:
    return await accounts.make()


async def login(client: httpx.AsyncClient, name: str, password: str, **more: object) -> httpx.Response:
    return await client.post("/auth/login", json={"login": name, "password": password, **more})


async def test_address_and_username_sign_in_whatever_their_case(client: httpx.AsyncClient, owner: Account) -> None:
    for name in (owner.email, owner.email.upper(), owner.username, owner.username.upper()):
        assert (await login(client, name, owner.password)).status_code == 200


async def test_the_form_of_the_password_grant_signs_in(client: httpx.AsyncClient, owner: Account) -> None:
    form = {"grant_type": "password", "username": owner.email, "password": owner.password, "unknown": "ignored"}
    pair = (await client.post("/auth/login", data=form)).json()

    me = await client.get("/auth/me", headers={"Authorization": f"Bearer {pair['access_token']}"})
    assert me.json()["account"]["email"] == owner.email


async def test_the_access_token_says_what_it_must(client: httpx.AsyncClient, owner: Account, service: Service) -> None:
    pair = (await login(client, owner.email, owner.password)).json()
    claims = jwt.decode(pair["access_token"], options={"verify_signature": False})

    user = await account_row(service, owner.email)
    assert claims["sub"] == str(user["id"])
    assert claims["sid"] == pair["session_id"]
    assert (claims["email"], claims["provider"], claims["token_type"]) == (owner.email, "local", "access_token")
    assert (claims["iss"], claims["aud"]) == (service.settings.issuer, service.settings.jwt_audience)
    assert claims["exp"] - claims["iat"] == pair["expires_in"] == 1800
    assert claims["nbf"] == claims["iat"]
    assert UUID(claims["jti"]).version == 7
    assert claims["new_user"] is False, "accounts.make has signed in before"


async def test_the_first_sign_in_is_a_new_users(client: httpx.AsyncClient, accounts: Accounts) -> None:
    newcomer = await accounts.make()
    later = (await login(client, newcomer.email, newcomer.password)).json()["access_token"]

    tokens = newcomer.access_token, later
    said = [jwt.decode(token, options={"verify_signature": False})["new_user"] for token in tokens]
    assert said == [True, False]


async def test_unknown_and_wrong_are_told_alike(client: httpx.AsyncClient, owner: Account) -> None:
    answers = [
        await login(client, owner.email, "Wrong-Kettle-58"),
        await login(client, owner.username, "Wrong-Kettle-58"),
        await login(client, f"{unique()}@example.test", "Wrong-Kettle-58"),
        await login(client, unique(), "Wrong-Kettle-58"),
    ]
    seen = set()
    for answer in answers:
        problem = assert_problem(answer, 401, "invalid-credentials")
        seen.add(str({name: value for name, value in problem.items() if name != "request_id"}))
        assert answer.headers["WWW-Authenticate"]

    assert len(seen) == 1


@pytest.mark.parametrize(
    "name", ["' OR 1=1 --", "%", "a@b@c", "@", "x" * 254, "ﬀ@ﬃ.test", "\u202egro.tset@nna", "é" * 120]
)
async def test_odd_logins_are_refused_in_peace(client: httpx.AsyncClient, name: str) -> None:
    assert_problem(await login(client, name, "Wrong-Kettle-58"), 401, "invalid-credentials")


@pytest.mark.both_engines
async def test_a_suspended_account_is_told_so_only_with_its_password(
    client: httpx.AsyncClient, owner: Account, service: Service
) -> None:
    user = await account_row(service, owner.email)
    await rows(service, "UPDATE identity.users SET state = 'SUSPENDED' WHERE id = :id", id=user["id"])

    assert_problem(await login(client, owner.email, "Wrong-Kettle-58"), 401, "invalid-credentials")
    assert_problem(await login(client, owner.email, owner.password), 403, "account-suspended")
    assert_problem(await owner.client.get("/users/me"), 403, "account-suspended")
    renewed = await client.post("/auth/refresh", json={"refresh_token": owner.refresh_token})
    assert_problem(renewed, 403, "account-suspended")


@pytest.mark.both_engines
async def test_a_session_remembers_where_it_came_from(owner: Account, service: Service) -> None:
    async with service.client(User_Agent="A browser") as client:
        pair = (await login(client, owner.email, owner.password)).json()

    found = await rows(service, "SELECT * FROM identity.sessions WHERE id = :id", id=UUID(pair["session_id"]))
    assert (found[0]["address"], found[0]["user_agent"]) == ("127.0.0.1", "A browser")
    assert (found[0]["provider"], found[0]["ended_at"], found[0]["end_reason"]) == ("local", None, None)


@pytest.mark.both_engines
async def test_a_device_keeps_its_name(client: httpx.AsyncClient, owner: Account, service: Service) -> None:
    first = (await login(client, owner.email, owner.password)).json()
    second = (await login(client, owner.email, owner.password, device_token=first["device_token"])).json()
    other = (await login(client, owner.email, owner.password, device_token="dt_made.up")).json()

    assert second["device_token"] == first["device_token"] != other["device_token"]
    ids = [UUID(pair["session_id"]) for pair in (first, second, other)]
    devices = [
        (await rows(service, "SELECT device_id FROM identity.sessions WHERE id = :id", id=each))[0]["device_id"]
        for each in ids
    ]
    assert devices[0] == devices[1] != devices[2]


@pytest.mark.both_engines
async def test_a_login_renews_a_hash_of_another_cost(
    client: httpx.AsyncClient, owner: Account, service: Service
) -> None:
    user = await account_row(service, owner.email)
    hasher = BcryptHasher(service.settings.password_pepper.get_secret_value().encode(), cost=5)
    older = await hasher.hash(owner.password)
    hasher.close()
    sql = "UPDATE identity.users SET password_hash = :hash WHERE id = :id"
    await rows(service, sql, id=user["id"], hash=older)
    assert (await login(client, owner.email, owner.password)).status_code == 200

    renewed = await account_row(service, owner.email)
    assert "$2b$04$" in renewed["password_hash"]
    assert renewed["version"] == user["version"], "its owner changed nothing"
    assert (await login(client, owner.email, owner.password)).status_code == 200
    assert (await owner.client.get("/users/me")).status_code == 200


async def test_no_token_and_no_password_stands_in_the_database(
    client: httpx.AsyncClient, owner: Account, service: Service
) -> None:
    pair = (await login(client, owner.email, owner.password)).json()
    stored = await everything(service)

    for secret in (owner.password, pair["access_token"], pair["refresh_token"], pair["device_token"]):
        assert secret not in stored
        assert secret.rpartition(".")[2] not in stored


@pytest.mark.both_engines
async def test_logins_and_failures_are_on_record(client: httpx.AsyncClient, owner: Account, service: Service) -> None:
    good = await login(client, owner.email, owner.password)
    bad = await login(client, owner.email, "Wrong-Kettle-58")
    await take_due(service.services)
    sql = "SELECT event FROM operations.audit_events WHERE request_id = :request"
    events = [await rows(service, sql, request=answer.headers["Request-Id"]) for answer in (good, bad)]

    assert [[event["event"] for event in found] for found in events] == [["session.started"], ["session.refused"]]


async def test_the_session_ends_with_the_token_that_says_so(owner: Account, client: httpx.AsyncClient) -> None:
    assert (await owner.client.post("/auth/logout")).status_code == 204

    assert_problem(await owner.client.get("/users/me"), 401, "invalid-token")
    assert_problem(await owner.client.post("/auth/logout"), 401, "invalid-token")
    renewed = await client.post("/auth/refresh", json={"refresh_token": owner.refresh_token})
    assert_problem(renewed, 401, "invalid-refresh-token")


async def test_other_devices_stay_signed_in(owner: Account, client: httpx.AsyncClient) -> None:
    other = (await login(client, owner.email, owner.password)).json()
    await owner.client.post("/auth/logout")

    me = await client.get("/users/me", headers={"Authorization": f"Bearer {other['access_token']}"})
    assert me.status_code == 200


async def test_the_current_session_has_roles_and_permissions(accounts: Accounts) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    me = (await provider.client.get("/auth/me")).json()

    assert me["roles"] == ["SERVICE_PROVIDER"]
    assert me["permissions"] == [
        "job:read",
        "job:write",
        "property_area:read",
        "provider_profile:read",
        "provider_profile:write",
        "quote:read",
        "quote:write",
        "received_inquiry:read",
        "received_inquiry:write",
        "service:read",
        "service:write",
    ]
    assert me["account"]["email_verified"] is True
    assert me["session"]["provider"] == "local"


@pytest.mark.both_engines
async def test_a_changed_role_holds_with_the_next_request(owner: Account, service: Service) -> None:
    user = await account_row(service, owner.email)
    assert (await owner.client.get("/homeowners/properties")).status_code == 200

    sql = "UPDATE identity.user_roles SET role_name = 'SERVICE_PROVIDER' WHERE user_id = :id"
    await rows(service, sql, id=user["id"])
    assert_problem(await owner.client.get("/homeowners/properties"), 403, "forbidden")
    assert (await owner.client.get("/auth/me")).json()["roles"] == ["SERVICE_PROVIDER"]


@pytest.mark.both_engines
async def test_last_seen_moves_once_a_minute(owner: Account, service: Service) -> None:
    session = UUID((await owner.client.get("/auth/me")).json()["session"]["id"])
    sql = "SELECT last_seen_at FROM identity.sessions WHERE id = :id"
    with service.clock.stopped():
        service.clock.advance(timedelta(minutes=1))
        await owner.client.get("/users/me")
        seen = (await rows(service, sql, id=session))[0]["last_seen_at"]
        service.clock.advance(timedelta(minutes=1) - INSTANT)
        await asyncio.gather(*(owner.client.get("/users/me") for _ in range(5)))
        assert (await rows(service, sql, id=session))[0]["last_seen_at"] == seen
        service.clock.advance(INSTANT)
        await asyncio.gather(*(owner.client.get("/users/me") for _ in range(5)))
        assert (await rows(service, sql, id=session))[0]["last_seen_at"] > seen
