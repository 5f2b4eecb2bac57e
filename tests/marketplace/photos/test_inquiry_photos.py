"""Photos of an inquiry: its owner adds a few, those who were asked see them at addresses of their own, nobody else."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from generated.states import PhotoState
from impl.marketplace.photos.service import MOST_OF_AN_INQUIRY
from impl.marketplace.photos.tables import Photo
from tests.harness.accounts import Account, Accounts
from tests.harness.client import assert_problem
from tests.harness.inbox import Inbox
from tests.harness.service import Service
from tests.identity.closure.test_closure import closed
from tests.marketplace.inquiries.asking import INBOX, INQUIRIES, ask, asker, businesses, withdraw
from tests.marketplace.payloads import Json, ok
from tests.marketplace.photos.shown import photo_in
from tests.marketplace.photos.successes import picture
from tests.marketplace.photos.waiting import settled


async def _add(owner: Account, inquiry: Json, status: int = 201) -> Json:
    path = f"{INQUIRIES}/{inquiry['id']}/photos"
    sent = await owner.client.post(
        path, files={"file": ("a.png", picture())}, data={"alt_text": "The tap, call 503-555-0170"}
    )
    return ok(sent, status)


async def _received(provider: Account, inquiry: Json) -> list[Json]:
    items: list[Json] = ok(await provider.client.get(f"{INBOX}/{inquiry['id']}/photos"))["items"]
    return items


async def test_those_who_were_asked_see_the_photos_at_addresses_of_their_own(
    accounts: Accounts, client: httpx.AsyncClient, service: Service
) -> None:
    owner, home = await asker(accounts)
    (one, profile), (other, another), (stranger, _) = await businesses(accounts, 3)
    inquiry, elsewhere = await ask(owner, home, profile), await ask(owner, home, another)
    photo = await settled(owner, await _add(owner, inquiry))
    assert (photo["subject_kind"], photo["state"]) == ("INQUIRY", "READY")
    (seen,) = await _received(one, inquiry)
    assert (seen["id"], seen["alt_text"]) == (photo["id"], "The tap, call ************")
    address = seen["files"]["card"]["jpeg"]
    shown = await client.get(address)
    assert (shown.status_code, shown.headers["cache-control"]) == (200, "private, max-age=300")
    assert (await client.get(photo["files"]["card"]["jpeg"])).status_code == 200

    # Nobody else: not without the signature, not under another recipient's name, not who was not asked.
    plain, _, query = address.partition("?")
    recipient = query.rpartition("for=")[2]
    theirs = elsewhere["recipients"][0]["id"]
    for refused in ("", f"?{query.replace(recipient, theirs)}", f"?{query.rpartition('&')[0]}"):
        assert (await client.get(plain + refused)).status_code == 404
    for nobody in (other, stranger):
        assert_problem(await nobody.client.get(f"{INBOX}/{inquiry['id']}/photos"), 404, "not-found")
    assert_problem(await one.client.get(f"/photos/{photo['id']}"), 404, "not-found")
    service.clock.advance(timedelta(minutes=16))
    assert (await client.get(address)).status_code == 404


async def test_photos_are_added_while_an_inquiry_is_open_and_only_a_few(accounts: Accounts, service: Service) -> None:
    owner, home = await asker(accounts)
    ((_, profile),) = await businesses(accounts, 1)
    inquiry = await ask(owner, home, profile)
    owner_id = ok(await owner.client.get("/users/me"))["id"]
    for _ in range(MOST_OF_AN_INQUIRY):
        await photo_in(service, PhotoState.READY, owner_id=owner_id, subject_id=inquiry["id"], kind="INQUIRY")
    refused = await owner.client.post(f"{INQUIRIES}/{inquiry['id']}/photos", files={"file": ("a.png", picture())})
    assert assert_problem(refused, 409, "limit-reached")["limit"] == MOST_OF_AN_INQUIRY
    await withdraw(owner, inquiry)
    refused = await owner.client.post(f"{INQUIRIES}/{inquiry['id']}/photos", files={"file": ("a.png", picture())})
    assert assert_problem(refused, 409, "invalid-transition")["state"] == "WITHDRAWN"


@pytest.mark.both_engines
async def test_photos_of_an_inquiry_go_with_its_owner(
    accounts: Accounts, client: httpx.AsyncClient, service: Service, inbox: Inbox
) -> None:
    owner, home = await asker(accounts)
    ((provider, profile),) = await businesses(accounts, 1)
    inquiry = await ask(owner, home, profile)
    await settled(owner, await _add(owner, inquiry))
    address = (await _received(provider, inquiry))[0]["files"]["card"]["jpeg"]
    # While the account is closed nobody should work for it.
    await closed(owner, inbox)
    assert (await client.get(address)).status_code == 404
    service.clock.advance(timedelta(days=15))
    await service.services.cleanup_jobs["closed accounts"]()
    async with service.services.database.begin() as tx:
        left = await tx.scalars(select(Photo.id).where(Photo.subject_id == UUID(inquiry["id"])))
        assert left.all() == []
