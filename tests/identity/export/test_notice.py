"""A mail tells the owner that their data was exported, and nobody else gets one."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from impl.identity.capabilities.mails.service import HOURLY_LIMIT, TOPIC
from impl.identity.capabilities.mails.tables import MailKind
from impl.kernel.audit import AuditPersonal, erase_personal
from impl.kernel.ids import new_id
from impl.kernel.outbox import Message
from tests.identity.closure.test_closure import closed
from tests.identity.database_inspection import account_row, rows
from tests.identity.export.test_export import export_of

if TYPE_CHECKING:
    from tests.harness.accounts import Account, Accounts
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service

_SUBJECT = "Your data were exported"


async def _event(service: Service, person: Account) -> UUID:
    """Give the newest export of theirs."""
    user = await account_row(service, person.email)
    sql = (
        "SELECT id FROM operations.audit_events WHERE event = 'account.exported' AND actor_id = :id "
        "ORDER BY id DESC LIMIT 1"
    )
    return UUID(str((await rows(service, sql, id=user["id"]))[0]["id"]))


async def _deliver(service: Service, person: Account, event_id: UUID) -> bool:
    """Have the notice of an export decided on once more; tells whether there was one to send."""
    user = await account_row(service, person.email)
    payload = {"kind": MailKind.DATA_EXPORTED.value, "user_id": str(user["id"]), "about": str(event_id)}
    message = Message(new_id(), TOPIC, payload, attempts=1, created_at=service.clock.now())
    await service.services.identity.outbox_handlers[TOPIC](message)
    return await rows(service, "SELECT id FROM identity.sent_mails WHERE id = :id", id=message.id) != []


def _day(moment: datetime) -> str:
    return moment.strftime("%d %B %Y, %H:").lstrip("0")


async def test_the_owner_is_told_when_and_from_where(accounts: Accounts, service: Service, inbox: Inbox) -> None:
    person = await accounts.make()
    person.client.headers["User-Agent"] = "You have won: https://evil.test"
    began = service.clock.now()
    export = await export_of(person)

    mail = await inbox.wait_for(person.email, _SUBJECT)
    assert mail.html is not None
    for text in (mail.text, mail.html):
        assert any(_day(moment) in text for moment in (began, service.clock.now()))
        assert "from the address 127.0.0.1" in text
        assert "evil.test" not in text, "who asks could have a text of theirs mailed"
    assert mail.links == ["https://app.hestami.test/forgot-password"]
    put = [datetime.fromisoformat(message["created_at"]) for message in export["messages"]]
    assert any(at >= began for at in put), "it is committed with the export, which has it"


@pytest.mark.both_engines
async def test_an_address_that_nobody_has_proved_is_not_written_to(
    accounts: Accounts, service: Service, inbox: Inbox
) -> None:
    """Staff may have given the account an address since that is somebody else's."""
    person = await accounts.make()
    await export_of(person)
    event = await _event(service, person)
    await accounts.move(person)

    assert not await _deliver(service, person, event)
    assert [mail for mail in inbox.all(person.email) if mail.subject == _SUBJECT] == []


async def test_who_finds_the_account_closed_is_told_all_the_same(
    accounts: Accounts, service: Service, inbox: Inbox
) -> None:
    """Else whoever has stolen a session would close the account after it."""
    person = await accounts.make()
    await export_of(person)
    await inbox.wait_for(person.email, _SUBJECT)
    await closed(person, inbox)

    assert await _deliver(service, person, await _event(service, person))


async def test_where_it_came_from_is_told_while_it_is_kept(accounts: Accounts, service: Service, inbox: Inbox) -> None:
    person = await accounts.make()
    await export_of(person)
    await inbox.wait_for(person.email, _SUBJECT)
    event_id = await _event(service, person)
    async with service.services.database.begin() as tx:
        assert await erase_personal(tx, AuditPersonal.event_id == event_id) == 1

    assert await _deliver(service, person, event_id)
    mail = await inbox.wait_for(person.email, _SUBJECT, after=1)
    assert "address" not in mail.text.partition("\n\n")[2].partition("\n\n")[0]


async def test_exports_one_after_the_other_make_no_flood(accounts: Accounts, service: Service, inbox: Inbox) -> None:
    person = await accounts.make()
    await export_of(person)
    await inbox.wait_for(person.email, _SUBJECT)
    event_id = await _event(service, person)

    sent = [await _deliver(service, person, event_id) for _ in range(2 * HOURLY_LIMIT)]
    assert sent == [True] * (HOURLY_LIMIT - 1) + [False] * (HOURLY_LIMIT + 1)
