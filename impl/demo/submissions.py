"""Submissions of the demo: what waits for moderators, and what they have decided.

The service approves by itself where it is not told otherwise, but what is in the queue can be decided in any case: a
new profile with its first service, an edited service and an edited profile with both texts and hints, one that was
rejected and one that was approved.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final, cast

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import SubmissionState
from impl.demo.accounts import Demo
from impl.demo.hints import words
from impl.demo.provider_profile import NEWCOMER, DemoProfile, profiles
from impl.demo.provider_services import EDIT, EDITED, REJECTED, REJECTION, DemoService, services
from impl.demo.rows import SERVICES, SUBMISSIONS, Values, add, numbered, stamps
from impl.kernel.errors import JsonValue
from impl.marketplace.capabilities.categories.tables import Category
from impl.marketplace.capabilities.hints.service import hints_in
from impl.marketplace.capabilities.listings import service as listings
from impl.marketplace.capabilities.submissions.service import revised_fields
from impl.marketplace.capabilities.submissions.tables import RejectionReason, Submission, SubmissionKind
from impl.marketplace.provider_profile import service as provider_profile
from impl.marketplace.provider_profile.tables import MaterialContent

_NEW_ABOUT: Final = (
    "Electricians for panels, lighting and chargers. Guaranteed cheapest, see www.cheap-wires.example.com."
)


async def fill(tx: AsyncSession, demo: Demo) -> None:
    slugs = {row.id: row for row in await tx.execute(select(Category.id, Category.slug, Category.name))}
    offered = {row["id"]: row for row in await services(tx, demo)}
    made = profiles(demo)

    def texts(row: DemoService, *, is_edited: bool = False) -> dict[str, str | None]:
        category = slugs[row["category_id"]]
        listed: listings.ListedText = {
            "category_id": row["category_id"],
            "title": EDIT["title"] if is_edited else row["title"],
            "description": EDIT["description"] if is_edited else row["description"],
            "pricing_kind": row["pricing_kind"],
            "price_minor": row["price_minor"],
            "currency": row["currency"],
            "price_unit": row["price_unit"],
            "duration_minutes": row["duration_minutes"],
            "tags": row["tags"],
            "category_slug": category.slug,
            "category_name": category.name,
        }
        return listings.texts_of(listed)

    first_of_newcomer = offered[numbered(SERVICES + 5 * NEWCOMER)]
    edited, rejected, approved = (offered[numbered(number)] for number in (EDITED, REJECTED, SERVICES))
    await add(
        tx,
        Submission,
        [
            _of_profile(demo, 0, made[NEWCOMER], None),
            _of_service(demo, 1, first_of_newcomer, None, texts(first_of_newcomer)),
            _of_service(demo, 2, edited, texts(edited), texts(edited, is_edited=True)),
            _of_profile(demo, 3, made[1], _NEW_ABOUT),
            _of_service(demo, 4, rejected, None, texts(rejected))
            | _decided(demo, SubmissionState.REJECTED)
            | {"rejection_reason": RejectionReason.INCOMPLETE, "note": REJECTION},
            _of_service(demo, 5, approved, None, texts(approved))
            | _decided(demo, SubmissionState.APPROVED)
            | {"current": False},
        ],
    )


def _of_profile(demo: Demo, number: int, profile: DemoProfile, about: str | None) -> Values:
    published: MaterialContent = {
        "business_name": profile["business_name"],
        "about": profile["about"],
        "phone": profile["phone"],
        "website": profile["website"],
        "licences": profile["licences"],
    }
    proposed: MaterialContent = published if about is None else {**published, "about": about}
    before = None if about is None else provider_profile.texts_of(published)
    return {
        **_submission(demo, number, before, provider_profile.texts_of(proposed)),
        "kind": SubmissionKind.PROFILE,
        "owner_id": profile["user_id"],
        "profile_id": profile["id"],
        "service_id": None,
        "content": cast("dict[str, JsonValue]", proposed),
    }


def _of_service(
    demo: Demo,
    number: int,
    service: DemoService,
    published: Mapping[str, str | None] | None,
    proposed: Mapping[str, str | None],
) -> Values:
    return {
        **_submission(demo, number, published, proposed),
        "kind": SubmissionKind.SERVICE,
        "owner_id": service["provider_id"],
        "profile_id": None,
        "service_id": service["id"],
        "content": {},
    }


def _submission(
    demo: Demo, number: int, published: Mapping[str, str | None] | None, proposed: Mapping[str, str | None]
) -> Values:
    at = demo.now - timedelta(hours=number + 1)
    fields = revised_fields(published, proposed)
    return {
        **stamps(SUBMISSIONS + number, at),
        "state": SubmissionState.PENDING,
        "current": True,
        "is_revision": published is not None,
        "fields": fields,
        "hints": hints_in(fields, words()),
        "submitted_at": at,
        "claimed_by": None,
        "claim_expires_at": None,
        "decided_by": None,
        "decided_at": None,
        "rejection_reason": None,
        "note": None,
    }


def _decided(demo: Demo, state: SubmissionState) -> Values:
    return {"state": state, "decided_by": demo.moderator_id, "decided_at": demo.now - timedelta(minutes=30)}
