"""Profiles of businesses in every state, where staff review and where nobody does."""

from __future__ import annotations

import httpx

from tests.contract.walks import Edge, Walk, World
from tests.harness.accounts import Account
from tests.marketplace.moderation.staff_review import APPROVE, NOTE, REJECT, decide, waiting
from tests.marketplace.payloads import PROFILE, Json, business, complain, ok
from tests.marketplace.reports.decisions import TAKE_DOWN, triaged


async def _make(world: World, state: str, edge: Edge | None) -> Json:
    """Return a profile in this state, with its provider."""
    # An approval at once is of where nobody reviews.
    at_once = edge == Edge("submitProviderProfile", "APPROVED")
    provider = await (world.auto if at_once else world.accounts).make("SERVICE_PROVIDER")
    profile = {"by": provider, **ok(await provider.client.put(PROFILE, json=business()), 201)}
    if state != "DRAFT":
        ok(await _submit(world, profile, "PENDING_REVIEW"))
    if state == "REJECTED":
        ok(await _decide(world, profile, state))
    elif state in {"APPROVED", "SUSPENDED"}:
        ok(await _decide(world, profile, "APPROVED"))
    if state == "SUSPENDED":
        ok(await _suspend(world, profile, state))
    return profile


async def _replace(_: World, profile: Json, __: str) -> httpx.Response:
    return await _client(profile).put(PROFILE, json=business(about="Another text."))


async def _submit(_: World, profile: Json, __: str) -> httpx.Response:
    return await _client(profile).post(f"{PROFILE}/submit")


async def _decide(world: World, profile: Json, target: str) -> httpx.Response:
    """Decide what waits; of what is published, an edit that is made for it."""
    if await _read(world, profile) == "APPROVED":
        ok(await _replace(world, profile, target))
    staff = await world.accounts.staff()
    return await decide(staff, await waiting(staff, profile["id"]), REJECT if target == "REJECTED" else APPROVE)


async def _decide_report(world: World, profile: Json, _: str) -> httpx.Response:
    reporter, staff = await world.accounts.make(), await world.accounts.staff()
    report = await complain(reporter, profile, subject_kind="PROVIDER")
    return await staff.client.post(await triaged(staff, report), json=TAKE_DOWN)


async def _suspend(world: World, profile: Json, _: str) -> httpx.Response:
    staff = await world.accounts.staff()
    return await staff.client.post(f"/admin/providers/{profile['id']}/suspend", json={"note": NOTE})


async def _reinstate(world: World, profile: Json, _: str) -> httpx.Response:
    staff = await world.accounts.staff()
    return await staff.client.post(f"/admin/providers/{profile['id']}/reinstate")


async def _read(_: World, profile: Json) -> str | None:
    return str(ok(await _client(profile).get(PROFILE))["state"])


def _client(profile: Json) -> httpx.AsyncClient:
    by: Account = profile["by"]
    return by.client


WALKS = {
    "ProfileState": Walk(
        _make,
        {
            "replaceProviderProfile": _replace,
            "submitProviderProfile": _submit,
            "decideModerationItem": _decide,
            "suspendProvider": _suspend,
            "decideReport": _decide_report,
            "reinstateProvider": _reinstate,
        },
        _read,
    )
}
