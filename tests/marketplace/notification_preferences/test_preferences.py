"""Preferences over HTTP: groups and channels, quiet hours, digests instead of floods, and one click that ends mails."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import select

from impl.kernel.outbox import OutboxMessage
from impl.marketplace.capabilities.notice_mails.service import DEFAULTS, NoticePreferences, next_morning, quiet_until
from impl.marketplace.capabilities.notices.service import NotificationKind
from tests.harness.client import assert_problem
from tests.harness.patience import PATIENCE
from tests.identity.roles.role_requests import id_of
from tests.marketplace.inquiries.asking import events
from tests.marketplace.messages.writing import Talk, talk
from tests.marketplace.payloads import Json, ok

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Account, Accounts
    from tests.harness.inbox import Inbox, Mail
    from tests.harness.service import Service

PREFERENCES = "/users/me/notification-preferences"
SUBJECT = "A message from"


def wishes(**changes: object) -> Json:
    return {"groups": {}, "quiet_hours": None, "time_zone": "UTC", "language": None, **changes}


async def choose(account: Account, **changes: object) -> Json:
    return ok(await account.client.put(PREFERENCES, json=wishes(**changes)))


async def news(talking: Talk) -> None:
    await talking.provider.say("When would it suit you?")


async def waiting(service: Service, talking: Talk) -> list[OutboxMessage]:
    """Return what the worker has still to do about a thread."""
    recipient = talking.inquiry["recipients"][0]["id"]
    async with service.services.database.begin() as tx:
        rows = await tx.scalars(select(OutboxMessage).where(OutboxMessage.topic == "marketplace.message_waits"))
        return [row for row in rows if row.payload["recipient_id"] == recipient]


async def done(service: Service, talking: Talk) -> None:
    async with asyncio.timeout(PATIENCE):
        while await waiting(service, talking):
            continue


async def read(service: Service, talking: Talk) -> None:
    """Have the provider write, and the homeowner read it once it was told: the next message is news again."""
    message = await talking.provider.say("When would it suit you?")
    await done(service, talking)
    await talking.homeowner.mark(message)


def mails(inbox: Inbox, account: Account) -> list[Mail]:
    return [mail for mail in inbox.all(account.email) if SUBJECT in mail.subject]


async def test_preferences_are_set_as_a_whole_and_by_version(accounts: Accounts) -> None:
    person = await accounts.make()
    unset = await person.client.get(PREFERENCES)
    assert ok(unset)["groups"]["quotes"] == {"in_app": True, "mail": "IMMEDIATE"}
    assert ok(unset)["updated_at"] is None
    quiet = {"starts": "22:00", "ends": "07:00"}
    body = wishes(groups={"quotes": {"in_app": False, "mail": "DIGEST"}}, quiet_hours=quiet)
    first = await person.client.put(PREFERENCES, json=body, headers={"If-Match": unset.headers["etag"]})
    assert ok(first)["quiet_hours"] == quiet
    again = await person.client.put(PREFERENCES, json=body)
    assert again.headers["etag"] == first.headers["etag"], "setting what is there already is no change"
    stale = await person.client.put(PREFERENCES, json=wishes(), headers={"If-Match": unset.headers["etag"]})
    assert_problem(stale, 412, "precondition-failed")
    assert (await choose(person))["groups"]["quotes"]["mail"] == "IMMEDIATE"
    unknown = await person.client.put(PREFERENCES, json=wishes(time_zone="Mars/Olympus"))
    assert_problem(unknown, 422, "validation-failed")


async def test_a_group_is_told_by_the_channels_that_were_chosen(
    accounts: Accounts, service: Service, inbox: Inbox
) -> None:
    """In the application alone, then by mail alone; other groups are as they were."""
    talking = await talk(accounts)
    owner = talking.homeowner.account
    await choose(owner, groups={"messages": {"in_app": True, "mail": "OFF"}})
    await read(service, talking)
    assert len(ok(await owner.client.get("/notifications"))["items"]) == 1
    await choose(owner, groups={"messages": {"in_app": False, "mail": "IMMEDIATE"}})
    await news(talking)
    await inbox.wait_for(owner.email, SUBJECT)
    assert len(mails(inbox, owner)) == 1
    assert len(ok(await owner.client.get("/notifications"))["items"]) == 1


async def test_one_click_ends_the_mails_of_a_group_without_signing_in(
    accounts: Accounts, inbox: Inbox, client: httpx.AsyncClient, service: Service
) -> None:
    talking = await talk(accounts)
    owner = talking.homeowner.account
    await news(talking)
    mail = await inbox.wait_for(owner.email, SUBJECT)
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = mail.message["List-Unsubscribe"].strip("<>")
    assert mail.token in url, "the link in the text leads to the page that asks"
    tags = []
    for _ in range(2):
        ok(await client.post(url, data={"List-Unsubscribe": "One-Click"}), 204)
        tags.append((await owner.client.get(PREFERENCES)).headers["etag"])
    assert tags[0] == tags[1], "a second click changes nothing"
    recorded = await events(service, ok(await owner.client.get("/users/me")))
    assert recorded.count("notifications.unsubscribed") == 1
    groups = ok(await owner.client.get(PREFERENCES))["groups"]
    assert groups.pop("messages") == {"in_app": True, "mail": "OFF"}
    assert all(group["mail"] == "IMMEDIATE" for group in groups.values())


async def test_mails_wait_for_the_end_of_quiet_hours(accounts: Accounts, service: Service, inbox: Inbox) -> None:
    talking = await talk(accounts)
    owner = talking.homeowner.account
    now = service.clock.now().replace(second=0, microsecond=0)
    starts, ends = now - timedelta(hours=1), now + timedelta(minutes=20)
    await choose(owner, quiet_hours={"starts": f"{starts:%H:%M}", "ends": f"{ends:%H:%M}"})
    await news(talking)
    async with asyncio.timeout(PATIENCE):
        while [row.next_attempt_at for row in await waiting(service, talking)] != [ends]:
            continue
    service.clock.advance(timedelta(minutes=21))
    await inbox.wait_for(owner.email, SUBJECT)


@pytest.mark.both_engines
async def test_too_many_mails_of_an_hour_come_as_one(accounts: Accounts, service: Service, inbox: Inbox) -> None:
    """Those of another group, and of the next hour, are counted by themselves."""
    person = await accounts.make()
    account_id = UUID(await id_of(person))
    preferences = NoticePreferences(
        database=service.services.database,
        clock=service.clock,
        secret_key=b"of no use here",
        api_url="",
        app_url="",
        most_an_hour=2,
    )

    async def collected(kind: NotificationKind) -> bool:
        return await preferences.collects(account_id, kind, DEFAULTS, daily=False)

    steps = [NotificationKind.JOB_STARTED, NotificationKind.JOB_DELIVERED]
    assert [await collected(kind) for kind in steps * 3] == [False, False, True, True, True, True]
    assert not await collected(NotificationKind.QUOTE_RECEIVED)
    service.clock.advance(timedelta(hours=1))
    await service.run_periodic_tasks()
    mail = await inbox.wait_for(person.email, "News on Hestami")
    assert "The work has begun. (2 times)" in mail.text
    assert "The work was delivered. (2 times)" in mail.text
    assert not await collected(NotificationKind.JOB_STARTED)


@pytest.mark.both_engines
async def test_a_digest_comes_in_the_morning_and_in_the_language_that_was_chosen(
    accounts: Accounts, service: Service, inbox: Inbox
) -> None:
    talking = await talk(accounts)
    owner = talking.homeowner.account
    await choose(owner, language="DE", groups={"messages": {"in_app": True, "mail": "DIGEST"}})
    for _ in range(2):
        await read(service, talking)
    service.clock.advance(timedelta(days=1))
    await service.run_periodic_tasks()
    mail = await inbox.wait_for(owner.email, "Neues bei Hestami")
    assert "Sie haben eine neue Nachricht. (2-mal)" in mail.text
    assert mails(inbox, owner) == []


@pytest.mark.parametrize(
    ("zone", "starts", "ends", "now", "until"),
    [
        ("UTC", "22:00", "07:00", "2026-03-01T21:59", None),
        ("UTC", "22:00", "07:00", "2026-03-01T22:00", "2026-03-02T07:00"),
        ("UTC", "22:00", "07:00", "2026-03-02T06:59", "2026-03-02T07:00"),
        ("UTC", "22:00", "07:00", "2026-03-02T07:00", None),
        ("UTC", "12:00", "13:00", "2026-03-02T11:59", None),
        ("UTC", "12:00", "13:00", "2026-03-02T12:00", "2026-03-02T13:00"),
        ("UTC", "12:00", "13:00", "2026-03-02T13:00", None),
        ("UTC", "12:00", "12:00", "2026-03-02T12:00", None),
        # Half-hour offsets, and the year's end.
        ("Asia/Kolkata", "22:00", "07:00", "2026-12-31T18:00", "2027-01-01T01:30"),
        # The night in which summer time begins is an hour shorter, the one in which it ends an hour longer.
        ("Europe/Berlin", "22:00", "07:00", "2026-03-28T22:30", "2026-03-29T05:00"),
        ("Europe/Berlin", "22:00", "07:00", "2026-10-24T22:30", "2026-10-25T06:00"),
        # An end that the clock leaves out, and one that comes twice, before and after it has come once.
        ("Europe/Berlin", "22:00", "02:30", "2026-03-29T00:30", "2026-03-29T01:30"),
        ("Europe/Berlin", "22:00", "02:30", "2026-10-25T00:15", "2026-10-25T00:30"),
        ("Europe/Berlin", "22:00", "02:30", "2026-10-25T01:15", "2026-10-25T01:30"),
    ],
)
def test_quiet_hours_are_those_of_a_clock_on_the_wall(
    zone: str, starts: str, ends: str, now: str, until: str | None
) -> None:
    """`now` and `until` are of UTC."""
    asked = datetime.fromisoformat(now).replace(tzinfo=UTC)
    expected = None if until is None else datetime.fromisoformat(until).replace(tzinfo=UTC)
    assert quiet_until({**DEFAULTS, "quiet_starts": starts, "quiet_ends": ends, "time_zone": zone}, asked) == expected


@pytest.mark.parametrize(
    ("zone", "now", "morning"),
    [
        ("UTC", "2026-03-01T07:59", "2026-03-01T08:00"),
        ("UTC", "2026-03-01T08:00", "2026-03-02T08:00"),
        ("Asia/Kolkata", "2026-03-01T20:00", "2026-03-02T02:30"),
        ("Europe/Berlin", "2026-03-28T07:00", "2026-03-29T06:00"),
    ],
)
def test_a_morning_is_that_of_a_clock_on_the_wall(zone: str, now: str, morning: str) -> None:
    """`now` and `morning` are of UTC."""
    asked, expected = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (now, morning))
    assert next_morning({**DEFAULTS, "time_zone": zone}, asked) == expected
