"""Messages over HTTP: both sides write while it goes on, see how far the other has read, and are mailed once."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update

from impl.kernel.personal_data import PersonalData
from impl.kernel.tables import core_table
from impl.marketplace.capabilities.inquiries.tables import InquiryRecipient
from impl.marketplace.messages.repository import page_query
from impl.marketplace.messages.tables import MOST, PERSONAL_DATA_POLICIES, InquiryMessage
from tests.harness.client import assert_problem
from tests.harness.doubles import take_last_place
from tests.harness.plans import plan_of
from tests.identity.closure.test_closure import closed
from tests.identity.race_barrier import at_once
from tests.marketplace.inquiries.asking import INBOX, INQUIRIES, decline, events, states, withdraw
from tests.marketplace.messages.writing import talk
from tests.marketplace.payloads import NOBODYS, ids, kinds_of, ok, whole
from tests.marketplace.quotes.quoting import quoted, step

if TYPE_CHECKING:
    from tests.harness.accounts import Accounts
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service

PLACE = "marketplace.inquiries"


@pytest.mark.both_engines
async def test_both_sides_write_and_see_how_far_the_other_has_read(accounts: Accounts, service: Service) -> None:
    """The first answer of a provider tells that they have read."""
    talking = await talk(accounts)
    owner, provider = talking.homeowner, talking.provider
    first = await owner.say("When could you come?")
    second = await owner.say("In the morning?")
    path = f"{INBOX}/{talking.inquiry['id']}"
    (listed,) = ok(await provider.account.client.get(INBOX))["items"]
    assert (listed["state"], listed["unread_messages"]) == ("SENT", 2)
    assert ids(await provider.messages()) == [second["id"], first["id"]]
    assert await provider.mark(first) == 1
    assert [(one["text"], one["read"]) for one in await owner.messages()] == [
        ("In the morning?", False),
        ("When could you come?", True),
    ]
    answer = await provider.say("On Monday after 9.")
    assert (answer["sender"], answer["read"], answer["removed"]) == ("PROVIDER", False, None)
    # A marker never goes back.
    assert (await provider.mark(answer), await provider.mark(first)) == (0, 0)
    (recipient,) = ok(await owner.account.client.get(f"{INQUIRIES}/{talking.inquiry['id']}"))["recipients"]
    assert (recipient["state"], recipient["unread_messages"]) == ("VIEWED", 1)
    assert await owner.mark(answer) == 0
    one = await provider.account.client.get(f"/messages/{answer['id']}")
    assert ok(one)["read"] is True
    assert ok(await provider.account.client.get(path))["unread_messages"] == 0
    assert await events(service, talking.inquiry) == ["inquiry.sent", "inquiry.viewed"]
    assert ids(await whole(owner.account.client, owner.path, limit=1)) == [answer["id"], second["id"], first["id"]]
    assert ok(await owner.account.client.get(owner.path, params={"include_total": True}))["total"] == 3


async def test_what_is_masked_is_told_to_whoever_wrote_it(accounts: Accounts) -> None:
    talking = await talk(accounts)
    sent = await talking.homeowner.say("Call 503-555-0119\nor write to jo at gmail dot com")
    assert sent["text"] == f"Call {'*' * 12}\nor write to {'*' * 19}"
    assert sent["masked"] == ["EMAIL", "PHONE"]
    assert await talking.provider.messages() == [sent]


async def test_nothing_is_written_where_it_has_ended_and_all_is_read(accounts: Accounts) -> None:
    talking, declined = await talk(accounts), await talk(accounts)
    said = await talking.provider.say("On Monday after 9.")
    await withdraw(talking.homeowner.account, talking.inquiry)
    await decline(declined.provider.account, declined.inquiry)
    for side, state in (
        (talking.homeowner, "LOST"),
        (talking.provider, "LOST"),
        (declined.homeowner, "DECLINED"),
        (declined.provider, "DECLINED"),
    ):
        problem = assert_problem(await side.write("Are you there?"), 409, "invalid-transition")
        assert (problem["state"], problem["possible"]) == (state, [])
    assert ids(await talking.homeowner.messages()) == ids(await talking.provider.messages()) == [said["id"]]
    assert await talking.homeowner.mark(said) == 0


async def test_a_thread_is_read_by_its_two_sides_alone(accounts: Accounts) -> None:
    talking, other = await talk(accounts), await talk(accounts)
    sent = await talking.homeowner.say("When could you come?")
    foreign = await other.provider.say("On Monday after 9.")
    path = f"{INQUIRIES}/{talking.inquiry['id']}/recipients/{other.inquiry['recipients'][0]['id']}/messages"
    owner, stranger = talking.homeowner.account, other.homeowner.account
    for answer in (
        await owner.client.get(path),
        await stranger.client.get(talking.homeowner.path),
        await other.provider.account.client.get(talking.provider.path),
        await other.provider.account.client.post(talking.provider.path, json={"text": "Hello"}),
        await stranger.client.get(f"/messages/{sent['id']}"),
        await owner.client.put(f"{talking.homeowner.path}/read-marker", json={"last_read_id": foreign["id"]}),
        await owner.client.put(f"{talking.homeowner.path}/read-marker", json={"last_read_id": NOBODYS}),
    ):
        assert_problem(answer, 404, "not-found")


async def test_there_is_one_mail_until_it_is_read(accounts: Accounts, inbox: Inbox) -> None:
    talking = await talk(accounts)
    owner, provider = talking.homeowner, talking.provider
    await owner.say("When could you come? The code of the gate is Lantern.")
    mail = await inbox.wait_for(provider.account.email, "A message about")
    assert "/inbox/" in mail.text
    assert "Lantern" not in str(mail.message), "the mail has no word of it"
    second = await owner.say("In the morning?")
    await provider.say("On Monday after 9.")
    told = await inbox.wait_for(owner.account.email, "A message from")
    assert "/inquiries/" in told.text
    await provider.mark(second)
    await owner.say("Good.")
    # Whatever the second message had caused would have come before.
    await inbox.wait_for(provider.account.email, "A message about", after=1)
    assert sum("A message" in one.subject for one in inbox.all(provider.account.email)) == 2
    assert await kinds_of(provider.account) == ["MESSAGE_RECEIVED", "MESSAGE_RECEIVED", "INQUIRY_RECEIVED"]
    assert await kinds_of(owner.account) == ["MESSAGE_RECEIVED"]


@pytest.mark.both_engines
async def test_two_requests_with_one_key_at_once_are_one_message(accounts: Accounts, service: Service) -> None:
    talking = await talk(accounts)
    key = {"Idempotency-Key": str(uuid4())}
    answers = await at_once(
        service, PLACE, talking.homeowner.write("Hello", **key), talking.homeowner.write("Hello", **key)
    )
    assert sorted({answer.status_code for answer in answers}) in ([201], [201, 409])
    assert len(await talking.provider.messages()) == 1


@pytest.mark.both_engines
async def test_of_a_message_and_a_withdrawal_at_once_none_follows_the_end(accounts: Accounts, service: Service) -> None:
    talking = await talk(accounts)
    owner = talking.homeowner.account
    sent, withdrawn = await at_once(
        service,
        PLACE,
        talking.provider.write("On Monday after 9."),
        owner.client.post(f"{INQUIRIES}/{talking.inquiry['id']}/withdraw"),
    )
    assert states(ok(withdrawn)) == ["LOST"]
    assert sent.status_code in {201, 409}
    assert len(await talking.homeowner.messages()) == (sent.status_code == 201)


@pytest.mark.both_engines
async def test_messages_of_both_sides_at_once_have_places_of_their_own(accounts: Accounts, service: Service) -> None:
    talking = await talk(accounts)
    sides = (talking.homeowner, talking.provider)
    answers = await at_once(service, PLACE, *(side.write(f"Hello {n}") for n in range(2) for side in sides))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len(await talking.homeowner.messages()) == 4
    (recipient,) = ok(await talking.homeowner.account.client.get(f"{INQUIRIES}/{talking.inquiry['id']}"))["recipients"]
    assert recipient["unread_messages"] == 2


@pytest.mark.both_engines
async def test_a_thread_has_an_end(accounts: Accounts, service: Service) -> None:
    talking = await talk(accounts)
    table, recipient = core_table(InquiryRecipient), UUID(talking.inquiry["recipients"][0]["id"])
    async with service.services.database.begin() as tx:
        await tx.execute(update(table).where(table.c.id == recipient).values(provider_messages=MOST - 1))
    await take_last_place(lambda key: talking.homeowner.write("The last one", **key))
    assert assert_problem(await talking.homeowner.write("One more"), 409, "limit-reached")["limit"] == MOST


async def test_whoever_was_chosen_reads_what_follows_whole(accounts: Accounts) -> None:
    talking = await talk(accounts)
    await talking.homeowner.say("Call 503-555-0119")
    await step(talking.homeowner.account, await quoted(talking.provider.account, talking.inquiry), "accept")
    said = await talking.homeowner.say("Now call 503-555-0119")
    assert (said["text"], said["masked"]) == ("Now call 503-555-0119", [])
    await talking.provider.say("Gladly, at jo@example.com")
    assert [one["text"] for one in await talking.provider.messages()] == [
        "Gladly, at jo@example.com",
        "Now call 503-555-0119",
        f"Call {'*' * 12}",
    ]


async def test_threads_of_closed_accounts_are_out_of_sight(accounts: Accounts, inbox: Inbox) -> None:
    talking = await talk(accounts)
    sent = await talking.homeowner.say("When could you come?")
    await closed(talking.homeowner.account, inbox)
    provider = talking.provider.account.client
    for answer in (
        await provider.get(talking.provider.path),
        await talking.provider.write("On Monday after 9."),
        await provider.get(f"/messages/{sent['id']}"),
    ):
        assert_problem(answer, 404, "not-found")


@pytest.mark.both_engines
async def test_erasure_leaves_the_other_side_a_place_without_words(accounts: Accounts, service: Service) -> None:
    talking = await talk(accounts)
    await talking.homeowner.say("Call 503-555-0119")
    kept = await talking.provider.say("On Monday after 9.")
    owner_id = UUID(ok(await talking.homeowner.account.client.get("/users/me"))["id"])
    async with service.services.database.begin() as tx:
        await PersonalData(PERSONAL_DATA_POLICIES).erase(tx, owner_id)
        written = select(func.count()).select_from(InquiryMessage).where(InquiryMessage.text.is_not(None))
        assert await tx.scalar(written.where(InquiryMessage.sender_id == owner_id)) == 0
    found = await talking.provider.messages()
    assert [(one["text"], one["masked"], one["removed"]) for one in found] == [
        (kept["text"], [], None),
        (None, [], "ERASED"),
    ]


@pytest.mark.both_engines
async def test_a_thread_is_read_by_an_index(service: Service) -> None:
    binds = {"limit": 21, "recipient_id": UUID(NOBODYS), "last_number": 7}
    plan = await plan_of(service, page_query(continued=True), binds)
    assert "uq_inquiry_messages_recipient_id_number" in plan or "sqlite_autoindex_inquiry_messages" in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan
