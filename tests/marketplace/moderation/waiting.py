"""An edit that waits, in a service that would approve it by itself."""

from __future__ import annotations

from uuid import UUID

from impl.marketplace.capabilities.submissions.tables import SubmissionKind
from impl.marketplace.provider_profile.service import texts_of
from impl.marketplace.provider_profile.tables import MaterialContent
from tests.harness.service import Service
from tests.marketplace.payloads import Json


async def wait_for_review(service: Service, owner_id: UUID, profile: Json, *, about: str) -> str:
    """Let an edit of the approved profile wait, as it would where staff review; return the item's id."""
    proposed: MaterialContent = {
        "business_name": profile["business_name"],
        "about": about,
        "phone": profile["phone"],
        "website": profile["website"],
        "licences": profile["licences"],
    }
    published = texts_of({**proposed, "about": profile["about"]})
    submissions, profile_id = service.services.marketplace.submissions, UUID(profile["id"])
    async with service.services.database.begin() as tx:
        await submissions.put(
            tx,
            {
                "kind": SubmissionKind.PROFILE,
                "owner_id": owner_id,
                "profile_id": profile_id,
                "service_id": None,
                "is_revision": True,
                "fields": [
                    {"name": name, "published": published[name], "proposed": text}
                    for name, text in texts_of(proposed).items()
                ],
                "content": {name.lower(): profile[name.lower()] for name in published} | {"about": about},
                "hints": [{"kind": "PHONE_NUMBER", "field": "ABOUT", "text": about[:200], "duplicate_of": None}],
            },
        )
    found = await submissions.current_of_profile(profile_id)
    assert found is not None
    return str(found["id"])
