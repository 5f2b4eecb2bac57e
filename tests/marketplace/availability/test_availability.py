"""Working hours over HTTP, and the free times that follow from them, in zones whose clocks change."""

from datetime import datetime, timedelta

import pytest

from tests.harness.accounts import Account, Accounts
from tests.harness.client import assert_problem
from tests.harness.service import Service
from tests.marketplace.payloads import NOBODYS, PROFILE, Json, approve_business, ok, publish

AVAILABILITY = "/service-providers/availability"
EVERY_DAY = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")


@pytest.fixture
async def provider(accounts: Accounts) -> Account:
    """Return a provider of the test's own."""
    return await accounts.make("SERVICE_PROVIDER")


def hours(*times: str) -> list[Json]:
    """Read `09:00-12:00` as the contract's object."""
    return [dict(zip(("starts", "ends"), one.split("-"), strict=True)) for one in times]


def weekly(*times: str, days: tuple[str, ...] = EVERY_DAY) -> list[Json]:
    return [{"weekday": day, **one} for day in days for one in hours(*times)]


async def slug_of(provider: Account) -> str:
    return str(ok(await provider.client.get(PROFILE))["slug"])


async def free(provider: Account, slug: str, **parameters: str | int) -> list[str]:
    """Return when the free times begin, in UTC, without seconds."""
    shown = ok(await provider.client.get(f"/providers/{slug}/slots", params={**parameters}))
    return [slot["starts_at"].removesuffix(":00Z") for slot in shown["items"]]


async def test_it_is_said_replaced_and_read_by_its_provider(provider: Account) -> None:
    assert_problem(await provider.client.get(AVAILABILITY), 404, "not-found")
    body = {"time_zone": "Europe/Berlin", "weekly": weekly("13:00-17:00", "08:00-12:00", days=("TUESDAY", "MONDAY"))}
    said = await provider.client.put(AVAILABILITY, json=body)
    shown = ok(said, 201)
    assert said.headers["Location"].endswith(AVAILABILITY)
    assert shown["weekly"] == weekly("08:00-12:00", "13:00-17:00", days=("MONDAY", "TUESDAY")), "in order"
    assert (shown["exceptions"], shown["notice_minutes"], shown["step_minutes"]) == ([], 0, 30)

    same = await provider.client.put(AVAILABILITY, json=body, headers={"If-Match": said.headers["ETag"]})
    assert (ok(same), same.headers["ETag"]) == (shown, said.headers["ETag"]), "nothing has changed"
    day = {"on_date": "2031-12-24", "hours": hours("08:00-12:00")}
    changed = await provider.client.put(AVAILABILITY, json={**body, "exceptions": [day], "step_minutes": 60})
    assert ok(changed) == ok(await provider.client.get(AVAILABILITY))
    assert (changed.json()["exceptions"], changed.json()["step_minutes"]) == ([day], 60)
    stale = await provider.client.put(AVAILABILITY, json=body, headers={"If-Match": said.headers["ETag"]})
    assert_problem(stale, 412, "precondition-failed")


async def test_what_is_not_there_cannot_be_replaced(provider: Account) -> None:
    body = {"time_zone": "UTC", "weekly": []}
    absent = await provider.client.put(AVAILABILITY, json=body, headers={"If-Match": "*"})
    assert_problem(absent, 412, "precondition-failed")
    assert_problem(await provider.client.get(AVAILABILITY), 404, "not-found")


async def test_hours_that_cannot_be_are_refused_together(provider: Account) -> None:
    body = {
        "time_zone": "Europe/Atlantis",
        "weekly": [
            *weekly("09:00-12:00", "11:59-13:00", "13:00-13:00", days=("MONDAY",)),
            *weekly("09:00-12:00", "12:00-24:00", days=("TUESDAY",)),
        ],
        "exceptions": [
            {"on_date": "2031-12-24", "hours": hours("12:00-09:00")},
            {"on_date": "2031-12-24", "hours": hours("10:00-24:00", "08:00-12:00")},
        ],
    }
    refused = assert_problem(await provider.client.put(AVAILABILITY, json=body), 422, "validation-failed")
    assert {(error["pointer"], error["code"]) for error in refused["errors"]} == {
        ("/time_zone", "unknown_time_zone"),
        ("/weekly/1", "overlapping"),
        ("/weekly/2/ends", "out_of_range"),
        ("/exceptions/0/hours/0/ends", "out_of_range"),
        ("/exceptions/1/on_date", "not_unique"),
        ("/exceptions/1/hours/0", "overlapping"),
    }
    for time_zone in ("../../etc/passwd", "localtime", "posixrules", "america/new_york"):
        refused = assert_problem(
            await provider.client.put(AVAILABILITY, json={"time_zone": time_zone, "weekly": []}),
            422,
            "validation-failed",
        )
        assert [error["pointer"] for error in refused["errors"]] == ["/time_zone"]


# Zone, day, hours, whether the whole hours or half of them, and when slots of an hour begin in UTC.
CLOCK_CHANGES = {
    "an hour is left out": ("America/New_York", "2031-03-09", ["01:00-04:00"], 60, ["09T06:00", "09T07:00"]),
    "hours in what is left out": ("America/New_York", "2031-03-09", ["02:00-03:00"], 30, []),
    "hours that begin in it": ("America/New_York", "2031-03-09", ["02:30-05:00"], 60, ["09T07:30"]),
    "an hour comes twice": (
        "America/New_York",
        "2031-11-02",
        ["01:00-04:00"],
        60,
        ["02T05:00", "02T06:00", "02T07:00", "02T08:00"],
    ),
    "hours that end in the first of them": (
        "America/New_York",
        "2031-11-02",
        ["00:00-01:30"],
        30,
        ["02T04:00", "02T04:30"],
    ),
    "Europe, on another day": (
        "Europe/Berlin",
        "2031-03-30",
        ["00:00-05:00"],
        60,
        ["29T23:00", "30T00:00", "30T01:00", "30T02:00"],
    ),
    "half an hour is left out": ("Australia/Lord_Howe", "2031-10-05", ["01:00-03:00"], 30, ["04T14:30", "04T15:00"]),
    "half an hour comes twice": (
        "Australia/Lord_Howe",
        "2031-04-06",
        ["01:00-03:00"],
        30,
        ["05T14:00", "05T14:30", "05T15:00", "05T15:30"],
    ),
    "an offset of half an hour": ("Asia/Kolkata", "2031-07-01", ["09:00-11:00"], 60, ["01T03:30", "01T04:30"]),
    "an offset of three quarters": ("Asia/Kathmandu", "2031-07-01", ["09:00-11:00"], 60, ["01T03:15", "01T04:15"]),
    "half an hour less": ("Australia/Lord_Howe", "2031-10-05", ["01:00-04:00"], 60, ["04T14:30", "04T15:30"]),
    "half an hour more": (
        "Australia/Lord_Howe",
        "2031-04-06",
        ["01:00-04:00"],
        60,
        ["05T14:00", "05T15:00", "05T16:00"],
    ),
    "three quarters and an hour less": ("Pacific/Chatham", "2031-09-28", ["02:00-05:00"], 60, ["27T13:15", "27T14:15"]),
    "three quarters and an hour more": (
        "Pacific/Chatham",
        "2031-04-06",
        ["02:00-05:00"],
        60,
        ["05T12:15", "05T13:15", "05T14:15", "05T15:15"],
    ),
    "midnight that the clock leaves out": (
        "America/Santiago",
        "2031-09-07",
        ["00:00-03:00"],
        60,
        ["07T04:00", "07T05:00"],
    ),
}


@pytest.mark.both_engines
async def test_slots_follow_the_clock_on_the_wall(provider: Account) -> None:
    await approve_business(provider)
    slug = await slug_of(provider)
    for case, (time_zone, day, times, step, expected) in CLOCK_CHANGES.items():
        body = {
            "time_zone": time_zone,
            "weekly": [],
            "exceptions": [{"on_date": day, "hours": hours(*times)}],
            "step_minutes": step,
        }
        assert (await provider.client.put(AVAILABILITY, json=body)).is_success, case
        begins = await free(provider, slug, from_date=day, days=1)
        assert [begin[8:] for begin in begins] == expected, case


async def test_hours_that_meet_hold_slots_across_midnight_and_the_end_of_the_year(provider: Account) -> None:
    await approve_business(provider)
    slug = await slug_of(provider)
    body = {"time_zone": "Pacific/Kiritimati", "weekly": weekly("00:00-01:30", "22:00-24:00"), "step_minutes": 45}
    ok(await provider.client.put(AVAILABILITY, json=body), 201)
    last = await free(provider, slug, from_date="2031-12-31", days=1)
    # Fourteen hours ahead of UTC. The slot at 23:30 ends in the next year; at 00:45 there is no room for an hour.
    assert last == [
        "2031-12-30T10:00",
        "2031-12-31T08:00",
        "2031-12-31T08:45",
        "2031-12-31T09:30",
    ]
    assert await free(provider, slug, from_date="2031-12-30", days=3) == [
        *(await free(provider, slug, from_date="2031-12-30", days=1)),
        *last,
        *(await free(provider, slug, from_date="2032-01-01", days=1)),
    ], "the same, whichever days are asked for together"


async def test_slots_are_as_long_as_the_service_and_not_before_the_notice_is_over(
    provider: Account, service: Service
) -> None:
    await approve_business(provider)
    slug = await slug_of(provider)
    offer = await publish(provider, duration_minutes=90)
    body = {"time_zone": "Asia/Kolkata", "weekly": weekly("00:00-24:00"), "notice_minutes": 1440, "step_minutes": 15}
    ok(await provider.client.put(AVAILABILITY, json=body), 201)
    asked = service.clock.now()
    shown = ok(await provider.client.get(f"/providers/{slug}/slots", params={"service_id": offer["id"]}))
    first = {name: datetime.fromisoformat(at) for name, at in shown["items"][0].items()}
    assert first["ends_at"] - first["starts_at"] == timedelta(minutes=90)
    notice = timedelta(minutes=1440)
    assert asked + notice <= first["starts_at"] <= service.clock.now() + notice + timedelta(minutes=15)
    today = asked + timedelta(hours=5, minutes=30)
    assert datetime.fromisoformat(shown["from_date"]).date() - today.date() <= timedelta(days=1)
    # A week without end: the last day begins a slot every quarter of an hour until midnight.
    assert len([one for one in shown["items"] if one["starts_at"] >= f"{shown['until_date']}T00:00"]) == 74


async def test_who_is_not_there_is_not_free(provider: Account, accounts: Accounts) -> None:
    assert_problem(await provider.client.get("/providers/no-such-business/slots"), 404, "not-found")
    await approve_business(provider)
    slug = await slug_of(provider)
    silent = ok(await provider.client.get(f"/providers/{slug}/slots", params={"from_date": "2031-03-10", "days": 2}))
    assert silent == {"time_zone": None, "from_date": "2031-03-10", "until_date": "2031-03-11", "items": []}
    other = await accounts.make("SERVICE_PROVIDER")
    await approve_business(other)
    for service_id in ((await publish(other))["id"], NOBODYS):
        asked = await provider.client.get(f"/providers/{slug}/slots", params={"service_id": service_id})
        assert_problem(asked, 404, "not-found")


async def test_an_earlier_slug_leads_to_the_same_question(provider: Account) -> None:
    await approve_business(provider)
    slug = await slug_of(provider)
    profile = ok(await provider.client.get(PROFILE))
    named = {
        name: profile[name] for name in ("about", "phone", "website", "base_point", "service_radius_km", "licences")
    }
    ok(await provider.client.put(PROFILE, json={**named, "business_name": f"Another {profile['business_name']}"}))
    query: dict[str, str | int] = {"from_date": "2031-03-10", "days": 2}
    moved = await provider.client.get(f"/providers/{slug}/slots", params=query)
    assert moved.status_code == 301
    assert moved.headers["Location"].endswith(f"/providers/{await slug_of(provider)}/slots?from_date=2031-03-10&days=2")
