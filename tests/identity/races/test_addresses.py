"""Changes of address, registrations and invitations at once: one address is one person's."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import httpx

from tests.identity.database_inspection import rows
from tests.identity.race_barrier import at_once
from tests.identity.races.race_requests import PASSWORD, address, ask_for, confirm, statuses
from tests.identity.roles.role_requests import id_of, refused

if TYPE_CHECKING:
    from tests.harness.accounts import Account, Accounts
    from tests.harness.service import Service


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
