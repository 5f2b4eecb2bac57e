"""Registration reveals no account, and gives a squatter nothing."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.harness.accounts import unique
from tests.harness.audit_intake import take_due
from tests.harness.client import assert_problem
from tests.identity.database_inspection import account_row, rows

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Accounts
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service

PASSWORD = "Copper-Kettle-58"


def person(email: str, **more: object) -> dict[str, object]:
    return {"email": email, "password": PASSWORD, "full_name": "Helen Newcomer", **more}


async def test_an_account_starts_pending_with_the_roles_that_were_chosen(
    client: httpx.AsyncClient, service: Service, inbox: Inbox
) -> None:
    email = f"{unique('Helen')}@Example.test"
    answer = await client.post(
        "/auth/register", json=person(email, roles=["SERVICE_PROVIDER", "HOMEOWNER"], phone="+15035550142")
    )
    assert answer.status_code == 202

    row = await account_row(service, email)
    assert (row["email"], row["state"], row["phone"]) == (email, "PENDING", "+15035550142")
    assert row["password_hash"].startswith("hs384-bcrypt$")
    held = await rows(service, "SELECT role_name FROM identity.user_roles WHERE user_id = :id", id=row["id"])
    assert {found["role_name"] for found in held} == {"HOMEOWNER", "SERVICE_PROVIDER"}

    mail = await inbox.wait_for(email)
    assert mail.link.startswith("https://app.hestami.test/verify-email#")
    assert mail.html is not None
    assert mail.link in mail.html


async def test_without_roles_the_account_is_a_homeowners(client: httpx.AsyncClient, service: Service) -> None:
    email = f"{unique()}@example.test"
    assert (await client.post("/auth/register", json=person(email))).status_code == 202

    row = await account_row(service, email)
    held = await rows(service, "SELECT role_name FROM identity.user_roles WHERE user_id = :id", id=row["id"])
    assert [found["role_name"] for found in held] == ["HOMEOWNER"]


async def test_known_and_unknown_addresses_are_answered_alike(client: httpx.AsyncClient, accounts: Accounts) -> None:
    verified = await accounts.make()
    pending = await accounts.register()
    answers = [
        await client.post("/auth/register", json=person(email))
        for email in (f"{unique()}@example.test", pending.email, verified.email, verified.email.upper())
    ]

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    volatile = {"request-id", "date", "ratelimit"}
    assert len({str({k: v for k, v in a.headers.items() if k not in volatile}) for a in answers}) == 1


async def test_the_owner_of_a_known_address_gets_a_mail_that_helps(
    client: httpx.AsyncClient, accounts: Accounts, inbox: Inbox
) -> None:
    owner = await accounts.make()
    await client.post("/auth/register", json=person(owner.email))

    mail = await inbox.wait_for(owner.email, "already have")
    assert "https://app.hestami.test/forgot-password" in mail.text
    assert "#" not in "".join(mail.links), "nothing in it changes anything by itself"


async def test_registering_again_changes_nothing_of_a_pending_account(
    client: httpx.AsyncClient, accounts: Accounts, inbox: Inbox, service: Service
) -> None:
    owner = await accounts.register()
    await inbox.wait_for(owner.email)
    service.clock.advance(timedelta(minutes=1))
    before = await account_row(service, owner.email)
    again = person(owner.email.upper(), password="Gravel-Path-2031", roles=["SERVICE_PROVIDER"], username=unique())
    assert (await client.post("/auth/register", json=again)).status_code == 202

    assert await account_row(service, owner.email) == before
    refused = await client.post("/auth/login", json={"login": owner.email, "password": "Gravel-Path-2031"})
    assert_problem(refused, 401, "invalid-credentials")
    mail = await inbox.wait_for(owner.email, "registered again")
    body = {"token": mail.token, "password": "Gravel-Path-2031"}
    assert_problem(await client.post("/auth/verify-email", json=body), 401, "invalid-credentials")
    await accounts.verify(owner)


async def test_who_squats_an_address_loses_all_when_its_owner_takes_it(
    client: httpx.AsyncClient, accounts: Accounts, inbox: Inbox
) -> None:
    squatter = await accounts.register()
    first = await client.post("/auth/login", json={"login": squatter.email, "password": squatter.password})
    assert_problem(first, 401, "invalid-credentials")
    link = await inbox.wait_for(squatter.email)

    # The owner of the mailbox, who knows nothing of the password, takes the way of the mail: the reset.
    await client.post("/auth/reset-password", json={"email": squatter.email})
    reset = await inbox.wait_for(squatter.email, "reset")
    body = {"token": reset.token, "new_password": "Birch-Window-77"}
    assert (await client.post("/auth/reset-password/confirm", json=body)).status_code == 204

    late = {"token": link.token, "password": squatter.password}
    assert_problem(await client.post("/auth/verify-email", json=late), 422, "invalid-one-time-token")
    again = await client.post("/auth/login", json={"login": squatter.email, "password": squatter.password})
    assert_problem(again, 401, "invalid-credentials")
    owner = await client.post("/auth/login", json={"login": squatter.email, "password": "Birch-Window-77"})
    headers = {"Authorization": f"Bearer {owner.json()['access_token']}"}
    assert (await client.get("/users/me", headers=headers)).json()["state"] == "ACTIVE"


@pytest.mark.both_engines
async def test_twenty_registrations_of_one_address_at_once_make_one_account(service: Service) -> None:
    email = f"{unique()}@example.test"
    spellings = [email, email.upper(), email.capitalize(), email.replace("example", "EXAMPLE")]
    async with service.client() as client:
        requests = [client.post("/auth/register", json=person(spellings[n % 4])) for n in range(20)]
        answers = await asyncio.gather(*requests)

    assert {answer.status_code for answer in answers} == {202}
    found = await rows(service, "SELECT id FROM identity.users WHERE lower(email) = :email", email=email)
    assert len(found) == 1
    held = await rows(service, "SELECT role_name FROM identity.user_roles WHERE user_id = :id", id=found[0]["id"])
    assert len(held) == 1


async def test_a_username_that_a_verified_account_has_is_told_before_the_address_is_looked_at(
    client: httpx.AsyncClient, accounts: Accounts
) -> None:
    owner = await accounts.make()
    for email in (f"{unique()}@example.test", owner.email):
        answer = await client.post("/auth/register", json=person(email, username=owner.username.upper()))
        assert_problem(answer, 409, "username-taken")


async def test_an_unverified_account_keeps_its_username_from_nobody(
    client: httpx.AsyncClient, accounts: Accounts
) -> None:
    """Else two registrations would tell whether the address of the first has an account."""
    username = unique("wished")
    for email in ((await accounts.make()).email, f"{unique()}@example.test", f"{unique()}@example.test"):
        assert (await client.post("/auth/register", json=person(email, username=username))).status_code == 202


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Passw0rd", "password_common"),
        ("Summer2026!", "password_common"),
        ("helen-whistle-9", "password_contains_email"),
        ("plumber-9-boat", "password_contains_username"),
        ("Hestami-Boat-9", "password_contains_product"),
    ],
)
async def test_a_weak_password_is_refused_with_a_code_for_the_form(
    client: httpx.AsyncClient, password: str, code: str
) -> None:
    body = person("helen@example.test", username="plumber", password=password)
    problem = assert_problem(await client.post("/auth/register", json=body), 422, "weak-password")

    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [("/password", code)]


async def test_a_refused_text_is_reported_in_words_that_its_field_can_show(client: httpx.AsyncClient) -> None:
    body = person(
        "nora", password="without-digits", full_name=" Nora", username="a b c", phone="0171 123 45", locale="german"
    )
    problem = assert_problem(await client.post("/auth/register", json=body), 422, "validation-failed")
    assert {error["pointer"]: error["detail"] for error in problem["errors"]} == {
        "/email": "must be an e-mail address",
        "/password": "must have at least one letter and one digit",
        "/full_name": "must be text on one line that begins and ends with a visible character, not a space",
        "/username": "must be letters and digits, with dots, hyphens and underscores between them only",
        "/phone": "must be a number with its country and without spaces, such as +15035550142",
        "/locale": "must be a language, such as en or pt-BR",
    }
    assert {error["code"] for error in problem["errors"]} == {"wrong_format"}

    searched = await client.get("/services", params={"near": "45.52 -122.68", "category": "Drains", "q": ""})
    refused = assert_problem(searched, 422, "validation-failed")
    assert {error["parameter"]: error["detail"] for error in refused["errors"]} == {
        "near": "must be a latitude and a longitude, such as 45.52,-122.68",
        "category": "must be lower-case letters and digits, with single hyphens between them, such as drain-cleaning",
        "q": "must not be empty",
    }


@pytest.mark.parametrize("member", ["state", "email_verified", "id", "password_hash", "permissions"])
async def test_privileged_members_are_refused(client: httpx.AsyncClient, member: str) -> None:
    answer = await client.post("/auth/register", json=person(f"{unique()}@example.test", **{member: "ACTIVE"}))
    assert_problem(answer, 422, "validation-failed")


async def test_nobody_registers_as_staff(client: httpx.AsyncClient) -> None:
    answer = await client.post("/auth/register", json=person(f"{unique()}@example.test", roles=["STAFF_ADMIN"]))
    assert_problem(answer, 422, "validation-failed")


@pytest.mark.parametrize("last", ["a", " ", "é", "語"])
async def test_each_of_64_characters_of_a_password_counts(client: httpx.AsyncClient, inbox: Inbox, last: str) -> None:
    email = f"{unique()}@example.test"
    password = f"  Ключ 鍵 κλειδί 7 {'x' * 46}"[:63] + last
    assert len(password) == 64
    assert (await client.post("/auth/register", json=person(email, password=password))).status_code == 202
    body = {"token": (await inbox.wait_for(email)).token, "password": password}
    assert (await client.post("/auth/verify-email", json=body)).status_code == 200

    right = await client.post("/auth/login", json={"login": email, "password": password})
    assert right.status_code == 200
    for other in (f"{password[:-1]}b", password.strip(), password.swapcase()):
        if other != password:
            wrong = await client.post("/auth/login", json={"login": email, "password": other})
            assert_problem(wrong, 401, "invalid-credentials")


async def test_registrations_are_audited(client: httpx.AsyncClient, service: Service) -> None:
    email = f"{unique()}@example.test"
    for _ in range(2):
        await client.post("/auth/register", json=person(email))

    await take_due(service.services)
    row = await account_row(service, email)
    events = await rows(
        service, "SELECT event FROM operations.audit_events WHERE subject_id = :id ORDER BY id", id=row["id"]
    )
    assert [event["event"] for event in events] == ["account.registered", "account.registered_again"]
