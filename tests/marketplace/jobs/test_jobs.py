"""Jobs over HTTP: each step by the party whose it is, once, whatever races."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from impl.kernel.personal_data import PersonalData
from impl.marketplace.capabilities.jobs.tables import PERSONAL_DATA_POLICIES
from tests.harness.client import assert_problem
from tests.harness.clock import INSTANT
from tests.identity.race_barrier import at_once
from tests.marketplace.inquiries.asking import events
from tests.marketplace.jobs.working import (
    CANCEL,
    CHANGES,
    JOBS,
    act,
    parties,
    put_time,
    seen,
    shared_parties,
    time_in,
    was,
)
from tests.marketplace.payloads import ids, kinds_of, ok, whole

if TYPE_CHECKING:
    from tests.harness.accounts import Accounts
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service

PLACE = "marketplace.jobs"


async def test_a_job_is_begun_delivered_changed_and_completed(
    accounts: Accounts, inbox: Inbox, service: Service
) -> None:
    both = await parties(accounts)
    owner, provider = both.owner, both.provider
    job = await both.agree(title="The kitchen tap drips")
    assert (job["side"], job["state"], job["price"]) == (
        "HOMEOWNER",
        "SCHEDULED",
        {"amount_minor": 24000, "currency": "USD"},
    )
    assert (job["provider"]["id"], job["property"]["id"]) == (both.profile, both.home)
    theirs = await seen(provider, job)
    assert (theirs["side"], theirs["property"], theirs["title"]) == ("PROVIDER", None, job["title"])
    # Both name the thread in which the parties write to each other.
    quote = ok(await owner.client.get(f"/quotes/{job['quote_id']}"))
    thread = f"/homeowners/inquiries/{job['inquiry_id']}/recipients/{job['recipient_id']}/messages"
    assert ok(await owner.client.get(thread))["items"] == []
    assert quote["recipient_id"] == theirs["recipient_id"] == job["recipient_id"]

    assert ok(await act(provider, job, "start"))["state"] == "IN_PROGRESS"
    await inbox.wait_for(owner.email, "The work has begun")
    delivered = await act(provider, job, "deliver")
    assert (ok(delivered)["state"], ok(delivered)["completes_at"] is None) == ("DELIVERED", False)
    mail = await inbox.wait_for(owner.email, "The work is done")
    assert "it is completed by itself" in mail.text
    changed = ok(await act(owner, job, "request-changes", CHANGES))
    assert (changed["state"], changed["changes"]["text"]) == ("CHANGES_REQUESTED", CHANGES["text"])
    mail = await inbox.wait_for(provider.email, "Changes are asked for")
    assert CHANGES["text"] in mail.text
    assert CHANGES["text"] in (mail.html or "")
    ok(await act(provider, job, "deliver"))
    ended = await act(owner, job, "complete")
    assert (ok(ended)["state"], ok(ended)["completed_by"], ok(ended)["completes_at"]) == (
        "COMPLETED",
        "HOMEOWNER",
        None,
    )
    assert ended.headers["etag"] == (await owner.client.get(f"{JOBS}/{job['id']}")).headers["etag"]
    await inbox.wait_for(provider.email, "A job is completed")
    assert (await kinds_of(owner))[:3] == ["JOB_DELIVERED", "JOB_DELIVERED", "JOB_STARTED"]
    assert (await kinds_of(provider))[:2] == ["JOB_COMPLETED", "JOB_CHANGES_REQUESTED"]
    assert await events(service, job) == [
        "job.started",
        "job.delivered",
        "job.changes_requested",
        "job.delivered",
        "job.completed",
    ]


async def test_each_step_is_its_partys(accounts: Accounts, service: Service) -> None:
    both = await shared_parties(accounts, service)
    job = await both.agree()
    for who, step, body in (
        (both.owner, "start", None),
        (both.owner, "deliver", None),
        (both.provider, "complete", None),
        (both.provider, "request-changes", CHANGES),
    ):
        assert_problem(await act(who, job, step, body), 403, "forbidden")
    assert_problem(await both.owner.client.get(f"{JOBS}/{job['id']}/address"), 403, "forbidden")
    assert (await seen(both.owner, job))["state"] == "SCHEDULED"


async def test_whoever_cancels_says_why_and_how_long_before_is_kept(
    accounts: Accounts, service: Service, inbox: Inbox
) -> None:
    both = await shared_parties(accounts, service)
    job = await both.agree(title="A tap that was cancelled")
    ok(await put_time(both.owner, job, time_in(service, 48)))
    first = (await both.provider.client.get(f"{JOBS}/{job['id']}")).headers["etag"]
    ok(await put_time(both.owner, job, time_in(service, 72)))
    stale = await act(both.provider, job, "cancel", CANCEL, **{"If-Match": first})
    assert_problem(stale, 412, "precondition-failed")
    ended = ok(await act(both.provider, job, "cancel", CANCEL))
    told = ended["cancellation"]
    assert (told["by"], told["cancel_reason"], told["note"]) == ("PROVIDER", CANCEL["cancel_reason"], CANCEL["note"])
    assert 71 * 60 < told["minutes_before_start"] <= 72 * 60
    mail = await inbox.wait_for(both.owner.email, "A job was cancelled: A tap that was cancelled")
    assert "the time cannot be kept" in mail.text
    assert CANCEL["note"] in mail.text


async def test_the_address_is_for_the_provider_until_thirty_days_after_the_end(
    accounts: Accounts, service: Service
) -> None:
    both = await parties(accounts)
    ok(await both.owner.client.patch("/users/me", json={"full_name": "Hannah Hall", "phone": "+15035550119"}))
    job = await both.agree()
    path = f"{JOBS}/{job['id']}/address"
    answer = await both.provider.client.get(path)
    found = ok(answer)
    home = ok(await both.owner.client.get(f"/homeowners/properties/{both.home}"))
    assert (found["address"], found["coordinates"]) == (home["address"], home["coordinates"])
    assert (found["full_name"], found["phone"], found["ends_at"]) == ("Hannah Hall", "+15035550119", None)
    assert answer.headers["cache-control"] == "no-store"
    stranger = await accounts.provider()
    assert_problem(await stranger.client.get(path), 404, "not-found")

    activity = ok(await both.owner.client.get("/users/me/activity"))["items"]
    (reading,) = [one for one in activity if one["event"] == "job.address_read"]
    assert (reading["by"], reading["job_id"], reading["device"]) == ("SOMEBODY_ELSE", job["id"], None)
    assert {one["job_id"] for one in activity if one is not reading} == {None}
    read = ok(await both.provider.client.get("/users/me/activity"))["items"]
    assert [one["job_id"] for one in read if one["event"] == "job.address_read"] == [job["id"]]

    ok(await act(both.owner, job, "cancel", CANCEL))
    assert ok(await both.provider.client.get(path))["ends_at"] == (await seen(both.owner, job))["address_ends_at"]
    await was(service, job, ended_at=timedelta(days=30))
    assert_problem(await both.provider.client.get(path), 404, "not-found")


async def test_the_address_ends_by_the_clock_whether_or_not_a_worker_has_run(
    accounts: Accounts, service: Service
) -> None:
    both = await shared_parties(accounts, service)
    # Fourteen days until it is completed, and thirty from then on.
    end = timedelta(days=44)
    for ago, status in ((end - INSTANT, 200), (end, 404), (end + INSTANT, 404)):
        # One job each: once the worker has completed it, its end stays.
        job = await both.begun("DELIVERED")
        path = f"{JOBS}/{job['id']}/address"
        with service.clock.stopped():
            await was(service, job, delivered_at=ago)
            assert (await both.provider.client.get(path)).status_code == status
            await service.services.marketplace.jobs.complete_jobs()
            assert (await both.provider.client.get(path)).status_code == status


@pytest.mark.both_engines
async def test_what_nobody_looks_at_is_completed_after_fourteen_days(
    accounts: Accounts, service: Service, inbox: Inbox
) -> None:
    both = await parties(accounts)
    job = await both.begun("DELIVERED")
    with service.clock.stopped():
        await was(service, job, delivered_at=timedelta(days=14) - INSTANT)
        assert (await seen(both.owner, job))["state"] == "DELIVERED"
        await was(service, job, delivered_at=timedelta(days=14))
        # By the clock: the worker may not have been there yet.
        assert (await seen(both.owner, job))["possible"] == []
        refused = await act(both.owner, job, "request-changes", CHANGES)
        assert assert_problem(refused, 409, "invalid-transition")["state"] == "COMPLETED"
    await was(service, job, delivered_at=timedelta(days=15))
    await service.services.marketplace.jobs.complete_jobs()
    for party in (both.owner, both.provider):
        await inbox.wait_for(party.email, "A job is completed")
    ended = await seen(both.owner, job)
    assert (ended["state"], ended["completed_by"]) == ("COMPLETED", "SERVICE")
    assert ended["ended_at"] < service.clock.now().isoformat(), "it ended at its time and not when the worker came"


@pytest.mark.both_engines
@pytest.mark.parametrize(
    ("state", "first", "second"),
    [
        ("IN_PROGRESS", ("owner", "cancel", CANCEL), ("provider", "deliver", None)),
        ("DELIVERED", ("owner", "complete", None), ("owner", "request-changes", CHANGES)),
        ("SCHEDULED", ("owner", "cancel", CANCEL), ("provider", "cancel", CANCEL)),
    ],
)
async def test_of_two_steps_at_once_one_is_taken(
    accounts: Accounts,
    service: Service,
    state: str,
    first: tuple[str, str, object],
    second: tuple[str, str, object],
) -> None:
    both = await shared_parties(accounts, service)
    job = await both.begun(state)
    acts = [act(getattr(both, who), job, step, body) for who, step, body in (first, second)]
    answers = await at_once(service, PLACE, *acts)
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    (done,) = [ok(answer)["state"] for answer in answers if answer.is_success]
    (refused,) = [answer for answer in answers if not answer.is_success]
    assert assert_problem(refused, 409, "invalid-transition")["state"] == done
    assert (await seen(both.owner, job))["state"] == done


@pytest.mark.both_engines
async def test_lists_are_read_by_side_in_pages_and_by_state(accounts: Accounts) -> None:
    both = await parties(accounts)
    made = [await both.begun(state) for state in ("SCHEDULED", "IN_PROGRESS", "CANCELLED")]
    newest = ids(list(reversed(made)))
    assert ids(await whole(both.owner.client, JOBS, {"side": "HOMEOWNER"})) == newest
    assert ids(await whole(both.provider.client, JOBS, {"side": "PROVIDER"})) == newest
    assert await whole(both.owner.client, JOBS, {"side": "PROVIDER"}) == []
    of_one = {"inquiry_id": made[0]["inquiry_id"]}
    for who, side in ((both.owner, "HOMEOWNER"), (both.provider, "PROVIDER")):
        assert ids(await whole(who.client, JOBS, {"side": side, **of_one})) == [made[0]["id"]]
    stranger = await accounts.provider()
    assert await whole(stranger.client, JOBS, {"side": "PROVIDER", **of_one}) == []
    begun = "side=PROVIDER&state=IN_PROGRESS&include_total=true"
    found = ok(await both.provider.client.get(f"{JOBS}?{begun}"))
    assert (ids(found["items"]), found["total"]) == ([made[1]["id"]], 1)


async def test_erasure_leaves_the_other_party_the_job_without_words(accounts: Accounts, service: Service) -> None:
    both = await parties(accounts)
    running = await both.begun("CHANGES_REQUESTED")
    disputed = await both.begun("DISPUTED")
    delivered = await both.begun("DELIVERED")
    erase = PersonalData(PERSONAL_DATA_POLICIES).erase
    async with service.services.database.begin() as tx:
        await erase(tx, UUID(ok(await both.owner.client.get("/users/me"))["id"]))
    left = await seen(both.provider, running)
    assert (left["state"], left["title"], left["changes"]["text"]) == ("CANCELLED", "Erased job", "Erased job")
    told = left["cancellation"]
    assert (told["by"], told["cancel_reason"], left["price"]) == ("HOMEOWNER", "ACCOUNT_CLOSED", running["price"])
    left = await seen(both.provider, disputed)
    assert (left["state"], left["dispute"]["text"]) == ("DISPUTED", "Nobody has come back for two weeks.")
    assert (await seen(both.provider, delivered))["state"] == "DELIVERED"
    for job in (running, delivered):
        assert_problem(await both.provider.client.get(f"{JOBS}/{job['id']}/address"), 404, "not-found")
