"""An identity provider does not open a closed account; its owner gets a mail with the link that restores it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import jwt
import pytest

from tests.harness.oauth_sign_in import signing_in
from tests.harness.openid import Person
from tests.identity.closure.test_closure import closed, restore
from tests.identity.database_inspection import account_row, rows

if TYPE_CHECKING:
    from tests.harness.accounts import Account, Accounts
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service


async def _refused(service: Service, person: Person) -> str:
    async with signing_in(service) as sign_in:
        told = await sign_in.back(person)
    assert (told["error"], "code" in told) == ("access_denied", False)
    return told["error_code"]


async def _users(service: Service, email: str) -> int:
    return len(await rows(service, "SELECT id FROM identity.users WHERE email_key = :key", key=email.lower()))


@pytest.fixture
async def owner(accounts: Accounts) -> Account:
    return await accounts.make()


async def test_a_known_identity_is_told_and_its_owner_is_helped(service: Service, owner: Account, inbox: Inbox) -> None:
    person = Person()
    async with signing_in(service) as sign_in:
        await sign_in.linked(person, {"Authorization": f"Bearer {owner.access_token}"})
    first = await closed(owner, inbox)

    assert await _refused(service, person) == "account-closed"
    newest = (await inbox.wait_for(owner.email, "how to get it back")).token
    async with service.client() as client:
        assert (await restore(client, first)).status_code == 422
        assert (await restore(client, newest)).status_code == 204
    async with signing_in(service) as again:
        assert (await again.signed_in(person))["access_token"]


async def test_a_verified_address_makes_no_second_account(service: Service, owner: Account, inbox: Inbox) -> None:
    await closed(owner, inbox)
    assert await _refused(service, Person(email=owner.email)) == "account-closed"
    await inbox.wait_for(owner.email, "how to get it back")
    assert await _users(service, owner.email) == 1


@pytest.mark.both_engines
async def test_an_unproven_address_reveals_no_account(service: Service, accounts: Accounts, inbox: Inbox) -> None:
    closing, open_one = await accounts.make(), await accounts.make()
    await closed(closing, inbox)
    sent = len(inbox.all(closing.email))
    codes = [await _refused(service, Person(email=one.email, email_verified=False)) for one in (closing, open_one)]
    assert codes == ["email-unverified", "email-unverified"]
    # Neither sent nor waiting to be.
    waiting = "SELECT id FROM operations.outbox WHERE CAST(payload AS VARCHAR) LIKE :held"
    user_id = (await account_row(service, closing.email))["id"]
    assert await rows(service, waiting, held=f"%CLOSED_MEANWHILE%{user_id}%") == []
    assert len(inbox.all(closing.email)) == sent


async def test_a_code_opens_nothing_when_the_account_was_closed_meanwhile(
    service: Service, owner: Account, inbox: Inbox
) -> None:
    async with signing_in(service) as sign_in:
        code = (await sign_in.back(Person(email=owner.email)))["code"]
        await closed(owner, inbox)
        answer = await sign_in.token(code)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_after_the_erasure_the_identity_and_the_address_begin_anew(
    service: Service, owner: Account, inbox: Inbox
) -> None:
    person = Person(email=owner.email)
    async with signing_in(service) as sign_in:
        before = await sign_in.signed_in(person)
    await closed(owner, inbox)
    service.clock.advance(timedelta(days=14, minutes=1))
    while await service.services.identity.closure.count_due():
        await service.services.cleanup_jobs["closed accounts"]()

    async with signing_in(service) as again:
        after = await again.signed_in(person)
    claims = [jwt.decode(one["access_token"], options={"verify_signature": False}) for one in (before, after)]
    assert claims[0]["sub"] != claims[1]["sub"]
    assert (claims[1]["email"], claims[1]["new_user"]) == (owner.email, True)
