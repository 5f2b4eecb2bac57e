"""Homeowners who ask businesses, over HTTP."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from impl.kernel.audit import AuditEvent
from tests.harness.accounts import Account, Accounts
from tests.harness.service import Service
from tests.marketplace.payloads import PROPERTIES, TAPS, Json, approve_business, house, ok

INQUIRIES: Final = "/homeowners/inquiries"
INBOX: Final = "/service-providers/inquiries"
DECLINED: Final = {"decline_reason": "TOO_FAR", "note": "It is across the river."}


async def businesses(accounts: Accounts, number: int) -> list[tuple[Account, str]]:
    """Return so many providers, each with the id of an approved profile."""
    made = [await accounts.make("SERVICE_PROVIDER") for _ in range(number)]
    return [(provider, (await approve_business(provider))["id"]) for provider in made]


async def asker(accounts: Accounts, **changes: object) -> tuple[Account, str]:
    """Return a homeowner and the id of their property."""
    owner = await accounts.make()
    return owner, ok(await owner.client.post(PROPERTIES, json=house(**changes)), 201)["id"]


def question(home: str, *profiles: str, **changes: object) -> Json:
    """Return the body of an inquiry in a category that asks nothing."""
    return {
        "property_id": home,
        "category_id": TAPS,
        "title": "The kitchen tap drips",
        "details": "It has dripped for a week.",
        "questions_version": 0,
        "answers": [],
        "timing": {"kind": "FLEXIBLE"},
        "recipients": [{"kind": "PROVIDER", "id": profile} for profile in profiles],
        **changes,
    }


async def ask(owner: Account, home: str, *profiles: str, **changes: object) -> Json:
    return ok(await owner.client.post(INQUIRIES, json=question(home, *profiles, **changes)), 201)


async def read(provider: Account, inquiry: Json) -> Json:
    return ok(await provider.client.get(f"{INBOX}/{inquiry['id']}"))


async def decline(provider: Account, inquiry: Json) -> Json:
    return ok(await provider.client.post(f"{INBOX}/{inquiry['id']}/decline", json=DECLINED))


async def withdraw(owner: Account, inquiry: Json) -> Json:
    return ok(await owner.client.post(f"{INQUIRIES}/{inquiry['id']}/withdraw"))


def states(inquiry: Json) -> list[Any]:
    return [recipient["state"] for recipient in inquiry["recipients"]]


async def events(service: Service, inquiry: Json) -> list[str]:
    """Return the names of the events about an inquiry, in order."""
    statement = select(AuditEvent.event).where(AuditEvent.subject_id == UUID(inquiry["id"])).order_by(AuditEvent.id)
    async with service.services.database.begin() as tx:
        return list(await tx.scalars(statement))
