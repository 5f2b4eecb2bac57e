"""Calendars of providers: read by whoever has the address, with what was agreed and nothing of whose home it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from impl.marketplace.capabilities.calendars.service import CalendarsService
from impl.marketplace.jobs.repository import AGREED
from tests.harness.client import assert_problem
from tests.harness.log_lines import log_lines
from tests.harness.plans import planning
from tests.marketplace.calendar_feeds.calendars import FEED, event_of, events_in, make_address
from tests.marketplace.jobs.test_plans import FILL, PARTY
from tests.marketplace.jobs.working import CANCEL, Parties, act, parties, put_time, was
from tests.marketplace.payloads import PROFILE, ok

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Accounts
    from tests.harness.service import Service

MORNING = {"starts_at": "2031-07-01T15:00:00Z", "ends_at": "2031-07-01T17:00:00Z"}
LATER = {"starts_at": "2031-07-02T15:00:00Z", "ends_at": "2031-07-02T17:00:00Z"}


@pytest.fixture
async def both(accounts: Accounts) -> Parties:
    """Return two parties of the test's own."""
    return await parties(accounts)


async def test_an_event_is_moved_and_called_off_under_its_id(both: Parties, client: httpx.AsyncClient) -> None:
    job = await both.agree(title="Fenster, Türen; und ein Ölfleck im Flur, bitte bald, “gründlich” gereinigt")
    path = await make_address(both.provider)
    empty = await client.get(path)
    assert events_in(empty.content) == [], "no time is agreed"
    assert empty.headers["Cache-Control"].startswith("private")

    ok(await put_time(both.owner, job, MORNING))
    booked = await event_of(client, path, job["id"])
    assert booked.summary == f"{job['title']} (scheduled)"
    assert (booked.status, booked.url.endswith(f"/jobs/{job['id']}")) == ("CONFIRMED", True)
    assert booked.start == datetime.fromisoformat(MORNING["starts_at"])
    assert booked.end == datetime.fromisoformat(MORNING["ends_at"])

    read = await client.get(path)
    again = await client.get(path, headers={"If-None-Match": read.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b""), "what has not changed is the same bytes"
    ok(await put_time(both.owner, job, LATER))
    changed = await client.get(path, headers={"If-None-Match": read.headers["ETag"]})
    (moved,) = events_in(changed.content)
    assert (moved.uid, moved.start) == (booked.uid, datetime.fromisoformat(LATER["starts_at"]))
    assert moved.sequence > booked.sequence
    assert moved.changed_at >= booked.changed_at

    ok(await act(both.owner, job, "cancel", CANCEL))
    gone = await event_of(client, path, job["id"])
    assert (gone.status, gone.summary) == ("CANCELLED", f"{job['title']} (cancelled)")
    assert gone.sequence > moved.sequence


async def test_what_ended_a_month_ago_is_left_out(both: Parties, client: httpx.AsyncClient, service: Service) -> None:
    kept, left = await both.agree(), await both.agree()
    for job, days in ((kept, 29), (left, 31)):
        await was(service, job, starts_at=timedelta(days=days, hours=1), ends_at=timedelta(days=days))
    read = await client.get(await make_address(both.provider))
    assert [event.uid for event in events_in(read.content)] == [kept["id"]]


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        # Half an hour forward, half an hour back, an offset of three quarters that never changes.
        ("Australia/Lord_Howe", "2031-10-04"),
        ("Australia/Lord_Howe", "2032-04-03"),
        ("Asia/Kathmandu", "2031-12-31"),
    ],
)
async def test_events_are_at_the_hours_of_the_providers_clock(
    both: Parties, client: httpx.AsyncClient, zone: str, first: str
) -> None:
    days = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
    hours = [{"weekday": day, "starts": "08:30", "ends": "09:30"} for day in days]
    ok(
        await both.provider.client.put("/service-providers/availability", json={"time_zone": zone, "weekly": hours}),
        201,
    )
    slug = ok(await both.provider.client.get(PROFILE))["slug"]
    slots = ok(await client.get(f"/providers/{slug}/slots", params={"from_date": first, "days": 2}))["items"]
    for slot in slots:
        ok(await put_time(both.owner, await both.agree(), slot))

    events = events_in((await client.get(await make_address(both.provider))).content)
    on_the_wall = [event.start.astimezone(ZoneInfo(zone)) for event in events]
    assert [when.strftime("%H:%M") for when in on_the_wall] == ["08:30"] * 2
    assert [(when.date() - on_the_wall[0].date()).days for when in on_the_wall] == [0, 1]
    assert on_the_wall[0].date().isoformat() == first
    assert all(event.end - event.start == timedelta(hours=1) for event in events)


@pytest.mark.both_engines
async def test_an_address_is_told_once_renewed_and_given_up(
    accounts: Accounts, client: httpx.AsyncClient, service: Service
) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    assert_problem(await provider.client.get(FEED), 404, "not-found")
    assert_problem(await provider.client.delete(FEED), 404, "not-found")
    with log_lines() as lines:
        first = await make_address(provider)
        assert (await client.get(first)).status_code == 200
        second = await make_address(provider)
        assert first != second
        refused = assert_problem(await client.get(first), 404, "not-found")
        never = assert_problem(await client.get(f"/calendar/{'x' * 43}.ics"), 404, "not-found")
        assert refused["detail"] == never["detail"], "whether there was one is nobody's business"
        assert ok(await provider.client.get(FEED)).keys() == {"created_at", "renewed_at"}
        assert (await client.get(second)).status_code == 200
        assert (await provider.client.delete(FEED)).status_code == 204
        assert_problem(await client.get(second), 404, "not-found")
        logged = await lines.up_to("deleteCalendarFeed")
    secrets = [path.removeprefix("/calendar/").removesuffix(".ics") for path in (first, second)]
    assert [secret for secret in secrets if secret in logged] == []
    activity = ok(await provider.client.get("/users/me/activity"))["items"]
    told = [one["event"] for one in activity if one["event"].startswith("calendar_feed.")]
    assert told == ["calendar_feed.deleted", "calendar_feed.created", "calendar_feed.created"]


async def test_a_new_password_and_a_suspension_end_it(accounts: Accounts, client: httpx.AsyncClient) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    path = await make_address(provider)
    change = {"current_password": provider.password, "new_password": "Birch-Window-77"}
    assert (await provider.client.put("/users/me/password", json=change)).status_code == 204
    assert_problem(await client.get(path), 404, "not-found")
    assert_problem(await provider.client.get(FEED), 404, "not-found")

    path = await make_address(provider)
    assert (await client.get(path)).status_code == 200
    staff, user_id = await accounts.staff(), ok(await provider.client.get("/users/me"))["id"]
    ok(await staff.client.post(f"/users/{user_id}/suspend", json={"reason": "A test."}))
    assert_problem(await client.get(path), 404, "not-found")


@pytest.mark.both_engines
async def test_a_calendar_is_read_by_an_index(service: Service) -> None:
    # Those that FILL has made.
    agreed = """
        UPDATE marketplace.jobs SET starts_at = created_at, ends_at = created_at + interval '30 seconds'
        WHERE price_minor = 100
    """
    filled = [*FILL[:-1], agreed, FILL[-1]]
    now = service.clock.now()
    binds = {"provider_id": UUID(PARTY), "earliest": now - timedelta(days=60), "since": now, "limit": 2000}
    async with planning(service, first=filled) as plan_of:
        assert "ix_jobs_agreed" in await plan_of(AGREED, binds)


def test_a_calendar_says_its_name_and_that_it_is_read_again_each_hour() -> None:
    lines = CalendarsService("https://app.example/").feed([]).decode().splitlines()
    assert {"NAME:Hestami", "X-WR-CALNAME:Hestami"} < {*lines}
    assert {"REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H"} < {*lines}
    assert {"VERSION:2.0", "PRODID:-//Hestami//Hestami//EN"} < {*lines}
