"""Verified licences on the public pages: shown and found while they are valid by the clock, their end told in time."""

import asyncio
from datetime import date, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from tests.harness.accounts import Account, Accounts, unique
from tests.harness.inbox import Inbox
from tests.harness.patience import PATIENCE
from tests.harness.service import Service
from tests.marketplace.inquiries.asking import events
from tests.marketplace.payloads import Json, approve_business, ok, publish
from tests.marketplace.verifications.sending import decide, send
from tests.marketplace.verifications.successes import QUEUE, VERIFICATIONS


class Shop:
    """A provider with a page and a service, found by a word that nobody else has."""

    def __init__(self, owner: Account, word: str, slug: str, service_id: str) -> None:
        self.owner = owner
        self.word = word
        self.path = f"/providers/{slug}"
        self.service = f"/services/{service_id}"


@pytest.fixture
async def shop(accounts: Accounts) -> Shop:
    owner, word = await accounts.make("SERVICE_PROVIDER"), unique("word")
    profile = await approve_business(owner, business_name=f"House of {word}")
    made = await publish(owner, title=f"Pipes {word}")
    return Shop(owner, word, profile["slug"], made["id"])


async def found(client: httpx.AsyncClient, shop: Shop, **parameters: str) -> tuple[int, int, int]:
    """Return how many businesses, services and counted services the search finds."""
    asked = {"q": shop.word, "verified": "true", **parameters}
    businesses = ok(await client.get("/providers", params={**asked, "include_total": "true"}))
    assert businesses["total"] == len(businesses["items"])
    services = ok(await client.get("/services", params={**asked, "include_total": "true"}))
    assert services["total"] == len(services["items"])
    counted = sum(
        facet["count"]["count"] for facet in ok(await client.get("/services/facets", params=asked))["pricing"]
    )
    return len(businesses["items"]), len(services["items"]), counted


async def seen(client: httpx.AsyncClient, shop: Shop, page: Json) -> bool:
    """Return whether services, listed and by themselves, say that the business is verified; they tell what it does."""
    grouped = [one for group in page["services"] for one in group["items"]]
    searched = ok(await client.get("/services", params={"q": shop.word}))["items"]
    offered = ok(await client.get(f"{shop.path}/services"))["items"]
    alone = [ok(await client.get(f"/services/{one['id']}")) for one in searched]
    told = {(one["provider_review_count"], one["provider_verified"]) for one in (*grouped, *searched, *offered, *alone)}
    assert told == {(page["rating"]["review_count"], page["is_verified"])}
    return bool(page["is_verified"])


def in_days(service: Service, days: int) -> date:
    return service.clock.now().date() + timedelta(days=days)


@pytest.mark.both_engines
async def test_what_is_verified_is_shown_and_found_while_it_is_valid_by_the_clock(
    shop: Shop, moderator: Account, client: httpx.AsyncClient, service: Service
) -> None:
    # Before anything is verified, whatever else was changed a while ago.
    service.clock.advance(timedelta(minutes=1))
    sent = await send(shop.owner, admin_area="Oregon", expires_date=str(in_days(service, 0)))
    insurance = await send(shop.owner, kind="INSURANCE", title="Public liability", number="POLICY-4711")
    before = await client.get(shop.path)
    assert (ok(before)["licences"], ok(before)["is_verified"]) == ([], False)
    assert await found(client, shop) == (0, 0, 0)

    await decide(moderator, insurance)
    page = ok(await client.get(shop.path))
    assert [(one["kind"], one["number"]) for one in page["licences"]] == [("INSURANCE", None)]
    assert (await seen(client, shop, page), await found(client, shop)) == (False, (0, 0, 0))

    decided = await decide(moderator, sent)
    after = await client.get(shop.path, headers={"If-None-Match": before.headers["etag"]})
    licence = {name: sent[name] for name in ("kind", "title", "number", "authority", "country", "admin_area")}
    assert ok(after)["licences"][0] == {**licence, "expires_date": sent["expires_date"]}
    assert await seen(client, shop, ok(after)) is True
    modified = parsedate_to_datetime(after.headers["last-modified"])
    assert modified.isoformat()[:19] == decided["decided_at"][:19]
    one = await client.get(shop.service)
    assert one.headers["last-modified"] == after.headers["last-modified"]
    assert await found(client, shop) == (1, 1, 1)
    assert await found(client, shop, verified="false") == (1, 1, 1)
    card = ok(await client.get("/providers", params={"q": shop.word}))["items"][0]
    assert card["is_verified"] is True

    service.clock.advance(timedelta(days=1))
    ended = await client.get(shop.path)
    assert [one["kind"] for one in ok(ended)["licences"]] == ["INSURANCE"]
    assert (await seen(client, shop, ok(ended)), await found(client, shop)) == (False, (0, 0, 0))
    assert parsedate_to_datetime(ended.headers["last-modified"]) > modified
    since = {"If-Modified-Since": one.headers["last-modified"]}
    assert ok(await client.get(shop.service, headers=since))["provider_verified"] is False


async def test_what_is_revoked_or_withdrawn_leaves_the_page(
    shop: Shop, moderator: Account, client: httpx.AsyncClient, service: Service
) -> None:
    revoked, withdrawn = await send(shop.owner), await send(shop.owner)
    for one in (revoked, withdrawn):
        await decide(moderator, one)
    assert len(ok(await client.get(shop.path))["licences"]) == 2
    # A service that is published from now on has them, too.
    await publish(shop.owner, title=f"Taps {shop.word}")
    assert await found(client, shop) == (1, 2, 2)
    ok(await moderator.client.post(f"{QUEUE}/{revoked['id']}/revoke", json={"note": "It was suspended."}))
    shown = await client.get(shop.path)
    assert len(ok(shown)["licences"]) == 1
    assert await found(client, shop) == (1, 2, 2)
    waiting = await send(shop.owner)
    service.clock.advance(timedelta(seconds=2))
    assert (await shop.owner.client.delete(f"{VERIFICATIONS}/{waiting['id']}")).status_code == 204
    same = await client.get(shop.path)
    assert same.headers["last-modified"] == shown.headers["last-modified"], "nobody has seen that one"
    assert (await shop.owner.client.delete(f"{VERIFICATIONS}/{withdrawn['id']}")).status_code == 204
    left = await client.get(shop.path)
    assert ok(left)["licences"] == []
    assert await found(client, shop) == (0, 0, 0)
    first, second = (parsedate_to_datetime(one.headers["last-modified"]) for one in (shown, left))
    assert second > first


@pytest.mark.both_engines
async def test_a_cursor_of_verified_businesses_outlives_the_day(
    accounts: Accounts, moderator: Account, client: httpx.AsyncClient, service: Service
) -> None:
    word = unique("word")
    for _ in range(2):
        owner = await accounts.make("SERVICE_PROVIDER")
        await approve_business(owner, business_name=f"Crew {word}")
        await publish(owner, title=f"Roofs {word}")
        await decide(moderator, await send(owner))
    asked = {"q": word, "verified": "true", "limit": "1", "sort": "-published_at"}
    for path in ("/providers", "/services"):
        page = ok(await client.get(path, params=asked))
        service.clock.advance(timedelta(days=1))
        rest = ok(await client.get(path, params={**asked, "cursor": page["next_cursor"]}))
        assert len({one["id"] for one in [*page["items"], *rest["items"]]}) == 2
        await accounts.login(moderator)


async def test_the_owner_is_told_thirty_days_before_the_end_once_and_at_the_end(
    accounts: Accounts, moderator: Account, inbox: Inbox, service: Service
) -> None:
    owner = await accounts.make("SERVICE_PROVIDER")
    sent = await send(owner, expires_date=str(in_days(service, 31)))
    await decide(moderator, sent)
    await inbox.wait_for(owner.email, "is verified")
    service.clock.advance(timedelta(days=1))
    await service.run_periodic_tasks()
    mail = await inbox.wait_for(owner.email, "ends soon")
    assert "Master plumber" in mail.text
    assert await service.services.marketplace.verifications.attend_ends() is False

    service.clock.advance(timedelta(days=31))
    await service.run_periodic_tasks()
    await inbox.wait_for(owner.email, "has ended")
    await accounts.login(owner)
    assert (await _ended(owner, sent))["state"] == "EXPIRED"
    assert (await events(service, sent))[-1] == "verification.expired"
    assert [one.subject for one in inbox.all(owner.email)].count(mail.subject) == 1


async def _ended(owner: Account, sent: Json) -> Json:
    """Wait until the worker has ended it."""
    async with asyncio.timeout(PATIENCE):
        while (now := ok(await owner.client.get(f"{VERIFICATIONS}/{sent['id']}")))["state"] == "VERIFIED":
            pass
    return now
