"""Decisions on reports: what they do to the thing reported, and the ways back."""

import asyncio
from uuid import UUID

import httpx
import pytest
from sqlalchemy import insert

from generated.states import SubmissionState
from impl.kernel.ids import new_id
from impl.marketplace.capabilities.submissions.tables import RejectionReason, Submission, SubmissionKind
from tests.harness.accounts import Account, Accounts
from tests.harness.client import assert_problem
from tests.harness.inbox import Inbox
from tests.harness.service import Service
from tests.marketplace.inquiries.asking import events
from tests.marketplace.moderation.staff_review import APPROVE, REJECT, decide, waiting
from tests.marketplace.payloads import (
    NOBODYS,
    PROFILE,
    REPORTS,
    SERVICES,
    add,
    approve_business,
    business,
    complain,
    complaint,
    job,
    ok,
    publish,
)
from tests.marketplace.reports.decisions import QUEUE, STATEMENT, TAKE_DOWN, taken_down, triaged


@pytest.fixture
async def reporter(accounts: Accounts) -> Account:
    return await accounts.homeowner()


async def test_what_is_taken_down_is_hidden_with_its_reasons_until_staff_have_reviewed_it_again(
    *,
    seller: Account,
    reporter: Account,
    moderator: Account,
    inbox: Inbox,
    client: httpx.AsyncClient,
    service: Service,
) -> None:
    listing = await publish(seller)
    decided = await taken_down(moderator, reporter, listing)
    assert (await events(service, listing))[-1] == "service.taken_down"
    assert (decided["state"], decided["action"]) == ("ACTIONED", "TAKE_DOWN")
    assert ok(await reporter.client.get(f"{REPORTS}/{decided['id']}"))["action"] == "TAKE_DOWN"
    assert_problem(await client.get(f"/services/{listing['id']}"), 404, "not-found")
    path = f"{SERVICES}/{listing['id']}"
    mine = ok(await seller.client.get(path))
    assert (mine["state"], mine["review_note"], mine["revision"]) == ("REJECTED", STATEMENT, None)
    mail = await inbox.wait_for(seller.email, "A report about your listing was decided")
    assert STATEMENT in mail.text
    assert "Edit the service accordingly and submit it again" in " ".join(mail.text.split())
    assert "not shown any more" in (await inbox.wait_for(reporter.email, "Your report was looked into")).text

    # This service approves by itself, but not what staff took down.
    ok(await seller.client.patch(path, json={"title": "Leaking tap repaired, parts extra"}))
    assert ok(await seller.client.post(f"{path}/submit"))["state"] == "PENDING_REVIEW"
    assert_problem(await client.get(f"/services/{listing['id']}"), 404, "not-found")
    ok(await decide(moderator, await waiting(moderator, listing["id"]), APPROVE))
    assert ok(await client.get(f"/services/{listing['id']}"))["title"] == "Leaking tap repaired, parts extra"
    ok(await seller.client.patch(path, json={"title": "Dripping tap repaired"}))
    assert ok(await client.get(f"/services/{listing['id']}"))["title"] == "Dripping tap repaired"


async def test_staff_reinstate_a_service_as_it_was_unless_its_owner_has_taken_it_up(
    *, seller: Account, reporter: Account, moderator: Account, inbox: Inbox, client: httpx.AsyncClient
) -> None:
    shown, paused, edited = await publish(seller), await publish(seller), await publish(seller)
    before = ok(await client.get(f"/services/{shown['id']}"))
    # Reported while it was published, and paused before the decision.
    report = await complain(reporter, paused)
    ok(await seller.client.post(f"{SERVICES}/{paused['id']}/pause"))
    ok(await moderator.client.post(await triaged(moderator, report), json=TAKE_DOWN))
    for one in (shown, edited):
        await taken_down(moderator, reporter, one)
    assert_problem(await seller.client.post(f"{SERVICES}/{paused['id']}/resume"), 409, "invalid-transition")
    ok(await seller.client.patch(f"{SERVICES}/{edited['id']}", json={"tags": ["tap"]}))

    back = ok(await moderator.client.post(f"/admin/services/{shown['id']}/reinstate"))
    assert (back["state"], back["review_note"]) == ("PUBLISHED", None)
    after = ok(await client.get(f"/services/{shown['id']}"))
    assert {**after, "updated_at": None} == {**before, "updated_at": None}
    assert "back as it was" in " ".join(
        (await inbox.wait_for(seller.email, "Your service is shown again")).text.split()
    )
    assert ok(await moderator.client.post(f"/admin/services/{paused['id']}/reinstate"))["state"] == "PAUSED"
    assert_problem(await client.get(f"/services/{paused['id']}"), 404, "not-found")
    for service_id, state in ((edited["id"], "DRAFT"), (shown["id"], "PUBLISHED")):
        refused = await moderator.client.post(f"/admin/services/{service_id}/reinstate")
        assert assert_problem(refused, 409, "invalid-transition")["state"] == state
    missing = await moderator.client.post(f"/admin/services/{NOBODYS}/reinstate")
    assert_problem(missing, 404, "not-found")


async def test_a_business_that_is_taken_down_is_suspended_until_staff_reinstate_it(
    seller: Account, reporter: Account, moderator: Account, client: httpx.AsyncClient
) -> None:
    listing, profile = await publish(seller), ok(await seller.client.get(PROFILE))
    about = {"subject_kind": "PROVIDER", "subject_id": profile["id"]}
    await taken_down(moderator, reporter, listing, **about)
    assert_problem(await client.get(f"/services/{listing['id']}"), 404, "not-found")
    mine = ok(await seller.client.get(PROFILE))
    assert (mine["state"], mine["review_note"]) == ("SUSPENDED", STATEMENT)
    ok(await moderator.client.post(f"/admin/providers/{profile['id']}/reinstate"))
    ok(await client.get(f"/services/{listing['id']}"))


async def test_what_is_gone_or_down_already_leaves_the_report_undecided_until_it_is_decided_without(
    seller: Account, reporter: Account, moderator: Account, accounts: Accounts
) -> None:
    deleted, twice = await publish(seller), await publish(seller)
    reports = [await complain(reporter, one) for one in (deleted, twice)]
    ok(await seller.client.delete(f"{SERVICES}/{deleted['id']}"), 204)
    await taken_down(moderator, await accounts.make("HOMEOWNER"), twice)
    for report, state in zip(reports, ("ARCHIVED", "REJECTED"), strict=True):
        path = await triaged(moderator, report)
        refused = await moderator.client.post(path, json=TAKE_DOWN)
        assert assert_problem(refused, 409, "invalid-transition")["state"] == state
        assert ok(await moderator.client.get(f"{QUEUE}/{report['id']}"))["state"] == "TRIAGED"
        assert ok(await moderator.client.post(path, json={**TAKE_DOWN, "action": "NONE"}))["action"] == "NONE"


async def test_nobody_takes_down_or_reinstates_what_is_theirs(
    seller: Account, reporter: Account, moderator: Account, accounts: Accounts
) -> None:
    involved = await accounts.hire("STAFF_MODERATOR", "SERVICE_PROVIDER")
    await approve_business(involved)
    own, theirs = await publish(involved), await publish(seller)
    report = await complain(reporter, own)
    path = await triaged(moderator, report)
    assert_problem(await involved.client.post(path, json=TAKE_DOWN), 403, "own-case")
    reported = await triaged(moderator, ok(await involved.client.post(REPORTS, json=complaint(theirs)), 201))
    assert_problem(await involved.client.post(reported, json=TAKE_DOWN), 403, "own-case")
    ok(await moderator.client.post(path, json=TAKE_DOWN))
    assert_problem(await involved.client.post(f"/admin/services/{own['id']}/reinstate"), 403, "own-case")


@pytest.mark.both_engines
@pytest.mark.parametrize("step", ["edit", "pause", "delete"])
async def test_a_decision_and_a_step_of_the_owner_at_once_leave_nothing_shown(
    *, seller: Account, reporter: Account, moderator: Account, client: httpx.AsyncClient, step: str
) -> None:
    listing = await publish(seller)
    path, owner = f"{SERVICES}/{listing['id']}", seller.client
    decision = await triaged(moderator, await complain(reporter, listing))
    steps = {
        "edit": lambda: owner.patch(path, json={"title": "Taps of all kinds"}),
        "pause": lambda: owner.post(f"{path}/pause"),
        "delete": lambda: owner.delete(path),
    }
    decided, stepped = await asyncio.gather(moderator.client.post(decision, json=TAKE_DOWN), steps[step]())

    assert_problem(await client.get(f"/services/{listing['id']}"), 404, "not-found")
    if decided.status_code == 200:
        # An edit that came later made it a draft, and a deletion that came later is one.
        after = await owner.get(path)
        states = {"edit": {"REJECTED", "DRAFT"}, "pause": {"REJECTED"}, "delete": set()}[step]
        assert after.status_code == 404 if step == "delete" else ok(after)["state"] in states
        assert ok(await moderator.client.get(decision.removesuffix("/decision")))["state"] == "ACTIONED"
    else:
        assert assert_problem(decided, 409, "invalid-transition")["state"] == "ARCHIVED"
        assert (step, stepped.status_code) == ("delete", 204)


async def test_a_new_service_of_the_same_owner_is_approved_by_itself_as_ever(
    seller: Account, reporter: Account, moderator: Account
) -> None:
    await taken_down(moderator, reporter, await publish(seller))
    other = await add(seller, **job(title="Drain cleared"))
    assert ok(await seller.client.post(f"{SERVICES}/{other['id']}/submit"))["state"] == "PUBLISHED"


async def test_a_copy_of_what_was_taken_down_waits_for_staff_and_so_does_what_they_have_rejected(
    *, seller: Account, reporter: Account, moderator: Account, client: httpx.AsyncClient
) -> None:
    listing, other = await publish(seller), await publish(seller, title="Drain cleared", description="By hand.")
    await taken_down(moderator, reporter, listing)
    ok(await seller.client.delete(f"{SERVICES}/{listing['id']}"), 204)
    again = await publish(seller)
    assert again["state"] == "PENDING_REVIEW"
    assert_problem(await client.get(f"/services/{again['id']}"), 404, "not-found")
    # So does an edit that makes a copy of something else, while others read that as it was.
    said = {name: job()[name] for name in ("title", "description")}
    assert ok(await seller.client.patch(f"{SERVICES}/{other['id']}", json=said))["has_pending_changes"]
    assert ok(await client.get(f"/services/{other['id']}"))["title"] == "Drain cleared"
    for one in (again, other):
        ok(await decide(moderator, await waiting(moderator, one["id"]), REJECT))
    ok(await seller.client.patch(f"{SERVICES}/{again['id']}", json={"title": "Sinks replaced"}))
    assert ok(await seller.client.post(f"{SERVICES}/{again['id']}/submit"))["state"] == "PENDING_REVIEW"
    edited = ok(await seller.client.patch(f"{SERVICES}/{other['id']}", json={"title": "Sinks cleaned"}))
    assert edited["has_pending_changes"]
    for one in (again, other):
        ok(await decide(moderator, await waiting(moderator, one["id"]), APPROVE))
    ok(await seller.client.patch(f"{SERVICES}/{again['id']}", json={"title": "Sinks replaced and sealed"}))
    assert ok(await client.get(f"/services/{again['id']}"))["title"] == "Sinks replaced and sealed"


@pytest.mark.both_engines
async def test_a_profile_that_staff_have_rejected_is_reviewed_whatever_the_setting_is_by_then(
    seller: Account, service: Service, client: httpx.AsyncClient
) -> None:
    profile = ok(await seller.client.get(PROFILE))
    seller_id, now = ok(await seller.client.get("/users/me"))["id"], service.clock.now()
    async with service.services.database.begin() as tx:
        await tx.execute(
            insert(Submission).values(
                id=new_id(),
                kind=SubmissionKind.PROFILE,
                owner_id=UUID(seller_id),
                profile_id=UUID(profile["id"]),
                state=SubmissionState.REJECTED,
                current=False,
                is_revision=True,
                fields=[],
                content={},
                hints=[],
                submitted_at=now,
                decided_at=now,
                rejection_reason=RejectionReason.OTHER,
                note="Not so.",
                created_at=now,
                updated_at=now,
                version=1,
            )
        )
    edited = ok(await seller.client.put(PROFILE, json=business(about="Something else.")))
    assert edited["revision"]["state"] == "PENDING"
    assert ok(await client.get(f"/providers/{profile['slug']}"))["about"] == profile["about"]
