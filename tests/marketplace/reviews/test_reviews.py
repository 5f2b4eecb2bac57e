"""Reviews over HTTP: blind at first, published together, changed for two days, replied to once, hidden by staff."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import select, update

from impl.kernel.personal_data import PersonalData
from impl.kernel.tables import core_table
from impl.marketplace.capabilities.reviews.tables import ERASED, PERSONAL_DATA_POLICIES, Review
from tests.harness.client import assert_problem
from tests.harness.clock import INSTANT
from tests.identity.closure.test_closure import closed
from tests.identity.race_barrier import at_once
from tests.marketplace.categories.staff import category
from tests.marketplace.inquiries.asking import businesses, events
from tests.marketplace.jobs.working import JOBS, parties, shared_parties, was
from tests.marketplace.payloads import ids, kinds_of, ok, publish, whole
from tests.marketplace.reviews.reviewing import (
    BY_OWNER,
    BY_PROVIDER,
    HIDING,
    RATED,
    STAFF,
    UNRATED,
    publish_due,
    published,
    rating_of,
    reviewed,
    slug_of,
    visible,
    write,
)

if TYPE_CHECKING:
    from tests.harness.accounts import Accounts
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service
    from tests.marketplace.jobs.working import Parties
    from tests.marketplace.payloads import Json

ALL = {**BY_OWNER, "reply": None, "edited": False, "statement": None}


async def was_written(service: Service, review: dict[str, object], ago: timedelta) -> None:
    """Let a review be so old: the clock is every test's."""
    table = core_table(Review)
    async with service.services.database.begin() as tx:
        await tx.execute(
            update(table)
            .where(table.c.id == UUID(str(review["id"])))
            .values(created_at=service.clock.now() - ago, publish_at=service.clock.now())
        )


async def test_neither_party_reads_the_other_before_both_have_written(accounts: Accounts, inbox: Inbox) -> None:
    both = await parties(accounts)
    job = await both.begun("COMPLETED")
    written = ok(await write(both.owner, job, BY_OWNER), 201)
    assert {name: written[name] for name in ALL} == ALL
    assert (written["state"], written["published_at"]) == ("WRITTEN", None)
    assert await visible(both.provider, job) == {}
    reply = await both.provider.client.post(f"{JOBS}/{job['id']}/reviews/reply", json={"text": "Thank you."})
    assert_problem(reply, 404, "not-found")
    assert await rating_of(both) == UNRATED
    slug = await slug_of(both)
    assert ok(await both.owner.client.get(f"/providers/{slug}/reviews"))["items"] == []

    ok(await write(both.provider, job, BY_PROVIDER), 201)
    shown = await published(both.provider, job)
    assert (shown["HOMEOWNER"]["text"], shown["PROVIDER"]["text"]) == (BY_OWNER["text"], BY_PROVIDER["text"])
    assert await rating_of(both) == RATED
    (public,) = ok(await both.owner.client.get(f"/providers/{slug}/reviews"))["items"]
    assert {name: public[name] for name in BY_OWNER} == BY_OWNER
    assert not {"author_id", "job_id", "by"} & public.keys(), "nothing of who wrote it"
    found = ok(await both.owner.client.get("/providers", params={"limit": 100}))["items"]
    card = next(one for one in found if one["slug"] == slug)
    assert card["rating"] == RATED
    assert BY_OWNER["text"] in (await inbox.wait_for(both.provider.email, "A review of")).text
    assert BY_PROVIDER["text"] in (await inbox.wait_for(both.owner.email, "A review of")).text


@pytest.mark.both_engines
async def test_after_fourteen_days_it_is_published_alone_and_none_is_written_any_more(
    accounts: Accounts, service: Service
) -> None:
    both = await parties(accounts)
    job = await both.begun("COMPLETED")
    written = ok(await write(both.owner, job, BY_OWNER), 201)
    closes_at = ok(await both.owner.client.get(f"{JOBS}/{job['id']}/reviews"))["closes_at"]
    assert closes_at is not None
    await was_written(service, written, timedelta(days=13))
    await publish_due(service, written)
    assert (await visible(both.provider, job))["HOMEOWNER"]["state"] == "PUBLISHED"
    with service.clock.stopped():
        for ago in (timedelta(days=14), timedelta(days=15)):
            await was(service, job, ended_at=ago)
            assert_problem(await write(both.provider, job, BY_PROVIDER), 409, "review-closed")
    assert await rating_of(both) == RATED


@pytest.mark.both_engines
async def test_a_job_is_reviewed_once_by_each_party_when_it_is_completed(accounts: Accounts, service: Service) -> None:
    both = await shared_parties(accounts, service)
    scheduled = await both.agree()
    refused = assert_problem(await write(both.owner, scheduled, BY_OWNER), 409, "invalid-transition")
    assert refused["state"] == "SCHEDULED"
    assert ok(await both.owner.client.get(f"{JOBS}/{scheduled['id']}/reviews")) == {
        "closes_at": None,
        "photos": [],
        "items": [],
    }
    assert_problem(await both.owner.client.get(f"{JOBS}/{scheduled['id']}/review"), 404, "not-found")

    job = await both.begun("COMPLETED")
    answers = await at_once(service, "marketplace.jobs", *(write(both.owner, job, BY_OWNER) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert {answer.json().get("type", "").rpartition("/")[2] for answer in answers} == {"", "already-reviewed"}
    refused = assert_problem(await write(both.provider, job, BY_OWNER), 422, "validation-failed")
    assert {(one["pointer"], one["code"]) for one in refused["errors"]} == {
        (f"/{name}", "not_applicable") for name in ("punctuality", "quality", "value")
    }
    stranger = await accounts.make("HOMEOWNER")
    for path in ("review", "reviews"):
        assert_problem(await stranger.client.get(f"{JOBS}/{job['id']}/{path}"), 404, "not-found")


async def test_it_is_changed_for_two_days_and_the_rating_follows(accounts: Accounts, service: Service) -> None:
    both = await parties(accounts)
    review = await reviewed(both)
    path = f"{JOBS}/{review['job']['id']}/review"
    shown = await both.owner.client.get(path)
    etag = {"If-Match": shown.headers["ETag"]}
    changed = await both.owner.client.patch(path, json={"rating": 2, "value": None}, headers=etag)
    assert (ok(changed)["rating"], ok(changed)["value"], ok(changed)["edited"]) == (2, None, True)
    assert ok(changed)["text"] == BY_OWNER["text"]
    assert await rating_of(both) == {**RATED, "average": 2.0, "value": None}
    same = await both.owner.client.patch(path, json={"rating": 2})
    assert (ok(same), same.headers["ETag"]) == (ok(changed), changed.headers["ETag"]), "nothing has changed"
    assert_problem(await both.owner.client.patch(path, json={"rating": 1}, headers=etag), 412, "precondition-failed")
    with service.clock.stopped():
        for ago in (timedelta(hours=48), timedelta(hours=49)):
            await was_written(service, review, ago)
            assert_problem(await both.owner.client.patch(path, json={"rating": 1}), 409, "review-closed")
        await was_written(service, review, timedelta(hours=48) - INSTANT)
        assert ok(await both.owner.client.patch(path, json={"rating": 2}))["rating"] == 2
    assert await events(service, review) == ["review.written", "review.published", "review.edited"]


async def test_whoever_was_reviewed_replies_once(accounts: Accounts, inbox: Inbox) -> None:
    both = await parties(accounts)
    review = await reviewed(both)
    path = f"{JOBS}/{review['job']['id']}/reviews/reply"
    words = "Thank you. We call 503-555-0119 again."
    replied = ok(await both.provider.client.post(path, json={"text": words}))
    assert (replied["id"], replied["reply"]["text"]) == (review["id"], words)
    assert_problem(await both.provider.client.post(path, json={"text": "And again."}), 409, "review-closed")
    (public,) = ok(await both.owner.client.get(f"/providers/{await slug_of(both)}/reviews"))["items"]
    # The two know how the other is reached, and nobody else does.
    assert public["reply"] == {**replied["reply"], "text": "Thank you. We call ************ again."}
    assert "Thank you." in (await inbox.wait_for(both.owner.email, "A reply to your review")).text
    assert (await kinds_of(both.owner))[0] == "REVIEW_REPLIED"
    assert "REVIEW_PUBLISHED" in await kinds_of(both.provider)


@pytest.mark.both_engines
async def test_staff_hide_it_with_their_reasons_and_show_it_again(accounts: Accounts, inbox: Inbox) -> None:
    both, staff = await parties(accounts), await accounts.staff("STAFF_MODERATOR")
    review = await reviewed(both)
    hidden = ok(await staff.client.post(f"{STAFF}/{review['id']}/hide", json=HIDING))
    assert (hidden["state"], hidden["statement"]) == ("HIDDEN", HIDING["statement"])
    assert await rating_of(both) == UNRATED
    assert ok(await both.owner.client.get(f"/providers/{await slug_of(both)}/reviews"))["items"] == []
    assert "HOMEOWNER" not in await visible(both.provider, review["job"])
    reply = await both.provider.client.post(f"{JOBS}/{review['job']['id']}/reviews/reply", json={"text": "Thank you."})
    assert_problem(reply, 404, "not-found")
    own = ok(await both.owner.client.get(f"{JOBS}/{review['job']['id']}/review"))
    assert (own["state"], own["statement"]) == ("HIDDEN", HIDING["statement"])
    assert review["id"] in ids(await whole(staff.client, STAFF, {"hidden": "true"}, limit=100))
    assert HIDING["statement"] in (await inbox.wait_for(both.owner.email, "is hidden")).text
    assert (await kinds_of(both.owner))[0] == "REVIEW_HIDDEN"

    again = ok(await staff.client.post(f"{STAFF}/{review['id']}/reinstate"))
    assert (again["state"], again["statement"], again["hidden_at"]) == ("PUBLISHED", None, None)
    assert await rating_of(both) == RATED


@pytest.mark.both_engines
async def test_of_several_reviews_by_one_homeowner_the_newest_counts(accounts: Accounts) -> None:
    both, staff = await parties(accounts), await accounts.staff("STAFF_MODERATOR")
    older = await reviewed(both, rating=1)
    newer = await reviewed(both)
    listed = ok(await both.owner.client.get(f"/providers/{await slug_of(both)}/reviews"))["items"]
    assert ids(listed) == [newer["id"], older["id"]]
    assert await rating_of(both) == RATED
    edited = await both.owner.client.patch(f"{JOBS}/{older['job']['id']}/review", json={"rating": 2})
    assert (ok(edited)["rating"], await rating_of(both)) == (2, RATED)

    async def moderate(review: Json, step: str) -> Json:
        ok(await staff.client.post(f"{STAFF}/{review['id']}/{step}", json=HIDING if step == "hide" else None))
        return await rating_of(both)

    assert await moderate(older, "hide") == RATED
    assert await moderate(older, "reinstate") == RATED
    assert await moderate(newer, "hide") == {**RATED, "average": 2.0}
    assert await moderate(newer, "reinstate") == RATED
    assert await moderate(older, "hide") == RATED
    assert await moderate(newer, "hide") == UNRATED


@pytest.mark.both_engines
async def test_stars_outlive_their_author_and_words_do_not(accounts: Accounts, service: Service) -> None:
    both = await parties(accounts)
    review = await reviewed(both)
    table = core_table(Review)
    of_job = select(table).where(table.c.job_id == UUID(review["job"]["id"]))
    async with service.services.database.begin() as tx:
        author = next(row["author_id"] for row in (await tx.execute(of_job)).mappings() if row["by"] == "HOMEOWNER")
        await PersonalData(PERSONAL_DATA_POLICIES).erase(tx, author)
        left = {row["by"]: (row["rating"], row["text"]) for row in (await tx.execute(of_job)).mappings()}
    assert left == {"HOMEOWNER": (5, ERASED), "PROVIDER": (4, ERASED)}
    assert await rating_of(both) == RATED


async def test_a_reply_goes_with_whom_it_answers_and_none_is_written_after_that(
    accounts: Accounts, service: Service, inbox: Inbox
) -> None:
    both = await parties(accounts)
    answered, other = await reviewed(both), await reviewed(both)
    replies = [f"{JOBS}/{one['job']['id']}/reviews/reply" for one in (answered, other)]
    text = "Whoever lives in the blue house would know."
    ok(await both.provider.client.post(replies[0], json={"text": text}))
    await closed(both.owner, inbox)
    service.clock.advance(timedelta(days=14, minutes=1))
    await service.services.cleanup_jobs["closed accounts"]()
    await accounts.login(both.provider)
    left = (await visible(both.provider, answered["job"]))["HOMEOWNER"]
    assert (left["text"], left["reply"]["text"]) == (ERASED, ERASED)
    assert text not in str(ok(await both.provider.client.get(f"/providers/{await slug_of(both)}/reviews")))
    assert_problem(await both.provider.client.post(replies[1], json={"text": text}), 409, "review-closed")


async def test_the_export_holds_no_review_that_is_blind(accounts: Accounts) -> None:
    both = await parties(accounts)
    job = await both.begun("COMPLETED")
    ok(await write(both.owner, job, BY_OWNER), 201)
    await accounts.login(both.provider)
    for person, texts in ((both.provider, []), (both.owner, [BY_OWNER["text"]])):
        await accounts.login(person)
        exported = ok(await person.client.get("/users/me/export"))
        assert [one["text"] for one in exported["reviews"]] == texts


# Whatever the party reads of whom a review is, or everybody does; lists of a category that is the test's own.
_READS = (
    "/jobs/{job}",
    "/jobs/{job}/reviews",
    "/jobs?side=PROVIDER",
    "/providers/{slug}",
    "/providers/{slug}/reviews?include_total=true",
    "/providers?category={category}&sort=rating",
    "/providers?category={category}&min_rating=1",
    "/services?category={category}&sort=rating",
    "/services/facets?category={category}",
    "/notifications",
    "/users/me/activity",
    "/users/me/export",
)
_OF_READING = frozenset(
    {"date", "request-id", "ratelimit", "ratelimit-policy", "server-timing", "x-cache", "age", "traceparent"}
)


async def _all_read(accounts: Accounts, both: Parties, **places: str) -> dict[str, object]:
    """Return what the provider reads everywhere, with the headers, but for what the reading itself changes."""
    read: dict[str, object] = {}
    for path in _READS:
        if path == "/users/me/export":
            await accounts.login(both.provider)
        answer = await both.provider.client.get(path.format_map(places))
        body = ok(answer)
        if path == "/users/me/export":
            sections = ("reviews", "jobs", "notifications", "quotes", "inquiry_recipients")
            read[path] = [body[name] for name in sections]
            continue
        if path == "/users/me/activity":
            # Beside logins and exports of one's own.
            read[path] = [one["event"] for one in body["items"] if one["event"].split(".")[0] in {"job", "review"}]
            continue
        headers = {name: value for name, value in answer.headers.items() if name not in _OF_READING}
        read[path] = (headers, body)
    return read


@pytest.mark.both_engines
async def test_nothing_that_is_read_depends_on_a_review_that_is_blind(accounts: Accounts) -> None:
    both = await parties(accounts)
    ((other, _),) = await businesses(accounts, 1)
    job = await both.begun("COMPLETED")
    shared = await category(await accounts.staff("STAFF_MODERATOR"))
    for provider in (both.provider, other):
        await publish(provider, category_id=shared["id"])
    places = {"job": job["id"], "slug": await slug_of(both), "category": shared["slug"]}
    ok(await write(both.owner, job, {**BY_OWNER, "rating": 1, "punctuality": 1}), 201)
    before = await _all_read(accounts, both, **places)
    path = f"{JOBS}/{job['id']}/review"
    merge = {"Content-Type": "application/merge-patch+json"}
    changes = {"rating": 5, "punctuality": 5, "text": "Other words."}
    ok(await both.owner.client.patch(path, json=changes, headers=merge))
    after = await _all_read(accounts, both, **places)
    assert {path: read for path, read in after.items() if read != before[path]} == {}
