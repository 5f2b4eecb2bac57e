"""Reports of messages: by whoever reads them, read by staff as an event, and hidden with the reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import select

from impl.kernel.audit import AuditEvent
from tests.harness.client import assert_problem
from tests.marketplace.inquiries.asking import ask, asker
from tests.marketplace.messages.writing import talk, talk_of
from tests.marketplace.payloads import REPORTS, approve_business, complain, complaint, ok
from tests.marketplace.reports.decisions import QUEUE, STATEMENT, TAKE_DOWN, triaged
from tests.marketplace.verifications.successes import PDF

if TYPE_CHECKING:
    from tests.harness.accounts import Accounts
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service


@pytest.mark.both_engines
async def test_a_message_is_reported_read_by_staff_and_hidden(
    accounts: Accounts, inbox: Inbox, service: Service
) -> None:
    talking, moderator = await talk(accounts), await accounts.staff("STAFF_MODERATOR")
    owner, provider = talking.homeowner.account, talking.provider.account
    said = await talking.provider.say("Pay 503-555-0119 in advance, or nobody will come.")
    report = await complain(owner, said, subject_kind="MESSAGE", reason="FRAUD")
    assert report["subject"] == {"kind": "MESSAGE", "id": said["id"], "title": "A message"}
    path = f"{QUEUE}/{report['id']}/message"
    shown = ok(await moderator.client.get(path))
    assert (shown["text"], shown["masked"], shown["removed"]) == (said["text"], ["PHONE"], None)
    events = select(AuditEvent.data).where(
        AuditEvent.event == "report.message_read", AuditEvent.subject_id == UUID(report["id"])
    )
    async with service.services.database.begin() as tx:
        (data,) = await tx.scalars(events)
        assert data["message_id"] == said["id"]

    decision = await triaged(moderator, report)
    assert ok(await moderator.client.post(decision, json=TAKE_DOWN))["action"] == "TAKE_DOWN"
    for side in (talking.homeowner, talking.provider):
        assert [(one["text"], one["removed"]) for one in await side.messages()] == [(None, "HIDDEN")]
    assert ok(await moderator.client.get(path))["text"] == said["text"]
    mail = await inbox.wait_for(provider.email, "A report about your message was decided")
    assert STATEMENT in mail.text
    assert "Neither side reads it any more" in mail.text
    assert "503-555" not in mail.text
    await inbox.wait_for(owner.email, "Your report was looked into")
    again = await owner.client.post(REPORTS, json=complaint(said, subject_kind="MESSAGE"))
    assert_problem(again, 404, "not-found")


async def test_only_the_other_side_reports_a_message(accounts: Accounts) -> None:
    talking, stranger = await talk(accounts), await accounts.make()
    said = await talking.homeowner.say("When could you come?")
    body = complaint(said, subject_kind="MESSAGE")
    assert_problem(await stranger.client.post(REPORTS, json=body), 404, "not-found")
    assert_problem(await talking.homeowner.account.client.post(REPORTS, json=body), 409, "own-listing")
    ok(await talking.provider.account.client.post(REPORTS, json=body), 201)


@pytest.mark.both_engines
async def test_who_is_reported_learns_nothing_of_it_as_staff(accounts: Accounts) -> None:
    owner, home = await asker(accounts)
    moderator = await accounts.hire("STAFF_MODERATOR", "SERVICE_PROVIDER")
    profile = (await approve_business(moderator))["id"]
    talking = talk_of(await ask(owner, home, profile), owner, moderator)
    thread = {"inquiry_id": talking.inquiry["id"]}
    paper = ok(await moderator.client.post("/message-attachments", files={"file": ("a.pdf", PDF)}, data=thread), 201)
    body = {"text": "Pay in advance.", "attachment_ids": [paper["id"]]}
    said = ok(await moderator.client.post(talking.provider.path, json=body), 201)
    report = await complain(owner, said, subject_kind="MESSAGE")
    for path in ("", "/message", f"/attachments/{paper['id']}"):
        assert_problem(await moderator.client.get(f"{QUEUE}/{report['id']}{path}"), 403, "own-case")
    other = await accounts.staff("STAFF_MODERATOR")
    for path in ("", "/message", f"/attachments/{paper['id']}"):
        assert (await other.client.get(f"{QUEUE}/{report['id']}{path}")).status_code == 200


async def test_there_is_no_message_where_something_else_was_reported(accounts: Accounts) -> None:
    talking, moderator = await talk(accounts), await accounts.staff("STAFF_MODERATOR")
    recipient = talking.inquiry["recipients"][0]
    profile = {"id": recipient["provider"]["id"]}
    report = await complain(talking.homeowner.account, profile, subject_kind="PROVIDER")
    assert_problem(await moderator.client.get(f"{QUEUE}/{report['id']}/message"), 404, "not-found")
