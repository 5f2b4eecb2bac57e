"""Disputes over HTTP: opened by a party, decided once by staff who are none."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import update

from impl.kernel.tables import core_table
from impl.marketplace.capabilities.jobs.tables import Job
from tests.harness.client import assert_problem
from tests.identity.race_barrier import at_once
from tests.marketplace.inquiries.asking import events
from tests.marketplace.jobs.working import CANCEL, DECISION, DISPUTE, JOBS, act, parties, seen, shared_parties
from tests.marketplace.payloads import ok, whole

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Account, Accounts
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service
    from tests.marketplace.payloads import Json

DISPUTES = "/admin/disputes"
PLACE = "marketplace.jobs"


async def _decide(staff: Account, job: Json, **changes: object) -> httpx.Response:
    answer: httpx.Response = await staff.client.post(f"{DISPUTES}/{job['id']}/decision", json={**DECISION, **changes})
    return answer


@pytest.mark.both_engines
async def test_a_dispute_is_opened_and_decided_with_reasons(accounts: Accounts, service: Service, inbox: Inbox) -> None:
    both = await parties(accounts)
    staff = await accounts.staff("STAFF_MODERATOR")
    job = await both.begun("CHANGES_REQUESTED")
    opened = ok(await act(both.provider, job, "dispute", DISPUTE))
    assert (opened["state"], opened["dispute"]["by"], opened["dispute"]["decision"]) == ("DISPUTED", "PROVIDER", None)
    mail = await inbox.wait_for(both.owner.email, "A dispute was opened")
    assert DISPUTE["text"] not in mail.text
    assert_problem(await act(both.owner, job, "cancel", CANCEL), 409, "invalid-transition")

    waiting = [one for one in await whole(staff.client, DISPUTES) if one["id"] == job["id"]]
    assert waiting == [ok(await staff.client.get(f"{DISPUTES}/{job['id']}"))]
    assert (waiting[0]["dispute"]["text"], waiting[0]["changes"]["text"]) == (
        DISPUTE["text"],
        "It still drips at night.",
    )
    decided = ok(await _decide(staff, job, outcome="CANCELLED"))
    assert decided["state"] == "CANCELLED"
    assert job["id"] in [one["id"] for one in await whole(staff.client, DISPUTES, {"decided": "true"})]
    assert job["id"] not in [one["id"] for one in await whole(staff.client, DISPUTES)]
    staff_id = ok(await staff.client.get("/users/me"))["id"]
    for party in (both.owner, both.provider):
        told = await seen(party, job)
        assert told["dispute"]["decision"]["statement"] == DECISION["statement"]
        assert (told["cancellation"]["by"], told["cancellation"]["cancel_reason"]) == ("STAFF", "DISPUTE_DECIDED")
        assert staff_id not in str(told), "who has decided is not told"
        mail = await inbox.wait_for(party.email, "A dispute is decided")
        assert DECISION["statement"] in mail.text
    assert (await events(service, job))[-3:] == ["job.disputed", "dispute.read", "dispute.decided"]


@pytest.mark.both_engines
async def test_nobody_decides_a_job_of_their_own(accounts: Accounts, service: Service) -> None:
    both = await shared_parties(accounts, service)
    job = await both.begun("DISPUTED")
    moderator = await accounts.hire("STAFF_MODERATOR")
    moderator_id = ok(await moderator.client.get("/users/me"))["id"]
    table = core_table(Job)
    async with service.services.database.begin() as tx:
        theirs = update(table).where(table.c.id == UUID(job["id"])).values(provider_id=UUID(moderator_id))
        await tx.execute(theirs)
    assert_problem(await _decide(moderator, job), 403, "own-case")


@pytest.mark.both_engines
async def test_of_two_decisions_at_once_one_is_made(accounts: Accounts, service: Service) -> None:
    both = await shared_parties(accounts, service)
    staff = await accounts.staff("STAFF_MODERATOR")
    job = await both.begun("DISPUTED")
    answers = await at_once(
        service, PLACE, _decide(staff, job, outcome="COMPLETED"), _decide(staff, job, outcome="CANCELLED")
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    (done,) = [ok(answer)["state"] for answer in answers if answer.is_success]
    assert (await seen(both.owner, job))["state"] == done


async def test_what_nobody_disputes_is_nothing_for_staff(accounts: Accounts, service: Service) -> None:
    both = await shared_parties(accounts, service)
    staff = await accounts.staff("STAFF_MODERATOR")
    job = await both.agree()
    assert_problem(await staff.client.get(f"{DISPUTES}/{job['id']}"), 404, "not-found")
    assert_problem(await staff.client.get(f"{JOBS}/{job['id']}"), 403, "forbidden")
