"""Mails are bounded, tolerate a second delivery, and take no text from the people whom they are about."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from impl.assembly import assemble
from impl.identity.capabilities.mails.service import TOPIC
from impl.identity.registration.service import NewAccount
from impl.kernel.ids import new_id
from impl.kernel.outbox import Message
from tests.harness.accounts import unique
from tests.identity.database_inspection import account_row, rows

if TYPE_CHECKING:
    import httpx

    from impl.kernel.errors import JsonValue
    from tests.harness.accounts import Account, Accounts
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service


@pytest.fixture
async def owner(accounts: Accounts, inbox: Inbox) -> Account:
    made = await accounts.register()
    await inbox.wait_for(made.email)
    return made


def message(service: Service, kind: str, user_id: UUID | None, about: UUID | None = None) -> Message:
    payload: dict[str, JsonValue] = {"kind": kind, "user_id": None if user_id is None else str(user_id)}
    if about is not None:
        payload["about"] = str(about)
    return Message(new_id(), TOPIC, payload, attempts=1, created_at=service.clock.now())


async def deliver(service: Service, given: Message) -> None:
    await service.services.identity.outbox_handlers[TOPIC](given)


@pytest.mark.both_engines
async def test_five_of_a_kind_go_to_an_account_in_an_hour(owner: Account, service: Service, inbox: Inbox) -> None:
    user = await account_row(service, owner.email)
    for _ in range(8):
        service.clock.advance(timedelta(minutes=1))
        await deliver(service, message(service, "RESET_PASSWORD", user["id"]))
    sql = "SELECT id FROM identity.sent_mails WHERE user_id = :id AND kind = 'RESET_PASSWORD'"
    assert len(await rows(service, sql, id=user["id"])) == 5

    before = len(inbox.all(owner.email))
    await deliver(service, message(service, "VERIFY_EMAIL", user["id"]))
    assert len(inbox.all(owner.email)) == before + 1, "another kind is another matter"
    service.clock.advance(timedelta(hours=1))
    await deliver(service, message(service, "RESET_PASSWORD", user["id"]))
    assert len(await rows(service, sql, id=user["id"])) == 6


@pytest.mark.both_engines
async def test_many_accounts_together_get_an_address_five_mails(service: Service, inbox: Inbox) -> None:
    """Each on a connection of its own, as by many workers: none may count before another has decided."""
    target = f"{unique()}@example.test"
    crowd = assemble(service.settings.model_copy(update={"database_pool_size": 40}), clock=service.clock)
    await crowd.open()
    asked = [await _asks_for(service, target) for _ in range(20)]
    await asyncio.gather(*(crowd.identity.outbox_handlers[TOPIC](given) for given in asked))
    await crowd.close()

    mails = inbox.all(target)
    assert len(mails) == len({mail.link for mail in mails}) == 5
    decided = [given for given in asked if await rows(service, _DECIDED, id=given.id)]
    assert len(decided) == 5


_DECIDED = "SELECT id FROM identity.sent_mails WHERE id = :id"


async def _asks_for(service: Service, email: str) -> Message:
    """Request a change to that address by an account of its own."""
    new = NewAccount(f"{unique()}@example.test", "Some Body", None, roles=("HOMEOWNER",))
    user_id = await service.services.identity.registration.create_verified(new, password_hash="x")
    async with service.services.database.begin() as tx:
        user = await service.services.identity.users.get_locked(tx, user_id)
        change = await service.services.identity.users.open_email_change(tx, user, email)
        return message(service, "CONFIRM_EMAIL", user_id, about=change.id)


async def test_a_suppressed_mail_leaves_the_last_link_alive(
    client: httpx.AsyncClient, owner: Account, service: Service, inbox: Inbox
) -> None:
    user = await account_row(service, owner.email)
    for _ in range(7):
        service.clock.advance(timedelta(minutes=1))
        await deliver(service, message(service, "RESET_PASSWORD", user["id"]))
    resets = [mail for mail in inbox.all(owner.email) if "Reset" in mail.subject]
    assert len(resets) == 5

    body = {"token": resets[-1].token, "new_password": "Birch-Window-77"}
    assert (await client.post("/auth/reset-password/confirm", json=body)).status_code == 204


async def test_a_second_delivery_brings_the_same_link(owner: Account, service: Service, inbox: Inbox) -> None:
    user = await account_row(service, owner.email)
    given = message(service, "RESET_PASSWORD", user["id"])
    await deliver(service, given)
    await deliver(service, given)

    resets = [mail for mail in inbox.all(owner.email) if "Reset" in mail.subject]
    assert len(resets) == 2
    assert resets[0].link == resets[1].link
    assert resets[0].message["Message-ID"] == resets[1].message["Message-ID"]


async def test_an_overtaken_mail_is_not_sent(
    client: httpx.AsyncClient, owner: Account, service: Service, inbox: Inbox
) -> None:
    user = await account_row(service, owner.email)
    older, newer = (message(service, "RESET_PASSWORD", user["id"]) for _ in range(2))
    await deliver(service, newer)
    await deliver(service, older)

    resets = [mail for mail in inbox.all(owner.email) if "Reset" in mail.subject]
    assert len(resets) == 1
    body = {"token": resets[0].token, "new_password": "Birch-Window-77"}
    assert (await client.post("/auth/reset-password/confirm", json=body)).status_code == 204


async def test_a_link_that_ran_out_before_it_could_be_sent_is_asked_for_anew(
    client: httpx.AsyncClient, owner: Account, service: Service, inbox: Inbox
) -> None:
    """Nobody knows whether the first try arrived; a dead link is not sent, and nobody waits in vain."""
    user = await account_row(service, owner.email)
    given = message(service, "RESET_PASSWORD", user["id"])
    with service.clock.stopped():
        await deliver(service, given)
        service.clock.advance(timedelta(minutes=60))
        await deliver(service, given)

    fresh = await inbox.wait_for(owner.email, "reset", after=1)
    (first, _) = [mail for mail in inbox.all(owner.email) if "Reset" in mail.subject]
    for mail, status in ((first, 422), (fresh, 204)):
        body = {"token": mail.token, "new_password": "Birch-Window-77"}
        assert (await client.post("/auth/reset-password/confirm", json=body)).status_code == status


@pytest.mark.both_engines
async def test_a_link_that_was_used_or_is_too_old_is_not_asked_for_anew(
    client: httpx.AsyncClient, owner: Account, service: Service, inbox: Inbox
) -> None:
    user = await account_row(service, owner.email)
    used, old = message(service, "RESET_PASSWORD", user["id"]), message(service, "RESET_PASSWORD", user["id"])
    await deliver(service, used)
    body = {"token": (await inbox.wait_for(owner.email, "reset")).token, "new_password": "Birch-Window-77"}
    assert (await client.post("/auth/reset-password/confirm", json=body)).status_code == 204
    with service.clock.stopped():
        since = service.clock.now() + timedelta(minutes=60) - timedelta(days=4)
        old = replace(old, payload={**old.payload, "since": since.isoformat()})
        await deliver(service, old)
        service.clock.advance(timedelta(minutes=60))
        for given in (used, old):
            await deliver(service, given)
            waiting = "SELECT id FROM operations.outbox WHERE key = :key"
            assert await rows(service, waiting, key=f"anew:{given.id}") == []
    assert len([mail for mail in inbox.all(owner.email) if "Reset" in mail.subject]) == 2


async def test_a_second_try_says_nothing_else_than_the_first(
    client: httpx.AsyncClient, owner: Account, service: Service, inbox: Inbox
) -> None:
    user = await account_row(service, owner.email)
    service.clock.advance(timedelta(minutes=1))
    given = message(service, "VERIFY_EMAIL", user["id"])
    await deliver(service, given)
    mails = inbox.all(owner.email)
    body = {"token": mails[-1].token, "password": owner.password}
    verified = await client.post("/auth/verify-email", json=body)
    assert verified.status_code == 200
    await deliver(service, given)
    assert inbox.all(owner.email) == mails


async def test_nobody_gets_no_mail(service: Service, inbox: Inbox) -> None:
    before = inbox.all("nobody@example.test")
    await deliver(service, message(service, "RESET_PASSWORD", None))
    await deliver(service, message(service, "RESET_PASSWORD", new_id()))
    assert inbox.all("nobody@example.test") == before


async def test_nobody_mails_a_text_of_theirs_to_others(client: httpx.AsyncClient, inbox: Inbox) -> None:
    email = f"{unique()}@example.test"
    name = "<a href='https://evil.test'>You have won</a> https://evil.test"
    body = {"email": email, "password": "Copper-Kettle-58", "full_name": name}
    assert (await client.post("/auth/register", json=body)).status_code == 202

    mail = await inbox.wait_for(email)
    assert mail.html is not None
    for shown in (mail.text, mail.html, mail.subject, str(mail.message["To"])):
        assert "evil.test" not in shown
        assert "won" not in shown
    assert mail.link.startswith("https://app.hestami.test/")


async def test_the_host_header_changes_no_link(service: Service, inbox: Inbox) -> None:
    email = f"{unique()}@example.test"
    body = {"email": email, "password": "Copper-Kettle-58", "full_name": "Ann"}
    async with service.client(Host="evil.test", X_Forwarded_Host="evil.test") as client:
        await client.post("/auth/register", json=body)

    mail = await inbox.wait_for(email)
    assert "evil.test" not in mail.text + (mail.html or "")
