"""A suspended provider has no listings, and has the very same ones again afterwards."""

import httpx

from tests.harness.accounts import Accounts
from tests.harness.client import assert_problem
from tests.identity.roles.role_requests import id_of
from tests.marketplace.payloads import SERVICES, add, approve_business, ok, publish

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
