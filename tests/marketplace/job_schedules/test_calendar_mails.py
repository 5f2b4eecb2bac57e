"""Mails about an agreed time bring it along for calendar programs, the same that the provider's calendar shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from tests.marketplace.calendar_feeds.calendars import appointments, event_of, make_address
from tests.marketplace.jobs.working import CANCEL, act, put_time, shared_parties, time_in
from tests.marketplace.payloads import ok

if TYPE_CHECKING:
    from tests.harness.accounts import Accounts
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service


async def test_the_mail_has_the_event_of_the_calendar(accounts: Accounts, service: Service, inbox: Inbox) -> None:
    both = await shared_parties(accounts, service)
    title = "Ein Hahn in der Küche tropft"
    job = await both.agree(title=title)
    path = await make_address(both.provider)
    time, other = time_in(service, 72), time_in(service, 96)

    ok(await put_time(both.owner, job, time))
    mail = await inbox.wait_for(both.provider.email, f"A job has a time: {title}")
    (told,) = appointments(mail)
    shown = await event_of(both.provider.client, path, job["id"])
    assert replace(told, organizer=None, text=shown.text) == shown
    assert told.start == datetime.fromisoformat(time["starts_at"])
    assert told.end == datetime.fromisoformat(time["ends_at"])
    assert str(told.organizer).startswith("mailto:"), "RFC 5546, section 3.2.1, wants one"
    assert not [one for one in (both.owner.email, both.owner.username) if one in told.text]
    assert "See the job:" in mail.text
    assert mail.html is not None

    ok(await put_time(both.provider, job, other))
    (moved,) = appointments(await inbox.wait_for(both.owner.email, f"A job has a time: {title}"))
    assert (moved.uid, moved.start) == (told.uid, datetime.fromisoformat(other["starts_at"]))
    assert moved.sequence > told.sequence

    ok(await put_time(both.owner, job, time_in(service, 20)))
    proposed = await inbox.wait_for(both.provider.email, f"Another time is proposed: {title}")
    assert appointments(proposed) == [], "it is not agreed"

    ok(await act(both.owner, job, "cancel", CANCEL))
    (gone,) = appointments(await inbox.wait_for(both.provider.email, f"A job was cancelled: {title}"))
    assert (gone.uid, gone.status) == (told.uid, "CANCELLED")
    assert gone.sequence > moved.sequence
