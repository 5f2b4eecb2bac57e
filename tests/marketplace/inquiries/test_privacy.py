"""Before an acceptance nothing by which a homeowner could be found reaches a provider, a log or the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import select

from impl.kernel.audit import AuditEvent, AuditPersonal
from impl.kernel.outbox import OutboxMessage
from tests.harness.accounts import unique
from tests.harness.log_lines import log_lines
from tests.marketplace.inquiries.asking import DECLINED, INBOX, INQUIRIES, ask, asker, businesses, read, withdraw
from tests.marketplace.messages.writing import talk_of
from tests.marketplace.payloads import PROPERTIES, house, ok
from tests.marketplace.privacy.marked import POINT, REACHED
from tests.marketplace.quotes.quoting import quoted, step

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Accounts
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service

QUESTIONS = [{"kind": "TEXT", "key": "where", "label": "Where?", "help": "", "required": True, "max_length": 200}]


def _seen(answer: httpx.Response) -> str:
    return "\n".join([*(f"{name}: {value}" for name, value in answer.headers.items()), answer.text])


async def _traces(service: Service, inquiry_id: UUID) -> str:
    """Return the audit events about an inquiry with their personal parts, and whatever waits to be delivered."""
    events = (
        select(AuditEvent.data, AuditPersonal.data.label("personal"))
        .outerjoin(AuditPersonal, AuditPersonal.event_id == AuditEvent.id)
        .where(AuditEvent.subject_id == inquiry_id)
    )
    async with service.services.database.begin() as tx:
        found = [str(tuple(row)) for row in await tx.execute(events)]
        assert len(found) >= 4
        return "\n".join([*found, *(str(payload) for payload in await tx.scalars(select(OutboxMessage.payload)))])


@pytest.mark.both_engines
async def test_nothing_leads_to_the_homeowner(accounts: Accounts, inbox: Inbox, service: Service) -> None:
    owner = await accounts.make()
    marks = [unique(f"mark{word}") for word in ("name", "label", "street", "back", "town", "notes")]
    name, label, street, back, town, notes = marks
    phone = "+15035550119"
    ok(await owner.client.patch("/users/me", json={"full_name": name, "phone": phone}))
    address = {"line1": street, "line2": back, "city": town, "region": "OR", "postal_code": "97214", "country": "US"}
    home = house(label=label, address=address, notes=notes, coordinates=POINT)
    home_id = ok(await owner.client.post(PROPERTIES, json=home), 201)["id"]
    (one, first), (other, second) = await businesses(accounts, 2)
    owner_id = ok(await owner.client.get("/users/me"))["id"]
    secrets = [*marks, phone, owner.email, owner.username, owner_id, home_id, "97214", "45.517913", "122.651247"]

    with log_lines() as lines:
        sent = await ask(owner, home_id, first, second)
        # Once it is read, or over, there is no mail.
        received = [await inbox.wait_for(provider.email, "A new inquiry") for provider in (one, other)]
        path = f"{INBOX}/{sent['id']}"
        talking = talk_of(sent, owner, other, 1)
        said = await talking.homeowner.say(f"Call {phone} or write to {owner.email}.")
        await talking.provider.say("On Monday after 9.")
        thread = [
            await other.client.get(talking.provider.path),
            await other.client.get(f"/messages/{said['id']}"),
            await other.client.get(INBOX),
        ]
        # Once it is read there is no mail.
        await inbox.wait_for(other.email, "A message about")
        await talking.provider.mark(said)
        answers = [
            await one.client.get(INBOX),
            await one.client.get(INBOX, params={"state": "SENT", "include_total": True}),
            await one.client.head(path),
            await one.client.get(path),
            await one.client.get(path),
            await one.client.post(f"{path}/decline", json=DECLINED),
            await one.client.post(f"{path}/decline", json=DECLINED),
            await one.client.post(f"{path}/decline", json={"decline_reason": name}),
            await one.client.get(f"{INQUIRIES}/{sent['id']}"),
        ]
        await withdraw(owner, sent)
        answers.append(await other.client.get(path))
        logged = await lines.up_to("withdrawInquiry")
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 200, 200, 409, 422, 403, 200]
    assert [answer.status_code for answer in thread] == [200] * 3
    mails = "\n".join(str(mail.message) for provider in (one, other) for mail in inbox.all(provider.email))
    assert all(mail.html for mail in received)
    scanned = {
        "answers": "\n".join(map(_seen, thread + answers[:7] + answers[8:])),
        "mails": mails,
        "log": logged,
        "traces": await _traces(service, UUID(sent["id"])),
    }
    assert [(place, one) for place, text in scanned.items() for one in secrets if one in text] == []

    area = ok(answers[3])["property"]["area"]
    assert area != POINT
    assert (abs(area["latitude"] - POINT["latitude"]), abs(area["longitude"] - POINT["longitude"])) < (0.01, 0.02)


async def test_ways_to_be_reached_are_masked_for_the_other_side(accounts: Accounts, inbox: Inbox) -> None:
    staff = await accounts.staff("STAFF_MODERATOR")
    category = {"parent_id": None, "slug": unique("masked-"), "name": "Masked"}
    category_id = ok(await staff.client.post("/admin/categories", json=category), 201)["id"]
    asked = f"/admin/categories/{category_id}/questions"
    ok(await staff.client.put(asked, json={"questions": QUESTIONS}, headers={"If-Match": "*"}))
    owner, home = await asker(accounts)
    (one, first), (other, second) = await businesses(accounts, 2)
    mail, phone, spelt, street = REACHED
    words = {
        "title": f"A tap drips, {mail}",
        "details": f"Call {phone}\nor {spelt}, or come to {street}.",
        "answers": [{"kind": "TEXT", "key": "where", "text": f"At {street}"}],
    }
    sent = await ask(owner, home, first, second, category_id=category_id, questions_version=1, **words)
    path = f"{INBOX}/{sent['id']}"
    noted = await other.client.post(f"{path}/decline", json={"decline_reason": "OTHER", "note": f"Call {phone}"})
    told = [
        await inbox.wait_for(one.email, "A new inquiry"),
        await inbox.wait_for(owner.email, "declines your inquiry"),
    ]
    answers = [await one.client.get(INBOX), await one.client.get(path), await one.client.get(path), noted]
    seen = ok(answers[1])
    assert seen["title"] == f"A tap drips, {'*' * len(mail)}"
    assert seen["details"] == f"Call {'*' * len(phone)}\nor {'*' * len(spelt)}, or come to {'*' * len(street)}."
    assert seen["answers"][0]["text"] == f"At {'*' * len(street)}"
    mine = ok(await owner.client.get(f"{INQUIRIES}/{sent['id']}"))
    assert {name: mine[name] for name in words} == words, "its owner sees their own words"
    assert mine["recipients"][1]["note"] == f"Call {'*' * len(phone)}"
    mails = [str(told[0].message), told[1].text, told[1].html or ""]
    texts = [*map(_seen, answers), *mails[:1], *(one.replace(mail, "") for one in mails[1:])]
    assert [text for text in texts if any(mark in text for mark in REACHED)] == []
    await step(owner, await quoted(one, sent), "accept")
    whole = ok(await one.client.get(path))
    assert {name: whole[name] for name in words} == words, "whoever was chosen reads all"
    assert ok(await one.client.get(INBOX))["items"][0]["title"] == words["title"]


async def test_a_home_that_moves_within_its_area_changes_nothing_that_its_providers_read(accounts: Accounts) -> None:
    """Move it to another country, too: whoever tries all of them out would know on which side of a border it is."""
    owner, home = await asker(accounts)
    ((provider, profile),) = await businesses(accounts, 1)
    inquiry = await ask(owner, home, profile)
    quote = await quoted(provider, inquiry)
    paths = (INBOX, f"{INBOX}/{inquiry['id']}", f"{INBOX}/{inquiry['id']}/quotes", f"/quotes/{quote['id']}")

    async def told() -> list[tuple[str | None, str]]:
        answers = [await provider.client.get(path) for path in paths]
        return [(answer.headers.get("etag"), answer.text) for answer in answers if ok(answer)]

    before = await told()
    moved = {
        "label": "Elsewhere",
        "address": {"line1": "7 Other Street", "city": "Vancouver", "region": "BC", "country": "CA"},
        "coordinates": {"latitude": 45.5175, "longitude": -122.6515},
    }
    assert ok(await owner.client.patch(f"{PROPERTIES}/{home}", json=moved))["address"]["country"] == "CA"
    assert await told() == before


async def test_no_header_tells_a_recipient_what_another_one_does(accounts: Accounts) -> None:
    owner, home = await asker(accounts)
    (one, first), (other, second) = await businesses(accounts, 2)
    sent = await ask(owner, home, first, second)
    await read(one, sent)

    async def seen() -> tuple[str, str]:
        answer = await one.client.get(f"{INBOX}/{sent['id']}")
        return answer.headers["ETag"], answer.text

    before = await seen()
    await read(other, sent)
    assert await seen() == before, "another one has read it"
    theirs = talk_of(sent, owner, other, 1)
    await theirs.provider.say("When would it suit you?")
    await theirs.homeowner.say("On Friday.")
    await quoted(other, sent)
    assert await seen() == before, "another one has written, was written to and has quoted"
