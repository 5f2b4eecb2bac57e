"""Visits over HTTP: asked for by homeowners, answered by providers, and never two at one time."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, update

from generated.states import VisitState
from impl.kernel.audit import AuditEvent
from impl.kernel.ids import new_id
from impl.kernel.tables import core_table
from impl.marketplace.capabilities.inquiries.tables import Inquiry
from impl.marketplace.capabilities.visits.tables import Visit
from impl.marketplace.provider_profile.tables import ProviderProfile
from impl.marketplace.visits.service import MOST
from tests.harness.client import assert_problem
from tests.harness.clock import INSTANT
from tests.harness.doubles import take_last_place
from tests.harness.patience import PATIENCE
from tests.identity.race_barrier import at_once, at_turn, in_turn
from tests.marketplace.calendar_feeds.calendars import events_in, make_address
from tests.marketplace.inquiries.asking import INQUIRIES, ask, asker, withdraw
from tests.marketplace.jobs.working import CANCEL, Parties, parties, put_time
from tests.marketplace.jobs.working import act as act_on_job
from tests.marketplace.payloads import Json, ok
from tests.marketplace.quotes.quoting import quoted
from tests.marketplace.visits.visiting import ALWAYS, AVAILABILITY, VISITS, act, always_works, free, send

if TYPE_CHECKING:
    import httpx
    from sqlalchemy import Table

    from tests.harness.accounts import Account, Accounts
    from tests.harness.service import Service


async def _kinds(account: Account) -> list[str]:
    shown = ok(await account.client.get("/notifications"))["items"]
    return [one["kind"] for one in shown if one["refers_to"]["kind"] == "VISIT"]


async def _end_of(account: Account, visit: Json) -> tuple[Any, Any, Any]:
    """Return the state of a visit, and who or what has ended it."""
    shown = ok(await account.client.get(f"{VISITS}/{visit['id']}"))
    return shown["state"], shown["cancelled_by"], shown["end_reason"]


async def _recorded(service: Service, visit: Json) -> list[str]:
    statement = select(AuditEvent.event).where(AuditEvent.subject_id == UUID(visit["id"])).order_by(AuditEvent.id)
    async with service.services.database.begin() as tx:
        return list(await tx.scalars(statement))


async def _two(accounts: Accounts) -> tuple[Parties, Parties]:
    """Return two homeowners of one provider who works every day."""
    first = await parties(accounts)
    await always_works(first.provider)
    owner, home = await asker(accounts)
    return first, Parties(owner, home, first.provider, first.profile)


@pytest.mark.both_engines
async def test_a_visit_is_asked_for_booked_and_cancelled(
    accounts: Accounts, service: Service, client: httpx.AsyncClient
) -> None:
    both, _ = await _two(accounts)
    inquiry = await ask(both.owner, both.home, both.profile)
    at, *_ = await free(both.provider, service)
    visit = ok(await send(both.owner, inquiry, at), 201)
    assert (visit["state"], visit["side"], visit["starts_at"]) == ("REQUESTED", "HOMEOWNER", at)
    assert at in await free(both.provider, service), "what is only asked for takes no time"
    given_up = ok(await send(both.owner, inquiry, at), 201)
    ok(await act(both.owner, given_up, "cancel"))
    seen = await both.provider.client.get(f"{VISITS}/{visit['id']}")
    assert ok(seen)["side"] == "PROVIDER"
    assert_problem(await act(both.owner, visit, "accept"), 403, "forbidden")
    stale = await act(both.provider, visit, "accept", **{"If-Match": '"0"'})
    assert_problem(stale, 412, "precondition-failed")

    booked = ok(await act(both.provider, visit, "accept", **{"If-Match": seen.headers["ETag"]}))
    assert booked["state"] == "BOOKED"
    assert at not in await free(both.provider, service)
    path = await make_address(both.provider)
    (event,) = events_in((await client.get(path)).content)
    assert (event.uid, event.status) == (visit["id"], "CONFIRMED")
    ok(await act(both.owner, visit, "cancel"))
    assert at in await free(both.provider, service)
    (event,) = events_in((await client.get(path)).content)
    assert event.status == "CANCELLED"
    assert await _kinds(both.provider) == ["VISIT_CANCELLED"] * 2 + ["VISIT_REQUESTED"] * 2
    assert await _kinds(both.owner) == ["VISIT_BOOKED"]
    listed = ok(await both.owner.client.get(VISITS, params={"side": "HOMEOWNER", "inquiry_id": inquiry["id"]}))
    assert [(one["id"], one["cancelled_by"]) for one in listed["items"]] == [
        (one["id"], "HOMEOWNER") for one in (given_up, visit)
    ]


async def test_only_a_free_hour_is_asked_for_while_something_is_to_be_agreed(
    accounts: Accounts, service: Service
) -> None:
    both, other = await _two(accounts)
    inquiry = await ask(both.owner, both.home, both.profile)
    at, *_ = await free(both.provider, service)
    problem = assert_problem(await send(both.owner, inquiry, at.replace(":00Z", ":01Z")), 422, "validation-failed")
    assert [error["code"] for error in problem["errors"]] == ["not_a_slot"]
    assert_problem(await send(both.owner, inquiry, "2020-01-01T09:00:00Z"), 422, "validation-failed")
    assert_problem(await send(other.owner, inquiry, at), 404, "not-found")
    visit = ok(await send(both.owner, inquiry, at), 201)
    assert_problem(await other.owner.client.get(f"{VISITS}/{visit['id']}"), 404, "not-found")
    await withdraw(both.owner, inquiry)
    assert assert_problem(await send(both.owner, inquiry, at), 409, "invalid-transition")["state"] == "WITHDRAWN"
    assert_problem(await act(both.provider, visit, "accept"), 409, "invalid-transition")


@pytest.mark.both_engines
async def test_a_thread_has_so_many_visits_and_no_more(accounts: Accounts, service: Service) -> None:
    both, _ = await _two(accounts)
    inquiry = await ask(both.owner, both.home, both.profile)
    at, later, *_ = await free(both.provider, service)
    visit = ok(await send(both.owner, inquiry, at), 201)
    ok(await act(both.owner, visit, "cancel"))
    table = core_table(Visit)
    async with service.services.database.begin() as tx:
        row = (await tx.execute(select(table).where(table.c.id == UUID(visit["id"])))).mappings().one()
        await tx.execute(insert(table), [{**row, "id": new_id()} for _ in range(MOST - 2)])
    await take_last_place(lambda key: send(both.owner, inquiry, at, **key))
    assert assert_problem(await send(both.owner, inquiry, later), 409, "limit-reached")["limit"] == MOST


@pytest.mark.both_engines
async def test_what_has_passed_is_not_accepted(accounts: Accounts, service: Service) -> None:
    both, _ = await _two(accounts)
    inquiry = await ask(both.owner, both.home, both.profile)
    visit = ok(await send(both.owner, inquiry, (await free(both.provider, service))[0]), 201)
    table = core_table(Visit)
    path = f"{VISITS}/{visit['id']}"
    with service.clock.stopped():
        for ago in (timedelta(), timedelta(minutes=1)):
            begins = service.clock.now() - ago + INSTANT
            async with service.services.database.begin() as tx:
                await tx.execute(update(table).where(table.c.id == UUID(visit["id"])).values(starts_at=begins))
            before = await both.provider.client.get(path)
            service.clock.advance(INSTANT)
            # Time alone has changed it.
            after = await both.provider.client.get(path, headers={"If-None-Match": before.headers["etag"]})
            assert (after.status_code == 200) is (ago == timedelta())
            problem = assert_problem(await act(both.provider, visit, "accept"), 409, "invalid-transition")
            assert problem["possible"] == ok(await both.provider.client.get(path))["possible"]
            assert problem["possible"] == ["declineVisit", "cancelVisit"]


@pytest.mark.both_engines
async def test_what_has_begun_or_is_over_has_so_to_the_moment(accounts: Accounts, service: Service) -> None:
    """A booked visit that has begun stays when its inquiry ends, and of an expired inquiry none is accepted."""
    both, _ = await _two(accounts)
    visits = []
    for at in (await free(both.provider, service))[:4]:
        inquiry = await ask(both.owner, both.home, both.profile)
        visits.append((inquiry, ok(await send(both.owner, inquiry, at), 201)))

    async def put(table: Table, row: Json, **moments: datetime) -> None:
        async with service.services.database.begin() as tx:
            await tx.execute(update(table).where(table.c.id == UUID(row["id"])).values(**moments))

    with service.clock.stopped():
        now = service.clock.now()
        for (inquiry, visit), begins, state in zip(visits, (now, now + INSTANT), ("BOOKED", "CANCELLED"), strict=False):
            ok(await act(both.provider, visit, "accept"))
            await put(core_table(Visit), visit, starts_at=begins, ends_at=begins + INSTANT)
            await withdraw(both.owner, inquiry)
            assert (await _end_of(both.owner, visit))[0] == state
        for (inquiry, visit), ends, status in zip(visits[2:], (now, now + INSTANT), (409, 200), strict=True):
            await put(core_table(Inquiry), inquiry, expires_at=ends)
            offered = ok(await both.provider.client.get(f"{VISITS}/{visit['id']}"))["possible"]
            assert ("acceptVisit" in offered) is (status == 200)
            assert (await act(both.provider, visit, "accept")).status_code == status


async def test_a_free_hour_is_asked_for_until_it_begins(accounts: Accounts, service: Service) -> None:
    both, _ = await _two(accounts)
    ok(await both.provider.client.put(AVAILABILITY, json={**ALWAYS, "notice_minutes": 0}))
    inquiry = await ask(both.owner, both.home, both.profile)
    at, *_ = await free(both.provider, service, days=1)
    with service.clock.stopped():
        service.clock.advance(datetime.fromisoformat(at) - service.clock.now() - INSTANT)
        await accounts.login(both.owner)
        ok(await send(both.owner, inquiry, at), 201)
        service.clock.advance(INSTANT)
        assert_problem(await send(both.owner, inquiry, at), 422, "validation-failed")


async def test_a_visit_tells_no_address(accounts: Accounts, service: Service) -> None:
    both, _ = await _two(accounts)
    inquiry = await ask(both.owner, both.home, both.profile)
    visit = ok(await send(both.owner, inquiry, (await free(both.provider, service))[0]), 201)
    ok(await act(both.provider, visit, "accept"))
    shown = ok(await both.provider.client.get(f"{VISITS}/{visit['id']}"))
    home = ok(await both.owner.client.get(f"/homeowners/properties/{both.home}"))
    words = str(shown)
    assert home["address"]["line1"] not in words
    assert not {"address", "property", "coordinates"} & shown.keys()


@pytest.mark.both_engines
async def test_of_two_visits_at_one_time_one_is_booked(accounts: Accounts, service: Service) -> None:
    first, second = await _two(accounts)
    at, *_ = await free(first.provider, service)
    visits = [
        ok(await send(one.owner, await ask(one.owner, one.home, one.profile), at), 201) for one in (first, second)
    ]
    answers = await at_once(service, "marketplace.visits", *(act(first.provider, one, "accept") for one in visits))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert_problem(refused, 409, "slot-taken")


@pytest.mark.both_engines
async def test_of_a_visit_and_a_job_at_one_time_one_is_booked(accounts: Accounts, service: Service) -> None:
    first, second = await _two(accounts)
    job = await second.agree()
    at, *_, later = await free(first.provider, service)
    inquiry = await ask(first.owner, first.home, first.profile)
    visit = ok(await send(first.owner, inquiry, at), 201)
    another = ok(await send(first.owner, inquiry, later), 201)
    provider_id = UUID(ok(await first.provider.client.get("/users/me"))["id"])
    async with at_turn(service, b"bookings" + provider_id.bytes) as met:
        await met.begin(
            act(first.provider, visit, "accept"),
            put_time(second.owner, job, {"starts_at": at, "ends_at": visit["ends_at"]}),
        )
    answers = await asyncio.gather(*met.tasks)
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert_problem(refused, 409, "slot-taken")
    # One after the other, whichever has won: what has the time keeps it.
    ok(await act(first.provider, another, "accept"))
    over = {"starts_at": another["starts_at"], "ends_at": another["ends_at"]}
    assert_problem(await put_time(second.owner, job, over), 409, "slot-taken")


@pytest.mark.both_engines
async def test_of_an_acceptance_and_a_cancellation_at_once_nothing_is_left_booked(
    accounts: Accounts, service: Service
) -> None:
    both, _ = await _two(accounts)
    at, *_ = await free(both.provider, service)
    visit = ok(await send(both.owner, await ask(both.owner, both.home, both.profile), at), 201)
    accepted, cancelled = await at_once(
        service, "marketplace.visits", act(both.provider, visit, "accept"), act(both.owner, visit, "cancel")
    )
    assert cancelled.status_code == 200
    assert accepted.status_code in {200, 409}
    assert ok(await both.owner.client.get(f"{VISITS}/{visit['id']}"))["state"] == "CANCELLED"
    assert at in await free(both.provider, service)


async def test_what_is_booked_ends_with_its_inquiry(
    accounts: Accounts, service: Service, client: httpx.AsyncClient
) -> None:
    both, _ = await _two(accounts)
    inquiry = await ask(both.owner, both.home, both.profile)
    at, *_ = await free(both.provider, service)
    visit = ok(await send(both.owner, inquiry, at), 201)
    ok(await act(both.provider, visit, "accept"))
    path = await make_address(both.provider)
    (before,) = events_in((await client.get(path)).content)
    await withdraw(both.owner, inquiry)
    (event,) = events_in((await client.get(path)).content)
    assert (event.uid, event.status) == (visit["id"], "CANCELLED")
    assert event.sequence > before.sequence
    assert at in await free(both.provider, service)
    assert await _end_of(both.provider, visit) == ("CANCELLED", "HOMEOWNER", "INQUIRY_WITHDRAWN")
    assert (await _kinds(both.provider))[0] == "VISIT_CANCELLED"
    assert await _kinds(both.owner) == ["VISIT_BOOKED"], "who did it is not told"
    assert_problem(await act(both.provider, visit, "cancel"), 409, "invalid-transition")
    assert await _recorded(service, visit) == ["visit.requested", "visit.booked", "visit.cancelled"]


@pytest.mark.both_engines
async def test_who_is_chosen_still_comes_and_the_others_do_not(accounts: Accounts, service: Service) -> None:
    chosen, _ = await _two(accounts)
    other = await parties(accounts)
    await always_works(other.provider)
    inquiry = await ask(chosen.owner, chosen.home, chosen.profile, other.profile)
    first, second = inquiry["recipients"]
    day = await free(chosen.provider, service)
    booked = ok(await send(chosen.owner, inquiry, day[0]), 201)
    ok(await act(chosen.provider, booked, "accept"))
    asked = ok(await send(chosen.owner, inquiry, day[-1]), 201)
    lost = ok(await send(chosen.owner, {**inquiry, "recipients": [second]}, day[0]), 201)
    ok(await act(other.provider, lost, "accept"))
    quote = await quoted(chosen.provider, inquiry)
    await quoted(other.provider, inquiry)
    ok(await chosen.owner.client.post(f"/quotes/{quote['id']}/accept"))

    assert await _end_of(other.provider, lost) == ("CANCELLED", "HOMEOWNER", "OTHER_CHOSEN")
    assert await _kinds(other.provider) == ["VISIT_CANCELLED", "VISIT_REQUESTED"]
    assert day[0] in await free(other.provider, service)
    assert await _end_of(chosen.provider, booked) == ("BOOKED", None, None)
    assert ok(await act(chosen.provider, asked, "accept"))["state"] == "BOOKED"
    (job,) = ok(await chosen.owner.client.get("/jobs", params={"side": "HOMEOWNER"}))["items"]
    ok(await act_on_job(chosen.provider, job, "cancel", CANCEL))
    assert await _end_of(chosen.provider, booked) == ("CANCELLED", "PROVIDER", "JOB_CANCELLED")
    assert await _end_of(chosen.provider, asked) == ("CANCELLED", "PROVIDER", "JOB_CANCELLED")
    assert (await _kinds(chosen.owner))[:2] == ["VISIT_CANCELLED"] * 2
    assert first["id"] == booked["recipient_id"]


async def test_a_visit_that_expires_is_ended_by_nobody_and_both_are_notified(
    accounts: Accounts, service: Service
) -> None:
    both, _ = await _two(accounts)
    inquiry = await ask(both.owner, both.home, both.profile)
    visit = ok(await send(both.owner, inquiry, (await free(both.provider, service))[0]), 201)
    table = core_table(Inquiry)
    over = service.clock.now() - timedelta(seconds=1)
    async with service.services.database.begin() as tx:
        await tx.execute(update(table).where(table.c.id == UUID(inquiry["id"])).values(expires_at=over))
    async with asyncio.timeout(PATIENCE):
        # The service's own worker may be at it just now.
        while (await _end_of(both.owner, visit))[0] != "CANCELLED":
            await service.services.marketplace.inquiries.end_inquiries()
    assert await _end_of(both.owner, visit) == ("CANCELLED", None, "INQUIRY_EXPIRED")
    assert (await _kinds(both.owner))[0] == (await _kinds(both.provider))[0] == "VISIT_CANCELLED"


@pytest.mark.both_engines
@pytest.mark.parametrize("side", ["HOMEOWNER", "PROVIDER"])
async def test_whoever_closes_their_account_is_not_waited_for(accounts: Accounts, service: Service, side: str) -> None:
    both, _ = await _two(accounts)
    inquiry = await ask(both.owner, both.home, both.profile)
    visit = ok(await send(both.owner, inquiry, (await free(both.provider, service))[0]), 201)
    ok(await act(both.provider, visit, "accept"))
    leaving, left = (both.owner, both.provider) if side == "HOMEOWNER" else (both.provider, both.owner)
    gone = await leaving.client.request("DELETE", "/users/me", json={"current_password": leaving.password})
    assert gone.is_success, gone.text
    assert await _end_of(left, visit) == ("CANCELLED", side, "ACCOUNT_CLOSED")
    assert (await _kinds(left))[0] == "VISIT_CANCELLED"


@pytest.mark.both_engines
@pytest.mark.parametrize("side", ["HOMEOWNER", "PROVIDER"])
async def test_nobody_waits_for_an_account_that_is_closed_while_it_is_asked_for(
    accounts: Accounts, service: Service, side: str
) -> None:
    both, _ = await _two(accounts)
    leaving = both.owner if side == "HOMEOWNER" else both.provider
    inquiry = await ask(both.owner, both.home, both.profile)
    at, *_ = await free(both.provider, service)
    async with in_turn(service, UUID(ok(await leaving.client.get("/users/me"))["id"])) as met:
        await met.begin(leaving.client.request("DELETE", "/users/me", json={"current_password": leaving.password}))
        await met.begin(send(both.owner, inquiry, at))
    closed, sent = await asyncio.gather(*met.tasks)
    assert closed.status_code == 204
    assert sent.status_code in ({201, 401, 404} if side == "HOMEOWNER" else {201, 409})
    of_inquiry = select(Visit.state).where(Visit.inquiry_id == UUID(inquiry["id"]))
    async with service.services.database.begin() as tx:
        assert set(await tx.scalars(of_inquiry)) <= {VisitState.CANCELLED}


async def test_nothing_is_booked_with_a_business_or_a_homeowner_that_staff_have_suspended(
    accounts: Accounts, service: Service
) -> None:
    both, _ = await _two(accounts)
    inquiry = await ask(both.owner, both.home, both.profile)
    visit = ok(await send(both.owner, inquiry, (await free(both.provider, service))[0]), 201)
    async with service.services.database.begin() as tx:
        of_profile = core_table(ProviderProfile).c.id == UUID(both.profile)
        await tx.execute(update(core_table(ProviderProfile)).where(of_profile).values(state="SUSPENDED"))
    problem = assert_problem(await act(both.provider, visit, "accept"), 409, "invalid-transition")
    assert (problem["state"], problem["possible"]) == ("SUSPENDED", ["declineVisit", "cancelVisit"])
    owner_id = ok(await both.owner.client.get("/users/me"))["id"]
    staff = await accounts.staff()
    ok(await staff.client.post(f"/users/{owner_id}/suspend", json={"reason": "Fraud"}))
    assert_problem(await act(both.provider, visit, "accept"), 404, "not-found")


@pytest.mark.both_engines
async def test_of_an_acceptance_and_the_end_of_its_inquiry_at_once_nothing_is_left_booked(
    accounts: Accounts, service: Service
) -> None:
    both, _ = await _two(accounts)
    at, *_ = await free(both.provider, service)
    inquiry = await ask(both.owner, both.home, both.profile)
    visit = ok(await send(both.owner, inquiry, at), 201)
    path = f"{INQUIRIES}/{inquiry['id']}/withdraw"
    accepted, withdrawn = await at_once(
        service, "marketplace.inquiries", act(both.provider, visit, "accept"), both.owner.client.post(path)
    )
    assert withdrawn.status_code == 200
    assert accepted.status_code in {200, 409}
    assert await _end_of(both.owner, visit) == ("CANCELLED", "HOMEOWNER", "INQUIRY_WITHDRAWN")
    assert at in await free(both.provider, service)
