"""Reports of reviews: by whoever reads them, and hidden by staff with the reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.harness.client import assert_problem
from tests.marketplace.jobs.working import parties
from tests.marketplace.payloads import REPORTS, complain, complaint, ok
from tests.marketplace.reports.decisions import STATEMENT, TAKE_DOWN, triaged
from tests.marketplace.reviews.reviewing import UNRATED, rating_of, reviewed, visible

if TYPE_CHECKING:
    from tests.harness.accounts import Accounts
    from tests.harness.inbox import Inbox


async def test_a_review_is_reported_by_who_reads_it_and_hidden(accounts: Accounts, inbox: Inbox) -> None:
    both, moderator, stranger = await parties(accounts), await accounts.staff("STAFF_MODERATOR"), await accounts.make()
    review = await reviewed(both)
    of_homeowner = (await visible(both.owner, review["job"]))["PROVIDER"]
    # Everybody reads what a homeowner says; what a provider says is for the two of them.
    body = complaint(review, subject_kind="REVIEW", reason="OFFENSIVE")
    assert_problem(await both.owner.client.post(REPORTS, json=body), 409, "own-listing")
    other = complaint(of_homeowner, subject_kind="REVIEW")
    assert_problem(await stranger.client.post(REPORTS, json=other), 404, "not-found")
    ok(await both.owner.client.post(REPORTS, json=other), 201)
    ok(await both.provider.client.post(REPORTS, json=body), 201)
    report = await complain(stranger, review, subject_kind="REVIEW", reason="OFFENSIVE")
    assert report["subject"] == {"kind": "REVIEW", "id": review["id"], "title": "A review"}

    decision = await triaged(moderator, report)
    assert ok(await moderator.client.post(decision, json=TAKE_DOWN))["action"] == "TAKE_DOWN"
    assert "HOMEOWNER" not in await visible(both.provider, review["job"])
    own = (await visible(both.owner, review["job"]))["HOMEOWNER"]
    assert (own["state"], own["statement"]) == ("HIDDEN", STATEMENT)
    assert await rating_of(both) == UNRATED
    mail = await inbox.wait_for(both.owner.email, "A report about your review was decided")
    assert STATEMENT in mail.text
    assert "hidden from everybody but you" in mail.text
    assert_problem(await stranger.client.post(REPORTS, json=body), 404, "not-found")


async def test_what_is_hidden_already_is_not_taken_down_again(accounts: Accounts) -> None:
    both, moderator, stranger = await parties(accounts), await accounts.staff("STAFF_MODERATOR"), await accounts.make()
    review = await reviewed(both)
    first = await complain(stranger, review, subject_kind="REVIEW")
    second = await complain(both.provider, review, subject_kind="REVIEW")
    ok(await moderator.client.post(await triaged(moderator, first), json=TAKE_DOWN))
    refused = await moderator.client.post(await triaged(moderator, second), json=TAKE_DOWN)
    assert assert_problem(refused, 409, "invalid-transition")["state"] == "HIDDEN"
