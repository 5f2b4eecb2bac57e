"""A new address is confirmed there and announced at the old one; replies reveal no account."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from impl.identity.capabilities.mails.service import TOPIC
from impl.kernel.ids import new_id
from impl.kernel.outbox import Message
from tests.harness.accounts import unique
from tests.harness.client import assert_problem
from tests.identity.database_inspection import account_row, rows

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Account, Accounts
    from tests.harness.clock import MovableClock
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service


@pytest.fixture
async def owner(accounts: Accounts) -> Account:
    return await accounts.make()


def address() -> str:
    return f"{unique('moved')}@example.test"


async def ask(owner: Account, new_email: str, password: str = "") -> httpx.Response:
    body = {"new_email": new_email, "current_password": password or owner.password}
    return await owner.client.post("/users/me/email", json=body)


async def asked(owner: Account, inbox: Inbox, new_email: str) -> str:
    """Ask for the address and return the token that came to it."""
    assert (await ask(owner, new_email)).status_code == 202
    return (await inbox.wait_for(new_email, "confirm your new")).token


def by_session(owner: Account) -> dict[str, str]:
    return {"method": "SESSION", "access_token": owner.access_token}


def by_password(owner: Account) -> dict[str, str]:
    return {"method": "PASSWORD", "password": owner.password}


async def confirm(client: httpx.AsyncClient, token: str, proof: dict[str, str]) -> httpx.Response:
    return await client.post("/users/me/email/confirm", json={"token": token, "proof": proof})


@pytest.mark.both_engines
async def test_the_address_changes_when_the_new_one_confirms(
    client: httpx.AsyncClient, owner: Account, service: Service, inbox: Inbox
) -> None:
    other = (await client.post("/auth/login", json={"login": owner.email, "password": owner.password})).json()
    before = (await owner.client.get("/users/me")).headers["ETag"]
    former, new = owner.email, address()
    token = await asked(owner, inbox, new)
    told = await inbox.wait_for(former, "about to change")
    assert "#" not in told.text, "nothing in it confirms"
    assert (await owner.client.get("/users/me")).json()["email"] == former

    assert (await confirm(client, token, by_session(owner))).status_code == 204
    account = await owner.client.get("/users/me")
    assert (account.json()["email"], account.json()["email_verified"]) == (new, True)
    assert account.headers["ETag"] != before
    lost = await client.get("/users/me", headers={"Authorization": f"Bearer {other['access_token']}"})
    assert_problem(lost, 401, "invalid-token")
    goodbye = await inbox.wait_for(former, "was changed")
    assert "support@hestami.ai" in goodbye.text
    assert new not in goodbye.text
    for login, status in ((former, 401), (new, 200)):
        answer = await client.post("/auth/login", json={"login": login, "password": owner.password})
        assert answer.status_code == status
    user = await account_row(service, new)
    sql = "SELECT event FROM operations.audit_events WHERE subject_id = :id AND event LIKE 'email.%' ORDER BY id"
    events = [row["event"] for row in await rows(service, sql, id=user["id"])]
    assert events == ["email.change_requested", "email.changed"]
    assert_problem(await confirm(client, token, by_session(owner)), 422, "already-used")


async def test_the_password_proves_it_in_a_fresh_browser(
    client: httpx.AsyncClient, owner: Account, accounts: Accounts, inbox: Inbox
) -> None:
    new = address()
    token = await asked(owner, inbox, new)
    stranger = await accounts.make()
    for proof in (by_session(stranger), by_password(stranger), {"method": "SESSION", "access_token": "nonsense"}):
        assert_problem(await confirm(client, token, proof), 401, "invalid-credentials")

    assert (await confirm(client, token, by_password(owner))).status_code == 204
    assert_problem(await owner.client.get("/users/me"), 401, "invalid-token")


async def test_an_address_of_somebody_else_is_answered_alike_and_its_owner_told(
    owner: Account, accounts: Accounts, inbox: Inbox
) -> None:
    somebody = await accounts.make()
    known = await ask(owner, somebody.email.upper())
    mail = await inbox.wait_for(somebody.email, "another account")
    unknown = await ask(owner, address())

    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert owner.email not in mail.text
    assert not inbox.all(somebody.email.upper())
    assert "confirm" not in " ".join(mail.subject for mail in inbox.all(somebody.email)).casefold()


async def test_only_the_newest_link_works(client: httpx.AsyncClient, owner: Account, inbox: Inbox) -> None:
    first, second = address(), address()
    overtaken = await asked(owner, inbox, first)
    newest = await asked(owner, inbox, second)

    assert_problem(await confirm(client, overtaken, by_session(owner)), 422, "invalid-one-time-token")
    assert (await confirm(client, newest, by_session(owner))).status_code == 204
    assert (await owner.client.get("/users/me")).json()["email"] == second


@pytest.mark.both_engines
async def test_of_changes_at_once_one_is_left(
    client: httpx.AsyncClient, owner: Account, service: Service, inbox: Inbox
) -> None:
    new = [address() for _ in range(4)]
    answers = await asyncio.gather(*(ask(owner, email) for email in new))
    assert [answer.status_code for answer in answers] == [202] * 4
    user = await account_row(service, owner.email)
    sql = "SELECT email FROM identity.email_changes WHERE user_id = :id AND confirmed_at IS NULL"
    (winner,) = [row["email"] for row in await rows(service, sql, id=user["id"])]
    token = (await inbox.wait_for(winner, "confirm your new")).token

    answers = await asyncio.gather(*(confirm(client, token, by_session(owner)) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [204, 422, 422, 422]
    assert (await owner.client.get("/users/me")).json()["email"] == winner


@pytest.mark.both_engines
async def test_two_accounts_cannot_have_the_same_new_address(
    client: httpx.AsyncClient, owner: Account, accounts: Accounts, inbox: Inbox
) -> None:
    rival, new = await accounts.make(), address()
    first = await asked(owner, inbox, new)
    assert (await ask(rival, new)).status_code == 202
    second = (await inbox.wait_for(new, "confirm your new", after=1)).token

    answers = await asyncio.gather(
        confirm(client, first, by_session(owner)), confirm(client, second, by_session(rival))
    )
    assert sorted(answer.status_code for answer in answers) == [204, 422]
    loser = rival if answers[0].status_code == 204 else owner
    assert (await loser.client.get("/users/me")).json()["email"] == loser.email


@pytest.mark.both_engines
async def test_taking_the_account_back_voids_the_link(
    client: httpx.AsyncClient, owner: Account, service: Service, inbox: Inbox
) -> None:
    token = await asked(owner, inbox, address())
    change = {"current_password": owner.password, "new_password": "Birch-Window-77"}
    assert (await owner.client.put("/users/me/password", json=change)).status_code == 204

    assert_problem(await confirm(client, token, by_session(owner)), 422, "invalid-one-time-token")
    user = await account_row(service, owner.email)
    sql = "SELECT id FROM identity.email_changes WHERE user_id = :id"
    assert await rows(service, sql, id=user["id"]) == [], "a mail that comes late would bring a new link"


async def test_it_takes_the_password(owner: Account, service: Service, clock: MovableClock) -> None:
    for body in ({"new_email": address()}, {"new_email": address(), "current_password": "Wrong-Kettle-58"}):
        assert_problem(await owner.client.post("/users/me/email", json=body), 422, "wrong-current-password")
    user = await account_row(service, owner.email)
    await rows(service, "UPDATE identity.users SET password_hash = NULL WHERE id = :id", id=user["id"])
    assert (await owner.client.post("/users/me/email", json={"new_email": address()})).status_code == 202
    clock.advance(timedelta(minutes=10, seconds=1))
    stale = await owner.client.post("/users/me/email", json={"new_email": address()})
    assert_problem(stale, 403, "reauthentication-required")


async def test_a_link_works_for_an_hour(
    client: httpx.AsyncClient, owner: Account, accounts: Accounts, inbox: Inbox, clock: MovableClock
) -> None:
    token = await asked(owner, inbox, address())
    clock.advance(timedelta(minutes=61))
    await accounts.login(owner)

    assert_problem(await confirm(client, token, by_session(owner)), 422, "invalid-one-time-token")


async def test_an_address_is_written_to_five_times_an_hour_whoever_asks(
    accounts: Accounts, inbox: Inbox, service: Service
) -> None:
    victim = address()
    for before in range(5):
        assert (await ask(await accounts.make(), victim)).status_code == 202
        await inbox.wait_for(victim, after=before)
    sixth = await accounts.make()
    assert (await ask(sixth, victim)).status_code == 202
    user = await account_row(service, sixth.email)
    sql = "SELECT id FROM identity.email_changes WHERE user_id = :id"
    change = UUID(str((await rows(service, sql, id=user["id"]))[0]["id"]))
    payload = {"kind": "CONFIRM_EMAIL", "user_id": str(user["id"]), "about": str(change)}
    message = Message(new_id(), TOPIC, payload, attempts=1, created_at=service.clock.now())
    await service.services.identity.outbox_handlers[TOPIC](message)

    assert len(inbox.all(victim)) == 5


async def test_the_export_does_not_tell_whether_an_address_is_taken(accounts: Accounts, inbox: Inbox) -> None:
    shapes = []
    for taken in (False, True):
        asker = await accounts.make()
        email = (await accounts.make()).email if taken else address()
        before = len(inbox.all(email))
        body = {"new_email": email, "current_password": asker.password}
        assert (await asker.client.post("/users/me/email", json=body)).status_code == 202
        await inbox.wait_for(email, after=before)
        await inbox.wait_for(asker.email, "about to change")
        export = (await asker.client.get("/users/me/export")).json()
        links = [(link["purpose"], link["used_at"], link["voided_at"]) for link in export["mailed_links"]]
        kinds = sorted(mail["kind"] for mail in export["mails"])
        lengths = {name: len(found) for name, found in export.items() if isinstance(found, list) and name != "messages"}
        shapes.append((sorted(link[0] for link in links), links[0][1:], kinds, lengths))
    assert shapes[0] == shapes[1]
