"""A report of somebody who is erased keeps its decision, and nothing that was said of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from impl.kernel.audit import AuditEvent
from impl.marketplace.reports.tables import ERASED
from tests.harness.accounts import unique
from tests.identity.closure.test_closure import closed
from tests.identity.database_inspection import everything
from tests.marketplace.inquiries.asking import ask, asker
from tests.marketplace.jobs.working import Parties
from tests.marketplace.messages.writing import talk_of
from tests.marketplace.payloads import REPORTS, Json, approve_business, complain, ok, publish
from tests.marketplace.reports.decisions import TAKE_DOWN, triaged
from tests.marketplace.reviews.reviewing import reviewed

if TYPE_CHECKING:
    from tests.harness.accounts import Accounts
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service


async def _providers_review(both: Parties) -> Json:
    """Return what the provider has said of the homeowner, published."""
    job = (await reviewed(both))["job"]
    found = ok(await both.owner.client.get(f"/jobs/{job['id']}/reviews"))["items"]
    (theirs,) = [one for one in found if one["by"] == "PROVIDER"]
    return dict(theirs)


@pytest.mark.both_engines
async def test_no_word_of_whoever_was_reported_is_left(accounts: Accounts, service: Service, inbox: Inbox) -> None:
    owner, home = await asker(accounts)
    provider, moderator = await accounts.make("SERVICE_PROVIDER"), await accounts.hire("STAFF_MODERATOR")
    name, title = unique("zqname"), unique("zqtitle")
    profile = await approve_business(provider, business_name=name)
    listing = await publish(provider, title=title)
    both = Parties(owner, home, provider, profile["id"])
    talking = talk_of(await ask(owner, home, profile["id"]), owner, provider)
    said, review = await talking.provider.say("Pay in advance."), await _providers_review(both)

    words: list[str] = [name, title]
    for kind, thing in (("MESSAGE", said), ("REVIEW", review), ("SERVICE", listing), ("PROVIDER", profile)):
        complained, decided = unique("zqcomplaint"), unique("zqstatement")
        words += [complained, decided]
        report = await complain(owner, thing, subject_kind=kind, text=f"It is {complained}.")
        decision = {**TAKE_DOWN, "statement": f"It is indeed {decided}."}
        ok(await moderator.client.post(await triaged(moderator, report), json=decision))
    before = await everything(service)
    assert [word for word in words if word not in before] == [], "the test has to put it there to see it go"

    await closed(provider, inbox)
    service.clock.advance(timedelta(days=14, minutes=1))
    await service.services.cleanup_jobs["closed accounts"]()
    left = await everything(service)
    assert [word for word in words if word in left] == []
    assert (await service.services.operations.audit_chain.verify()).is_whole
    await accounts.login(owner)
    kept = ok(await owner.client.get(REPORTS))["items"]
    assert {(one["subject"]["title"], one["text"], one["state"]) for one in kept} == {(ERASED, None, "ACTIONED")}
    hidden = select(AuditEvent.event).where(AuditEvent.event.in_(("message.hidden", "review.hidden")))
    async with service.services.database.begin() as tx:
        assert set(await tx.scalars(hidden)) == {"message.hidden", "review.hidden"}, "that it was done is on record"
