"""The address leads to the homeowner, and only its provider reads it; nothing else does, nor a log or a mail."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import or_, select

from impl.kernel.audit import AuditEvent, AuditPersonal
from impl.kernel.outbox import OutboxMessage
from tests.harness.accounts import unique
from tests.harness.log_lines import log_lines
from tests.harness.marks import mentions
from tests.marketplace.calendar_feeds.calendars import make_address
from tests.marketplace.inquiries.asking import INBOX, ask, businesses
from tests.marketplace.jobs.working import CHANGES, DECISION, DISPUTE, JOBS, QUOTE, act, put_time, time_in
from tests.marketplace.payloads import PROPERTIES, house, ok
from tests.marketplace.privacy.marked import POINT

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Accounts
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service


def _seen(answer: httpx.Response) -> str:
    return "\n".join([*(f"{name}: {value}" for name, value in answer.headers.items()), answer.text])


async def _traces(service: Service, *subjects: UUID) -> str:
    """Return the audit events about these with their personal parts, and whatever waits to be delivered."""
    events = (
        select(AuditEvent.data, AuditPersonal.data.label("personal"))
        .outerjoin(AuditPersonal, AuditPersonal.event_id == AuditEvent.id)
        .where(or_(*(AuditEvent.subject_id == subject for subject in subjects)), AuditEvent.event.like("%job.%"))
    )
    async with service.services.database.begin() as tx:
        found = [str(tuple(row)) for row in await tx.execute(events)]
        assert len(found) >= 5
        return "\n".join([*found, *(str(payload) for payload in await tx.scalars(select(OutboxMessage.payload)))])


@pytest.mark.both_engines
async def test_nothing_but_the_address_leads_to_the_homeowner(
    accounts: Accounts, inbox: Inbox, service: Service
) -> None:
    owner = await accounts.make()
    marks = [unique(f"mark{word}") for word in ("name", "label", "street", "back", "town", "notes")]
    name, label, street, back, town, notes = marks
    phone = "+15035550119"
    ok(await owner.client.patch("/users/me", json={"full_name": name, "phone": phone}))
    address = {"line1": street, "line2": back, "city": town, "region": "OR", "postal_code": "97214", "country": "US"}
    home = house(label=label, address=address, notes=notes, coordinates=POINT)
    home_id = ok(await owner.client.post(PROPERTIES, json=home), 201)["id"]
    (provider, chosen), (lost, other) = await businesses(accounts, 2)
    staff = await accounts.staff("STAFF_MODERATOR")
    owner_id = ok(await owner.client.get("/users/me"))["id"]
    secrets = [*marks, phone, owner.email, owner.username, home_id, "97214", "45.517913", "122.651247"]

    with log_lines() as lines:
        inquiry = await ask(owner, home_id, chosen, other)
        answers = []
        quotes = []
        for business in (provider, lost):
            written = await business.client.post(f"{INBOX}/{inquiry['id']}/quotes", json=QUOTE)
            quotes.append(ok(written, 201))
            answers += [written, await business.client.post(f"/quotes/{quotes[-1]['id']}/send")]
        guess = await provider.client.get(f"{JOBS}/{quotes[0]['id']}/address")
        ok(await owner.client.post(f"/quotes/{quotes[0]['id']}/accept"))
        job = ok(await provider.client.get(JOBS, params={"side": "PROVIDER"}))["items"][0]
        path = f"{JOBS}/{job['id']}"
        answers += [
            guess,
            await provider.client.get(JOBS, params={"side": "PROVIDER"}),
            await provider.client.get(path),
            await lost.client.get(f"{path}/address"),
            await lost.client.get(f"/quotes/{quotes[1]['id']}"),
            await put_time(provider, job, time_in(service, 48)),
            await provider.client.get(await make_address(provider)),
            await act(provider, job, "start"),
            await act(provider, job, "deliver"),
        ]
        found = await provider.client.get(f"{path}/address")
        ok(await act(owner, job, "request-changes", CHANGES))
        answers += [
            await act(provider, job, "dispute", DISPUTE),
            await staff.client.get("/admin/disputes", params={"limit": 100}),
            await staff.client.get(f"/admin/disputes/{job['id']}"),
            await staff.client.post(f"/admin/disputes/{job['id']}/decision", json=DECISION),
            await act(provider, job, "start"),
            await provider.client.get(path),
        ]
        logged = await lines.up_to("decideDispute")
    assert [answer.status_code for answer in answers if not answer.is_success] == [404, 404, 409]
    for reader in (provider, lost, owner):
        await inbox.wait_for(reader.email, "A dispute is decided" if reader is not lost else "")
    scanned = {
        "answers": "\n".join(map(_seen, answers)),
        "mails": "\n".join(str(mail.message) for reader in (provider, lost) for mail in inbox.all(reader.email)),
        "log": logged,
        "traces": await _traces(service, UUID(job["id"]), UUID(owner_id)),
    }
    assert [(place, one) for place, text in scanned.items() for one in secrets if mentions(text, one)] == []
    shown = _seen(found)
    assert [one for one in (name, street, back, town, phone, "97214", "45.517913") if one not in shown] == []
    assert [one for one in (label, notes, owner.email, owner.username) if one in shown] == []
