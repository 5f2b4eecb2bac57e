"""A job takes the time of its provider, and no two jobs take the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness.client import assert_problem
from tests.identity.race_barrier import at_once
from tests.marketplace.inquiries.asking import asker
from tests.marketplace.jobs.working import CANCEL, Parties, act, parties, put_time, time_in
from tests.marketplace.payloads import PROFILE, Json, ok

if TYPE_CHECKING:
    from tests.harness.accounts import Accounts
    from tests.harness.service import Service

MORNING = {"starts_at": "2031-07-01T15:00:00Z", "ends_at": "2031-07-01T17:00:00Z"}
LATER = {"starts_at": "2031-07-01T16:59:00Z", "ends_at": "2031-07-01T18:00:00Z"}
AFTER = {"starts_at": "2031-07-01T17:00:00Z", "ends_at": "2031-07-01T18:00:00Z"}


async def two_jobs(accounts: Accounts) -> tuple[Parties, Json, Parties, Json]:
    """Return two jobs of one provider for two homeowners."""
    first = await parties(accounts)
    owner, home = await asker(accounts)
    second = Parties(owner, home, first.provider, first.profile)
    return first, await first.agree(), second, await second.agree()


@pytest.mark.both_engines
async def test_of_two_bookings_of_one_time_one_is_done(accounts: Accounts, service: Service) -> None:
    first, job, second, other = await two_jobs(accounts)
    answers = await at_once(
        service, "marketplace.jobs", put_time(first.owner, job, MORNING), put_time(second.owner, other, LATER)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert_problem(refused, 409, "slot-taken")


async def test_a_time_is_given_back_and_another_may_begin_when_it_ends(accounts: Accounts) -> None:
    first, job, second, other = await two_jobs(accounts)
    ok(await put_time(first.owner, job, MORNING))
    assert_problem(await put_time(second.owner, other, LATER), 409, "slot-taken")
    assert ok(await put_time(second.owner, other, AFTER))["starts_at"] == AFTER["starts_at"]
    # Its own time is not in its way.
    ok(await put_time(first.owner, job, {**MORNING, "starts_at": "2031-07-01T14:00:00Z"}))
    ok(await act(first.owner, job, "cancel", CANCEL))
    assert ok(await put_time(second.owner, other, LATER))["starts_at"] == LATER["starts_at"]


async def test_a_proposal_takes_no_time_until_it_is_accepted(accounts: Accounts, service: Service) -> None:
    first, job, second, other = await two_jobs(accounts)
    soon = time_in(service, 20)
    ok(await put_time(first.owner, job, soon))
    ok(await put_time(second.owner, other, soon))
    ok(await act(first.provider, job, "schedule/accept", **{"If-Match": "*"}))
    assert_problem(await act(first.provider, other, "schedule/accept", **{"If-Match": "*"}), 409, "slot-taken")


async def test_what_is_booked_is_not_offered(accounts: Accounts) -> None:
    both = await parties(accounts)
    job = await both.agree()
    slug = ok(await both.provider.client.get(PROFILE))["slug"]
    hours = [{"weekday": "TUESDAY", "starts": "07:00", "ends": "12:00"}]
    body = {"time_zone": "America/Los_Angeles", "weekly": hours, "step_minutes": 30}
    ok(await both.provider.client.put("/service-providers/availability", json=body), 201)

    async def offered() -> list[str]:
        asked = {"from_date": "2031-07-01", "days": "1"}
        shown = ok(await both.owner.client.get(f"/providers/{slug}/slots", params=asked))
        return [slot["starts_at"][11:16] for slot in shown["items"]]

    before = await offered()
    assert before == ["14:00", "14:30", "15:00", "15:30", "16:00", "16:30", "17:00", "17:30", "18:00"]
    ok(await put_time(both.owner, job, MORNING))
    assert await offered() == ["14:00", "17:00", "17:30", "18:00"]
    ok(await act(both.owner, job, "cancel", CANCEL))
    assert await offered() == before


async def test_what_is_booked_after_midnight_is_not_offered_before_it(accounts: Accounts) -> None:
    both = await parties(accounts)
    job = await both.agree()
    slug = ok(await both.provider.client.get(PROFILE))["slug"]
    hours = [
        {"weekday": "MONDAY", "starts": "22:00", "ends": "24:00"},
        {"weekday": "TUESDAY", "starts": "00:00", "ends": "02:00"},
    ]
    body = {"time_zone": "UTC", "weekly": hours, "step_minutes": 30}
    ok(await both.provider.client.put("/service-providers/availability", json=body), 201)
    ok(await put_time(both.owner, job, {"starts_at": "2031-07-01T00:00:00Z", "ends_at": "2031-07-01T01:00:00Z"}))
    shown = ok(await both.owner.client.get(f"/providers/{slug}/slots", params={"from_date": "2031-06-30", "days": "1"}))
    assert [slot["starts_at"][11:16] for slot in shown["items"]] == ["22:00", "22:30", "23:00"]
