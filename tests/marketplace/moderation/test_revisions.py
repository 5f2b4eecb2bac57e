"""Published texts stay as they were approved, whatever their owner writes, until a moderator decides."""

from __future__ import annotations

from impl.marketplace.capabilities.submissions.repository import WITHDRAWN_MAX
from tests.harness.accounts import Accounts
from tests.harness.client import assert_problem
from tests.harness.service import Service
from tests.marketplace.moderation.staff_review import (
    APPROVE,
    NOTE,
    QUEUE,
    REJECT,
    approved_business,
    changed,
    decide,
    published,
    submitted,
    waiting,
)
from tests.marketplace.payloads import DRAINS, PROFILE, SERVICES, approve_business, business, money, ok
from tests.marketplace.reports.decisions import taken_down


async def test_a_material_edit_of_an_approved_profile_waits_while_others_see_the_approved_one(
    reviewed: Service, people: Accounts
) -> None:
    staff, provider = await people.staff(), await people.make("SERVICE_PROVIDER")
    await approved_business(staff, provider)
    made = await published(staff, provider)
    edit = business(business_name="Bet on Plumbing", website="https://casino.example.com", service_radius_km=12)
    mine = ok(await provider.client.put(PROFILE, json=edit))
    assert {name: mine[name] for name in edit} == edit, "its owner sees what they wrote"
    assert mine["state"] == "APPROVED"
    assert mine["revision"]["state"] == "PENDING"
    assert changed(mine["revision"]) == {
        "BUSINESS_NAME": ("Rose City Plumbing", "Bet on Plumbing"),
        "WEBSITE": ("https://rosecity.example.com", "https://casino.example.com"),
    }
    async with reviewed.client() as anyone:
        shown = ok(await anyone.get(f"/services/{made['id']}"))["provider"]
        assert (shown["business_name"], shown["website"]) == ("Rose City Plumbing", "https://rosecity.example.com")
        assert shown["service_radius_km"] == 12, "what is no words is live at once"
        item = await waiting(staff, mine["id"])
        assert (item["kind"], item["is_revision"]) == ("PROFILE", True)
        assert item["fields"] == mine["revision"]["fields"]
        ok(await decide(staff, item, APPROVE))
        shown = ok(await anyone.get(f"/services/{made['id']}"))["provider"]
        assert (shown["business_name"], shown["website"]) == ("Bet on Plumbing", "https://casino.example.com")
        found = ok(await anyone.get("/services", params={"q": "bet on plumbing leaking"}))["items"]
        assert made["id"] in {one["id"] for one in found}
    assert ok(await provider.client.get(PROFILE))["revision"] is None


async def test_a_rejected_edit_leaves_the_profile_and_is_submitted_again_by_the_next(people: Accounts) -> None:
    staff, provider = await people.staff(), await people.make("SERVICE_PROVIDER")
    profile = await approved_business(staff, provider)
    ok(await provider.client.put(PROFILE, json=business(about="Call 503 555 0170.")))
    ok(await decide(staff, await waiting(staff, profile["id"]), REJECT))
    mine = ok(await provider.client.get(PROFILE))
    assert (mine["state"], mine["review_note"], mine["about"]) == ("APPROVED", NOTE, "Call 503 555 0170.")
    revision = mine["revision"]
    assert (revision["state"], revision["rejection_reason"], revision["note"]) == ("REJECTED", "CONTACT_DETAILS", NOTE)
    again = ok(await provider.client.put(PROFILE, json=business(about="Plumbers of three generations.")))
    assert (again["revision"]["state"], again["review_note"]) == ("PENDING", None)
    assert changed(again["revision"])["ABOUT"] == ("Family plumbers since 1998.", "Plumbers of three generations.")
    undone = ok(await provider.client.put(PROFILE, json=business()))
    assert (undone["revision"], undone["about"]) == (None, "Family plumbers since 1998.")


async def test_a_material_edit_of_a_service_waits_and_an_amount_does_not(reviewed: Service, people: Accounts) -> None:
    staff, provider = await people.staff(), await people.make("SERVICE_PROVIDER")
    await approved_business(staff, provider)
    made = await published(staff, provider)
    path = f"{SERVICES}/{made['id']}"
    edit = {"title": "Leaking tap mended today", "category_id": DRAINS, "duration_minutes": 45}
    price = {"kind": "FIXED", "price": money(9900)}
    mine = ok(await provider.client.patch(path, json={**edit, "pricing": price}))
    assert (mine["title"], mine["pricing"], mine["has_pending_changes"]) == (edit["title"], price, True)
    assert changed(mine["revision"]) == {
        "TITLE": ("Leaking tap repaired", "Leaking tap mended today"),
        "CATEGORY": ("tap-and-leak-repair", "drain-cleaning"),
    }
    listed = ok(await provider.client.get(SERVICES))["items"]
    assert [one["revision"] for one in listed] == [mine["revision"]]
    async with reviewed.client() as anyone:
        shown = ok(await anyone.get(f"/services/{made['id']}"))
        assert (shown["title"], shown["category"]["slug"]) == ("Leaking tap repaired", "tap-and-leak-repair")
        assert (shown["pricing"], shown["duration_minutes"]) == (price, 45)
        reader = await people.homeowner()
        seen = ok(await reader.client.get(path))
        assert (seen["title"], seen["revision"]) == ("Leaking tap repaired", None)
        ok(await provider.client.patch(path, json={"pricing": {"kind": "HOURLY", "price": money(8000)}}))
        assert ok(await anyone.get(f"/services/{made['id']}"))["pricing"] == price, "another kind of price waits"
        ok(await decide(staff, await waiting(staff, made["id"]), APPROVE))
        shown = ok(await anyone.get(f"/services/{made['id']}"))
        assert (shown["title"], shown["pricing"]["kind"]) == ("Leaking tap mended today", "HOURLY")
    mine = ok(await provider.client.get(path))
    assert (mine["has_pending_changes"], mine["revision"]) == (False, None)


async def test_a_rejected_edit_leaves_the_service_and_its_undoing_ends_it(reviewed: Service, people: Accounts) -> None:
    staff, provider = await people.staff(), await people.make("SERVICE_PROVIDER")
    await approved_business(staff, provider)
    made = await published(staff, provider)
    path = f"{SERVICES}/{made['id']}"
    ok(await provider.client.patch(path, json={"title": "Call 503 555 0170"}))
    ok(await decide(staff, await waiting(staff, made["id"]), REJECT))
    mine = ok(await provider.client.get(path))
    assert (mine["state"], mine["title"], mine["review_note"]) == ("PUBLISHED", "Call 503 555 0170", NOTE)
    assert (mine["has_pending_changes"], mine["revision"]["state"]) == (True, "REJECTED")
    async with reviewed.client() as anyone:
        assert ok(await anyone.get(f"/services/{made['id']}"))["title"] == made["title"]
    undone = ok(await provider.client.patch(path, json={"title": made["title"]}))
    assert (undone["has_pending_changes"], undone["revision"], undone["review_note"]) == (False, None, None)
    # However often that is done, the last ones stay.
    for number in range(WITHDRAWN_MAX + 1):
        for title in (f"Leaking tap number {number}", made["title"]):
            ok(await provider.client.patch(path, json={"title": title}))
    exported = ok(await provider.client.get("/users/me/export"))["submissions"]
    kept = [one["fields"][1]["proposed"] for one in exported if one["state"] == "WITHDRAWN"]
    assert sorted(kept) == sorted(f"Leaking tap number {number}" for number in range(1, WITHDRAWN_MAX + 1))


async def test_what_was_rejected_stays_so_when_the_service_is_reinstated(reviewed: Service, people: Accounts) -> None:
    staff, provider, reporter = await people.staff(), await people.make("SERVICE_PROVIDER"), await people.homeowner()
    await approved_business(staff, provider)
    before, since = await published(staff, provider), await published(staff, provider)
    edit = {"title": "Taps at 503 555 0170"}
    ok(await provider.client.patch(f"{SERVICES}/{before['id']}", json=edit))
    ok(await decide(staff, await waiting(staff, before["id"]), REJECT))
    for made in (before, since):
        await taken_down(staff, reporter, made)
    ok(await provider.client.patch(f"{SERVICES}/{since['id']}", json=edit))
    ok(await provider.client.post(f"{SERVICES}/{since['id']}/submit"))
    ok(await decide(staff, await waiting(staff, since["id"]), REJECT))
    for made in (before, since):
        ok(await staff.client.post(f"/admin/services/{made['id']}/reinstate"))
        mine = ok(await provider.client.get(f"{SERVICES}/{made['id']}"))
        assert (mine["state"], mine["title"], mine["review_note"]) == ("PUBLISHED", edit["title"], NOTE)
        assert (mine["revision"]["state"], mine["revision"]["note"]) == ("REJECTED", NOTE)
        async with reviewed.client() as anyone:
            assert ok(await anyone.get(f"/services/{made['id']}"))["title"] == made["title"]
    queue = ok(await staff.client.get(QUEUE, params={"limit": 100, "sort": "-submitted_at"}))["items"]
    assert not {item["subject_id"] for item in queue} & {before["id"], since["id"]}


async def test_a_rejected_submission_is_edited_and_submitted_again(people: Accounts) -> None:
    staff, provider = await people.staff(), await people.make("SERVICE_PROVIDER")
    profile = await approve_business(provider)
    made = await submitted(provider)
    path = f"{SERVICES}/{made['id']}"
    assert made["revision"]["state"] == "PENDING"
    assert all(field["published"] is None for field in made["revision"]["fields"])
    for subject, where in ((profile["id"], PROFILE), (made["id"], path)):
        ok(await decide(staff, await waiting(staff, subject), REJECT))
        rejected = ok(await provider.client.get(where))
        assert (rejected["state"], rejected["review_note"]) == ("REJECTED", NOTE)
        assert rejected["revision"]["state"] == "REJECTED"
    for edited in (
        await provider.client.put(PROFILE, json=business(about="Better.")),
        await provider.client.patch(path, json={"title": "A better title"}),
    ):
        assert (ok(edited)["state"], ok(edited)["revision"]) == ("DRAFT", None)
    ok(await provider.client.post(f"{PROFILE}/submit"))
    assert ok(await provider.client.post(f"{path}/submit"))["revision"]["state"] == "PENDING"
    for subject in (profile["id"], made["id"]):
        ok(await decide(staff, await waiting(staff, subject), APPROVE))
    assert ok(await provider.client.get(PROFILE))["state"] == "APPROVED"
    assert ok(await provider.client.get(path))["state"] == "PUBLISHED"


async def test_what_is_deleted_waits_for_nobody(people: Accounts) -> None:
    staff, provider = await people.staff(), await people.make("SERVICE_PROVIDER")
    await approve_business(provider)
    made = await submitted(provider)
    item = await waiting(staff, made["id"])
    assert (await provider.client.delete(f"{SERVICES}/{made['id']}")).status_code == 204
    assert ok(await staff.client.get(f"{QUEUE}/{item['id']}"))["state"] == "WITHDRAWN"
    refused = await staff.client.post(f"{QUEUE}/{item['id']}/claim")
    assert assert_problem(refused, 409, "invalid-transition")["state"] == "WITHDRAWN"
