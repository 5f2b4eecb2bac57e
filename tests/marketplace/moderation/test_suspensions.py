"""A suspended provider has no listings, and has the very same ones again afterwards."""

import httpx

from tests.harness.accounts import Accounts
from tests.harness.client import assert_problem
from tests.identity.roles.role_requests import id_of
from tests.marketplace.moderation.staff_review import APPROVE, approved_business, decide, published, waiting
from tests.marketplace.payloads import NOBODYS, PROFILE, SERVICES, add, approve_business, business, ok, publish
from tests.marketplace.reports.decisions import taken_down

_REASON = {"reason": "Three jobs were charged back within a week."}


async def test_a_suspended_account_has_no_listings_until_it_is_reactivated(
    accounts: Accounts, client: httpx.AsyncClient
) -> None:
    provider, staff = await accounts.make("SERVICE_PROVIDER"), await accounts.staff()
    await approve_business(provider)
    shown, paused, draft = await publish(provider), await publish(provider), await add(provider)
    ok(await provider.client.post(f"{SERVICES}/{paused['id']}/pause"))
    before = ok(await client.get(f"/services/{shown['id']}"))
    account = f"/users/{await id_of(provider)}"
    ok(await staff.client.post(f"{account}/suspend", json=_REASON))
    assert_problem(await client.get(f"/services/{shown['id']}"), 404, "not-found")
    ok(await staff.client.post(f"{account}/reactivate"))
    assert ok(await client.get(f"/services/{shown['id']}")) == before
    for hidden in (paused, draft):
        assert_problem(await client.get(f"/services/{hidden['id']}"), 404, "not-found")


async def test_who_is_no_provider_any_more_has_no_listings_until_they_are_one_again(
    accounts: Accounts, client: httpx.AsyncClient
) -> None:
    provider, admin = await accounts.make("SERVICE_PROVIDER", also=("HOMEOWNER",)), await accounts.staff("STAFF_ADMIN")
    profile = await approve_business(provider)
    shown = await publish(provider)
    addresses = [f"/services/{shown['id']}", f"/providers/{profile['slug']}"]
    before = [ok(await client.get(address)) for address in addresses]
    path = f"/users/{await id_of(provider)}"
    for roles in (["HOMEOWNER"], ["HOMEOWNER", "SERVICE_PROVIDER"]):
        ok(await admin.client.put(f"{path}/roles", json={"roles": roles}, headers={"If-Match": "*"}))
        if "SERVICE_PROVIDER" not in roles:
            for address in addresses:
                assert_problem(await client.get(address), 404, "not-found")
            # An account that comes back brings nothing along that its roles do not let it show.
            ok(await admin.client.post(f"{path}/suspend", json=_REASON))
            ok(await admin.client.post(f"{path}/reactivate"))
            assert_problem(await client.get(addresses[0]), 404, "not-found")
    assert [ok(await client.get(address)) for address in addresses] == before


async def test_a_suspended_business_has_no_listings_until_it_is_reinstated(
    accounts: Accounts, client: httpx.AsyncClient
) -> None:
    provider, staff = await accounts.make("SERVICE_PROVIDER"), await accounts.staff()
    profile = await approve_business(provider)
    shown, paused = await publish(provider), await publish(provider)
    ok(await provider.client.post(f"{SERVICES}/{paused['id']}/pause"))
    before = ok(await client.get(f"/services/{shown['id']}"))
    path = f"/admin/providers/{profile['id']}"
    note = {"note": "Several customers told us that nobody came."}
    suspended = ok(await staff.client.post(f"{path}/suspend", json=note))
    assert (suspended["state"], suspended["review_note"]) == ("SUSPENDED", note["note"])
    assert_problem(await client.get(f"/services/{shown['id']}"), 404, "not-found")
    again = assert_problem(await staff.client.post(f"{path}/suspend", json=note), 409, "invalid-transition")
    assert again["state"] == "SUSPENDED"
    mine = ok(await provider.client.get(PROFILE))
    assert (mine["state"], mine["review_note"]) == ("SUSPENDED", note["note"])
    assert ok(await staff.client.post(f"{path}/reinstate"))["state"] == "APPROVED"
    assert ok(await client.get(f"/services/{shown['id']}")) == before
    assert_problem(await client.get(f"/services/{paused['id']}"), 404, "not-found")
    assert_problem(await staff.client.post(f"{path}/reinstate"), 409, "invalid-transition")
    assert_problem(await staff.client.post(f"/admin/providers/{NOBODYS}/suspend", json=note), 404, "not-found")


async def test_an_edit_that_waits_is_decided_only_after_the_business_is_back(people: Accounts) -> None:
    staff, provider = await people.staff(), await people.make("SERVICE_PROVIDER")
    profile = await approved_business(staff, provider)
    ok(await provider.client.put(PROFILE, json=business(about="Another text.")))
    item = await waiting(staff, profile["id"])
    path = f"/admin/providers/{profile['id']}"
    ok(await staff.client.post(f"{path}/suspend", json={"note": "Nobody came."}))
    refused = await decide(staff, item, APPROVE)
    assert assert_problem(refused, 409, "invalid-transition")["state"] == "SUSPENDED"
    back = ok(await staff.client.post(f"{path}/reinstate"))
    assert back["state"] == "APPROVED"
    assert ok(await provider.client.get(PROFILE))["revision"]["state"] == "PENDING"
    ok(await decide(staff, item, APPROVE))
    assert ok(await provider.client.get(PROFILE))["about"] == "Another text."


async def test_an_edit_that_waits_goes_with_what_is_taken_down_and_waits_again_once_that_is_back(
    people: Accounts,
) -> None:
    staff, provider = await people.staff(), await people.make("SERVICE_PROVIDER")
    await approved_business(staff, provider)
    made = await published(staff, provider)
    ok(await provider.client.patch(f"{SERVICES}/{made['id']}", json={"title": "Taps of all kinds"}))
    item = await waiting(staff, made["id"])
    await taken_down(staff, await people.make("HOMEOWNER"), made)
    refused = await staff.client.post(f"/admin/moderation/{item['id']}/claim")
    assert assert_problem(refused, 409, "invalid-transition")["state"] == "WITHDRAWN"
    ok(await staff.client.post(f"/admin/services/{made['id']}/reinstate"))
    again = await waiting(staff, made["id"])
    title = next(field for field in again["fields"] if field["name"] == "TITLE")
    assert (title["published"], title["proposed"]) == ("Leaking tap repaired", "Taps of all kinds")
    assert again["is_revision"]
    ok(await decide(staff, again, APPROVE))
