"""Times of jobs over HTTP: set by either party, and by both of them when it is soon."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.harness.client import assert_problem
from tests.harness.clock import INSTANT
from tests.identity.race_barrier import at_once
from tests.marketplace.jobs.working import JOBS, act, moment_in, put_time, seen, shared_parties, time_in, was
from tests.marketplace.payloads import ok

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Accounts
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service

PLACE = "marketplace.jobs"


async def test_a_time_holds_at_once_unless_it_is_soon(accounts: Accounts, service: Service, inbox: Inbox) -> None:
    both = await shared_parties(accounts, service)
    job = await both.agree(title="A tap with times")
    later, soon = time_in(service, 72), time_in(service, 20)
    held = ok(await put_time(both.provider, job, later))
    assert (held["starts_at"][:16], held["proposal"]) == (later["starts_at"][:16], None)
    await inbox.wait_for(both.owner.email, "A job has a time: A tap with times")
    again = await put_time(both.provider, job, later)
    assert again.headers["etag"] == (await both.provider.client.get(f"{JOBS}/{job['id']}")).headers["etag"]

    asked = ok(await put_time(both.owner, job, soon))
    assert (asked["starts_at"], asked["proposal"]["by"]) == (held["starts_at"], "HOMEOWNER")
    await inbox.wait_for(both.provider.email, "Another time is proposed: A tap with times")
    agreed = ok(await act(both.provider, job, "schedule/accept", **{"If-Match": "*"}))
    assert (agreed["starts_at"], agreed["proposal"]) == (asked["proposal"]["starts_at"], None)
    await inbox.wait_for(both.owner.email, "A time is agreed: A tap with times")

    # What is agreed begins within 24 hours: to move it away takes both as well.
    asked = ok(await put_time(both.provider, job, later))
    assert (asked["starts_at"], asked["proposal"]["by"]) == (agreed["starts_at"], "PROVIDER")
    ok(await act(both.owner, job, "schedule/decline"))
    await inbox.wait_for(both.provider.email, "The proposed time is declined: A tap with times")
    left = await seen(both.owner, job)
    assert (left["starts_at"], left["proposal"]) == (agreed["starts_at"], None)


@pytest.mark.both_engines
async def test_a_proposal_is_answered_by_the_other_party_who_has_seen_it(accounts: Accounts, service: Service) -> None:
    both = await shared_parties(accounts, service)
    job = await both.agree()
    nothing = await act(both.owner, job, "schedule/accept", **{"If-Match": "*"})
    problem = assert_problem(nothing, 409, "invalid-transition")
    assert (problem["state"], problem["possible"]) == (
        "SCHEDULED",
        ["startJob", "cancelJob", "scheduleJob", "declineJobSchedule"],
    )
    assert_problem(await act(both.owner, job, "schedule/decline"), 409, "invalid-transition")

    ok(await put_time(both.owner, job, time_in(service, 5)))
    assert_problem(await act(both.provider, job, "schedule/accept"), 428, "precondition-required")
    own = await act(both.owner, job, "schedule/accept", **{"If-Match": "*"})
    assert_problem(own, 403, "forbidden")
    read = (await both.provider.client.get(f"{JOBS}/{job['id']}")).headers["etag"]
    ok(await put_time(both.owner, job, time_in(service, 7)))
    late = await act(both.provider, job, "schedule/accept", **{"If-Match": read})
    assert_problem(late, 412, "precondition-failed")

    await was(service, job, proposed_starts_at=timedelta(hours=1))
    passed = await act(both.provider, job, "schedule/accept", **{"If-Match": "*"})
    assert_problem(passed, 409, "invalid-transition")
    assert ok(await act(both.owner, job, "schedule/decline"))["proposal"] is None


@pytest.mark.both_engines
async def test_of_an_acceptance_and_a_new_proposal_at_once_nobody_accepts_what_they_have_not_seen(
    accounts: Accounts, service: Service
) -> None:
    both = await shared_parties(accounts, service)
    job = await both.agree()
    first = ok(await put_time(both.owner, job, time_in(service, 5)))["proposal"]
    read = (await both.provider.client.get(f"{JOBS}/{job['id']}")).headers["etag"]
    accepted, proposed = await at_once(
        service,
        PLACE,
        act(both.provider, job, "schedule/accept", **{"If-Match": read}),
        put_time(both.owner, job, time_in(service, 7)),
    )
    assert proposed.status_code == 200
    left = await seen(both.owner, job)
    agreed = first["starts_at"] if accepted.status_code == 200 else None
    assert (accepted.status_code, left["starts_at"]) in [(200, agreed), (412, None)]
    assert left["proposal"]["starts_at"] == ok(proposed)["proposal"]["starts_at"]


async def test_a_time_is_ahead_and_has_an_end(accounts: Accounts, service: Service) -> None:
    both = await shared_parties(accounts, service)
    job = await both.agree()

    async def refused(begins: float, ends: float) -> list[tuple[str, str]]:
        time = {"starts_at": moment_in(service, begins), "ends_at": moment_in(service, ends)}
        problem = assert_problem(await put_time(both.owner, job, time), 422, "validation-failed")
        return [(one["pointer"], one["code"]) for one in problem["errors"]]

    assert await refused(-1, 1) == [("/starts_at", "in_the_past")]
    assert await refused(48, 48) == [("/ends_at", "out_of_range")]
    assert await refused(48, 48 + 31 * 24) == [("/ends_at", "out_of_range")]


async def test_what_is_soon_long_or_past_is_so_to_the_moment(accounts: Accounts, service: Service) -> None:
    both = await shared_parties(accounts, service)
    day, longest = timedelta(hours=24), timedelta(days=30)

    async def put(begins: timedelta, length: timedelta) -> httpx.Response:
        starts_at = service.clock.now() + begins
        time = {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + length).isoformat()}
        return await put_time(both.owner, await both.agree(), time)

    with service.clock.stopped():
        assert ok(await put(day, INSTANT))["proposal"] is None
        assert ok(await put(day - INSTANT, INSTANT))["starts_at"] is None
        assert ok(await put(INSTANT, longest))["starts_at"] is None
        for refused in (await put(timedelta(), day), await put(INSTANT, longest + INSTANT)):
            assert_problem(refused, 422, "validation-failed")


@pytest.mark.both_engines
async def test_a_held_time_is_soon_and_a_proposed_one_past_to_the_moment(accounts: Accounts, service: Service) -> None:
    both = await shared_parties(accounts, service)
    day = timedelta(hours=24)
    with service.clock.stopped():
        for ahead, is_moved in ((day, True), (day - INSTANT, False)):
            job = await both.agree()
            ok(await put_time(both.owner, job, time_in(service, 72)))
            await was(service, job, starts_at=-ahead, ends_at=-ahead - INSTANT)
            assert (ok(await put_time(both.owner, job, time_in(service, 96)))["proposal"] is None) is is_moved
        for ahead, status in ((INSTANT, 200), (timedelta(), 409)):
            job = await both.agree()
            ok(await put_time(both.owner, job, time_in(service, 5)))
            await was(service, job, proposed_starts_at=-ahead, proposed_ends_at=-ahead - INSTANT)
            assert ("acceptJobSchedule" in (await seen(both.provider, job))["possible"]) is (status == 200)
            accepted = await act(both.provider, job, "schedule/accept", **{"If-Match": "*"})
            assert accepted.status_code == status, accepted.text


async def test_a_proposed_time_is_offered_to_be_answered_by_who_may_answer_it(
    accounts: Accounts, service: Service
) -> None:
    """A page shows these as buttons: none of them may have nothing to answer (`tests/marketplace/test_possible.py`)."""
    both = await shared_parties(accounts, service)
    job = await both.agree()

    async def offered() -> tuple[set[str], set[str]]:
        owner, provider = (
            set((await seen(both.owner, job))["possible"]),
            set((await seen(both.provider, job))["possible"]),
        )
        return owner, provider

    assert await offered() == ({"cancelJob", "scheduleJob"}, {"startJob", "cancelJob", "scheduleJob"})
    ok(await put_time(both.owner, job, time_in(service, 5)))
    owner, provider = await offered()
    assert owner == {"cancelJob", "scheduleJob", "declineJobSchedule"}
    assert provider == {"startJob", "cancelJob", "scheduleJob", "acceptJobSchedule", "declineJobSchedule"}
    started = ok(await act(both.provider, job, "start"))
    assert started["possible"] == ["deliverJob", "cancelJob", "disputeJob"]
    listed = ok(await both.owner.client.get(JOBS, params={"side": "HOMEOWNER", "inquiry_id": job["inquiry_id"]}))
    assert listed["items"][0]["possible"] == ["cancelJob", "disputeJob"]
