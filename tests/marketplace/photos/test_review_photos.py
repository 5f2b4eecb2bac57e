"""Photos of a review: its author adds a few; others see them as long as it is published, and never before."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import select, update

from generated.states import PhotoState
from impl.identity.capabilities.users.tables import User
from impl.kernel.tables import core_table
from impl.marketplace.capabilities.reviews.tables import Review
from impl.marketplace.photos.service import MOST_OF_A_REVIEW
from impl.marketplace.photos.tables import Photo
from tests.harness.client import assert_problem
from tests.identity.closure.test_closure import closed
from tests.marketplace.inquiries.asking import asker
from tests.marketplace.jobs.working import JOBS, Parties, parties, shared_parties
from tests.marketplace.payloads import REPORTS, Json, approve_business, complain, complaint, ok
from tests.marketplace.photos.shown import photo_in
from tests.marketplace.photos.successes import picture
from tests.marketplace.photos.waiting import settled
from tests.marketplace.reports.decisions import TAKE_DOWN, triaged
from tests.marketplace.reviews.reviewing import BY_OWNER, BY_PROVIDER, HIDING, STAFF, published, slug_of, write

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Account, Accounts
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service

_FORM = {"alt_text": "The new tap"}


def _plain(address: str) -> str:
    return address.partition("?")[0]


async def _send(author: Account, job: Json) -> httpx.Response:
    answer: httpx.Response = await author.client.post(
        f"{JOBS}/{job['id']}/review/photos", files={"file": ("a.png", picture())}, data=_FORM
    )
    return answer


async def _reviewed_with_photo(both: Parties) -> tuple[Json, Json, Json]:
    """Return a completed job, the homeowner's review of it, and its photo, ready; nobody else has written yet."""
    job = await both.begun("COMPLETED")
    review = ok(await write(both.owner, job, BY_OWNER), 201)
    return job, review, await settled(both.owner, ok(await _send(both.owner, job), 201))


async def _of_job(party: Account, job: Json) -> list[Json]:
    photos: list[Json] = ok(await party.client.get(f"{JOBS}/{job['id']}/reviews"))["photos"]
    return photos


async def _public(both: Parties) -> list[Json]:
    items: list[Json] = ok(await both.owner.client.get(f"/providers/{await slug_of(both)}/reviews"))["items"]
    return items


async def _hidden(both: Parties, moderator: Account, review: Json) -> list[Json]:
    """Hide a review, and return its photos as staff see them."""
    hidden = ok(await moderator.client.post(f"{STAFF}/{review['id']}/hide", json=HIDING))
    assert await _public(both) == []
    photos: list[Json] = hidden["photos"]
    return photos


@pytest.mark.both_engines
async def test_nobody_else_sees_a_photo_before_its_review_is_published(
    accounts: Accounts, client: httpx.AsyncClient
) -> None:
    both = await parties(accounts)
    job, _, photo = await _reviewed_with_photo(both)
    assert (photo["subject_kind"], photo["state"], photo["alt_text"]) == ("REVIEW", "READY", "The new tap")
    (own,) = await _of_job(both.owner, job)
    for address in (photo["files"]["card"]["jpeg"], own["files"]["card"]["jpeg"]):
        assert (await client.get(address)).headers["cache-control"] == "private, max-age=300"
    plain = _plain(photo["files"]["card"]["jpeg"])
    assert await _of_job(both.provider, job) == []
    assert (await client.get(plain)).status_code == 404
    assert_problem(await both.provider.client.get(f"/photos/{photo['id']}"), 404, "not-found")
    # An address in the provider's name shows nothing either.
    forged = own["files"]["card"]["jpeg"].replace(
        ok(await both.owner.client.get("/users/me"))["id"], ok(await both.provider.client.get("/users/me"))["id"]
    )
    assert (await client.get(forged)).status_code == 404

    ok(await write(both.provider, job, BY_PROVIDER), 201)
    await published(both.provider, job)
    (theirs,) = await _of_job(both.provider, job)
    assert (theirs["id"], theirs["alt_text"]) == (photo["id"], "The new tap")
    assert (await client.get(theirs["files"]["card"]["jpeg"])).status_code == 200
    ((shown,),) = [one["photos"] for one in await _public(both)]
    assert shown["files"]["card"]["jpeg"] == plain
    assert "immutable" in (await client.get(plain)).headers["cache-control"]


@pytest.mark.both_engines
async def test_a_photo_is_hidden_with_its_review_and_comes_back_with_it(
    accounts: Accounts, client: httpx.AsyncClient
) -> None:
    both, moderator = await parties(accounts), await accounts.staff("STAFF_MODERATOR")
    job, review, photo = await _reviewed_with_photo(both)
    ok(await write(both.provider, job, BY_PROVIDER), 201)
    await published(both.provider, job)
    plain = _plain(photo["files"]["full"]["webp"])
    (theirs,) = await _of_job(both.provider, job)
    (for_staff,) = await _hidden(both, moderator, review)
    assert (await client.get(plain)).status_code == 404
    assert (await client.get(theirs["files"]["full"]["webp"])).status_code == 404, "an address of before, too"
    assert await _of_job(both.provider, job) == []
    assert (await client.get(for_staff["files"]["full"]["webp"])).status_code == 200
    assert [one["id"] for one in await _of_job(both.owner, job)] == [photo["id"]]
    assert_problem(await _send(both.owner, job), 409, "invalid-transition")
    described = await both.owner.client.patch(f"/photos/{photo['id']}", json={"alt_text": "They call me a liar"})
    assert_problem(described, 409, "invalid-transition")

    back = ok(await moderator.client.post(f"{STAFF}/{review['id']}/reinstate"))
    assert [one["id"] for one in back["photos"]] == [photo["id"]]
    assert (await client.get(plain)).status_code == 200


async def test_a_photo_alone_is_reported_once_it_is_public_and_taken_down(
    accounts: Accounts, client: httpx.AsyncClient
) -> None:
    both, moderator, stranger = await parties(accounts), await accounts.staff("STAFF_MODERATOR"), await accounts.make()
    job, _, photo = await _reviewed_with_photo(both)
    early = await stranger.client.post(REPORTS, json=complaint(photo, subject_kind="PHOTO"))
    assert_problem(early, 404, "not-found")
    assert_problem(await moderator.client.get(f"/admin/photos/{photo['id']}"), 404, "not-found")
    ok(await write(both.provider, job, BY_PROVIDER), 201)
    await published(both.provider, job)
    report = await complain(stranger, photo, subject_kind="PHOTO")
    name = ok(await both.provider.client.get("/service-providers/profile"))["business_name"]
    seen = ok(await moderator.client.get(f"/admin/photos/{photo['id']}"))
    assert (seen["subject_kind"], seen["subject_title"], report["subject"]["title"]) == ("REVIEW", name, name)
    ok(await moderator.client.post(await triaged(moderator, report), json=TAKE_DOWN))
    assert [one["photos"] for one in await _public(both)] == [[]]
    assert (await client.get(_plain(photo["files"]["card"]["jpeg"]))).status_code == 404
    own = ok(await both.owner.client.get(f"/photos/{photo['id']}"))
    assert (own["state"], own["files"], own["review_note"]) == ("HIDDEN", None, TAKE_DOWN["statement"])


@pytest.mark.both_engines
async def test_the_homeowner_adds_a_few_for_two_days(accounts: Accounts, service: Service) -> None:
    both = await shared_parties(accounts, service)
    job = await both.begun("COMPLETED")
    assert_problem(await _send(both.owner, job), 404, "not-found")
    review = ok(await write(both.owner, job, BY_OWNER), 201)
    ok(await write(both.provider, job, BY_PROVIDER), 201)
    assert_problem(await _send(both.provider, job), 404, "not-found")
    owner_id = ok(await both.owner.client.get("/users/me"))["id"]
    for _ in range(MOST_OF_A_REVIEW):
        await photo_in(service, PhotoState.READY, owner_id=owner_id, subject_id=review["id"], kind="REVIEW")
    assert assert_problem(await _send(both.owner, job), 409, "limit-reached")["limit"] == MOST_OF_A_REVIEW
    listed = ok(await both.owner.client.get(f"{JOBS}/{job['id']}/review/photos"))["items"]
    assert len(listed) == MOST_OF_A_REVIEW
    moved = ok(await both.owner.client.patch(f"/photos/{listed[-1]['id']}", json={"position": 0}))
    assert ok(await both.owner.client.get(f"{JOBS}/{job['id']}/review/photos"))["items"][0]["id"] == moved["id"]
    table = core_table(Review)
    async with service.services.database.begin() as tx:
        old = {"created_at": service.clock.now() - timedelta(hours=48)}
        await tx.execute(update(table).where(table.c.id == UUID(review["id"])).values(**old))
    assert_problem(await _send(both.owner, job), 409, "review-closed")
    described = await both.owner.client.patch(f"/photos/{moved['id']}", json={"alt_text": "What they left behind"})
    assert_problem(described, 409, "review-closed")
    ok(await both.owner.client.patch(f"/photos/{moved['id']}", json={"position": 1}))
    ok(await both.owner.client.delete(f"/photos/{moved['id']}"), 204)


@pytest.mark.both_engines
async def test_the_photos_of_a_review_go_with_whom_it_is_of_and_nothing_is_added(
    accounts: Accounts, client: httpx.AsyncClient, service: Service, inbox: Inbox
) -> None:
    both = await parties(accounts)
    job, _, photo = await _reviewed_with_photo(both)
    other = await both.begun("COMPLETED")
    provider_id = UUID(ok(await both.provider.client.get("/users/me"))["id"])
    await closed(both.provider, inbox)
    async with service.services.database.begin() as tx:
        long_ago = service.clock.now() - timedelta(days=15)
        await tx.execute(update(User).where(User.id == provider_id).values(closed_at=long_ago))
    await service.services.cleanup_jobs["closed accounts"]()
    assert ok(await both.owner.client.get(f"{JOBS}/{job['id']}/review"))["text"] == "Erased review"
    assert await _of_job(both.owner, job) == []
    assert_problem(await both.owner.client.get(f"/photos/{photo['id']}"), 404, "not-found")
    assert (await client.get(photo["files"]["card"]["jpeg"])).status_code == 404
    for refused in (
        await _send(both.owner, job),
        await both.owner.client.patch(f"{JOBS}/{job['id']}/review", json={"text": "They came late."}),
        await write(both.owner, other, BY_OWNER),
    ):
        assert_problem(refused, 409, "review-closed")


async def test_the_photos_of_a_review_go_with_its_author(
    accounts: Accounts, client: httpx.AsyncClient, service: Service, inbox: Inbox
) -> None:
    both = await parties(accounts)
    job, review, photo = await _reviewed_with_photo(both)
    ok(await write(both.provider, job, BY_PROVIDER), 201)
    await published(both.provider, job)
    await closed(both.owner, inbox)
    service.clock.advance(timedelta(days=15))
    await service.services.cleanup_jobs["closed accounts"]()
    async with service.services.database.begin() as tx:
        left = await tx.scalars(select(Photo.id).where(Photo.subject_id == UUID(review["id"])))
        assert left.all() == []
    assert (await client.get(_plain(photo["files"]["card"]["jpeg"]))).status_code == 404


@pytest.mark.both_engines
async def test_nobody_decides_on_what_a_review_shows_or_says_of_their_business(accounts: Accounts) -> None:
    owner, home = await asker(accounts)
    reviewed = await accounts.hire("STAFF_MODERATOR", "SERVICE_PROVIDER")
    both = Parties(owner, home, reviewed, (await approve_business(reviewed))["id"])
    job, review, photo = await _reviewed_with_photo(both)
    ok(await write(reviewed, job, BY_PROVIDER), 201)
    await published(owner, job)
    stranger, moderator = await accounts.make(), await accounts.staff("STAFF_MODERATOR")
    reports = [await complain(stranger, review, subject_kind="REVIEW")]
    reports.append(await complain(stranger, photo, subject_kind="PHOTO"))
    decision = ""
    for report in reports:
        own = await reviewed.client.post(f"/admin/reports/{report['id']}/triage")
        assert_problem(own, 403, "own-case")
        decision = await triaged(moderator, report)
        for body in (TAKE_DOWN, {"outcome": "DISMISSED", "statement": "It is what a customer thinks."}):
            assert_problem(await reviewed.client.post(decision, json=body), 403, "own-case")
    ok(await moderator.client.post(decision, json=TAKE_DOWN))
    assert_problem(await reviewed.client.post(f"/admin/photos/{photo['id']}/reinstate"), 403, "own-case")
