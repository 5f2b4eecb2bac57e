"""The queue of what waits: who reads it, claims it and decides, and what of two at once becomes of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from tests.harness.accounts import Accounts
from tests.harness.client import assert_problem
from tests.harness.clock import INSTANT
from tests.harness.service import Service
from tests.identity.database_inspection import rows
from tests.identity.roles.role_requests import id_of
from tests.marketplace.moderation.staff_review import (
    APPROVE,
    QUEUE,
    REJECT,
    approved_business,
    decide,
    on,
    submitted,
    waiting,
)
from tests.marketplace.payloads import PROFILE, SERVICES, approve_business, business, ids, ok, whole


@pytest.mark.both_engines
async def test_the_queue_is_read_in_pages_and_by_filters(people: Accounts) -> None:
    staff, provider = await people.hire("STAFF_MODERATOR"), await people.make("SERVICE_PROVIDER")
    profile = await approve_business(provider)
    made = [await submitted(provider, title=f"Tap number {number}") for number in range(3)]
    every = await whole(staff.client, QUEUE, {"sort": "submitted_at"})
    mine = [item for item in every if item["subject_id"] in {profile["id"], *ids(made)}]
    assert [item["subject_id"] for item in mine] == [profile["id"], *ids(made)]
    assert ids(every) == ids(list(reversed(await whole(staff.client, QUEUE, {"sort": "-submitted_at"}))))
    services = await whole(staff.client, QUEUE, {"kind": "SERVICE"}, limit=50)
    assert profile["id"] not in {item["subject_id"] for item in services}
    ok(await staff.client.post(f"{QUEUE}/{mine[1]['id']}/claim"))
    assert ids(await whole(staff.client, QUEUE, {"claimed": "ME"})) == [mine[1]["id"]]
    assert mine[1]["id"] not in ids(await whole(staff.client, QUEUE, {"claimed": "NOBODY"}, limit=50))
    before = {"submitted_before": mine[2]["submitted_at"], "limit": 100}
    assert mine[2]["id"] not in ids(ok(await staff.client.get(QUEUE, params=before))["items"])
    total = ok(await staff.client.get(QUEUE, params={"include_total": True, "limit": 1}))["total"]
    assert total == len(every)


async def test_what_one_has_claimed_nobody_else_claims_or_decides_until_it_expires(
    reviewed: Service, people: Accounts
) -> None:
    one, other = await people.hire("STAFF_ADMIN"), await people.hire("STAFF_MODERATOR")
    provider = await people.make("SERVICE_PROVIDER")
    profile = await approve_business(provider)
    item = await waiting(one, profile["id"])
    path = f"{QUEUE}/{item['id']}"
    assert ok(await one.client.post(f"{path}/claim"))["claimed_by"] == await id_of(one)
    for refused in (
        await other.client.post(f"{path}/claim"),
        await other.client.post(f"{path}/release"),
        await other.client.post(f"{path}/decision", json=on(item, APPROVE)),
    ):
        assert_problem(refused, 409, "moderation-claimed")
    assert ok(await one.client.post(f"{path}/release"))["claimed_by"] is None
    with reviewed.clock.stopped():
        ok(await other.client.post(f"{path}/claim"))
        reviewed.clock.advance(timedelta(minutes=15) - INSTANT)
        assert_problem(await one.client.post(f"{path}/claim"), 409, "moderation-claimed")
        for _ in range(2):
            reviewed.clock.advance(INSTANT)
            assert ok(await one.client.get(path))["claimed_by"] is None
            ok(await one.client.post(f"{path}/claim"))
            ok(await one.client.post(f"{path}/release"))
    ok(await one.client.post(f"{path}/claim"))
    assert ok(await one.client.post(f"{path}/decision", json=on(item, APPROVE)))["state"] == "APPROVED"


@pytest.mark.parametrize("how", ["suspended", "demoted", "closed"])
async def test_who_may_decide_no_more_keeps_nobody_away(people: Accounts, how: str) -> None:
    staff, one, other = await people.staff(), await people.hire("STAFF_MODERATOR"), await people.hire("STAFF_MODERATOR")
    profile = await approve_business(await people.make("SERVICE_PROVIDER"))
    item = await waiting(one, profile["id"])
    path, one_id = f"{QUEUE}/{item['id']}", await id_of(one)
    ok(await one.client.post(f"{path}/claim"))
    assert item["id"] not in ids(await whole(other.client, QUEUE, {"claimed": "NOBODY"}, limit=50))
    match how:
        case "suspended":
            ok(await staff.client.post(f"/users/{one_id}/suspend", json={"reason": "Left."}))
        case "demoted":
            held = await staff.client.get(f"/users/{one_id}/roles")
            version = {"If-Match": held.headers["etag"]}
            body = {"roles": ["STAFF_SUPPORT"]}
            ok(await staff.client.put(f"/users/{one_id}/roles", json=body, headers=version))
        case _:
            read = await staff.client.get(f"/users/{one_id}")
            answer = await staff.client.delete(f"/users/{one_id}", headers={"If-Match": read.headers["etag"]})
            assert answer.status_code == 204
    shown = ok(await other.client.get(path))
    assert (shown["claimed_by"], shown["claim_expires_at"]) == (None, None)
    assert item["id"] in ids(await whole(other.client, QUEUE, {"claimed": "NOBODY"}, limit=50))
    assert ok(await other.client.post(f"{path}/claim"))["claimed_by"] == await id_of(other)
    assert ok(await other.client.post(f"{path}/decision", json=on(shown, APPROVE)))["state"] == "APPROVED"


async def test_a_claim_does_not_come_back_with_its_moderator(people: Accounts) -> None:
    staff, one = await people.staff(), await people.hire("STAFF_MODERATOR")
    profile = await approve_business(await people.make("SERVICE_PROVIDER"))
    path, one_id = f"{QUEUE}/{(await waiting(one, profile['id']))['id']}", await id_of(one)
    ok(await one.client.post(f"{path}/claim"))
    for roles in (["STAFF_SUPPORT"], ["STAFF_MODERATOR"]):
        held = await staff.client.get(f"/users/{one_id}/roles")
        version = {"If-Match": held.headers["etag"]}
        ok(await staff.client.put(f"/users/{one_id}/roles", json={"roles": roles}, headers=version))
    assert ok(await staff.client.get(path))["claimed_by"] is None
    ok(await one.client.post(f"{path}/claim"))
    ok(await staff.client.post(f"/users/{one_id}/suspend", json={"reason": "By mistake."}))
    ok(await staff.client.post(f"/users/{one_id}/reactivate"))
    shown = ok(await staff.client.get(path))
    assert (shown["claimed_by"], shown["claim_expires_at"]) == (None, None)


async def test_nobody_decides_on_a_text_that_they_have_not_read(people: Accounts) -> None:
    staff, provider = await people.staff(), await people.make("SERVICE_PROVIDER")
    profile = await approve_business(provider)
    item = await waiting(staff, profile["id"])
    path = f"{QUEUE}/{item['id']}"
    assert_problem(await staff.client.post(f"{path}/decision", json=APPROVE), 422, "validation-failed")
    # In one tab; the other one claims what was edited meanwhile.
    read = ok(await staff.client.post(f"{path}/claim"))
    assert read["text_version"] == item["text_version"]
    ok(await provider.client.put(PROFILE, json=business(about="Something else altogether.")))
    again = ok(await staff.client.post(f"{path}/claim"))
    about = next(field for field in again["fields"] if field["name"] == "ABOUT")
    assert about["proposed"] == "Something else altogether."
    for decision in (APPROVE, REJECT):
        answer = await staff.client.post(f"{path}/decision", json=on(read, decision))
        assert_problem(answer, 409, "moderation-text-changed")
    ok(await staff.client.post(f"{path}/decision", json=on(again, APPROVE)))
    assert ok(await provider.client.get(PROFILE))["about"] == "Something else altogether."


@pytest.mark.both_engines
async def test_of_two_decisions_one_counts_and_the_same_one_is_answered_again(
    reviewed: Service, people: Accounts
) -> None:
    one, other = await people.hire("STAFF_MODERATOR"), await people.hire("STAFF_MODERATOR")
    provider = await people.make("SERVICE_PROVIDER")
    profile = await approve_business(provider)
    item = await waiting(one, profile["id"])
    path = f"{QUEUE}/{item['id']}/decision"
    answers = await asyncio.gather(
        *(one.client.post(path, json=on(item, APPROVE)) for _ in range(3)),
        *(other.client.post(path, json=on(item, REJECT)) for _ in range(3)),
    )
    won = [answer.status_code == 200 for answer in answers]
    assert won in ([True] * 3 + [False] * 3, [False] * 3 + [True] * 3)
    outcome = {True: "APPROVED", False: "REJECTED"}[won[0]]
    lost = [answer for answer in answers if answer.status_code != 200]
    assert {assert_problem(answer, 409, "invalid-transition")["state"] for answer in lost} == {outcome}
    assert ok(await provider.client.get(PROFILE))["state"] == outcome
    sql = "SELECT event FROM operations.audit_events WHERE subject_id = :id AND event = 'moderation.decided'"
    assert len(await rows(reviewed, sql, id=UUID(item["id"]))) == 1


@pytest.mark.both_engines
async def test_of_two_claims_one_counts(people: Accounts) -> None:
    moderators = [await people.hire("STAFF_MODERATOR") for _ in range(3)]
    profile = await approve_business(await people.make("SERVICE_PROVIDER"))
    path = f"{QUEUE}/{(await waiting(moderators[0], profile['id']))['id']}/claim"
    answers = await asyncio.gather(*(one.client.post(path) for one in moderators))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]


@pytest.mark.both_engines
async def test_an_edit_and_an_approval_at_once_publish_nothing_unread(reviewed: Service, people: Accounts) -> None:
    staff, provider = await people.staff(), await people.make("SERVICE_PROVIDER")
    await approved_business(staff, provider)
    for number in range(3):
        made = await submitted(provider, title=f"Tap number {number}")
        item = await waiting(staff, made["id"])
        decision, edit = await asyncio.gather(
            staff.client.post(f"{QUEUE}/{item['id']}/decision", json=on(item, APPROVE)),
            provider.client.patch(f"{SERVICES}/{made['id']}", json={"title": "Nobody has read this"}),
        )
        assert edit.status_code == 200
        async with reviewed.client() as anyone:
            shown = await anyone.get(f"/services/{made['id']}")
        if decision.status_code == 200:
            assert ok(shown)["title"] == f"Tap number {number}"
        else:
            assert_problem(decision, 409, "moderation-text-changed")
            assert shown.status_code == 404


async def test_a_moderator_never_decides_on_what_is_theirs(people: Accounts) -> None:
    staff = await people.staff()
    both = await people.make("SERVICE_PROVIDER")
    profile = await approved_business(staff, both)
    made = await submitted(both)
    both_id = await id_of(both)
    held = await staff.client.get(f"/users/{both_id}/roles")
    roles = {"roles": ["SERVICE_PROVIDER", "STAFF_MODERATOR"]}
    ok(await staff.client.put(f"/users/{both_id}/roles", json=roles, headers={"If-Match": held.headers["etag"]}))
    item = await waiting(staff, made["id"])
    path = f"{QUEUE}/{item['id']}"
    for refused in (
        await both.client.post(f"{path}/claim"),
        await both.client.post(f"{path}/decision", json=on(item, APPROVE)),
        await both.client.post(f"/admin/providers/{profile['id']}/suspend", json={"note": "Mine."}),
        await both.client.post(f"/admin/providers/{profile['id']}/reinstate"),
    ):
        assert_problem(refused, 403, "own-case")
    ok(await decide(staff, item, APPROVE))


async def test_hints_name_what_a_moderator_may_want_to_look_at(people: Accounts) -> None:
    staff, provider = await people.staff(), await people.make("SERVICE_PROVIDER")
    await approved_business(staff, provider)
    ours = await submitted(provider, title="Boiler serviced", description="Boilers of all makes, once a year.")
    item = await waiting(staff, ours["id"])
    assert item["hints"] == []
    ok(await decide(staff, item, APPROVE))
    assert "hints" not in ours["revision"], "hints are for staff"
    text = "Write to bob@plumbers.example.com, see plumbers.example.com/tap or call (503) 555-0170. Since 1998."
    contacts = (await waiting(staff, (await submitted(provider, description=text))["id"]))["hints"]
    assert {(hint["kind"], hint["field"], hint["text"]) for hint in contacts} == {
        ("EMAIL_ADDRESS", "DESCRIPTION", "bob@plumbers.example.com"),
        ("WEB_ADDRESS", "DESCRIPTION", "plumbers.example.com/tap"),
    } | {(hint["kind"], hint["field"], hint["text"]) for hint in contacts if hint["kind"] == "PHONE_NUMBER"}
    assert [hint["text"] for hint in contacts if hint["kind"] == "PHONE_NUMBER"] == ["(503) 555-0170"]
    copy = await submitted(provider, title="BOILER  serviced!", description="Boilers of all makes: once a year")
    hints = (await waiting(staff, copy["id"]))["hints"]
    assert [(hint["kind"], hint["duplicate_of"]) for hint in hints] == [("DUPLICATE", ours["id"])]
