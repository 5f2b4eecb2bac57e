"""Reports over HTTP: one of a kind while it waits, decided by somebody else, with reasons that both sides read."""

import asyncio
from collections import Counter
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import insert

from generated.states import ReportState
from impl.kernel.ids import new_id
from impl.marketplace.reports.repository import page_query
from impl.marketplace.reports.service import MOST_WAITING
from impl.marketplace.reports.tables import Report, ReportReason, ReportSubjectKind
from tests.harness.accounts import Account, Accounts
from tests.harness.client import assert_problem
from tests.harness.doubles import take_last_place
from tests.harness.inbox import Inbox
from tests.harness.plans import plan_of
from tests.harness.service import Service
from tests.marketplace.payloads import (
    PROFILE,
    REPORTS,
    SERVICES,
    Json,
    approve_business,
    complain,
    complaint,
    ids,
    kinds_of,
    ok,
    publish,
    whole,
)

QUEUE = "/admin/reports"
STATEMENT = "The invoice lists parts that the description leaves out."


@pytest.fixture
async def listing(seller: Account) -> Json:
    return await publish(seller)


@pytest.fixture
async def reporter(accounts: Accounts) -> Account:
    return await accounts.make("HOMEOWNER")


async def test_no_more_of_one_person_wait_than_a_queue_bears(
    listing: Json, seller: Account, reporter: Account, service: Service, moderator: Account
) -> None:
    now, reporter_id = service.clock.now(), UUID(ok(await reporter.client.get("/users/me"))["id"])
    waiting = {
        "reporter_id": reporter_id,
        "subject_kind": ReportSubjectKind.SERVICE,
        "subject_title": "Taps mended",
        "owner_id": uuid4(),
        "reason": ReportReason.OTHER,
        "state": ReportState.OPEN,
        "created_at": now,
        "updated_at": now,
    }
    async with service.services.database.begin() as tx:
        rows = [{**waiting, "id": new_id(), "subject_id": uuid4()} for _ in range(MOST_WAITING - 1)]
        await tx.execute(insert(Report), rows)
    made = ok(
        await take_last_place(lambda key: reporter.client.post(REPORTS, json=complaint(listing), headers=key)), 201
    )
    another = await publish(seller)
    refused = assert_problem(await reporter.client.post(REPORTS, json=complaint(another)), 409, "limit-reached")
    assert refused["limit"] == MOST_WAITING
    assert ok(await reporter.client.post(REPORTS, json=complaint(listing)))["id"] == made["id"], "it waits already"
    path = f"{QUEUE}/{made['id']}"
    ok(await moderator.client.post(f"{path}/triage"))
    ok(await moderator.client.post(f"{path}/decision", json={"outcome": "DISMISSED", "statement": STATEMENT}))
    await complain(reporter, another)


async def test_a_report_goes_from_its_reporter_through_staff_and_back(
    listing: Json, reporter: Account, moderator: Account
) -> None:
    taken = await reporter.client.post(REPORTS, json=complaint(listing))
    report = ok(taken, 201)
    assert report["subject"] == {"kind": "SERVICE", "id": listing["id"], "title": listing["title"]}
    assert (report["state"], report["statement"], report["decided_at"]) == ("OPEN", None, None)
    assert taken.headers["location"].endswith(f"{REPORTS}/{report['id']}")

    path = f"{QUEUE}/{report['id']}"
    seen = ok(await moderator.client.get(path))
    assert (seen["handled_by"], seen["other_reports"]) == (None, 0)
    assert {name: seen[name] for name in report} == report
    staff_id = ok(await moderator.client.get("/users/me"))["id"]
    triaged = ok(await moderator.client.post(f"{path}/triage"))
    assert (triaged["state"], triaged["handled_by"]) == ("TRIAGED", staff_id)
    decision = {"outcome": "DISMISSED", "statement": STATEMENT}
    decided = ok(await moderator.client.post(f"{path}/decision", json=decision))

    mine = ok(await reporter.client.get(f"{REPORTS}/{report['id']}"))
    assert (mine["state"], mine["statement"]) == ("DISMISSED", STATEMENT)
    assert mine["decided_at"] == decided["decided_at"] is not None
    assert not {"reporter_id", "owner_id", "handled_by", "other_reports"} & mine.keys()


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        ({"outcome": "ACTIONED", "action": "NONE"}, "have acted"),
        ({"outcome": "DISMISSED"}, "nothing to act on"),
    ],
    ids=["actioned", "dismissed"],
)
async def test_both_sides_are_mailed_the_reasons_and_neither_the_other_ones_name(
    *,
    listing: Json,
    seller: Account,
    reporter: Account,
    moderator: Account,
    inbox: Inbox,
    decision: Json,
    words: str,
) -> None:
    report = await complain(reporter, listing)
    path = f"{QUEUE}/{report['id']}"
    ok(await moderator.client.post(f"{path}/triage"))
    ok(await moderator.client.post(f"{path}/decision", json={**decision, "statement": STATEMENT}))

    to_reporter = await inbox.wait_for(reporter.email, "Your report was looked into")
    to_owner = await inbox.wait_for(seller.email, "A report about your listing was decided")

    for mail, other in ((to_reporter, seller), (to_owner, reporter)):
        assert STATEMENT in mail.text
        assert words in mail.text
        assert listing["title"] in mail.text
        assert other.email not in mail.text
        assert other.username not in mail.text
    assert (await kinds_of(reporter))[0] == "REPORT_DECIDED"
    assert (await kinds_of(seller))[0] == "REPORTED_THING_DECIDED"


async def test_the_same_thing_reported_twice_by_one_person_is_one_report(
    listing: Json, reporter: Account, moderator: Account
) -> None:
    first = await complain(reporter, listing)
    again = await reporter.client.post(REPORTS, json=complaint(listing, reason="FRAUD", text="Once more."))
    assert ok(again) == first
    path = f"{QUEUE}/{first['id']}"
    ok(await moderator.client.post(f"{path}/triage"))
    assert ok(await reporter.client.post(REPORTS, json=complaint(listing)))["id"] == first["id"]
    ok(await moderator.client.post(f"{path}/decision", json={"outcome": "DISMISSED", "statement": STATEMENT}))
    after = await complain(reporter, listing)
    assert after["id"] != first["id"]
    assert ok(await moderator.client.get(f"{QUEUE}/{after['id']}"))["other_reports"] == 1


@pytest.mark.both_engines
async def test_twenty_reports_of_one_thing_at_once_are_one(listing: Json, reporter: Account) -> None:
    answers = await asyncio.gather(*(reporter.client.post(REPORTS, json=complaint(listing)) for _ in range(20)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 19}
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_what_nobody_else_sees_cannot_be_reported(
    seller: Account, listing: Json, reporter: Account, client: httpx.AsyncClient
) -> None:
    ok(await seller.client.post(f"{SERVICES}/{listing['id']}/pause"))
    assert_problem(await reporter.client.post(REPORTS, json=complaint(listing)), 404, "not-found")
    nobodys = complaint(listing, subject_kind="PROVIDER", subject_id=str(uuid4()))
    assert_problem(await reporter.client.post(REPORTS, json=nobodys), 404, "not-found")
    assert_problem(await client.post(REPORTS, json=complaint(listing)), 401, "unauthenticated")


async def test_a_business_is_reported_by_its_profile_and_not_by_its_owner(
    seller: Account, listing: Json, reporter: Account
) -> None:
    profile = ok(await seller.client.get(PROFILE))
    body = complaint(listing, subject_kind="PROVIDER", subject_id=profile["id"])
    assert ok(await reporter.client.post(REPORTS, json=body), 201)["subject"]["title"] == profile["business_name"]
    assert_problem(await seller.client.post(REPORTS, json=body), 409, "own-listing")
    assert_problem(await seller.client.post(REPORTS, json=complaint(listing)), 409, "own-listing")


async def test_every_step_out_of_order_names_the_state(listing: Json, reporter: Account, moderator: Account) -> None:
    report = await complain(reporter, listing)
    path = f"{QUEUE}/{report['id']}"
    decision = {"outcome": "ACTIONED", "action": "NONE", "statement": STATEMENT}

    async def refuses(state: str, *steps: str) -> None:
        for step in steps:
            body = decision if step == "decision" else None
            answer = await moderator.client.post(f"{path}/{step}", json=body)
            assert assert_problem(answer, 409, "invalid-transition")["state"] == state

    await refuses("OPEN", "decision")
    ok(await moderator.client.post(f"{path}/triage"))
    await refuses("TRIAGED", "triage")
    ok(await moderator.client.post(f"{path}/decision", json=decision))
    await refuses("ACTIONED", "triage", "decision")


@pytest.mark.both_engines
async def test_two_who_take_a_report_up_at_once_have_one_winner(
    listing: Json, reporter: Account, accounts: Accounts
) -> None:
    report = await complain(reporter, listing)
    both = [await accounts.hire("STAFF_MODERATOR") for _ in range(2)]
    answers = await asyncio.gather(*(one.client.post(f"{QUEUE}/{report['id']}/triage") for one in both))
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_nobody_decides_what_they_have_reported_or_what_is_theirs(
    listing: Json, seller: Account, accounts: Accounts
) -> None:
    involved = await accounts.hire("STAFF_MODERATOR", "SERVICE_PROVIDER")
    report = await complain(involved, listing)
    path = f"{QUEUE}/{report['id']}"
    assert_problem(await involved.client.post(f"{path}/triage"), 403, "own-case")

    await approve_business(involved)
    own = ok(await seller.client.post(REPORTS, json=complaint(await publish(involved))), 201)
    assert_problem(await involved.client.post(f"{QUEUE}/{own['id']}/triage"), 403, "own-case")


@pytest.mark.both_engines
async def test_who_is_reported_does_not_learn_by_whom_even_as_staff(
    reporter: Account, moderator: Account, accounts: Accounts
) -> None:
    reported = await accounts.hire("STAFF_ADMIN", "SERVICE_PROVIDER")
    await approve_business(reported)
    report = await complain(reporter, await publish(reported))
    narrow = {"subject_id": report["subject"]["id"], "include_total": "true"}
    assert ok(await moderator.client.get(QUEUE, params=narrow))["total"] == 1
    seen = ok(await reported.client.get(QUEUE, params=narrow))
    assert (seen["items"], seen["total"]) == ([], 0)
    assert_problem(await reported.client.get(f"{QUEUE}/{report['id']}"), 403, "own-case")

    path = f"{QUEUE}/{report['id']}"
    ok(await moderator.client.post(f"{path}/triage"))
    ok(await moderator.client.post(f"{path}/decision", json={"outcome": "DISMISSED", "statement": STATEMENT}))
    reporter_id = ok(await reporter.client.get("/users/me"))["id"]
    for own in ("/users/me/export", "/notifications", "/users/me/activity"):
        told = (await reported.client.get(own)).text
        assert [mark for mark in (reporter_id, report["id"], report["text"]) if mark in told] == [], own


@pytest.mark.both_engines
async def test_lists_are_paged_and_narrowed(seller: Account, reporter: Account, moderator: Account) -> None:
    listings = [await publish(seller) for _ in range(3)]
    made = [(await complain(reporter, one))["id"] for one in listings]
    assert ids(await whole(reporter.client, REPORTS, limit=2)) == made[::-1]
    counted = ok(await reporter.client.get(REPORTS, params={"include_total": "true", "limit": 1}))
    assert counted["total"] == 3

    narrow = {"subject_id": listings[1]["id"], "state": "OPEN", "reason": "MISLEADING", "subject_kind": "SERVICE"}
    assert ids(await whole(moderator.client, QUEUE, narrow, limit=2)) == [made[1]]
    assert ids(await whole(moderator.client, QUEUE, {**narrow, "state": "TRIAGED"}, limit=2)) == []
    oldest = [one for one in ids(await whole(moderator.client, QUEUE, limit=100)) if one in made]
    newest = [
        one for one in ids(await whole(moderator.client, QUEUE, {"sort": "-created_at"}, limit=100)) if one in made
    ]
    assert (oldest, newest) == (made, made[::-1])


async def test_a_report_is_its_reporters_and_staffs_alone(listing: Json, reporter: Account, accounts: Accounts) -> None:
    report = await complain(reporter, listing)
    other = await accounts.homeowner()
    assert_problem(await other.client.get(f"{REPORTS}/{report['id']}"), 404, "not-found")
    assert_problem(await other.client.get(f"{QUEUE}/{report['id']}"), 403, "forbidden")
    exported = ok(await reporter.client.get("/users/me/export"))
    assert [one["id"] for one in exported["reports"]] == [report["id"]]


async def test_another_report_of_the_same_thing_changes_the_entity_tag_for_staff(
    listing: Json, reporter: Account, accounts: Accounts, moderator: Account
) -> None:
    report = await complain(reporter, listing)
    path = f"{QUEUE}/{report['id']}"
    before = (await moderator.client.get(path)).headers["etag"]
    assert (await moderator.client.get(path, headers={"If-None-Match": before})).status_code == 304
    ok(await (await accounts.homeowner()).client.post(REPORTS, json=complaint(listing)), 201)
    after = await moderator.client.get(path, headers={"If-None-Match": before})
    assert ok(after)["other_reports"] == 1


@pytest.mark.both_engines
@pytest.mark.parametrize(
    ("names", "index"),
    [
        (frozenset[str](), "ix_reports_created_at_id"),
        (frozenset({"state"}), "ix_reports_state_created_at_id"),
        (frozenset({"subject_id"}), "ix_reports_subject_id_created_at"),
    ],
)
async def test_a_page_of_the_queue_asks_an_index(service: Service, names: frozenset[str], index: str) -> None:
    statement = page_query(names, descending=False, continued=False)
    binds = {"limit": 21, "reader_id": uuid4(), "state": "OPEN", "subject_id": uuid4()}
    plan = await plan_of(service, statement, binds)

    assert index in plan, plan
