"""Staff who review a listing see its photos, which nobody else sees before it is approved."""

from __future__ import annotations

import httpx

from tests.harness.accounts import Accounts
from tests.marketplace.moderation.staff_review import QUEUE, approved_business, submitted, waiting
from tests.marketplace.payloads import SERVICES, ok
from tests.marketplace.photos.successes import picture
from tests.marketplace.photos.waiting import settled


async def test_a_listing_in_review_shows_its_photos_to_staff(people: Accounts, client: httpx.AsyncClient) -> None:
    staff, provider = await people.staff("STAFF_MODERATOR"), await people.make("SERVICE_PROVIDER")
    await approved_business(await people.staff(), provider)
    made = await submitted(provider)
    sent = await provider.client.post(f"{SERVICES}/{made['id']}/photos", files={"file": ("a.png", picture())})
    photo = await settled(provider, ok(sent, 201))
    item = await waiting(staff, made["id"])
    (seen,) = ok(await staff.client.get(f"{QUEUE}/{item['id']}/photos"))["items"]
    assert (seen["id"], seen["subject_id"], seen["state"]) == (photo["id"], made["id"], "READY")
    address = seen["files"]["card"]["jpeg"]
    assert (await client.get(address)).status_code == 200
    assert (await client.get(address.partition("?")[0])).status_code == 404
    (event,) = ok(
        await (await people.staff()).client.get(
            "/admin/audit-events", params={"event": "moderation.photos_read", "subject_id": item["id"]}
        )
    )["items"]
    assert event["actor_id"] == ok(await staff.client.get("/users/me"))["id"]
