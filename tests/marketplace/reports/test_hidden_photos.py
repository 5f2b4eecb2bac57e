"""Photos that are reported: staff see them, hide them from everybody else at once, and show them again."""

import asyncio
from datetime import timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from tests.harness.accounts import Account, Accounts, unique
from tests.harness.client import assert_problem
from tests.harness.inbox import Inbox
from tests.harness.service import Service
from tests.marketplace.payloads import (
    NOBODYS,
    PROFILE,
    PROPERTIES,
    REPORTS,
    SERVICES,
    Json,
    add,
    approve_business,
    complain,
    complaint,
    house,
    ok,
    publish,
)
from tests.marketplace.photos.successes import picture
from tests.marketplace.photos.waiting import settled
from tests.marketplace.reports.decisions import STATEMENT, TAKE_DOWN, triaged

PHOTO = {"subject_kind": "PHOTO"}


@pytest.fixture
async def reporter(accounts: Accounts) -> Account:
    return await accounts.homeowner()


async def photographed(owner: Account, path: str, text: str = "front") -> Json:
    sent = await owner.client.post(f"{path}/photos", files={"file": ("a.png", picture())}, data={"alt_text": text})
    return await settled(owner, ok(sent, 201))


def one_address(photo: Json) -> str:
    address: str = photo["files"]["card"]["jpeg"]
    return address


@pytest.mark.both_engines
async def test_a_photo_that_is_taken_down_is_shown_to_staff_alone_until_they_reinstate_it(
    *,
    seller: Account,
    reporter: Account,
    moderator: Account,
    inbox: Inbox,
    client: httpx.AsyncClient,
    service: Service,
) -> None:
    word = unique("word")
    listing = await publish(seller, title=f"Taps {word}")
    path = f"{SERVICES}/{listing['id']}"
    front, back = [await photographed(seller, path, text) for text in ("front", "back")]
    address, seen = one_address(front), await client.get(one_address(front))
    page = await client.get(f"/services/{listing['id']}")
    report = await complain(reporter, front, **PHOTO)
    assert report["subject"] == {"kind": "PHOTO", "id": front["id"], "title": listing["title"]}
    reported = ok(await moderator.client.get(f"/admin/photos/{front['id']}"))
    assert (reported["subject_title"], reported["state"], reported["alt_text"]) == (listing["title"], "READY", "front")

    service.clock.advance(timedelta(seconds=2))
    ok(await moderator.client.post(await triaged(moderator, report), json=TAKE_DOWN))
    for headers in ({}, {"If-None-Match": seen.headers["etag"]}):
        assert (await client.get(address, headers=headers)).status_code == 404
    hidden = await client.get(f"/services/{listing['id']}", headers={"If-None-Match": page.headers["etag"]})
    assert [photo["alt_text"] for photo in ok(hidden)["photos"]] == ["back"]
    moments = [parsedate_to_datetime(one.headers["last-modified"]) for one in (page, hidden)]
    assert moments[0] < moments[1]
    (found,) = ok(await client.get("/services", params={"q": word}))["items"]
    assert found["photo"]["id"] == back["id"]
    mine = ok(await seller.client.get(f"/photos/{front['id']}"))
    assert (mine["state"], mine["review_note"], mine["files"]) == ("HIDDEN", STATEMENT, None)
    theirs = ok(await moderator.client.get(f"/admin/photos/{front['id']}"))
    shown = await client.get(one_address(theirs))
    assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
    mail = " ".join((await inbox.wait_for(seller.email, "A report about your listing was decided")).text.split())
    assert f'a photo of "{listing["title"]}"' in mail
    assert STATEMENT in mail
    assert "The photo is hidden" in mail
    assert "not shown any more" in (await inbox.wait_for(reporter.email, "Your report was looked into")).text

    again = await moderator.client.post(f"/admin/photos/{front['id']}/reinstate")
    assert (ok(again)["state"], ok(again)["review_note"]) == ("READY", None)
    assert (await client.get(address)).status_code == 200
    photos = ok(await client.get(f"/services/{listing['id']}"))["photos"]
    assert [photo["alt_text"] for photo in photos] == ["front", "back"]
    told = (await inbox.wait_for(seller.email, "Your photo is shown again")).text
    assert listing["title"] in " ".join(told.split())
    refused = await moderator.client.post(f"/admin/photos/{front['id']}/reinstate")
    assert assert_problem(refused, 409, "invalid-transition")["state"] == "READY"


async def test_an_address_from_before_shows_nothing_of_what_is_hidden(
    seller: Account, reporter: Account, moderator: Account, client: httpx.AsyncClient
) -> None:
    photo = await photographed(seller, PROFILE)
    listing = await publish(seller)
    private = await photographed(seller, f"{SERVICES}/{listing['id']}")
    reports = [await complain(reporter, one, **PHOTO) for one in (photo, private)]
    ok(await seller.client.post(f"{SERVICES}/{listing['id']}/pause"))
    addresses = [one_address(photo), one_address(ok(await seller.client.get(f"/photos/{private['id']}")))]
    assert [(await client.get(address)).status_code for address in addresses] == [200, 200]
    for report in reports:
        ok(await moderator.client.post(await triaged(moderator, report), json=TAKE_DOWN))
    assert [(await client.get(address)).status_code for address in addresses] == [404, 404]
    slug = ok(await seller.client.get(PROFILE))["slug"]
    assert ok(await client.get(f"/providers/{slug}"))["photos"] == []


async def test_photos_are_reported_that_others_see_and_that_are_not_ones_own(
    seller: Account, reporter: Account, moderator: Account, accounts: Accounts
) -> None:
    draft, listing = await add(seller), await publish(seller)
    home = ok(await reporter.client.post(PROPERTIES, json=house()), 201)
    unseen = await photographed(seller, f"{SERVICES}/{draft['id']}")
    private = await photographed(reporter, f"{PROPERTIES}/{home['id']}")
    someone = await accounts.make()
    for photo in (unseen, private, {"id": NOBODYS}):
        refused = await someone.client.post(REPORTS, json=complaint(photo, **PHOTO))
        assert_problem(refused, 404, "not-found")
    for photo_id in (private["id"], NOBODYS):
        assert_problem(await moderator.client.get(f"/admin/photos/{photo_id}"), 404, "not-found")
    shown = await photographed(seller, f"{SERVICES}/{listing['id']}")
    own = await seller.client.post(REPORTS, json=complaint(shown, **PHOTO))
    assert_problem(own, 409, "own-listing")

    # What its owner deletes meanwhile leaves nothing to take down.
    decision = await triaged(moderator, await complain(someone, shown, **PHOTO))
    assert (await seller.client.delete(f"/photos/{shown['id']}")).status_code == 204
    refused = await moderator.client.post(decision, json=TAKE_DOWN)
    assert assert_problem(refused, 409, "invalid-transition")["state"] == "ARCHIVED"
    assert ok(await moderator.client.post(decision, json={**TAKE_DOWN, "action": "NONE"}))["action"] == "NONE"


async def test_nobody_hides_or_reinstates_their_own_photo(
    accounts: Accounts, reporter: Account, moderator: Account
) -> None:
    involved = await accounts.hire("STAFF_MODERATOR", "SERVICE_PROVIDER")
    await approve_business(involved)
    photo = await photographed(involved, PROFILE)
    decision = await triaged(moderator, await complain(reporter, photo, **PHOTO))
    assert_problem(await involved.client.post(decision, json=TAKE_DOWN), 403, "own-case")
    ok(await moderator.client.post(decision, json=TAKE_DOWN))
    assert_problem(await involved.client.post(f"/admin/photos/{photo['id']}/reinstate"), 403, "own-case")


@pytest.mark.both_engines
async def test_a_decision_and_a_step_of_the_owner_at_once_leave_nothing_shown(
    seller: Account, reporter: Account, moderator: Account, client: httpx.AsyncClient
) -> None:
    for step in ("move", "delete"):
        photo = await photographed(seller, PROFILE)
        path, decision = f"/photos/{photo['id']}", await triaged(moderator, await complain(reporter, photo, **PHOTO))
        stepped = seller.client.delete(path) if step == "delete" else seller.client.patch(path, json={"position": 3})
        decided, _ = await asyncio.gather(moderator.client.post(decision, json=TAKE_DOWN), stepped)
        assert (await client.get(one_address(photo))).status_code == 404
        if step == "move":
            assert (ok(decided)["action"], ok(await seller.client.get(path))["state"]) == ("TAKE_DOWN", "HIDDEN")
        elif decided.status_code != 200:
            assert assert_problem(decided, 409, "invalid-transition")["state"] == "ARCHIVED"
