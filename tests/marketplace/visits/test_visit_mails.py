"""Mails about visits: what was booked comes with the event of the calendar, by the choices of their readers."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import select

from impl.kernel.outbox import OutboxMessage
from impl.marketplace.capabilities.visits.service import TOPIC
from tests.harness.deliveries import until
from tests.marketplace.calendar_feeds.calendars import appointments, event_of, make_address
from tests.marketplace.inquiries.asking import ask, withdraw
from tests.marketplace.jobs.working import parties
from tests.marketplace.notification_preferences.test_preferences import choose
from tests.marketplace.payloads import Json, ok
from tests.marketplace.visits.visiting import act, always_works, free, send

if TYPE_CHECKING:
    from tests.harness.accounts import Accounts
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service

TAP = "Tap and leak repair"


async def test_each_step_is_mailed_to_the_other_side(accounts: Accounts, service: Service, inbox: Inbox) -> None:
    both = await parties(accounts)
    await always_works(both.provider)
    await choose(both.provider, language="DE")
    path = await make_address(both.provider)
    inquiry = await ask(both.owner, both.home, both.profile)
    at, *_, later = await free(both.provider, service)

    visit = ok(await send(both.owner, inquiry, at), 201)
    asked = await inbox.wait_for(both.provider.email, f"Es wird um eine Besichtigung gebeten: {TAP}")
    assert appointments(asked) == [], "it is not agreed"
    assert asked.html is not None
    assert f"/visits/{visit['id']}" in asked.text

    ok(await act(both.provider, visit, "accept"))
    booked = await inbox.wait_for(both.owner.email, f"A visit is booked: {TAP}")
    (told,) = appointments(booked)
    shown = await event_of(both.provider.client, path, visit["id"])
    assert replace(told, organizer=None, text=shown.text) == shown

    declined = ok(await send(both.owner, inquiry, later), 201)
    ok(await act(both.provider, declined, "decline"))
    no = await inbox.wait_for(both.owner.email, f"A visit was declined: {TAP}")
    assert appointments(no) == []

    await withdraw(both.owner, inquiry)
    ended = await inbox.wait_for(both.provider.email, f"Eine Besichtigung wurde abgesagt: {TAP}")
    assert "die Anfrage wurde zurückgezogen" in ended.text
    (gone,) = appointments(ended)
    assert (gone.uid, gone.status) == (visit["id"], "CANCELLED")
    assert gone.sequence > told.sequence
    home = ok(await both.owner.client.get(f"/homeowners/properties/{both.home}"))
    personal = [both.owner.email, both.owner.username, home["address"]["line1"]]
    assert [word for mail in (asked, ended) for word in personal if word in mail.text + told.text] == []


async def _nothing_waits(service: Service, visit: Json) -> bool | None:
    """Say whether the worker has mailed all that is to be mailed about a visit."""
    async with service.services.database.begin() as tx:
        rows = await tx.scalars(select(OutboxMessage).where(OutboxMessage.topic == TOPIC))
        return None if any(row.payload["visit_id"] == visit["id"] for row in rows) else True


async def test_whoever_wants_no_mails_about_jobs_gets_none_about_visits(
    accounts: Accounts, service: Service, inbox: Inbox
) -> None:
    both = await parties(accounts)
    await always_works(both.provider)
    await choose(both.provider, groups={"jobs": {"in_app": True, "mail": "OFF"}})
    inquiry = await ask(both.owner, both.home, both.profile)
    visit = ok(await send(both.owner, inquiry, (await free(both.provider, service))[0]), 201)
    ok(await act(both.provider, visit, "accept"))
    mail = await inbox.wait_for(both.owner.email, f"A visit is booked: {TAP}")
    assert "List-Unsubscribe" in mail.message
    await until(partial(_nothing_waits, service, visit))
    assert [one for one in inbox.all(both.provider.email) if "visit" in one.subject.lower()] == []
    shown = ok(await both.provider.client.get("/notifications"))["items"]
    assert "VISIT_REQUESTED" in {one["kind"] for one in shown}
