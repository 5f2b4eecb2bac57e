"""A service where staff review, and what providers and moderators do there."""

from __future__ import annotations

import httpx

from tests.harness.accounts import Account
from tests.marketplace.payloads import PROFILE, SERVICES, Json, add, approve_business, ok

QUEUE = "/admin/moderation"
APPROVE = {"decision": "APPROVE"}
NOTE = "Please take the phone number out of the description."
REJECT = {"decision": "REJECT", "rejection_reason": "CONTACT_DETAILS", "note": NOTE}


async def waiting(staff: Account, subject_id: str) -> Json:
    """Return the item that waits for the subject, wherever in the queue it is."""
    page = ok(await staff.client.get(QUEUE, params={"limit": 100, "sort": "-submitted_at"}))
    return next(item for item in page["items"] if item["subject_id"] == subject_id)


def on(item: Json, decision: Json) -> Json:
    """Return the decision on the texts that the item shows."""
    return {**decision, "text_version": item["text_version"]}


async def decide(staff: Account, item: Json, decision: Json) -> httpx.Response:
    """Decide as a moderator does who has claimed it."""
    ok(await staff.client.post(f"{QUEUE}/{item['id']}/claim"))
    return await staff.client.post(f"{QUEUE}/{item['id']}/decision", json=on(item, decision))


async def approved_business(staff: Account, provider: Account, **changes: object) -> Json:
    """Give the provider a profile that a moderator has approved."""
    profile = await approve_business(provider, **changes)
    ok(await decide(staff, await waiting(staff, profile["id"]), APPROVE))
    return ok(await provider.client.get(PROFILE))


async def submitted(provider: Account, **changes: object) -> Json:
    """Add a service and submit it."""
    made = await add(provider, **changes)
    return ok(await provider.client.post(f"{SERVICES}/{made['id']}/submit"))


async def published(staff: Account, provider: Account, **changes: object) -> Json:
    """Add a service that a moderator has approved."""
    made = await submitted(provider, **changes)
    ok(await decide(staff, await waiting(staff, made["id"]), APPROVE))
    return ok(await provider.client.get(f"{SERVICES}/{made['id']}"))


def changed(revision: Json) -> dict[str, tuple[str | None, str | None]]:
    """Return the fields that differ, each as it is published and as it was submitted."""
    return {field["name"]: (field["published"], field["proposed"]) for field in revision["fields"] if field["changed"]}
