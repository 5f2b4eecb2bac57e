"""A suspended person is informed by mail, and gets no mail about a step that a suspended account cannot take."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from impl.identity.capabilities.letters.service import Subscription, Texts
from impl.identity.capabilities.mails.service import TOPIC
from impl.identity.capabilities.mails.tables import MailKind
from impl.kernel.ids import new_id
from impl.kernel.outbox import Message
from tests.harness.accounts import unique
from tests.identity.database_inspection import account_row, rows
from tests.identity.roles.role_requests import id_of

if TYPE_CHECKING:
    import httpx

    from impl.kernel.errors import JsonValue
    from tests.harness.accounts import Account, Accounts
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service

_REASON = "Three jobs were charged back within a week."
_WHOM_TO_ASK = "Your account is suspended: whom to ask"

# What becomes of each kind when its account is suspended by the time it is delivered; None is nothing.
_BECOMES: dict[MailKind, MailKind | None] = {
    MailKind.VERIFY_EMAIL: MailKind.SUSPENDED_MEANWHILE,
    MailKind.REGISTERED_AGAIN: MailKind.SUSPENDED_MEANWHILE,
    MailKind.RESET_PASSWORD: MailKind.SUSPENDED_MEANWHILE,
    MailKind.INVITATION: MailKind.SUSPENDED_MEANWHILE,
    MailKind.CONFIRM_EMAIL: None,
    # The test's account has been moved to an address that nobody has proved.
    MailKind.DATA_EXPORTED: None,
    MailKind.ACCOUNT_REACTIVATED: None,
    # These are about closed accounts, which this one is not.
    MailKind.ACCOUNT_CLOSED: None,
    MailKind.CLOSED_MEANWHILE: None,
    **{
        kind: kind
        for kind in (
            MailKind.ALREADY_VERIFIED,
            MailKind.PASSWORD_CHANGED,
            MailKind.ACCOUNT_RESTORED,
            MailKind.ACCOUNT_SUSPENDED,
            MailKind.SUSPENDED_MEANWHILE,
            MailKind.EMAIL_CHANGED,
            MailKind.MFA_ENABLED,
            MailKind.MFA_DISABLED,
            MailKind.MFA_RESET,
            MailKind.RECOVERY_CODE_USED,
            MailKind.RECOVERY_CODES_RENEWED,
            MailKind.EMAIL_CHANGE_ASKED,
            MailKind.EMAIL_IN_USE,
            MailKind.IDENTITY_LINKED,
            MailKind.IDENTITY_UNLINKED,
        )
    },
}


@pytest.fixture
async def staff(accounts: Accounts) -> Account:
    return await accounts.staff()


@pytest.fixture
async def person(accounts: Accounts) -> Account:
    return await accounts.make()


async def _suspend(staff: Account, person: Account) -> None:
    answer = await staff.client.post(f"/users/{await id_of(person)}/suspend", json={"reason": _REASON})
    assert answer.status_code == 200


async def _deliver(service: Service, kind: MailKind, user_id: UUID, about: UUID | None = None) -> Message:
    payload: dict[str, JsonValue] = {"kind": kind.value, "user_id": str(user_id)}
    if about is not None:
        payload["about"] = str(about)
    message = Message(new_id(), TOPIC, payload, attempts=1, created_at=service.clock.now())
    await service.services.identity.outbox_handlers[TOPIC](message)
    return message


async def test_suspension_and_its_end_are_told(staff: Account, person: Account, inbox: Inbox) -> None:
    path = f"/users/{await id_of(person)}"
    await _suspend(staff, person)
    told = await inbox.wait_for(person.email, "is suspended")
    assert "support@hestami.ai" in told.text
    assert _REASON not in told.text + (told.html or ""), "what staff write for staff stays there"
    assert told.links == []

    assert (await staff.client.post(f"{path}/reactivate")).status_code == 200
    told = await inbox.wait_for(person.email, "open again after its suspension")
    assert told.links == ["https://app.hestami.test/forgot-password"]


@pytest.mark.both_engines
async def test_whoever_asks_for_a_link_is_answered_alike_and_the_owner_told_whom_to_ask(
    client: httpx.AsyncClient, staff: Account, person: Account, inbox: Inbox, service: Service
) -> None:
    await _suspend(staff, person)
    stranger = f"{unique()}@example.test"
    asked = {
        "/auth/reset-password": {},
        "/auth/verify-email/resend": {},
        "/auth/register": {"password": "Copper-Kettle-58", "full_name": "Ann"},
    }
    for count, (path, more) in enumerate(asked.items()):
        theirs = await client.post(path, json={"email": person.email, **more})
        nobodys = await client.post(path, json={"email": stranger, **more})
        assert (theirs.status_code, theirs.content) == (nobodys.status_code, nobodys.content)
        told = await inbox.wait_for(person.email, _WHOM_TO_ASK, after=count)
        assert told.links == []
    tokens = "SELECT id FROM identity.one_time_tokens WHERE user_id = :id AND used_at IS NULL AND voided_at IS NULL"
    assert await rows(service, tokens, id=(await account_row(service, person.email))["id"]) == []


async def test_asking_again_and_again_is_bounded(
    staff: Account, person: Account, inbox: Inbox, service: Service
) -> None:
    await _suspend(staff, person)
    user_id = (await account_row(service, person.email))["id"]
    for _ in range(4):
        for kind in (MailKind.RESET_PASSWORD, MailKind.REGISTERED_AGAIN):
            await _deliver(service, kind, user_id)
    assert len([mail for mail in inbox.all(person.email) if mail.subject == _WHOM_TO_ASK]) == 5


async def test_it_is_decided_for_each_kind(staff: Account, person: Account, inbox: Inbox, service: Service) -> None:
    user_id = (await account_row(service, person.email))["id"]
    async with service.services.database.begin() as tx:
        user = await service.services.identity.users.get_locked(tx, user_id)
        asked = await service.services.identity.users.open_email_change(tx, user, f"{unique('new')}@example.test")
    await _suspend(staff, person)
    async with service.services.database.begin() as tx:
        user = await service.services.identity.users.get_locked(tx, user_id)
        moved = await service.services.identity.users.move(tx, user, f"{unique('moved')}@example.test")
        again = await service.services.identity.users.open_email_change(tx, user, asked.email)
    assert moved is not None
    about = {MailKind.EMAIL_CHANGED: moved.id, MailKind.CONFIRM_EMAIL: again.id, MailKind.EMAIL_CHANGE_ASKED: again.id}

    became: dict[MailKind, MailKind | None] = {}
    for kind in MailKind:
        message = await _deliver(service, kind, user_id, about.get(kind))
        found = await rows(service, "SELECT kind FROM identity.sent_mails WHERE id = :id", id=message.id)
        became[kind] = MailKind(found[0]["kind"]) if found else None
    assert became == _BECOMES
    assert inbox.all(asked.email) == [], "who has only the new address is told nothing"


@pytest.mark.both_engines
@pytest.mark.parametrize("kind", [MailKind.ACCOUNT_SUSPENDED, MailKind.ACCOUNT_REACTIVATED])
async def test_news_that_are_not_true_any_more_are_not_sent(
    staff: Account, person: Account, service: Service, kind: MailKind
) -> None:
    user_id = (await account_row(service, person.email))["id"]
    if kind is MailKind.ACCOUNT_REACTIVATED:
        await _suspend(staff, person)
    message = await _deliver(service, kind, user_id)
    assert await rows(service, "SELECT kind FROM identity.sent_mails WHERE id = :id", id=message.id) == []


async def test_requested_mails_need_an_active_account_and_others_a_verified_one(
    staff: Account, person: Account, inbox: Inbox, service: Service, tmp_path: Path
) -> None:
    (tmp_path / "en").mkdir()
    for suffix in ("txt", "html"):
        (tmp_path / "en" / f"note.{suffix}").write_text(
            '{% set subject = "Note " ~ number %}{{ unsubscribe|default("-") }}'
        )
    letters, texts, user_id = service.services.identity.letters, Texts(tmp_path), UUID(await id_of(person))
    chosen = Subscription("https://a.test/post", "https://a.test/page")

    async def send(number: int, subscription: Subscription | None, to: UUID = user_id) -> None:
        await letters.send(new_id(), to, texts, "note", {"number": number}, subscription=subscription)

    await send(1, chosen)
    await send(2, None)
    await _suspend(staff, person)
    await send(3, chosen)
    await send(4, None, new_id())
    await send(5, replace(chosen, of_choice=False))
    await send(6, None)
    await inbox.wait_for(person.email, "Note 6")
    mails = [mail for mail in inbox.all(person.email) if mail.subject.startswith("Note ")]
    assert [(mail.subject, mail.text.strip()) for mail in mails] == [
        ("Note 1", "https://a.test/page"),
        ("Note 2", "-"),
        ("Note 5", "https://a.test/page"),
        ("Note 6", "-"),
    ]
    assert [mail.message["List-Unsubscribe"] for mail in mails] == [
        "<https://a.test/post>",
        None,
        "<https://a.test/post>",
        None,
    ]
