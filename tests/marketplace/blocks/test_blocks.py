"""Blocks over HTTP: nothing passes between two people any more, whoever of them wanted it so."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import func, or_, select

from impl.kernel.personal_data import PersonalData
from impl.marketplace.blocks.tables import PERSONAL_DATA_POLICIES, Block
from impl.marketplace.capabilities.inquiries.tables import Inquiry, ThreadSide
from tests.harness.client import assert_problem
from tests.identity.race_barrier import at_once, behind
from tests.marketplace.inquiries.asking import INBOX, INQUIRIES, ask, asker, businesses, question
from tests.marketplace.messages.writing import Side, Talk, talk, talk_of
from tests.marketplace.payloads import Json, ids, ok
from tests.marketplace.quotes.quoting import draft, quoted
from tests.marketplace.visits.visiting import act, ask_for_visit
from tests.marketplace.visits.visiting import send as send_visit

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Accounts
    from tests.harness.service import Service

BLOCKED = "/users/me/blocked"
PLACE = "marketplace.inquiries"


async def _block(side: Side) -> httpx.Response:
    return await side.account.client.put(side.path.removesuffix("messages") + "block")


async def block(side: Side) -> Json:
    return ok(await _block(side))


async def _two_talks(accounts: Accounts) -> tuple[Talk, Talk, str, str]:
    """Return two threads of the same two people, the home and the profile."""
    owner, home = await asker(accounts)
    ((provider, profile),) = await businesses(accounts, 1)
    one, other = [talk_of(await ask(owner, home, profile), owner, provider) for _ in range(2)]
    return one, other, home, profile


async def test_nothing_passes_between_two_people_of_whom_one_has_blocked_the_other(accounts: Accounts) -> None:
    one, other, home, profile = await _two_talks(accounts)
    owner, provider = one.homeowner.account, one.provider.account
    await one.homeowner.say("When could you come?")
    blocked = await block(one.provider)
    assert (blocked["blocked_side"], blocked["provider"]) == ("HOMEOWNER", None)
    assert (await block(other.provider))["id"] == blocked["id"], "once is enough"
    answers = [await side.write("Hello") for talk in (one, other) for side in (talk.homeowner, talk.provider)]
    bodies = [assert_problem(answer, 409, "conversation-closed") for answer in answers]
    assert len({(body["title"], body["detail"]) for body in bodies}) == 1, "nobody is told who"
    assert len(await one.provider.messages()) == 1

    again = await owner.client.post(INQUIRIES, json=question(home, profile))
    assert_problem(again, 404, "not-found")
    ((_, free),) = await businesses(accounts, 1)
    sent = await ask(owner, home, free)
    more = await owner.client.post(f"{INQUIRIES}/{sent['id']}/recipients", json={"kind": "PROVIDER", "id": profile})
    assert_problem(more, 404, "not-found")
    # What came before stays in the inbox.
    assert len(ok(await provider.client.get(INBOX))["items"]) == 2

    assert ids(ok(await provider.client.get(BLOCKED))["items"]) == [blocked["id"]]
    assert ok(await owner.client.get(BLOCKED))["items"] == []
    assert_problem(await owner.client.delete(f"{BLOCKED}/{blocked['id']}"), 404, "not-found")
    assert (await provider.client.delete(f"{BLOCKED}/{blocked['id']}")).status_code == 204
    await one.homeowner.say("Good that you are back.")


async def test_whoever_is_blocked_reads_nothing_of_it(accounts: Accounts) -> None:
    talking = await talk(accounts)
    for blocker, blocked in ((talking.provider, talking.homeowner), (talking.homeowner, talking.provider)):
        made = await block(blocker)
        assert (await blocker.account.client.delete(f"{BLOCKED}/{made['id']}")).status_code == 204
        client = blocked.account.client
        events = [
            *ok(await client.get("/users/me/activity"))["items"],
            *ok(await client.get("/users/me/export"))["activity"],
        ]
        assert [one["event"] for one in events if one["by"] == "SOMEBODY_ELSE"] == []
        assert "blocked" not in str(ok(await client.get("/notifications")))
        own = ok(await blocker.account.client.get("/users/me/activity"))["items"]
        assert [one["event"] for one in own[:2]] == ["person.unblocked", "person.blocked"]


async def test_nothing_is_agreed_between_two_people_of_whom_one_has_blocked_the_other(
    accounts: Accounts, service: Service
) -> None:
    one, other, *_ = await _two_talks(accounts)
    owner, provider = one.homeowner.account, one.provider.account
    quote, sent = await draft(provider, one.inquiry), await quoted(provider, other.inquiry)
    asked = await ask_for_visit(service, owner, provider, one.inquiry)
    made = await block(one.homeowner)
    tag = (await provider.client.get(f"/quotes/{quote['id']}")).headers["ETag"]
    words = {"decline_reason": "OTHER", "note": "So you do not want to hear from me."}
    refused = [
        await act(provider, asked, "accept"),
        await send_visit(owner, one.inquiry, asked["starts_at"]),
        await provider.client.post(f"/quotes/{quote['id']}/send"),
        await owner.client.post(f"/quotes/{sent['id']}/accept"),
        await owner.client.post(f"/quotes/{sent['id']}/decline", json=words),
        await provider.client.post(f"{INBOX}/{one.inquiry['id']}/decline", json=words),
    ]
    for answer in refused:
        assert_problem(answer, 409, "conversation-closed")
    # Whatever ends something is possible, without a word.
    ok(await owner.client.post(f"/quotes/{sent['id']}/decline", json={**words, "note": None}))
    ok(await act(provider, asked, "decline"))
    assert (await owner.client.delete(f"{BLOCKED}/{made['id']}")).status_code == 204
    ok(await provider.client.post(f"/quotes/{quote['id']}/send", headers={"If-Match": tag}))


@pytest.mark.both_engines
async def test_an_agreement_that_waits_for_a_block_finds_it(accounts: Accounts, service: Service) -> None:
    one, other, *_ = await _two_talks(accounts)
    owner, provider = one.homeowner.account, one.provider.account
    visit = await ask_for_visit(service, owner, provider, one.inquiry)
    quote = await quoted(provider, other.inquiry)
    owner_id, provider_id = [UUID(ok(await who.client.get("/users/me"))["id"]) for who in (owner, provider)]
    made = Block(
        blocker_id=owner_id,
        blocked_id=provider_id,
        recipient_id=UUID(one.inquiry["recipients"][0]["id"]),
        blocked_side=ThreadSide.PROVIDER,
        created_at=service.clock.now(),
    )
    of_owner = select(Inquiry.id).where(Inquiry.owner_id == owner_id).with_for_update()
    async with behind(service, of_owner) as (tx, met):
        await met.begin(act(provider, visit, "accept"), owner.client.post(f"/quotes/{quote['id']}/accept"))
        tx.add(made)
    for answer in await asyncio.gather(*met.tasks):
        assert_problem(answer, 409, "conversation-closed")


async def test_each_side_lifts_its_own_block_alone(accounts: Accounts) -> None:
    one, _, home, profile = await _two_talks(accounts)
    mine, theirs = await block(one.homeowner), await block(one.provider)
    assert mine["provider"]["id"] == profile
    owner, provider = one.homeowner.account, one.provider.account
    assert (await owner.client.delete(f"{BLOCKED}/{mine['id']}")).status_code == 204
    assert_problem(await one.homeowner.write("Hello"), 409, "conversation-closed")
    assert (await provider.client.delete(f"{BLOCKED}/{theirs['id']}")).status_code == 204
    await one.homeowner.say("Hello")
    await ask(owner, home, profile)


@pytest.mark.both_engines
async def test_of_a_block_and_a_message_at_once_none_comes_after(accounts: Accounts, service: Service) -> None:
    # The message is of another thread of the two.
    one, other, *_ = await _two_talks(accounts)
    blocked, sent = await at_once(service, PLACE, _block(one.homeowner), other.provider.write("On Monday."))
    assert ok(blocked)["blocked_side"] == "PROVIDER"
    found = len(await other.homeowner.messages())
    assert (sent.status_code, found) in [(201, 1), (409, 0)]
    assert_problem(await other.provider.write("Are you there?"), 409, "conversation-closed")
    assert len(await other.homeowner.messages()) == found


@pytest.mark.both_engines
async def test_two_blocks_at_once_are_one(accounts: Accounts) -> None:
    one, other, *_ = await _two_talks(accounts)
    made = await asyncio.gather(block(one.provider), block(other.provider))
    assert len({found["id"] for found in made}) == 1


@pytest.mark.both_engines
async def test_erasure_of_either_side_leaves_no_block(accounts: Accounts, service: Service) -> None:
    one, *_ = await _two_talks(accounts)
    await block(one.homeowner)
    provider_id = UUID(ok(await one.provider.account.client.get("/users/me"))["id"])
    async with service.services.database.begin() as tx:
        await PersonalData(PERSONAL_DATA_POLICIES).erase(tx, provider_id)
        left = or_(Block.blocker_id == provider_id, Block.blocked_id == provider_id)
        assert await tx.scalar(select(func.count()).select_from(Block).where(left)) == 0
