"""The review from draft to listing: steps, refusals, and what others see in each state."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
from sqlalchemy import update

from generated.states import ProfileState, ServiceState
from impl.marketplace.provider_profile.tables import ProviderProfile
from impl.marketplace.provider_services.tables import Service as ServiceRow
from tests.harness.accounts import Account, Accounts
from tests.harness.client import assert_problem
from tests.harness.databases import Databases, Engine
from tests.harness.service import Service, run_service
from tests.marketplace.moderation.staff_review import approved_business, published
from tests.marketplace.payloads import (
    DRAINS,
    PROFILE,
    SERVICES,
    Json,
    add,
    approve_business,
    business,
    job,
    ok,
    publish,
)


@pytest.fixture(scope="module")
async def manual(databases: Databases, engine: Engine, worker_id: str) -> AsyncIterator[Service]:
    """Return a service where staff review."""
    async with run_service(databases, engine, f"manual_{worker_id}", moderation="staff") as running:
        yield running


@pytest.fixture(scope="module")
async def manual_accounts(manual: Service) -> AsyncIterator[Accounts]:
    made = Accounts(manual)
    yield made
    await made.close()


async def test_publishing_takes_a_submitted_profile(accounts: Accounts) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    draft = await add(provider)
    path = f"{SERVICES}/{draft['id']}"
    assert_problem(await provider.client.post(f"{path}/submit"), 409, "profile-required")
    ok(await provider.client.put(PROFILE, json=business()), 201)
    assert_problem(await provider.client.post(f"{path}/submit"), 409, "profile-required")
    ok(await provider.client.post(f"{PROFILE}/submit"))
    published = ok(await provider.client.post(f"{path}/submit"))
    assert published["state"] == "PUBLISHED"
    assert published["published_at"] is not None
    assert published["provider"]["business_name"] == "Rose City Plumbing"


async def test_every_step_out_of_order_is_refused(accounts: Accounts, client: httpx.AsyncClient) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    await approve_business(provider)
    path = f"{SERVICES}/{(await add(provider))['id']}"
    public = path.removeprefix("/service-providers")

    async def refuses(state: str, *steps: str) -> None:
        for step in steps:
            problem = assert_problem(await provider.client.post(f"{path}/{step}"), 409, "invalid-transition")
            assert problem["state"] == state

    async def take(step: str) -> str:
        state: str = ok(await provider.client.post(f"{path}/{step}"))["state"]
        return state

    await refuses("DRAFT", "pause", "resume")
    assert (await client.get(public)).status_code == 404
    assert await take("submit") == "PUBLISHED"
    await refuses("PUBLISHED", "submit", "resume")
    shown = ok(await client.get(public))
    assert await take("pause") == "PAUSED"
    await refuses("PAUSED", "submit", "pause")
    assert (await client.get(public)).status_code == 404
    assert await take("resume") == "PUBLISHED"
    assert ok(await client.get(public)) == shown


@pytest.mark.both_engines
@pytest.mark.parametrize("step", ["submit", "pause", "resume"])
async def test_of_parallel_steps_one_wins(accounts: Accounts, client: httpx.AsyncClient, step: str) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    await approve_business(provider)
    made = await add(provider)
    path = f"{SERVICES}/{made['id']}"
    before: dict[str, list[str]] = {"submit": [], "pause": ["submit"], "resume": ["submit", "pause"]}
    for earlier in before[step]:
        ok(await provider.client.post(f"{path}/{earlier}"))
    answers = await asyncio.gather(*(provider.client.post(f"{path}/{step}") for _ in range(8)))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 7
    state = ok(await provider.client.get(path))["state"]
    assert state == ("PAUSED" if step == "pause" else "PUBLISHED")
    assert (await client.get(f"/services/{made['id']}")).status_code == (404 if state == "PAUSED" else 200)


@pytest.mark.both_engines
async def test_deleting_and_resuming_at_once_leaves_nothing_listed(
    accounts: Accounts, client: httpx.AsyncClient
) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    await approve_business(provider)
    for _ in range(5):
        made = await publish(provider)
        path = f"{SERVICES}/{made['id']}"
        ok(await provider.client.post(f"{path}/pause"))
        await asyncio.gather(provider.client.delete(path), provider.client.post(f"{path}/resume"))
        assert (await client.get(f"/services/{made['id']}")).status_code == 404


async def test_an_edit_shows_at_once_where_nobody_reviews(accounts: Accounts, client: httpx.AsyncClient) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    await approve_business(provider)
    made = await publish(provider)
    path = f"{SERVICES}/{made['id']}"
    edited = ok(await provider.client.patch(path, json={"title": "Edited title", "category_id": DRAINS}))
    assert (edited["state"], edited["has_pending_changes"]) == ("PUBLISHED", False)
    assert edited["published_at"] == made["published_at"]
    shown = ok(await client.get(f"/services/{made['id']}"))
    assert (shown["title"], shown["category"]["slug"]) == ("Edited title", "drain-cleaning")
    assert shown["updated_at"] == edited["updated_at"]
    ok(await provider.client.post(f"{path}/pause"))
    ok(await provider.client.put(path, json=job(title="Edited while paused")))
    assert (await client.get(f"/services/{made['id']}")).status_code == 404
    ok(await provider.client.post(f"{path}/resume"))
    assert ok(await client.get(f"/services/{made['id']}"))["title"] == "Edited while paused"


async def _decide(service: Service, profile_id: str, state: ProfileState) -> None:
    """Do what staff will do once they can."""
    async with service.services.database.begin() as tx:
        await tx.execute(update(ProviderProfile).where(ProviderProfile.id == UUID(profile_id)).values(state=state))


@pytest.mark.both_engines
async def test_services_of_a_suspended_profile_are_out_of_sight(
    accounts: Accounts, client: httpx.AsyncClient, service: Service
) -> None:
    provider, reader = await accounts.make("SERVICE_PROVIDER"), await accounts.homeowner()
    profile = await approve_business(provider)
    made, draft = await publish(provider), await add(provider)
    await _decide(service, profile["id"], ProfileState.SUSPENDED)
    assert_problem(await client.get(f"/services/{made['id']}"), 404, "not-found")
    assert_problem(await reader.client.get(f"{SERVICES}/{made['id']}"), 404, "not-found")
    assert ok(await provider.client.get(f"{SERVICES}/{made['id']}"))["state"] == "PUBLISHED"
    assert_problem(await provider.client.post(f"{SERVICES}/{draft['id']}/submit"), 409, "profile-required")
    for answer in (
        await provider.client.put(PROFILE, json=business(about="Please")),
        await provider.client.post(f"{PROFILE}/submit"),
    ):
        assert assert_problem(answer, 409, "invalid-transition")["state"] == "SUSPENDED"
    await _decide(service, profile["id"], ProfileState.APPROVED)
    ok(await client.get(f"/services/{made['id']}"))


async def _submitted(provider: Account) -> Json:
    made = await add(provider)
    ok(await provider.client.post(f"{SERVICES}/{made['id']}/submit"))
    return made


async def test_where_staff_review_nothing_is_published_before(manual: Service, manual_accounts: Accounts) -> None:
    provider = await manual_accounts.make("SERVICE_PROVIDER")
    profile = await approve_business(provider)
    assert profile["state"] == "PENDING_REVIEW"
    edited = ok(await provider.client.put(PROFILE, json=business(about="A better text.")))
    assert edited["state"] == "PENDING_REVIEW"
    made = await _submitted(provider)
    path = f"{SERVICES}/{made['id']}"
    waiting = ok(await provider.client.get(path))
    assert (waiting["state"], waiting["published_at"]) == ("PENDING_REVIEW", None)
    assert ok(await provider.client.patch(path, json={"title": "Better title"}))["state"] == "PENDING_REVIEW"
    for step in ("submit", "pause", "resume"):
        problem = assert_problem(await provider.client.post(f"{path}/{step}"), 409, "invalid-transition")
        assert problem["state"] == "PENDING_REVIEW"
    async with manual.client() as anyone:
        assert_problem(await anyone.get(f"/services/{made['id']}"), 404, "not-found")


@pytest.mark.both_engines
async def test_editing_what_was_rejected_makes_it_a_draft(manual: Service, manual_accounts: Accounts) -> None:
    provider = await manual_accounts.make("SERVICE_PROVIDER")
    profile = await approve_business(provider)
    made = await _submitted(provider)
    async with manual.services.database.begin() as tx:
        note = {"review_note": "Say more."}
        await tx.execute(
            update(ServiceRow).where(ServiceRow.id == UUID(made["id"])).values(state=ServiceState.REJECTED, **note)
        )
        await tx.execute(
            update(ProviderProfile)
            .where(ProviderProfile.id == UUID(profile["id"]))
            .values(state=ProfileState.REJECTED, **note)
        )
    path = f"{SERVICES}/{made['id']}"
    assert ok(await provider.client.get(path))["review_note"] == "Say more."
    for refused in (f"{path}/submit", f"{PROFILE}/submit"):
        assert assert_problem(await provider.client.post(refused), 409, "invalid-transition")["state"] == "REJECTED"
    # The very same text is a fresh start, too.
    for again in (await provider.client.put(path, json=job()), await provider.client.put(PROFILE, json=business())):
        body = ok(again)
        assert (body["state"], body["review_note"]) == ("DRAFT", None)
    ok(await provider.client.post(f"{PROFILE}/submit"))
    assert ok(await provider.client.post(f"{path}/submit"))["state"] == "PENDING_REVIEW"


async def test_an_edit_under_review_leaves_what_others_read(manual: Service, manual_accounts: Accounts) -> None:
    staff, provider = await manual_accounts.staff("STAFF_MODERATOR"), await manual_accounts.make("SERVICE_PROVIDER")
    await approved_business(staff, provider)
    made = await published(staff, provider)
    path = f"{SERVICES}/{made['id']}"
    async with manual.client() as anyone:
        shown = ok(await anyone.get(f"/services/{made['id']}"))
        edited = ok(await provider.client.patch(path, json={"title": "Not reviewed yet"}))
        assert (edited["state"], edited["has_pending_changes"]) == ("PUBLISHED", True)
        assert ok(await anyone.get(f"/services/{made['id']}")) == shown
        reader = await manual_accounts.homeowner()
        seen = ok(await reader.client.get(path))
        assert (seen["title"], seen["has_pending_changes"]) == (made["title"], False)
        ok(await provider.client.post(f"{path}/pause"))
        ok(await provider.client.post(f"{path}/resume"))
        assert ok(await anyone.get(f"/services/{made['id']}")) == shown
        assert ok(await provider.client.get(path))["title"] == "Not reviewed yet"
